//! Apps do not see each other.

use rollcall_testkit::Engine;
use serde_json::json;

use crate::ledger::Ledger;
use crate::shop::{Shop, outcome, refused};

rollcall_testkit::on_both_engines! {
    the_same_uid_is_another_user_in_another_app,
    another_apps_users_are_out_of_reach,
    another_apps_users_are_nobodys_friends,
    another_apps_roles_are_out_of_reach,
    the_same_role_is_another_in_another_app,
}

const RESTRICT: &str = r#"{"featuresToRestrict":["ban"]}"#;
const DENY: &str = r#"{"permissions":{"listUsers":"deny"}}"#;

async fn the_same_uid_is_another_user_in_another_app(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let other = shop.0.another_app("other").await;
    let key = [("apikey", other.rest_api_key.as_str())];
    let body = json!({"uid": "mira", "name": "Other Mira", "tags": ["south"]}).to_string();
    assert_eq!(shop.0.request("POST", "/v3/users", &key, &body).await.status, 200);
    assert_eq!(shop.call("GET", "/v3/users/mira", "").await.at("/data/name"), "Mira");
    assert_eq!(shop.0.request("GET", "/v3/users/mira", &key, "").await.at("/data/name"), "Other Mira");
    let list = shop.0.request("GET", "/v3/users?withTags=1", &key, "").await;
    assert_eq!(list.at("/meta/pagination/total"), 1);
    assert_eq!(list.at("/data/0/tags"), json!(["south"]));
}

