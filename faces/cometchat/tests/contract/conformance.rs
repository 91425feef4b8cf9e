//! What the public tests of real clients assert (reference §9), line by line, as one client would go through it.

use rollcall_testkit::{Answer, Engine};
use serde_json::json;

use crate::shop::{Shop, outcome, refused};

rollcall_testkit::on_both_engines! {
    creating_users,
    listing_users,
    unknown_paths_and_users,
    switching_users,
    updating_users,
    deleting_users,
    auth_tokens,
    blocked_users,
    friends,
    wrong_and_weak_keys,
}

/// Status 200, and the answer for a closer look.
fn fine(answer: Answer) -> Answer {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

fn has_text(answer: &Answer, pointer: &str) -> bool {
    answer.at(pointer).as_str().is_some_and(|text| !text.is_empty())
}

async fn creating_users(engine: Engine) {
    let shop = Shop::open(engine).await;
    let made = fine(shop.create(&json!({"uid": "ada", "name": "Ada"})).await);
    assert_eq!(made.at("/data/uid"), "ada");
    let again = shop.create(&json!({"uid": "ada", "name": "Ada"})).await;
    assert_eq!(outcome(&again), refused(400, "ERR_UID_ALREADY_EXISTS"));
    assert!(has_text(&again, "/error/message"));
    let empty = shop.create(&json!({"uid": "", "name": ""})).await;
    assert_eq!(outcome(&empty), refused(400, "ERR_BAD_REQUEST"));
    for field in ["uid", "name"] {
        assert!(has_text(&empty, &format!("/error/details/{field}/0")), "{}", empty.text);
    }
    let null = shop.create(&json!({"uid": "bob", "name": "Bob", "avatar": null})).await;
    assert_eq!(outcome(&null), refused(400, "ERR_BAD_REQUEST"));
    assert!(has_text(&null, "/error/details/avatar/0"));
}

async fn listing_users(engine: Engine) {
    let shop = Shop::open(engine).await;
    for uid in ["ada", "bob"] {
        fine(shop.create(&json!({"uid": uid, "name": uid})).await);
    }
    let first = fine(shop.call("GET", "/v3/users?perPage=1", "").await);
    let second = fine(shop.call("GET", "/v3/users?perPage=1&page=2", "").await);
    assert_ne!(first.at("/data/0/uid"), second.at("/data/0/uid"));
    for (answer, page) in [(first, 1), (second, 2)] {
        assert_eq!(answer.at("/data").as_array().map(Vec::len), Some(1));
        assert_eq!(answer.at("/meta/pagination/current_page"), page);
    }
}

async fn unknown_paths_and_users(engine: Engine) {
    let shop = Shop::open(engine).await;
    let path = shop.call("GET", "/v3/userss", "").await;
    assert_eq!(outcome(&path), refused(404, "ERR_API_NOT_FOUND"));
    assert!(has_text(&path, "/error/message"));
    let user = shop.call("GET", "/v3/users/MixedCaseUnknown", "").await;
    assert_eq!(outcome(&user), refused(404, "ERR_UID_NOT_FOUND"));
    assert!(user.at("/error/message").as_str().unwrap().contains("mixedcaseunknown"), "{}", user.text);
}

async fn switching_users(engine: Engine) {
    let shop = Shop::open(engine).await;
    fine(shop.create(&json!({"uid": "ada", "name": "Ada"})).await);
    let off = async |uids: &[&str]| {
        fine(
            shop.call("DELETE", "/v3/users", &json!({ "uidsToDeactivate": uids }).to_string())
                .await,
        )
    };
    let on = async |uids: &[&str]| {
        fine(
            shop.call("PUT", "/v3/users", &json!({ "uidsToActivate": uids }).to_string())
                .await,
        )
    };
    let first = off(&["ada", "ghost"]).await;
    assert_eq!(first.at("/data/deactivatedUids"), json!(["ada"]));
    assert_eq!(off(&["ada"]).await.at("/data/alreadyDeactivatedUids"), json!(["ada"]));
    assert_eq!(off(&["GhosT"]).await.at("/data/notFound/0"), "GhosT");
    assert_eq!(on(&["ada"]).await.at("/data/reactivatedUids/0"), "ada");
    assert_eq!(on(&["ghost"]).await.at("/data"), json!({"notFound": ["ghost"]}));
}

async fn updating_users(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let changed = fine(
        shop.update_mira(&json!({"uid": "mira", "name": "M", "avatar": "https://example.org/m.png"}))
            .await,
    );
    assert_eq!(
        (changed.at("/data/name"), changed.at("/data/avatar")),
        (json!("M"), json!("https://example.org/m.png"))
    );
    assert!(changed.at("/data/updatedAt").is_i64());
    for (change, detail) in [
        (json!({"name": ""}), "name"),
        (json!({"avatar": "m.png"}), "avatar"),
        (json!({"tags": [" "]}), "tags.0"),
    ] {
        let answer = shop.update_mira(&change).await;
        assert_eq!(outcome(&answer), refused(400, "ERR_BAD_REQUEST"), "{change}");
        assert!(has_text(&answer, &format!("/error/details/{detail}/0")), "{}", answer.text);
    }
    let text = fine(shop.update_mira(&json!({"metadata": "{\"team\":\"north\"}"})).await);
    assert_eq!(text.at("/data/metadata"), json!({"team": "north"}));
}

async fn deleting_users(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let off = fine(shop.call("DELETE", "/v3/users/mira", r#"{"permanent":false}"#).await);
    assert_eq!(off.at("/data/deactivatedUids/0"), "mira");
    let gone = fine(shop.call("DELETE", "/v3/users/mira", r#"{"permanent":true}"#).await);
    assert_eq!(gone.at("/data/success"), true);
    let unknown = shop.call("DELETE", "/v3/users/mira", r#"{"permanent":true}"#).await;
    assert_eq!(outcome(&unknown), refused(404, "ERR_UID_NOT_FOUND"));
}

async fn auth_tokens(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let tokens = "/v3/users/mira/auth_tokens";
    for body in [r#"{"force":false}"#, r#"{"force":true}"#, ""] {
        let made = fine(shop.call("POST", tokens, body).await);
        let listed = fine(shop.call("GET", tokens, "").await);
        assert_eq!(
            made.at("/data/authToken"),
            listed.at("/data/0/authToken"),
            "{body}: the newest comes first"
        );
        let unknown = shop.call("POST", "/v3/users/ghost/auth_tokens", body).await;
        assert_eq!(outcome(&unknown), refused(404, "ERR_UID_NOT_FOUND"), "{body}");
    }
    let token = shop.call("GET", tokens, "").await.at("/data/0/authToken");
    let path = format!("{tokens}/{}", token.as_str().unwrap());
    assert_eq!(fine(shop.call("GET", &path, "").await).at("/data/authToken"), token);
    let device = json!({"platform": "web", "userAgent": "x", "appInfo": {"v": 1}}).to_string();
    assert_eq!(fine(shop.call("PUT", &path, &device).await).at("/data/platform"), "web");
    assert_eq!(fine(shop.call("DELETE", &path, "").await).at("/data/success"), true);
    for (method, body) in [("DELETE", ""), ("GET", ""), ("PUT", device.as_str())] {
        let answer = shop.call(method, &path, body).await;
        assert_eq!(outcome(&answer), refused(404, "ERR_AUTH_TOKEN_NOT_FOUND"), "{method}");
    }
}

async fn blocked_users(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    fine(shop.create(&json!({"uid": "leo", "name": "Leo"})).await);
    let path = "/v3/users/mira/blockedusers";
    assert_eq!(fine(shop.call("GET", path, "").await).at("/data"), json!([]));
    let unknown = fine(shop.call("POST", path, r#"{"blockedUids":["ghost"]}"#).await);
    assert_eq!(unknown.at("/data/ghost/success"), false);
    let blank = shop.call("POST", path, r#"{"blockedUids":[" "]}"#).await;
    assert_eq!(outcome(&blank), refused(400, "ERR_BAD_REQUEST"));
    let done = fine(shop.call("POST", path, r#"{"blockedUids":["leo"]}"#).await);
    assert_eq!(done.at("/data/leo/success"), true);
    assert_eq!(fine(shop.call("GET", path, "").await).at("/data/0/uid"), "leo");
    for _ in 0..2 {
        let undone = fine(shop.call("DELETE", path, r#"{"blockedUids":["leo"]}"#).await);
        assert_eq!(undone.at("/data/leo/success"), true);
    }
    for method in ["POST", "DELETE"] {
        let answer = shop
            .call(method, "/v3/users/ghost/blockedusers", r#"{"blockedUids":["leo"]}"#)
            .await;
        assert_eq!(outcome(&answer), refused(404, "ERR_UID_NOT_FOUND"), "{method}");
    }
}

async fn friends(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    fine(shop.create(&json!({"uid": "leo", "name": "Leo"})).await);
    let path = "/v3/users/mira/friends";
    let added = fine(shop.call("POST", path, r#"{"accepted":["leo"]}"#).await);
    assert_eq!(added.at("/data/accepted/leo/success"), true);
    for (of, friend) in [("mira", "leo"), ("leo", "mira")] {
        let listed = fine(shop.call("GET", &format!("/v3/users/{of}/friends"), "").await);
        assert_eq!(listed.at("/data/0/uid"), friend);
        assert_eq!(listed.at("/meta/pagination/total"), 1);
    }
    let removed = fine(shop.call("DELETE", path, r#"{"friends":["leo"]}"#).await);
    assert_eq!(removed.at("/data/success"), true);
    assert_eq!(fine(shop.call("GET", path, "").await).at("/data"), json!([]));
}

async fn wrong_and_weak_keys(engine: Engine) {
    let shop = Shop::open(engine).await;
    let wrong = shop.0.request("GET", "/v3/users", &[("apiKey", "wrong")], "").await;
    assert_eq!(outcome(&wrong), refused(401, "AUTH_ERR_APIKEY_NOT_FOUND"));
    assert_eq!(wrong.at("/error/source"), "chat-api");
    let weak = shop
        .0
        .request("GET", "/v3/users", &[("apiKey", &shop.0.keys.auth_key)], "")
        .await;
    assert_eq!(outcome(&weak), refused(403, "AUTH_ERR_NO_ACCESS"));
}
