//! From nothing to a working API.

use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::harness::Installation;

on_both_engines! { an_empty_database_is_enough, an_app_made_beside_the_server_works_at_once }

/// What the operator's manual promises about `/metrics`.
const MANUAL: &str = include_str!("../../../../docs/operating/README.md");

fn an_empty_database_is_enough(engine: Engine) {
    let installation = Installation::new(engine);
    let server = installation.serve();
    let mut client = server.client("");
    assert_eq!(client.get("/health/live").unwrap().status, 200);
    let ready = client.get("/health/ready").unwrap();
    assert_eq!((ready.status, ready.at("/status")), (200, json!("ready")));

    let metrics = client.get("/metrics").unwrap();
    assert_eq!(metrics.status, 200);
    assert!(
        metrics
            .header("content-type")
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    assert!(metrics.text.ends_with("# EOF\n"));
    let documented: Vec<&str> = MANUAL
        .split('`')
        .filter(|word| word.starts_with("rollcall_"))
        .map(|word| word.trim_end_matches("_total"))
        .collect();
    assert!(documented.len() >= 8, "{documented:?}");
    for name in documented {
        let typed = format!("# TYPE {name} ");
        assert!(metrics.text.contains(&typed), "{name} is documented but absent: {}", metrics.text);
    }
    let answered = r#"_count{method="GET",route="/health/live",status="200"} 1"#;
    assert!(metrics.text.contains(answered), "{}", metrics.text);

    assert_eq!(client.get("/v3/users").unwrap().code(), "AUTH_ERR_EMPTY_APIKEY");
    assert_eq!(client.get("/nowhere").unwrap().status, 404);
    server.stop();
}

fn an_app_made_beside_the_server_works_at_once(engine: Engine) {
    let installation = Installation::new(engine);
    let server = installation.serve();
    assert!(installation.done(&["app", "list"]).starts_with("There is no app yet."));

    // `done` asserts that nothing is on standard error.
    let out = installation.done(&["app", "create", "--id", "shop", "--name", "The Shop", "--json"]);
    assert_eq!(out.lines().count(), 1, "{out}");
    let made: Value = serde_json::from_str(&out).unwrap();
    let mut names: Vec<&String> = made.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["appId", "authKey", "klaimKey", "platformToken", "restApiKey"]);
    assert_eq!(made["appId"], "shop");
    let key = |name: &str| made[name].as_str().unwrap();

    let mut rest = server.client(key("restApiKey"));
    let list = rest.get("/v3/users").unwrap();
    assert_eq!((list.status, list.at("/data")), (200, json!([])));
    let mut auth = server.client(key("authKey"));
    assert_eq!(auth.post("/v3/users", &json!({"uid": "mira", "name": "Mira"})).unwrap().status, 200);
    assert_eq!(auth.get("/v3/users").unwrap().status, 403, "authOnly may not list");
    for other in ["platformToken", "klaimKey"] {
        assert_eq!(
            server.client(key(other)).get("/v3/users").unwrap().status,
            401,
            "{other} opens no CometChat"
        );
    }

    // For people, another app: its keys are in the text, and both apps in the list.
    let text = installation.done(&["app", "create", "--id", "other", "--name", "Other"]);
    let printed = text.split_once("REST API key").unwrap().1.split_whitespace().next().unwrap();
    assert_eq!(
        server.client(printed).get("/v3/users").unwrap().at("/data"),
        json!([]),
        "another app's users"
    );
    let listed = installation.done(&["app", "list"]);
    for words in ["shop   The Shop", "other  Other"] {
        assert!(listed.lines().any(|line| line == words), "{listed}");
    }
    let listed: Value = serde_json::from_str(&installation.done(&["app", "list", "--json"])).unwrap();
    let mut ids: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|app| app["appId"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, ["other", "shop"]);
    assert!(listed[0]["createdAt"].as_i64().unwrap() > 1_700_000_000);
    server.stop();
}

#[test]
fn a_second_server_on_postgres_sees_all() {
    let (installation, first, keys) = Installation::with_shop(Engine::Postgres);
    let second = installation.serve();
    let (mut first_client, mut second_client) = (first.client(&keys.rest), second.client(&keys.rest));
    for number in 0..20 {
        let path = format!("/v3/users/u{number}");
        let made = first_client
            .post("/v3/users", &json!({"uid": format!("u{number}"), "name": "One"}))
            .unwrap();
        assert_eq!(made.status, 200);
        assert_eq!(second_client.get(&path).unwrap().at("/data/name"), "One");
        assert_eq!(second_client.put(&path, &json!({"name": "Two"})).unwrap().status, 200);
        assert_eq!(first_client.get(&path).unwrap().at("/data/name"), "Two");
    }
    first.stop();
    assert_eq!(second_client.get("/v3/users?count=true").unwrap().at("/data/count"), 20);
    second.stop();
}

#[test]
fn a_file_has_one_server_at_a_time() {
    let (installation, server, keys) = Installation::with_shop(Engine::Sqlite);
    let ran = installation.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    for word in ["another rollcall server is serving", "test.db", "PostgreSQL for several"] {
        assert!(ran.err.contains(word), "{ran:?}");
    }
    assert_eq!(server.client(&keys.rest).get("/v3/users").unwrap().status, 200, "the first goes on");
    // However it ends, the next one may start.
    server.kill();
    installation.serve().stop();
    installation.serve().stop();
}
