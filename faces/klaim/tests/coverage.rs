//! `docs/faces/klaim.md` against the router: every operation that it calls done is there, and every message that it lists
//! is answered with its status.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use rollcall_face_klaim as face;
use rollcall_testkit::{Engine, TestApp};

const PAGE: &str = include_str!("../../../docs/faces/klaim.md");
const FAULTS: &str = include_str!("contract/faults.rs");
const BODIES: &str = include_str!("../src/fault.rs");

/// Messages that only a broken server or connection gives, and where they are said or tested.
const ELSEWHERE: [(&str, &str); 3] = [
    ("The server cannot do this at the moment; try again", FAULTS),
    ("Something went wrong on our side", FAULTS),
    ("The body did not arrive whole", BODIES),
];

/// What stands in a message for something else.
const STAND_INS: [&str; 4] = ["FIELD", "NUMBER", "METHOD", "PATH"];

/// The cells of every table row that has this many.
fn rows(cells: usize) -> impl Iterator<Item = Vec<&'static str>> {
    PAGE.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect::<Vec<_>>())
        .filter(move |row| row.len() == cells)
}

/// The text of a cell in backquotes.
fn code(cell: &'static str) -> Option<&'static str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

/// Method and path of every operation on the page.
fn operations() -> BTreeSet<(&'static str, &'static str)> {
    let operation = |row: Vec<&'static str>| {
        let operation = code(row[1])?.split_once(' ')?;
        assert_eq!(row[2], "done", "{operation:?}");
        Some(operation)
    };
    rows(3).filter_map(operation).collect()
}

async fn shop() -> TestApp {
    let mounted = |directory, _: &_| face::router(directory).fallback(face::unknown);
    TestApp::start(Engine::Sqlite, mounted).await
}

async fn ask(app: &TestApp, method: &str, path: &str, body: &str) -> (u16, String) {
    let key = format!("Bearer {}", app.keys.klaim_key);
    let answer = app
        .request(method, &format!("/klaim{path}"), &[("authorization", &key)], body)
        .await;
    (answer.status.as_u16(), answer.at("/message").as_str().unwrap().to_owned())
}

/// On SQLite only: routes know no engine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_answers_and_nothing_else_does() {
    let app = shop().await;
    let done = operations();
    assert_eq!(done.len(), 9, "a new operation: hold its scripts against the page, then count it here");
    let paths: BTreeSet<_> = done.iter().map(|(_, path)| *path).chain(["/promotions", ""]).collect();
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let filled = path.replace("{user_id}", "noa");
            let refused = app.request(method, &format!("/klaim{filled}"), &[], "").await;
            let (_, message) = ask(&app, method, &filled, "").await;
            let expected = if done.contains(&(method, path)) { 401 } else { 404 };
            assert_eq!(refused.status, expected, "{method} {path}");
            assert_eq!(message.starts_with("There is no operation"), expected == 404, "{method} {path}");
        }
    }
}

/// Whether a message is one of this form.
fn is_like(form: &str, message: &str) -> bool {
    let found = STAND_INS.iter().filter_map(|word| Some((form.find(word)?, *word))).min();
    let Some((at, word)) = found else {
        return form == message;
    };
    let (before, after) = (&form[..at], &form[at + word.len()..]);
    let Some(rest) = message.strip_prefix(before) else {
        return false;
    };
    let length = rest.find(' ').unwrap_or(rest.len());
    length > 0 && is_like(after, &rest[length..])
}

