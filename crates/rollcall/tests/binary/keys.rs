//! `rollcall key`, beside running servers.

use std::process::Stdio;

use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::harness::{Installation, eventually, header_lines};

on_both_engines! {
    keys_are_made_listed_and_revoked,
    secrets_are_shown_only_on_demand,
    a_revoked_key_is_dead_at_once,
    a_key_revoked_while_a_body_arrives_does_nothing,
}

fn list(installation: &Installation, reveal: bool) -> Vec<Value> {
    let mut arguments = vec!["key", "list", "--app", "shop", "--json"];
    arguments.extend(reveal.then_some("--reveal"));
    serde_json::from_str(&installation.done(&arguments)).unwrap()
}

fn make_key(installation: &Installation) -> String {
    let out = installation.done(&["key", "create", "--app", "shop", "--scope", "fullAccess"]);
    out.trim_end().to_owned()
}

fn keys_are_made_listed_and_revoked(engine: Engine) {
    let (installation, server, _keys) = Installation::with_shop(engine);
    for scope in ["fullAccess", "authOnly", "platform", "klaim"] {
        let arguments =
            ["key", "create", "--app", "shop", "--scope", scope, "--name", "of the test", "--json"];
        let made: Value = serde_json::from_str(&installation.done(&arguments)).unwrap();
        assert_eq!((&made["scope"], &made["name"]), (&json!(scope), &json!("of the test")));
        let listed = list(&installation, true);
        assert_eq!(listed.last(), Some(&made), "the newest comes last, as it was made");
    }
    let secret = make_key(&installation);
    let mut client = server.client(&secret);
    assert_eq!(client.get("/v3/users").unwrap().status, 200, "a new key works at once");

    // By its number, then by itself.
    let number = list(&installation, false).last().unwrap()["id"].to_string();
    let said = installation.done(&["key", "revoke", "--app", "shop", &number]);
    assert_eq!(said, format!("Revoked key {number}.\n"));
    assert_eq!(client.get("/v3/users").unwrap().code(), "AUTH_ERR_APIKEY_NOT_FOUND");
    let secret = make_key(&installation);
    let said: Value =
        serde_json::from_str(&installation.done(&["key", "revoke", "--app", "shop", &secret, "--json"]))
            .unwrap();
    assert!(
        said["revoked"].as_i64().unwrap() > number.parse().unwrap(),
        "numbers are never used again"
    );
    assert_eq!(list(&installation, false).len(), 8, "four from the app, four of this test");

    // Another app's key cannot be revoked, by number or by itself.
    let others = installation.make_app("other");
    let numbers = installation.rows("select max(id) from credentials where app = 'other'");
    for key in [&others.rest, &numbers[0][0]] {
        let ran = installation.run(&["key", "revoke", "--app", "shop", key]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
    }
    assert_eq!(server.client(&others.rest).get("/v3/users").unwrap().status, 200);
}

fn secrets_are_shown_only_on_demand(engine: Engine) {
    let (installation, _server, keys) = Installation::with_shop(engine);
    let secrets = [keys.rest.as_str(), &keys.auth, &keys.platform];
    let hidden = [
        installation.done(&["key", "list", "--app", "shop"]),
        installation.done(&["key", "list", "--app", "shop", "--json"]),
    ];
    let shown = [
        installation.done(&["key", "list", "--app", "shop", "--reveal"]),
        installation.done(&["key", "list", "--app", "shop", "--json", "--reveal"]),
    ];
    for secret in secrets {
        for text in &hidden {
            assert!(!text.contains(secret) && !text.contains(&secret[..8]), "{text}");
        }
        for text in &shown {
            assert!(text.contains(secret), "{text}");
        }
    }
    assert!(hidden[0].contains("fullAccess") && hidden[0].contains("--reveal"), "{}", hidden[0]);
    assert!(list(&installation, false).iter().all(|key| key.get("key").is_none()));
}

fn a_revoked_key_is_dead_at_once(engine: Engine) {
    let (installation, server, _keys) = Installation::with_shop(engine);
    let mut servers = vec![server];
    // On PostgreSQL another one, which must hear of it as well.
    servers.extend((engine == Engine::Postgres).then(|| installation.serve()));
    let mut accepted = 0;
    for round in 0..8 {
        let key = make_key(&installation);
        let mut clients: Vec<_> = servers.iter().map(|server| server.client(&key)).collect();
        let mut all_answer = |status: u16| {
            let answers = clients.iter_mut().map(|client| client.get("/v3/users").unwrap().status);
            answers.filter(|answer| *answer == status).count() == servers.len()
        };
        assert!(all_answer(200), "a new key works at once, everywhere");
        let mut revoking = installation
            .command(&["key", "revoke", "--app", "shop", &key])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Hot in both caches while it is revoked, and asked about again the moment that the command has ended.
        let ended = loop {
            let ended = revoking.try_wait().unwrap();
            if let Some(status) = ended {
                assert!(all_answer(401), "round {round}: still accepted after the command had ended");
                break status;
            }
            accepted += usize::from(all_answer(200));
        };
        assert!(ended.success());
    }
    // How often fits into the time of one command depends on the machine; that it was in use does not.
    assert!(accepted > 8, "the keys were not hot: {accepted} answers while they were revoked");
}

/// A head with a key, whose body is kept back until the key is gone.
fn a_key_revoked_while_a_body_arrives_does_nothing(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    let leaked = make_key(&installation);
    let body = json!({"name": "kept", "scope": "fullAccess"}).to_string();
    let mut thief = server.client(&leaked);
    let head = format!("POST /v3/apikeys HTTP/1.1\r\n{}\r\n", header_lines(&leaked, body.len()));
    thief.send(head.as_bytes()).unwrap();
    let mut observer = server.client("");
    eventually("the request to be under way", || {
        let metrics = observer.get("/metrics").unwrap().text;
        metrics.contains("rollcall_http_requests_in_flight 2").then_some(())
    });
    installation.done(&["key", "revoke", "--app", "shop", &leaked]);
    thief.send(body.as_bytes()).unwrap();
    let answer = thief.answer().unwrap();
    assert_eq!((answer.status, answer.code()), (401, "AUTH_ERR_APIKEY_NOT_FOUND".to_owned()));
    let listed = server.client(&keys.rest).get("/v3/apikeys").unwrap();
    assert_eq!(listed.at("/meta/pagination/total"), 2, "{}", listed.text);
}
