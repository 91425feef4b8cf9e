//! `docs/faces/cometchat.md` against the router: what it calls done is there, what it calls absent is not, and every
//! error code that it calls reachable is reached.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

use std::collections::BTreeMap;

use rollcall_directory::apps;
use rollcall_face_cometchat as face;
use rollcall_http::limits::Quotas;
use rollcall_model::{AppId, Clock, Identity, KlaimId, Limits, MAX_FRIENDS, NewUser, Uid};
use rollcall_store::{Tx, friends, users};
use rollcall_testkit::{Answer, Engine, TestApp};
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/faces/cometchat.md");
const FAULTS: &str = include_str!("contract/faults.rs");

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

/// Method, path and state of every operation on the page.
fn operations() -> Vec<(&'static str, String, &'static str)> {
    let operation = |row: Vec<&'static str>| {
        let (method, path) = code(row[1])?.split_once(' ').unwrap();
        let mut filled = String::new();
        for segment in path.split_inclusive('/') {
            let name = segment.trim_end_matches('/');
            let slash = if segment.ends_with('/') { "/" } else { "" };
            let value = match name {
                "{uid}" => "mira",
                name if name.starts_with('{') => "x1",
                name => name,
            };
            filled.push_str(value);
            filled.push_str(slash);
        }
        Some((method, filled, row[2]))
    };
    rows(3).filter_map(operation).collect()
}

async fn shop() -> TestApp {
    TestApp::start(Engine::Sqlite, |directory, world| {
        face::router(directory, world.limits(Quotas::default())).fallback(face::unknown)
    })
    .await
}

/// On SQLite only: routes know no engine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_answers_and_what_is_absent_does_not() {
    let app = shop().await;
    let operations = operations();
    assert!(operations.len() > 150, "only {} operations were read", operations.len());
    for (method, path, state) in &operations {
        let expected = match *state {
            "done" => (401, "AUTH_ERR_EMPTY_APIKEY"),
            "absent" => (404, "ERR_API_NOT_FOUND"),
            other => panic!("{method} {path} is {other}"),
        };
        for prefix in ["/v3", "/v3.0"] {
            let answer = app.request(method, &format!("{prefix}{path}"), &[], "").await;
            let got = answer.at("/error/code");
            assert_eq!((answer.status.as_u16(), got.as_str().unwrap()), expected, "{method} {prefix}{path}");
            let keyed = [("apikey", app.keys.rest_api_key.as_str())];
            let answer = app.request(method, &format!("{prefix}{path}"), &keyed, "").await;
            let missing = answer.status == 404 && answer.at("/error/code") == "ERR_API_NOT_FOUND";
            assert_eq!(missing, *state == "absent", "with a key: {method} {prefix}{path}: {}", answer.text);
        }
    }
    let done = operations.iter().filter(|(_, _, state)| *state == "done").count();
    assert_eq!(
        done, 40,
        "a new operation is done: hold its fixtures against this page, then count it here"
    );
}

#[test]
fn no_operation_stands_twice() {
    let mut seen = BTreeMap::new();
    for (method, path, state) in operations() {
        assert_eq!(seen.insert((method, path.clone()), state), None, "{method} {path}");
    }
}

/// Codes that only a broken server gives, and the contract case that breaks one.
const ELSEWHERE: [(&str, &str, u16); 2] = [
    (
        "ERR_OPERATION_FAILED",
        "async fn a_full_queue_is_answered_503_with_a_time_to_come_back",
        503,
    ),
    ("ERR_EXCEPTION", "async fn a_broken_record_is_a_fault_of_ours_without_details", 500),
];

