//! Stands in for the product in `tests/run.rs`, and for PocketBase in `tests/peers.rs`: the same command line, users in
//! memory, and faults on request. It knows of one app, whatever is asked, and of users by the first digits of a uid.
//!
//! `serve` options beyond the product's: `--forget` acknowledges writes without keeping them, but for the first ones
//! (`--keep N`), `--refuse` answers 429 to every tenth read, `--late` listens only after two seconds, `--pid-file FILE`
//! says which process serves, `--users N` holds so many users from the start.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use axum::{Router, routing::delete};
use serde_json::{Value, json};

#[derive(Clone)]
struct House {
    users: Arc<Mutex<HashMap<String, Value>>>,
    asked: Arc<AtomicU64>,
    forget: bool,
    /// So many writes are kept all the same; seeding 200 users is one POST and one PUT for each, and one PUT more.
    keep: u64,
    refuse: bool,
}

fn option(arguments: &[String], name: &str) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1).cloned()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    use std::io::Write as _;
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|command| command == "app") {
        let id = option(&arguments, "--id").unwrap_or_default();
        let keys = json!({ "appId": id, "restApiKey": "secret", "authKey": "a", "platformToken": "p", "klaimKey": "k" });
        return writeln!(std::io::stdout(), "{keys}");
    }
    if let Some(file) = option(&arguments, "--pid-file") {
        std::fs::write(file, std::process::id().to_string())?;
    }
    let held = option(&arguments, "--users").and_then(|count| count.parse().ok()).unwrap_or(0);
    let held = (10_000_000..10_000_000 + held).map(|number: u32| format!("bench-{number}"));
    let held = held.map(|uid| (uid.clone(), json!({ "uid": uid }))).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let house = House {
        forget: flag("--forget"),
        keep: option(&arguments, "--keep").and_then(|count| count.parse().ok()).unwrap_or(401),
        refuse: flag("--refuse"),
        users: Arc::new(Mutex::new(held)),
        asked: Arc::default(),
    };
    let router = Router::new()
        .route("/health/ready", get(|| async { StatusCode::OK }))
        .route("/v3/users", delete(bulk).get(list).post(create).put(bulk))
        .route("/platform/api/v1/users/{id}", patch(renamed))
        .route("/klaim/users/{user}/credits", put(credited))
        .route("/v3/users/{uid}", get(read).put(update))
        .route("/api/health", get(|| async { StatusCode::OK }))
        .route(
            "/api/collections/_superusers/auth-with-password",
            post(|| async { json!({ "token": "secret" }).to_string() }),
        )
        .route("/api/collections/users/records/{uid}", get(read).patch(update))
        .with_state(house);
    if flag("--late") {
        tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    }
    let listener = tokio::net::TcpListener::bind(option(&arguments, "--listen").unwrap_or_default()).await?;
    axum::serve(listener, router).await
}

async fn create(State(house): State<House>, body: Bytes) -> Response {
    change(&house, None, &body)
}

async fn update(State(house): State<House>, Path(uid): Path<String>, body: Bytes) -> Response {
    change(&house, Some(uid), &body)
}

async fn read(State(house): State<House>, Path(uid): Path<String>) -> Response {
    if house.refuse && house.asked.fetch_add(1, Ordering::Relaxed) % 10 == 9 {
        return (StatusCode::TOO_MANY_REQUESTS, "{\"error\":{\"code\":\"TOO_MANY_REQUEST\"}}")
            .into_response();
    }
    let users = house.users.lock().unwrap_or_else(PoisonError::into_inner);
    match users.get(&uid) {
        Some(user) => json!({ "data": user }).to_string().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn list(State(house): State<House>, uri: Uri) -> Response {
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let asked: HashMap<String, String> = pairs.into_owned().collect();
    let users = house.users.lock().unwrap_or_else(PoisonError::into_inner);
    if asked.contains_key("count") {
        return json!({ "data": { "count": users.len() } }).to_string().into_response();
    }
    let key = asked.get("searchKey").map_or("", String::as_str);
    let found = users.keys().filter(|uid| key == "ada" || uid.starts_with(key)).take(100);
    let texts: Vec<String> = found.map(|uid| format!("{{\"uid\":\"{uid}\"}}")).collect();
    format!("{{\"data\":[{}]}}", texts.join(",")).into_response()
}

async fn bulk(body: Bytes) -> Response {
    body.into_response()
}

async fn renamed(Path(id): Path<u64>) -> Response {
    format!("{{\"id\":{id},\"name\":null}}").into_response()
}

async fn credited() -> Response {
    "{\"credit_balance\":1}".into_response()
}

fn change(house: &House, uid: Option<String>, body: &[u8]) -> Response {
    let Ok(Value::Object(change)) = serde_json::from_slice(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let uid = uid
        .or_else(|| Some(change.get("uid")?.as_str()?.to_owned()))
        .unwrap_or_default();
    let mut users = house.users.lock().unwrap_or_else(PoisonError::into_inner);
    let user = users.entry(uid).or_insert_with(|| json!({}));
    let mut after = user.clone();
    for (name, value) in change {
        after[name] = value;
    }
    if !house.forget || house.asked.fetch_add(1, Ordering::Relaxed) < house.keep {
        *user = after.clone();
    }
    json!({ "data": after }).to_string().into_response()
}
