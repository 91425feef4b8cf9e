//! Who calls: app id in header and host, API key.

use axum::body::Body;
use http::{HeaderValue, Request};
use rollcall_directory::credentials;
use rollcall_model::{Actor, AppId};
use rollcall_testkit::Engine;

use crate::shop::{Shop, outcome, refused};

rollcall_testkit::on_both_engines! {
    app_and_key_must_agree,
    a_key_is_masked_in_the_answer,
    headers_that_are_no_text_are_unknown,
    a_revoked_key_is_unknown,
}

const OK: &str = "";
const EMPTY_APP: &str = "AUTH_ERR_EMPTY_APPID";
const INVALID_APP: &str = "AUTH_ERR_INVALID_APPID";
const EMPTY_KEY: &str = "AUTH_ERR_EMPTY_APIKEY";
const UNKNOWN_KEY: &str = "AUTH_ERR_APIKEY_NOT_FOUND";

async fn app_and_key_must_agree(engine: Engine) {
    let shop = Shop::open(engine).await;
    let other = shop.0.another_app("other").await;
    let keys = shop.0.keys.clone();
    let (rest, foreign) = (keys.rest_api_key.as_str(), other.rest_api_key.as_str());
    let padded = format!("  {rest} ");
    let capitals = rest.to_uppercase();
    assert_ne!(capitals, rest);
    let cases: &[(&[(&str, &str)], &str)] = &[
        // The key.
        (&[], EMPTY_KEY),
        (&[("apikey", "")], EMPTY_KEY),
        (&[("apikey", "   ")], EMPTY_KEY),
        (&[("authorization", rest)], EMPTY_KEY),
        (&[("apikey", rest)], OK),
        (&[("apiKey", rest)], OK),
        (&[("APIKEY", rest)], OK),
        (&[("apikey", &padded)], OK),
        (&[("apikey", &capitals)], UNKNOWN_KEY),
        (&[("apikey", &rest[1..])], UNKNOWN_KEY),
        (&[("apikey", "0123456789abcdef0123456789abcdef01234567")], UNKNOWN_KEY),
        (&[("apikey", &keys.platform_token)], UNKNOWN_KEY),
        (&[("apikey", &keys.klaim_key)], UNKNOWN_KEY),
        // The app in the header.
        (&[("apikey", rest), ("appId", "shop")], OK),
        (&[("apikey", rest), ("APPID", " SHOP ")], OK),
        (&[("apikey", rest), ("appid", "")], EMPTY_APP),
        (&[("apikey", rest), ("appid", "  ")], EMPTY_APP),
        (&[("appid", "")], EMPTY_APP),
        (&[("appid", "shop")], EMPTY_KEY),
        (&[("apikey", rest), ("appId", "nowhere")], INVALID_APP),
        (&[("apikey", "wrong"), ("appId", "nowhere")], INVALID_APP),
        (&[("apikey", rest), ("appId", "no app")], INVALID_APP),
        (&[("apikey", rest), ("appId", "other")], UNKNOWN_KEY),
        (&[("apikey", foreign), ("appId", "shop")], UNKNOWN_KEY),
        (&[("apikey", foreign), ("appId", "other")], OK),
        // The app in the host.
        (&[("apikey", rest), ("host", "shop.api-us.cometchat.io")], OK),
        (&[("apikey", rest), ("host", "SHOP.API-EU.cometchat.io:443")], OK),
        (&[("apikey", rest), ("host", "shop.apiclient-in.cometchat.io")], OK),
        (&[("apikey", rest), ("host", "other.api-us.cometchat.io")], UNKNOWN_KEY),
        (&[("apikey", rest), ("host", "other.apiclient-us.cometchat.io")], UNKNOWN_KEY),
        (&[("apikey", rest), ("host", "nowhere.api-us.cometchat.io")], INVALID_APP),
        (&[("apikey", rest), ("host", "-.api-us.cometchat.io")], INVALID_APP),
        (&[("apikey", rest), ("host", ".api-us.cometchat.io")], INVALID_APP),
        (&[("apikey", rest), ("host", "api-us.cometchat.io")], OK),
        (&[("apikey", rest), ("host", "rollcall.example.test:8080")], OK),
        (&[("apikey", rest), ("host", "127.0.0.1:8080")], OK),
        // Both.
        (&[("apikey", rest), ("appId", "shop"), ("host", "shop.api-us.cometchat.io")], OK),
        (&[("apikey", rest), ("appId", "shop"), ("host", "api-us.cometchat.io")], OK),
        (&[("apikey", rest), ("appId", "shop"), ("host", "other.api-us.cometchat.io")], INVALID_APP),
        (
            &[("apikey", foreign), ("appId", "shop"), ("host", "other.api-us.cometchat.io")],
            INVALID_APP,
        ),
        (&[("apikey", rest), ("appId", ""), ("host", "shop.api-us.cometchat.io")], EMPTY_APP),
    ];
    for (headers, code) in cases {
        for prefix in ["/v3", "/v3.0"] {
            let answer = shop.0.request("GET", &format!("{prefix}/users"), headers, "").await;
            let expected = if code.is_empty() {
                (200, String::new())
            } else {
                refused(401, code)
            };
            assert_eq!(outcome(&answer), expected, "{prefix} {headers:?} {}", answer.text);
        }
    }
}

