//! Bodies that nobody thought of.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::shop::Shop;

/// A value for some field: often of the right kind, sometimes right altogether.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-c]{1,2}".prop_map(Value::from),
        "https://[a-z]{1,5}\\.org/\\PC{0,5}".prop_map(Value::from),
        prop_oneof!["avatar", "link", "metadata", "default"].prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,6}|@private", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => prop::sample::select(vec![
            "uid", "name", "avatar", "link", "role", "statusMessage", "metadata", "tags", "withAuthToken", "unset",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ]
}

/// An object of such fields, as text: most with a uid and a name that are nearly good, some damaged at one byte.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let fields = prop::collection::btree_map(field(), value(), 0..6);
    let name = prop::option::weighted(0.9, "\\PC{1,12}|\\PC{90,110}");
    let uid = prop::option::weighted(0.9, "[a-z]{1,3}|[A-Z0-9_-]{1,5}|[a-z]{98,102}|\\PC{1,5}");
    let damage = prop::option::weighted(0.2, (any::<prop::sample::Index>(), any::<u8>()));
    (fields, uid, name, damage).prop_map(|(fields, uid, name, damage)| {
        let mut object: Value = Value::Object(fields.into_iter().collect());
        for (field, text) in [("uid", uid), ("name", name)] {
            if let Some(text) = text {
                object[field] = json!(text);
            }
        }
        let mut text = object.to_string().into_bytes();
        if let Some((place, byte)) = damage {
            let at = place.index(text.len());
            text[at] = byte;
        }
        text
    })
}

/// On SQLite only: what is in question is the reading of bodies, which knows no engine, and a case there takes a
/// millisecond.
#[test]
fn any_body_is_taken_whole_or_refused_whole() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let shop = runtime.block_on(Shop::open(Engine::Sqlite));
    runtime.block_on(shop.mira());
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&body(), |body| runtime.block_on(check(&shop, &body)));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

async fn check(shop: &Shop, body: &[u8]) -> Result<(), TestCaseError> {
    for (method, path) in [("POST", "/v3/users"), ("PUT", "/v3/users/mira")] {
        let before = shop.ledger().await;
        let answer = shop.send(method, path, &[], body.to_vec()).await;
        let after = shop.ledger().await;
        let shown = format!("{method} {path} {} → {}", String::from_utf8_lossy(body), answer.text);
        match answer.status.as_u16() {
            200 => {
                let (mut said, path) = (answer.at("/data"), answer.at("/data/uid"));
                let path = format!("/v3/users/{}", path.as_str().unwrap());
                let kept = shop.call("GET", &path, "").await.at("/data");
                let said = said.as_object_mut().unwrap();
                said.retain(|name, _| name != "tags" && name != "authToken");
                prop_assert_eq!(&Value::Object(said.clone()), &kept, "{}", shown);
                let grown = after.events.len() - before.events.len();
                prop_assert!(grown <= 2 && after.users.len() - before.users.len() <= 1, "{}", shown);
                prop_assert!(after.events.starts_with(&before.events), "{}", shown);
            }
            400 | 404 => prop_assert_eq!(after, before, "{}", shown),
            _ => prop_assert!(false, "{}", shown),
        }
    }
    // One user more would make every later look at the ledger longer.
    for user in shop
        .ledger()
        .await
        .users
        .into_iter()
        .filter(|user| user.uid.as_str() != "mira")
        .take(50)
    {
        shop.call("DELETE", &format!("/v3/users/{}", user.uid), r#"{"permanent":true}"#)
            .await;
    }
    Ok(())
}

/// A body about a role: the fields of all three operations at once, each of which looks at its own.
fn role_body() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "all", "friends", "friendsOnly", "allow", "deny", "vip", "text", "public", "ban", "u.listUsers", "metadata",
            "settings", "image/*", "", " ",
        ]).prop_map(Value::from),
        1 => value(),
    ];
    let several = prop_oneof![word.clone(), prop::collection::vec(word.clone(), 0..4).prop_map(Value::from)];
    let name = prop_oneof![
        3 => prop::sample::select(vec![
            "listUsers", "listUsers.mode", "listUsers.allowedRoles", "sendMessage.allowedMessageTypes",
            "sendMessage.allowedMimeTypes", "joinGroup.allowedGroupTypes", "sendMessagesTo",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ];
    let map = prop::collection::btree_map(name, several.clone(), 0..6);
    let map = map.prop_map(|map| Value::Object(map.into_iter().collect()));
    let field = prop::sample::select(vec![
        "role",
        "name",
        "description",
        "metadata",
        "settings",
        "unset",
        "featuresToRestrict",
        "featuresToAllow",
        "allowAll",
        "permissions",
    ]);
    let fields =
        prop::collection::btree_map(field.prop_map(str::to_owned), prop_oneof![several, map.clone()], 0..6);
    (fields, map.clone(), map).prop_map(|(fields, settings, permissions)| {
        let mut object = json!({ "settings": settings, "permissions": permissions });
        for (field, value) in fields {
            object[field] = value;
        }
        object.to_string()
    })
}

/// On SQLite only, as above.
#[test]
fn any_body_about_a_role_is_taken_whole_or_refused_whole() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let shop = runtime.block_on(Shop::open(Engine::Sqlite));
    let made = runtime.block_on(shop.call("POST", "/v3/roles", r#"{"role":"vip","name":"VIP"}"#));
    assert_eq!(made.status, 200, "{}", made.text);
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&role_body(), |body| runtime.block_on(check_role(&shop, &body)));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

async fn check_role(shop: &Shop, body: &str) -> Result<(), TestCaseError> {
    for (method, path) in [
        ("PUT", "/v3/roles/vip"),
        ("POST", "/v3/roles/vip/restrictedfeatures"),
        ("DELETE", "/v3/roles/vip/restrictedfeatures"),
        ("PUT", "/v3/roles/vip/permissions"),
    ] {
        let before = shop.ledger().await;
        let answer = shop.call(method, path, body).await;
        let after = shop.ledger().await;
        let shown = format!("{method} {path} {body} → {}", answer.text);
        match answer.status.as_u16() {
            200 if path == "/v3/roles/vip" => {
                prop_assert_eq!(answer.text, shop.call("GET", path, "").await.text, "{}", shown);
            }
            200 => prop_assert!(after.events.len() <= before.events.len() + 1, "{}", shown),
            400 => prop_assert_eq!(after, before, "{}", shown),
            _ => prop_assert!(false, "{}", shown),
        }
    }
    Ok(())
}