/// The codes inside a bulk answer, one for each item that failed.
fn codes_of_items(data: &Value) -> Vec<String> {
    let items = data.get("accepted").unwrap_or(data).as_object();
    let codes = items.into_iter().flatten().filter_map(|(_, item)| item.pointer("/error/code"));
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// Gives the user as many friends as one may have.
async fn befriend_everybody(app: &TestApp, uid: &str) {
    let (shop, uid, now) = (AppId::stored("shop"), Uid::stored(uid), app.world.clock.now());
    let fill = move |tx: &mut Tx<'_>| {
        let user = users::active(tx, &shop, &uid)?.unwrap();
        for number in 0..MAX_FRIENDS {
            let new = NewUser::of(Identity::Uid(Uid::stored(&format!("friend-{number}"))));
            let klaim_id = KlaimId::new(now, &format!("{number:05}"));
            let friend = users::insert(tx, &shop, &new, &klaim_id, now)?.unwrap();
            friends::add(tx, &shop, user, friend.key, now)?;
        }
        Ok(())
    };
    app.directory.store().write("test.friends", fill).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reachable_code_is_reached_with_its_status() {
    let app = shop().await;
    let mut reached: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |answer: &Answer| {
        if let Some(code) = answer.at("/error/code").as_str() {
            reached
                .entry(code.to_owned())
                .or_default()
                .push(answer.status.as_u16().to_string());
        }
        for code in codes_of_items(&answer.at("/data")) {
            reached.entry(code).or_default().push("per item".to_owned());
        }
    };
    let slow = app.another_app("slow").await;
    let limits = Limits { core: None, standard: Some(1) };
    apps::limit(&app.directory, &AppId::stored("slow"), limits).await.unwrap();
    let slow = slow.rest_api_key.as_str();
    let key = app.keys.rest_api_key.as_str();
    let itself = format!("/v3/apikeys/{key}");
    for _ in 0..23 {
        note(&app.request("POST", "/v3/apikeys", &[("apikey", key)], r#"{"name":"x"}"#).await);
    }
    let ana = r#"{"uid":"ana","name":"Ana","withAuthToken":true}"#;
    let ana = app
        .request("POST", "/v3/users", &[("apikey", key)], ana)
        .await
        .at("/data/authToken");
    let ana = ana.as_str().unwrap();
    let again = app
        .request("POST", "/v3/users/ana/auth_tokens", &[("apikey", key)], r#"{"force":true}"#)
        .await;
    let elsewhere = format!("/v3/users/ana/auth_tokens/{}", again.at("/data/authToken").as_str().unwrap());
    let popular = r#"{"uid":"popular","name":"Popular"}"#;
    note(&app.request("POST", "/v3/users", &[("apikey", key)], popular).await);
    befriend_everybody(&app, "popular").await;
    let large = " ".repeat(40_000);
    let user = r#"{"uid":"mira","name":"Mira"}"#;
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let requests: &[(&str, &str, Headers<'_>, &str)] = &[
        ("POST", "/v3/users", &[("apikey", key)], user),
        ("POST", "/v3/users", &[("apikey", key)], user),
        ("POST", "/v3/users", &[("apikey", key)], r#"{"uid":"leo","name":"Leo","role":"wizard"}"#),
        ("POST", "/v3/users", &[("apikey", key)], "{}"),
        ("POST", "/v3/users", &[("apikey", key)], &large),
        ("GET", "/v3/users/ghost", &[("apikey", key)], ""),
        ("GET", "/v3/users", &[("apikey", &app.keys.auth_key)], ""),
        ("GET", "/v3/roles/wizard", &[("apikey", key)], ""),
        ("GET", "/v3/roles", &[("apikey", key), ("onbehalfof", "mira")], ""),
        ("POST", "/v3/roles", &[("apikey", key)], r#"{"role":"default","name":"Mine"}"#),
        ("DELETE", "/v3/roles/default", &[("apikey", key)], ""),
        ("GET", "/v3/users", &[("apikey", "wrong")], ""),
        ("GET", "/v3/users", &[], ""),
        ("GET", "/v3/users", &[("apikey", key), ("appid", "")], ""),
        ("GET", "/v3/users", &[("apikey", key), ("appid", "nowhere")], ""),
        ("GET", "/v3/users", &[("apikey", slow)], ""),
        ("GET", "/v3/users", &[("apikey", slow)], ""),
        ("PUT", &itself, &[("apikey", key)], "{}"),
        (
            "POST",
            "/v3/roles/default/restrictedfeatures",
            &[("apikey", key)],
            r#"{"featuresToRestrict":["fly"]}"#,
        ),
        ("GET", "/v3/apikeys/nothing", &[("apikey", key)], ""),
        ("POST", "/v3/apikeys", &[("apikey", key)], r#"{"name":"x"}"#),
        ("GET", "/v3/users/ana/auth_tokens/nothing", &[("apikey", key)], ""),
        ("GET", &elsewhere, &[("appid", "shop"), ("authtoken", ana)], ""),
        ("GET", "/v3/users/mira/auth_tokens/x", &[("appid", "shop"), ("authtoken", ana)], ""),
        ("DELETE", "/v3/users/ana", &[("appid", "shop"), ("authtoken", ana)], ""),
        ("GET", "/v3/me", &[("appid", "shop"), ("authtoken", "wrong")], ""),
        ("GET", "/v3/me", &[("appid", "shop"), ("authtoken", "")], ""),
        (
            "POST",
            "/v3/users/mira/friends",
            &[("apikey", key)],
            r#"{"accepted":["mira","ghost","ana"]}"#,
        ),
        ("POST", "/v3/users/mira/friends", &[("apikey", key)], r#"{"accepted":["ana"]}"#),
        ("POST", "/v3/users/popular/friends", &[("apikey", key)], r#"{"accepted":["ana"]}"#),
        ("DELETE", "/v3/users/mira/friends", &[("apikey", key)], r#"{"friends":["ghost"]}"#),
        ("POST", "/v3/users/mira/blockedusers", &[("apikey", key)], r#"{"blockedUids":["mira"]}"#),
        ("GET", "/v3/userss", &[], ""),
        ("GET", "/v4/users", &[], ""),
    ];
    for (method, path, headers, body) in requests {
        note(&app.request(method, path, headers, body).await);
    }
    for number in 0..26 {
        let role = format!(r#"{{"role":"role-{number}","name":"Role"}}"#);
        note(&app.request("POST", "/v3/roles", &[("apikey", key)], &role).await);
    }
    for (code, case, status) in ELSEWHERE {
        assert!(
            FAULTS.contains(case) && FAULTS.contains(&format!("refused({status}, \"{code}\")")),
            "{case}"
        );
        reached.insert(code.to_owned(), vec![status.to_string()]);
    }

    let table: Vec<_> = rows(4).filter_map(|row| Some((code(row[0])?, row[1], row[3]))).collect();
    assert!(table.len() > 90, "only {} codes were read", table.len());
    for (code, statuses, state) in &table {
        match (*state, reached.remove(*code)) {
            ("absent", None) => {}
            ("reachable", Some(mut seen)) => {
                seen.sort_unstable();
                seen.dedup();
                assert_eq!(seen.join(", "), *statuses, "{code}");
            }
            (state, seen) => panic!("{code} is called {state}, and was seen with {seen:?}"),
        }
    }
    assert!(reached.is_empty(), "codes that the page does not have: {reached:?}");
}
