//! `docs/faces/chatwoot.md` against the router: what it calls done is there, what it calls absent is not.

use std::collections::BTreeSet;
use std::sync::Arc;

use rollcall_face_chatwoot::{self as face, Settings};
use rollcall_testkit::{Engine, TestApp};
use serde_json::json;

const PAGE: &str = include_str!("../../../docs/faces/chatwoot.md");

/// Method, path and state of every operation on the page.
fn operations() -> Vec<(&'static str, &'static str, &'static str)> {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let operation = |row: &'static str| {
        let [_, request, state] = row.split(" | ").collect::<Vec<_>>()[..] else {
            return None;
        };
        let (method, path) = request.strip_prefix('`')?.strip_suffix('`')?.split_once(' ')?;
        Some((method, path, state))
    };
    rows.filter_map(operation).collect()
}

/// On SQLite only: routes know no engine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_answers_and_what_is_absent_does_not() {
    let app = TestApp::start(Engine::Sqlite, |directory, _| {
        face::router(directory, Arc::new(Settings::default())).fallback(face::unknown)
    })
    .await;
    let operations = operations();
    assert_eq!(operations.len(), 24);
    let each: BTreeSet<_> = operations.iter().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(each.len(), operations.len(), "one stands twice");
    for (method, path, state) in &operations {
        let path = format!("/platform/api/v1{path}")
            .replace("{id}", "1")
            .replace("{account_id}", "1");
        let answer = app.request(method, &path, &[], "").await;
        let expected = match *state {
            "done" => (401, json!({"error": "Invalid access_token"})),
            "absent" => (404, json!({"status": 404, "error": "Not Found"})),
            other => panic!("{method} {path} is {other}"),
        };
        assert_eq!((answer.status.as_u16(), answer.json()), expected, "{method} {path}");
    }
}
