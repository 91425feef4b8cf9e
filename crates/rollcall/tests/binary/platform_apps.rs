//! `rollcall platform-app`, beside a running server.

use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::harness::Installation;

on_both_engines! {
    platform_apps_are_made_and_listed,
    a_token_opens_what_it_is_for,
    objects_are_granted_and_revoked,
    what_is_not_there_is_told,
    a_platform_app_goes_with_its_grants,
}

fn said(installation: &Installation, words: &str) -> String {
    installation.done(&words.split(' ').collect::<Vec<_>>())
}

fn json_of(installation: &Installation, words: &str) -> Value {
    serde_json::from_str(&said(installation, &format!("{words} --json"))).unwrap()
}

/// A platform app of its own objects.
fn make(installation: &Installation, app: &str) -> i64 {
    let words = format!("platform-app create --app {app} --name Support --own-objects-only");
    json_of(installation, &words)["id"].as_i64().unwrap()
}

/// What a command that fails says.
fn refused(installation: &Installation, words: &str) -> String {
    let ran = installation.run(&words.split(' ').collect::<Vec<_>>());
    assert!(ran.code == Some(1) && ran.out.is_empty(), "{words}: {ran:?}");
    ran.err
}

fn platform_apps_are_made_and_listed(engine: Engine) {
    let (installation, _server, keys) = Installation::with_shop(engine);
    let wide = json_of(&installation, "platform-app create --app shop --name Everything");
    let own = json_of(&installation, "platform-app create --app shop --name Support --own-objects-only");
    for (made, name, own_objects_only) in [(&wide, "Everything", false), (&own, "Support", true)] {
        assert_eq!((&made["name"], &made["ownObjectsOnly"]), (&json!(name), &json!(own_objects_only)));
        let token = made["platformToken"].as_str().unwrap();
        assert!(token.len() == 24 && token.bytes().all(|b| b.is_ascii_alphanumeric()), "{token}");
        let text = said(&installation, "platform-app list --app shop --reveal");
        assert!(text.contains(token), "{text}");
        for list in ["platform-app list --app shop", "platform-app list --app shop --json"] {
            let hidden = said(&installation, list);
            assert!(hidden.contains(name) && !hidden.contains(token), "{hidden}");
        }
    }
    let shown = json_of(&installation, "platform-app list --app shop --reveal");
    let shown = shown.as_array().unwrap();
    assert_eq!(shown.len(), 3, "the app's first one among them");
    assert_eq!(shown[0]["platformToken"], json!(keys.platform));
    assert_eq!((&shown[1], &shown[2]), (&wide, &own));
    let text = said(&installation, "platform-app create --app shop --name Third --own-objects-only");
    assert!(
        text.contains("Third") && text.contains("Platform token") && text.contains("grant"),
        "{text}"
    );
    assert_eq!(json_of(&installation, "key list --app shop")[5]["scope"], json!("ownPlatform"));
}

fn a_token_opens_what_it_is_for(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    let own = json_of(&installation, "platform-app create --app shop --name Support --own-objects-only");
    let (number, own) = (own["id"].clone(), own["platformToken"].as_str().unwrap().to_owned());
    let mut client = server.client("");
    let mut ask = |token: &str, method: &str, path: &str, body: &str| {
        let path = format!("/platform/api/v1/agent_bots{path}");
        client.request(method, &path, &[("api_access_token", token)], body).unwrap()
    };
    let bot = ask(&keys.platform, "POST", "", "{\"name\": \"Helper\"}").at("/id");
    let path = format!("/{bot}");
    assert_eq!(ask(&own, "GET", &path, "").text, "{\"error\":\"Non permissible resource\"}");
    assert_eq!(ask(&own, "GET", "", "").text, "[]");
    let grant = format!("platform-app grant --app shop --platform-app {number} --agent-bot {bot}");
    assert!(said(&installation, &grant).contains(&format!("now gets at agent bot {bot}")));
    assert_eq!(ask(&own, "GET", &path, "").at("/name"), "Helper", "at once, beside the running server");
    said(&installation, &grant.replace(" grant ", " revoke "));
    assert_eq!(ask(&own, "GET", &path, "").status, 401);
    said(&installation, &format!("key revoke --app shop {number}"));
    assert_eq!(ask(&own, "GET", &path, "").text, "{\"error\":\"Invalid access_token\"}");
    assert_eq!(ask(&keys.platform, "GET", &path, "").status, 200);
}

