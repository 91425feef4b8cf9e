//! How long it may take, wherever the time goes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::interval;

use crate::tests::world::{AMPLE, SILENT_ADDRESS, SILENT_NAME, World, get, head, listen};
use crate::{Limits, Refused};

const SECOND: Limits = Limits { seconds: 1, ..AMPLE };

async fn is_late(world: &Arc<World>, url: &str) {
    let begun = Instant::now();
    let refused = get(world, url, SECOND).await.unwrap_err();
    assert!(matches!(refused, Refused::Late), "{url}: {refused:?}");
    let taken = begun.elapsed();
    assert!(taken >= Duration::from_secs(1), "{url}: {taken:?}");
    // Far below the deadline of every single step.
    assert!(taken < Duration::from_secs(4), "{url}: {taken:?}");
}

#[tokio::test]
async fn silence_ends_at_the_deadline_at_every_step() {
    let (closed, mut told) = mpsc::unbounded_channel();
    let mute = listen(saying("", closed.clone())).await;
    let stalled = listen(saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nx", closed)).await;
    let world = Arc::new(World::default());
    world.lead("1.1.1.1:80", mute.address);
    world.lead("1.1.1.1:443", mute.address);
    world.lead("2.2.2.2:80", stalled.address);
    let name = format!("http://{SILENT_NAME}/");
    let address = format!("http://{SILENT_ADDRESS}/");
    tokio::join!(
        is_late(&world, &name),
        is_late(&world, &address),
        is_late(&world, "http://1.1.1.1/"),
        is_late(&world, "https://1.1.1.1/"),
        is_late(&world, "http://2.2.2.2/"),
    );
    for _ in 0..3 {
        assert_eq!(told.recv().await, Some(()), "no connection outlives its request");
    }
}

/// Says this, nothing more, and tells when the other side has gone.
fn saying(
    words: &'static str,
    closed: mpsc::UnboundedSender<()>,
) -> impl Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> BoxFuture<'static, ()> {
    move |mut stream, _| {
        let closed = closed.clone();
        Box::pin(async move {
            head(&mut stream).await;
            stream.write_all(words.as_bytes()).await.unwrap();
            assert!(stream.read_u8().await.is_err());
            closed.send(()).unwrap();
        })
    }
}

#[tokio::test]
async fn a_server_that_never_stops_dripping_is_late() {
    let body = listen(|mut stream, _| async move {
        head(&mut stream).await;
        let mut ticks = interval(Duration::from_millis(50));
        let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while sent.is_ok() {
            ticks.tick().await;
            sent = stream.write_all(b"x").await;
        }
    })
    .await;
    let interim = listen(|mut stream, _| async move {
        head(&mut stream).await;
        let mut ticks = interval(Duration::from_millis(50));
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_ok() {
            ticks.tick().await;
        }
    })
    .await;
    let world = Arc::new(World::default());
    world.lead("1.1.1.1:80", body.address);
    world.lead("2.2.2.2:80", interim.address);
    tokio::join!(is_late(&world, "http://1.1.1.1/"), is_late(&world, "http://2.2.2.2/"));
}

#[tokio::test]
async fn redirects_share_one_deadline() {
    let server = listen(|mut stream, _| async move {
        head(&mut stream).await;
        interval_of(Duration::from_millis(300)).await;
        // The client may have given up meanwhile.
        let _ = stream.write_all(b"HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n").await;
    })
    .await;
    let world = Arc::new(World::default());
    world.lead("1.1.1.1:80", server.address);
    let begun = Instant::now();
    let refused = get(&world, "http://1.1.1.1/", Limits { redirects: 200, ..SECOND })
        .await
        .unwrap_err();
    assert!(matches!(refused, Refused::Late), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(4));
}

async fn interval_of(time: Duration) {
    let mut ticks = interval(time);
    ticks.tick().await;
    ticks.tick().await;
}

#[tokio::test]
async fn an_address_that_does_not_answer_leaves_time_for_the_next() {
    let server = crate::tests::world::answering("HTTP/1.1 200 OK\r\n\r\nhere").await;
    let world = Arc::new(World::default());
    world.name("half.test", &[&[SILENT_ADDRESS, "1.1.1.1"]]);
    world.lead("1.1.1.1:80", server.address);
    let fetched = get(&world, "http://half.test/", AMPLE).await.unwrap();
    assert_eq!(fetched.bytes, "here");
}
