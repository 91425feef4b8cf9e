//! `docs/faces/chatwoot.md` against the router: every operation of it is there.

use std::collections::BTreeSet;
use std::sync::Arc;

use rollcall_face_chatwoot::{self as face, Settings};
use rollcall_outbound::{Outbound, Policy};
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
async fn every_operation_of_the_page_is_there() {
    let app = TestApp::start(Engine::Sqlite, |directory, _| {
        let outbound = Outbound::new(Policy { allow_private: false }).unwrap();
        face::router(directory, Arc::new(Settings::default()), outbound).fallback(face::unknown)
    })
    .await;
    let operations = operations();
    assert_eq!(operations.len(), 25);
    let each: BTreeSet<_> = operations.iter().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(each.len(), operations.len(), "one stands twice");
    for (method, path, state) in &operations {
        let path = format!("/platform/api/v1{path}")
            .replace("{id}", "1")
            .replace("{account_id}", "1");
        let answer = app.request(method, &path, &[], "").await;
        let expected = match *state {
            "done" | "switched off" => (401, json!({"error": "Invalid access_token"})),
            other => panic!("{method} {path} is {other}"),
        };
        assert_eq!((answer.status.as_u16(), answer.json()), expected, "{method} {path}");
    }
}