async fn another_apps_users_are_out_of_reach(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let other = shop.0.another_app("other").await;
    let key = [("apikey", other.rest_api_key.as_str())];
    let before = shop.ledger().await;
    for (method, body) in [
        ("GET", ""),
        ("PUT", r#"{"name":"x"}"#),
        ("DELETE", ""),
        ("DELETE", r#"{"permanent":true}"#),
    ] {
        let answer = shop.0.request(method, "/v3/users/mira", &key, body).await;
        assert_eq!(outcome(&answer), refused(404, "ERR_UID_NOT_FOUND"), "{method}");
    }
    for (method, body) in
        [("DELETE", r#"{"uidsToDeactivate":["mira"]}"#), ("PUT", r#"{"uidsToActivate":["mira"]}"#)]
    {
        let answer = shop.0.request(method, "/v3/users", &key, body).await;
        assert_eq!(answer.text, r#"{"data":{"notFound":["mira"]}}"#, "{method}");
    }
    for query in ["", "?searchKey=mira", "?tags=north", "?role=default", "?withDeactivated=1"] {
        let answer = shop.0.request("GET", &format!("/v3/users{query}"), &key, "").await;
        assert_eq!(answer.at("/data"), json!([]), "{query}");
    }
    let viewer = [key[0], ("onbehalfof", "mira")];
    assert_eq!(shop.0.request("GET", "/v3/users", &viewer, "").await.status, 404);
    assert_eq!(shop.ledger().await, before);
    let theirs = Ledger::read(shop.0.directory.store(), "other").await;
    assert!(theirs.users.is_empty() && theirs.tags == 0);
}

async fn another_apps_users_are_nobodys_friends(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let leo = json!({"uid": "leo", "name": "Leo"});
    assert_eq!(shop.create(&leo).await.status, 200);
    let other = shop.0.another_app("other").await;
    let key = [("apikey", other.rest_api_key.as_str())];
    for user in [json!({"uid": "mira", "name": "Their Mira"}), json!({"uid": "ana", "name": "Ana"})] {
        assert_eq!(shop.0.request("POST", "/v3/users", &key, &user.to_string()).await.status, 200);
    }
    // What each app does with its own `mira` is its own.
    let (befriend, block) = (r#"{"accepted":["leo","ana"]}"#, r#"{"blockedUids":["leo","ana"]}"#);
    for (path, body, pointer) in [("friends", befriend, "/data/accepted"), ("blockedusers", block, "/data")] {
        let path = format!("/v3/users/mira/{path}");
        for (mine, answer) in [
            ("leo", shop.call("POST", &path, body).await),
            ("ana", shop.0.request("POST", &path, &key, body).await),
        ] {
            for name in ["leo", "ana"] {
                let done = answer.at(&format!("{pointer}/{name}/success"));
                assert_eq!(done, json!(name == mine), "{path} {name}: {}", answer.text);
            }
        }
        for (mine, answer) in [
            ("leo", shop.call("GET", &path, "").await),
            ("ana", shop.0.request("GET", &path, &key, "").await),
        ] {
            assert_eq!(answer.at("/meta/pagination/total"), 1, "{path}");
            assert_eq!(answer.at("/data/0/uid"), mine, "{path}");
        }
    }
    let before = shop.ledger().await;
    for (method, path, body) in [
        ("DELETE", "/v3/users/mira/friends", r#"{"friends":["ana"]}"#),
        ("DELETE", "/v3/users/mira/blockedusers", r#"{"blockedUids":["ana"]}"#),
        ("DELETE", "/v3/users/ana", r#"{"permanent":true}"#),
    ] {
        assert_eq!(shop.0.request(method, path, &key, body).await.status, 200, "{method} {path}");
    }
    for (method, path, body) in [
        ("GET", "/v3/users/leo/friends", ""),
        ("POST", "/v3/users/leo/friends", r#"{"accepted":["mira"]}"#),
        ("DELETE", "/v3/users/leo/friends", r#"{"friends":["mira"]}"#),
        ("GET", "/v3/users/leo/blockedusers", ""),
        ("POST", "/v3/users/leo/blockedusers", r#"{"blockedUids":["mira"]}"#),
        ("DELETE", "/v3/users/leo/blockedusers", r#"{"blockedUids":["mira"]}"#),
    ] {
        let answer = shop.0.request(method, path, &key, body).await;
        assert_eq!(outcome(&answer), refused(404, "ERR_UID_NOT_FOUND"), "{method} {path}");
    }
    assert_eq!(shop.ledger().await, before);
}

async fn another_apps_roles_are_out_of_reach(engine: Engine) {
    let shop = Shop::open(engine).await;
    assert_eq!(shop.call("POST", "/v3/roles", r#"{"role":"vip","name":"VIP"}"#).await.status, 200);
    let other = shop.0.another_app("other").await;
    let key = [("apikey", other.rest_api_key.as_str())];
    let (ours, theirs) = (shop.ledger().await, Ledger::read(shop.0.directory.store(), "other").await);
    for (method, path, body) in [
        ("GET", "", ""),
        ("PUT", "", r#"{"name":"x"}"#),
        ("PUT", "", "{}"),
        ("DELETE", "", ""),
        ("POST", "/restrictedfeatures", RESTRICT),
        ("GET", "/restrictedfeatures", ""),
        ("DELETE", "/restrictedfeatures", r#"{"allowAll":true}"#),
        ("GET", "/permissions", ""),
        ("PUT", "/permissions", DENY),
        ("DELETE", "/permissions/listUsers", ""),
    ] {
        let answer = shop.0.request(method, &format!("/v3/roles/vip{path}"), &key, body).await;
        assert_eq!(outcome(&answer), refused(404, "ERR_ROLE_NOT_FOUND"), "{method} {path}");
    }
    let body = json!({"uid": "mira", "name": "Mira", "role": "vip"}).to_string();
    let answer = shop.0.request("POST", "/v3/users", &key, &body).await;
    assert_eq!(outcome(&answer), refused(404, "ERR_ROLE_NOT_FOUND"));
    let list = shop.0.request("GET", "/v3/roles", &key, "").await;
    assert_eq!((list.at("/meta/pagination/total"), list.at("/data/0/role")), (json!(1), json!("default")));
    assert_eq!(shop.ledger().await, ours);
    assert_eq!(Ledger::read(shop.0.directory.store(), "other").await, theirs);
}

async fn the_same_role_is_another_in_another_app(engine: Engine) {
    let shop = Shop::open(engine).await;
    let other = shop.0.another_app("other").await;
    let key = [("apikey", other.rest_api_key.as_str())];
    let role = r#"{"role":"vip","name":"VIP"}"#;
    let user = json!({"uid": "mira", "name": "Mira", "role": "vip"});
    assert_eq!(shop.call("POST", "/v3/roles", role).await.status, 200);
    assert_eq!(shop.create(&user).await.status, 200);
    assert_eq!(shop.0.request("POST", "/v3/roles", &key, role).await.status, 200);
    assert_eq!(shop.0.request("POST", "/v3/users", &key, &user.to_string()).await.status, 200);
    let theirs = Ledger::read(shop.0.directory.store(), "other").await;
    for (method, path, body) in [
        ("PUT", "", r#"{"name":"x","settings":{"listUsers":"friendsOnly"}}"#),
        ("POST", "/restrictedfeatures", RESTRICT),
        ("PUT", "/permissions", DENY),
        ("DELETE", "", ""),
    ] {
        let answer = shop.call(method, &format!("/v3/roles/vip{path}"), body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
        assert_eq!(Ledger::read(shop.0.directory.store(), "other").await, theirs, "{method} {path}");
    }
    assert_eq!(shop.call("GET", "/v3/users/mira", "").await.at("/data/role"), "default");
    assert_eq!(shop.0.request("GET", "/v3/users/mira", &key, "").await.at("/data/role"), "vip");
}
