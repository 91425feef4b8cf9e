//! Pictures that are fetched from where `avatar_url` says. The address is one of this machine, which only a test allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use rollcall_testkit::Engine;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::shop::{BOTS, GIF, Multipart, PNG, Raw, Shop};

rollcall_testkit::on_both_engines! {
    a_picture_is_fetched_after_the_answer,
    what_cannot_be_fetched_is_not_mentioned,
    a_picture_may_come_for_a_bot_that_is_gone,
    only_some_are_fetched_at_once,
}

/// A server of pictures, and of what only looks like one.
#[derive(Clone)]
struct Gallery {
    address: String,
    /// Each answer of `/slow` takes one.
    gate: Arc<Semaphore>,
    asked: Arc<AtomicUsize>,
    answered: Arc<AtomicUsize>,
}

impl Gallery {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gallery = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            gate: Arc::new(Semaphore::new(0)),
            asked: Arc::default(),
            answered: Arc::default(),
        };
        let router = Router::new().route("/{name}", get(exhibit)).with_state(gallery.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gallery
    }

    fn url(&self, name: &str) -> String {
        format!("{}/{name}?token=secret", self.address)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn exhibit(State(gallery): State<Gallery>, Path(name): Path<String>) -> Response {
    gallery.asked.fetch_add(1, Ordering::SeqCst);
    if name == "slow" {
        gallery.gate.acquire().await.unwrap().forget();
    }
    gallery.answered.fetch_add(1, Ordering::SeqCst);
    match name.as_str() {
        "html" => ([(header::CONTENT_TYPE, "image/png")], "<html>").into_response(),
        "none" => (StatusCode::NOT_FOUND, PNG).into_response(),
        "large" => [PNG, vec![7; 15 << 20].as_slice()].concat().into_response(),
        "gif" => ([(header::CONTENT_TYPE, "text/html")], GIF).into_response(),
        _ => PNG.into_response(),
    }
}

/// Looks again and again, for at most half a minute, until there is something to see.
async fn eventually(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let seen = timeout(Duration::from_secs(30), async {
        while !look().await {
            tokio::task::yield_now().await;
        }
    });
    assert!(seen.await.is_ok(), "waited in vain for {what}");
}

async fn shown(shop: &Shop, bot: &str) -> Raw {
    eventually("a picture", async || shop.avatar(bot).await.status == StatusCode::OK).await;
    shop.avatar(bot).await
}

async fn a_picture_is_fetched_after_the_answer(engine: Engine) {
    let (shop, gallery) = (Shop::open(engine).await, Gallery::open().await);
    let made = shop.bot(json!({"name": "Helper", "avatar_url": gallery.url("slow")})).await;
    assert_eq!(shop.avatar(&made).await.status, 404, "the answer did not wait");
    gallery.gate.add_permits(1);
    let first = shown(&shop, &made).await;
    assert_eq!((first.bytes.as_slice(), first.header("content-type")), (PNG, "image/png"));
    shop.ask_as(&shop.token, "PATCH", &made, Some(json!({"avatar_url": gallery.url("gif")})))
        .await;
    eventually("the other picture", async || shop.avatar(&made).await.bytes == GIF).await;
    assert_eq!(shop.avatar(&made).await.header("content-type"), "image/gif", "whatever the server says");
    // One that was asked for before another was uploaded comes too late.
    shop.ask_as(&shop.token, "PATCH", &made, Some(json!({"avatar_url": gallery.url("slow")})))
        .await;
    shop.world.clock.advance(1);
    shop.upload("PATCH", &made, Multipart::new().avatar("image/gif", GIF)).await;
    gallery.gate.add_permits(1);
    eventually("the late picture", async || gallery.answered.load(Ordering::SeqCst) == 3).await;
    let next = shop.bot(json!({"avatar_url": gallery.url("png")})).await;
    shown(&shop, &next).await;
    assert_eq!(shop.avatar(&made).await.bytes, GIF);
}

async fn what_cannot_be_fetched_is_not_mentioned(engine: Engine) {
    let (shop, gallery) = (Shop::open(engine).await, Gallery::open().await);
    let mut bots = Vec::new();
    for url in [
        gallery.url("html"),
        gallery.url("none"),
        gallery.url("large"),
        "not a URL".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/latest".to_owned(),
        "http://".to_owned(),
        format!("http://x/{}", "y".repeat(100_000)),
        "http://127.0.0.1:1/".to_owned(),
    ] {
        bots.push(shop.bot(json!({"name": "Helper", "avatar_url": url})).await);
    }
    for blank in [json!(""), json!("  "), json!(null), json!(7)] {
        bots.push(shop.bot(json!({"avatar_url": blank})).await);
    }
    eventually("three requests", async || gallery.asked() == 3).await;
    // What comes after them comes after their end, or beside it: nothing of them is there then.
    let last = shop.bot(json!({"avatar_url": gallery.url("png")})).await;
    shown(&shop, &last).await;
    for bot in bots {
        assert_eq!(shop.avatar(&bot).await.status, 404);
    }
}

async fn a_picture_may_come_for_a_bot_that_is_gone(engine: Engine) {
    let (shop, gallery) = (Shop::open(engine).await, Gallery::open().await);
    let gone = shop.bot(json!({"avatar_url": gallery.url("slow")})).await;
    eventually("the request", async || gallery.asked() == 1).await;
    assert_eq!(shop.ask("DELETE", &gone).await.status, 200);
    gallery.gate.add_permits(1);
    let kept = shop.bot(json!({"avatar_url": gallery.url("png")})).await;
    shown(&shop, &kept).await;
    assert_eq!(shop.avatar(&gone).await.status, 404);
    assert_eq!(shop.ask("GET", BOTS).await.json().as_array().unwrap().len(), 1);
}

async fn only_some_are_fetched_at_once(engine: Engine) {
    let (shop, gallery) = (Shop::open(engine).await, Gallery::open().await);
    let mut bots = Vec::new();
    for _ in 0..6 {
        bots.push(shop.bot(json!({"avatar_url": gallery.url("slow")})).await);
    }
    eventually("four requests", async || gallery.asked() == 4).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gallery.asked(), 4, "the others wait their turn");
    gallery.gate.add_permits(6);
    for bot in &bots {
        shown(&shop, bot).await;
    }
    assert_eq!(gallery.asked(), 6);
    // Sixty-four have a place; what comes while all are taken is answered all the same, and not fetched.
    for _ in 0..70 {
        shop.bot(json!({"avatar_url": gallery.url("slow")})).await;
    }
    gallery.gate.add_permits(70);
    eventually("those that had a place", async || gallery.answered.load(Ordering::SeqCst) == 6 + 64).await;
    let last = shop.bot(json!({"avatar_url": gallery.url("png")})).await;
    shown(&shop, &last).await;
    assert_eq!(gallery.asked(), 6 + 64 + 1);
}