fn objects_are_granted_and_revoked(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    let number = make(&installation, "shop");
    let made = server
        .client(&keys.rest)
        .post("/v3/users", &json!({"uid": "noa", "name": "Noa"}));
    assert_eq!(made.unwrap().status, 200);
    let user = installation.number("select id from users where uid = 'noa'");
    let verb = |verb: &str, object: &str| {
        json_of(&installation, &format!("platform-app {verb} --app shop --platform-app {number} {object}"))
    };
    let objects =
        || json_of(&installation, &format!("platform-app objects --app shop --platform-app {number}"));
    let turn = |changed: bool| json!({"platformApp": number, "object": {"kind": "user", "id": user}, "changed": changed});
    assert_eq!(objects(), json!([]));
    assert_eq!(verb("grant", "--user noa"), turn(true));
    assert_eq!(verb("grant", &format!("--user {user}")), turn(false));
    assert_eq!(objects(), json!([{"kind": "user", "id": user}]));
    assert_eq!(verb("revoke", &format!("--user {user}")), turn(true));
    assert_eq!(verb("revoke", "--user noa"), turn(false));
    assert_eq!(objects(), json!([]));
    for (words, expected) in [
        ("grant", format!("The platform app {number} now gets at user {user}.\n")),
        ("grant", format!("The platform app {number} already got at user {user}.\n")),
        ("revoke", format!("The platform app {number} no longer gets at user {user}.\n")),
        ("revoke", format!("The platform app {number} did not get at user {user}.\n")),
    ] {
        let words = format!("platform-app {words} --app shop --platform-app {number} --user noa");
        assert_eq!(said(&installation, &words), expected);
    }
}

fn what_is_not_there_is_told(engine: Engine) {
    let (installation, _server, _keys) = Installation::with_shop(engine);
    installation.make_app("club");
    let (number, theirs) = (make(&installation, "shop"), make(&installation, "club"));
    let wide =
        installation.number("select min(id) from credentials where app = 'shop' and kind = 'platform'");
    let grant = |app: &str, number: i64, object: &str| {
        refused(&installation, &format!("platform-app grant --app {app} --platform-app {number} {object}"))
    };
    for (text, expected) in [
        (grant("shop", number, "--user nobody"), "no active user nobody"),
        (grant("shop", number, "--user 900000"), "no active user 900000"),
        (grant("shop", number, "--user a@b"), "neither a number nor a uid"),
        (grant("shop", number, "--account 900000"), "has no account 900000"),
        (grant("shop", number, "--agent-bot 900000"), "has no agent bot 900000"),
        (grant("shop", theirs, "--agent-bot 1"), "no platform app of its own objects"),
        (grant("shop", wide, "--agent-bot 1"), "no platform app of its own objects"),
        (grant("nowhere", number, "--agent-bot 1"), "no app nowhere"),
    ] {
        assert!(text.contains(expected), "{text}");
    }
    let text = refused(&installation, "platform-app create --app nowhere --name Support");
    assert!(text.contains("no app nowhere"), "{text}");
    for words in [
        "platform-app grant --app shop --platform-app 1",
        "platform-app grant --app shop --platform-app 1 --user a --account 1",
        "platform-app grant --app shop --user a",
        "platform-app create --app shop",
    ] {
        let ran = installation.run(&words.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, Some(2), "{words}: {ran:?}");
    }
}

fn a_platform_app_goes_with_its_grants(engine: Engine) {
    let (installation, _server, _keys) = Installation::with_shop(engine);
    let number = make(&installation, "shop");
    let account = "insert into accounts (app, name, locale, status, features, limits, custom_attributes, created_at) \
                   values ('shop', 'Desk', 'en', 'active', '[]', '{}', '{}', 1) returning id";
    let account = installation.number(account);
    said(
        &installation,
        &format!("platform-app grant --app shop --platform-app {number} --account {account}"),
    );
    assert_eq!(installation.number("select count(*) from permissibles"), 1);
    said(&installation, &format!("key revoke --app shop {number}"));
    assert_eq!(installation.number("select count(*) from permissibles"), 0);
    let listed = json_of(&installation, "platform-app list --app shop");
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
}