fn requests() -> Vec<(&'static str, &'static str, String)> {
    let given = |text: &str| text.to_owned();
    let deep = format!(r#"{{"metadata":{{"a":{}{}}}}}"#, "[".repeat(64), "]".repeat(64));
    vec![
        ("POST", "/users", given("{}")),
        ("POST", "/users", given(r#"{"email":"noa@club.test"}"#)),
        ("POST", "/users", given(r#"{"email":"leo@club.test","userId":"noa"}"#)),
        ("POST", "/users", given(r#"{"email":"leo@club.test","userId":"a","user_id":"b"}"#)),
        ("POST", "/users", given("{")),
        ("POST", "/users", given("[1]")),
        ("POST", "/users", given(r#"{"a":1,"a":1}"#)),
        ("POST", "/users", " ".repeat(300_000)),
        ("GET", "/users/ghost", given("")),
        ("PUT", "/users/noa", given(r#"{"name":7}"#)),
        ("PUT", "/users/noa", given(r#"{"email":""}"#)),
        ("PUT", "/users/noa", given(r#"{"email":"x"}"#)),
        ("PUT", "/users/noa", given(r#"{"user_id":"\n."}"#)),
        ("PUT", "/users/noa", format!(r#"{{"user_id":"{}"}}"#, "a".repeat(256))),
        ("PUT", "/users/noa", format!(r#"{{"name":"{}"}}"#, "a".repeat(256))),
        ("PUT", "/users/noa", given(r#"{"metadata":7}"#)),
        ("PUT", "/users/noa", given(r#"{"metadata":{"a":1,"a":1}}"#)),
        ("PUT", "/users/noa", given(r#"{"metadata":{"a":1e999}}"#)),
        ("PUT", "/users/noa", deep),
        ("PUT", "/users/noa/credits", given(r#"{"credit_delta":-1}"#)),
        ("PUT", "/users/noa/credits", given(r#"{"credit_delta":"1"}"#)),
        ("PUT", "/users/noa/credits", given(r#"{"credit_delta":9999999999999.99}"#)),
        ("PUT", "/users/noa/credits", given(r#"{"credit_delta":1}"#)),
        ("GET", "/users?limit=0", given("")),
        ("GET", "/users?starting_after=x", given("")),
        ("GET", "/users?limit=%ff", given("")),
        ("DELETE", "/users/noa", given("")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_of_the_page_is_answered_with_its_status() {
    let app = shop().await;
    let made = ask(&app, "POST", "/users", r#"{"email":"noa@club.test","userId":"noa"}"#).await;
    assert_eq!(made, (200, "resource created successfully".to_owned()));
    let mut seen = BTreeMap::new();
    for (method, path, body) in requests() {
        let (status, message) = ask(&app, method, path, &body).await;
        seen.insert(message, status);
    }
    let bare = app.request("GET", "/klaim/users", &[], "").await;
    seen.insert(bare.at("/message").as_str().unwrap().to_owned(), bare.status.as_u16());
    let key = format!("Bearer {}", app.keys.klaim_key);
    let form = [("authorization", key.as_str()), ("content-type", "text/plain")];
    let request = form.iter().fold(http::Request::post("/klaim/users"), |request, (name, value)| {
        request.header(*name, *value)
    });
    let labelled = app.send(request.body("x".into()).unwrap()).await;
    seen.insert(labelled.at("/message").as_str().unwrap().to_owned(), labelled.status.as_u16());
    assert_eq!(seen.remove("fetch resource successfully"), Some(200));

    let table: Vec<_> = rows(4)
        .filter_map(|row| Some((code(row[0])?, row[1].parse::<u16>().unwrap())))
        .collect();
    assert!(table.len() > 25, "only {} messages were read", table.len());
    for (form, status) in &table {
        if let Some((message, text)) = ELSEWHERE.iter().find(|(message, _)| message == form) {
            assert!(text.contains(message), "{message}");
            continue;
        }
        let like: Vec<_> = seen.iter().filter(|(message, _)| is_like(form, message)).collect();
        assert!(!like.is_empty(), "nobody was told {form}");
        assert!(like.iter().all(|(_, seen)| *seen == status), "{form}: {like:?}");
    }
    for message in seen.keys() {
        assert!(table.iter().any(|(form, _)| is_like(form, message)), "the page lacks {message}");
    }
}