async fn a_key_is_masked_in_the_answer(engine: Engine) {
    let shop = Shop::open(engine).await;
    let other = shop.0.another_app("other").await;
    let long = "k".repeat(5000);
    for key in [other.rest_api_key.as_str(), "short-key", "0123456789", &long, "<script>alert(1)</script>"] {
        let headers = [("apikey", key), ("appid", "shop")];
        let answer = shop.0.request("GET", "/v3/users", &headers, "").await;
        assert_eq!(outcome(&answer), refused(401, UNKNOWN_KEY));
        assert!(!answer.text.contains(key), "{}", answer.text);
        let shown = key.len() > 10 && key.len() < 100;
        let masked =
            format!("{}{}{}", &key[..5], "*".repeat(key.len() - 10.min(key.len())), &key[key.len() - 5..]);
        assert_eq!(answer.text.contains(&masked), shown, "{}", answer.text);
        assert!(answer.text.len() < 1000, "an answer grows with the key: {}", answer.text.len());
    }
}

async fn headers_that_are_no_text_are_unknown(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let rest = HeaderValue::from_str(&shop.0.keys.rest_api_key).unwrap();
    let junk = HeaderValue::from_bytes(b"mira\xff\xe9").unwrap();
    let cases = [
        ("apikey", 401, UNKNOWN_KEY),
        ("appid", 401, INVALID_APP),
        ("onbehalfof", 404, "ERR_UID_NOT_FOUND"),
    ];
    for (header, status, code) in cases {
        let mut request = Request::get("/v3/users/mira").body(Body::empty()).unwrap();
        request.headers_mut().insert("apikey", rest.clone());
        request.headers_mut().insert(header, junk.clone());
        assert_eq!(outcome(&shop.0.send(request).await), refused(status, code), "{header}");
    }
    let mut request = Request::get("/v3/users/mira").body(Body::empty()).unwrap();
    request.headers_mut().insert("apikey", rest);
    request.headers_mut().insert("host", junk);
    assert_eq!(shop.0.send(request).await.status, 200, "a host that is no text names no app");
}

async fn a_revoked_key_is_unknown(engine: Engine) {
    let shop = Shop::open(engine).await;
    assert_eq!(shop.call("GET", "/v3/users", "").await.status, 200);
    let operator = Actor::operator(AppId::parse("shop").unwrap());
    let directory = &shop.0.directory;
    let all = credentials::list(directory, &operator).await.unwrap();
    let rest = all.iter().find(|c| c.secret == shop.0.keys.rest_api_key).unwrap();
    credentials::revoke(directory, &operator, rest.credential.id).await.unwrap();
    assert_eq!(outcome(&shop.call("GET", "/v3/users", "").await), refused(401, UNKNOWN_KEY));
}
