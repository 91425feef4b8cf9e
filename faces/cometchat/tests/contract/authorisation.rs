//! What each kind of key opens.

use rollcall_testkit::Engine;
use serde_json::json;

use crate::shop::{Shop, outcome, refused};

rollcall_testkit::on_both_engines! {
    an_auth_only_key_creates_and_updates_and_nothing_else,
    roles_are_for_no_user,
    a_weak_key_learns_nothing_about_the_rest_of_a_request,
    keys_of_other_faces_open_nothing,
}

/// Every operation, each of which a `fullAccess` key may call with success, in this order.
const OPERATIONS: [(&str, &str, &str, bool); 19] = [
    ("POST", "/users", r#"{"uid":"leo","name":"Leo"}"#, true),
    ("PUT", "/users/leo", r#"{"name":"Leo N"}"#, true),
    ("GET", "/users", "", false),
    ("GET", "/users?count=true", "", false),
    ("GET", "/users/leo", "", false),
    ("DELETE", "/users", r#"{"uidsToDeactivate":["leo"]}"#, false),
    ("PUT", "/users", r#"{"uidsToActivate":["leo"]}"#, false),
    ("DELETE", "/users/leo", r#"{"permanent":true}"#, false),
    ("POST", "/roles", r#"{"role":"vip","name":"VIP"}"#, false),
    ("GET", "/roles", "", false),
    ("GET", "/roles/vip", "", false),
    ("PUT", "/roles/vip", r#"{"name":"Very"}"#, false),
    ("POST", "/roles/vip/restrictedfeatures", r#"{"featuresToRestrict":["ban"]}"#, false),
    ("GET", "/roles/vip/restrictedfeatures", "", false),
    ("DELETE", "/roles/vip/restrictedfeatures", r#"{"allowAll":true}"#, false),
    ("GET", "/roles/vip/permissions", "", false),
    ("PUT", "/roles/vip/permissions", r#"{"permissions":{"listUsers":"deny"}}"#, false),
    ("DELETE", "/roles/vip/permissions/listUsers", "", false),
    ("DELETE", "/roles/vip", "", false),
];

async fn an_auth_only_key_creates_and_updates_and_nothing_else(engine: Engine) {
    for prefix in ["/v3", "/v3.0"] {
        let shop = Shop::open(engine).await;
        for (method, path, body, allowed) in OPERATIONS {
            let path = format!("{prefix}{path}");
            let weak = [("apikey", shop.0.keys.auth_key.as_str())];
            let before = shop.ledger().await;
            let answer = shop.0.request(method, &path, &weak, body).await;
            if allowed {
                assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
                continue;
            }
            assert_eq!(outcome(&answer), refused(403, "AUTH_ERR_NO_ACCESS"), "{method} {path}");
            assert_eq!(shop.ledger().await, before, "{method} {path}");
            let answer = shop.call(method, &path, body).await;
            assert_eq!(answer.status, 200, "fullAccess: {method} {path}: {}", answer.text);
        }
    }
}

async fn roles_are_for_no_user(engine: Engine) {
    let shop = Shop::open(engine).await;
    let made = shop
        .create(&json!({"uid": "mira", "name": "Mira", "withAuthToken": true}))
        .await;
    let token = made.at("/data/authToken");
    shop.call("POST", "/v3/roles", r#"{"role":"vip","name":"VIP"}"#).await;
    let before = shop.ledger().await;
    let as_user = [("appid", "shop"), ("authtoken", token.as_str().unwrap())];
    let for_user = [("apikey", shop.0.keys.rest_api_key.as_str()), ("onbehalfof", "mira")];
    for (method, path, body, _) in OPERATIONS.iter().filter(|(_, path, ..)| path.starts_with("/roles")) {
        for headers in [as_user, for_user] {
            let answer = shop.0.request(method, &format!("/v3{path}"), &headers, body).await;
            assert_eq!(outcome(&answer), refused(403, "ERR_PERMISSION_DENIED"), "{method} {path}");
        }
    }
    assert_eq!(shop.ledger().await.roles, before.roles);
    assert_eq!(shop.ledger().await.events, before.events);
}

async fn a_weak_key_learns_nothing_about_the_rest_of_a_request(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let large = " ".repeat(40_000);
    let bodies = ["", "{", "[1]", r#"{"uidsToDeactivate":7}"#, r#"{"permanent":"?"}"#, &large];
    let paths = [
        "/v3/users",
        "/v3/users/mira",
        "/v3/users/ghost",
        "/v3/users/no.uid",
        "/v3/users/%ff",
        "/v3/roles/ghost/restrictedfeatures",
        "/v3/roles/%ff/restrictedfeatures",
    ];
    let odd = [("apikey", shop.0.keys.auth_key.as_str()), ("onbehalfof", "ghost")];
    for path in paths {
        for method in ["GET", "DELETE"] {
            for body in bodies {
                let answer = shop.0.request(method, path, &odd, body).await;
                assert_eq!(
                    outcome(&answer),
                    refused(403, "AUTH_ERR_NO_ACCESS"),
                    "{method} {path} {body:.40}"
                );
            }
        }
    }
    for query in ["perPage=0", "searchKey=%ff", "status=busy"] {
        let answer = shop.0.request("GET", &format!("/v3/users?{query}"), &odd, "").await;
        assert_eq!(outcome(&answer), refused(403, "AUTH_ERR_NO_ACCESS"), "{query}");
    }
    for body in bodies {
        let answer = shop.0.request("PUT", "/v3/users", &odd, body).await;
        assert_eq!(outcome(&answer), refused(403, "AUTH_ERR_NO_ACCESS"), "PUT /users {body:.40}");
    }
}

async fn keys_of_other_faces_open_nothing(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let before = shop.ledger().await;
    for key in [&shop.0.keys.platform_token, &shop.0.keys.klaim_key] {
        for (method, path, body, _) in OPERATIONS {
            let answer = shop.0.request(method, &format!("/v3{path}"), &[("apikey", key)], body).await;
            assert_eq!(outcome(&answer), refused(401, "AUTH_ERR_APIKEY_NOT_FOUND"), "{method} {path}");
        }
    }
    assert_eq!(shop.ledger().await, before);
    // A token of a user is no key either.
    let made = shop.create(&json!({"uid": "leo", "name": "Leo", "withAuthToken": true})).await;
    let token = made.at("/data/authToken");
    let answer = shop
        .0
        .request("GET", "/v3/users", &[("apikey", token.as_str().unwrap())], "")
        .await;
    assert_eq!(outcome(&answer), refused(401, "AUTH_ERR_APIKEY_NOT_FOUND"));
}
