//! Rate limits: what counts, what is told, and what happens to one request too many (reference §4).

use rollcall_directory::apps;
use rollcall_http::limits::Quotas;
use rollcall_model::{AppId, Limits};
use rollcall_testkit::{Answer, Engine, TestApp};

use crate::shop::{Shop, limited, outcome, refused};

rollcall_testkit::on_both_engines! {
    nothing_is_told_or_counted_without_limits,
    one_too_many_is_refused_and_not_processed,
    classes_are_counted_apart,
    what_no_caller_sent_is_not_counted,
    a_user_counts_for_the_app,
    an_app_may_have_limits_of_its_own,
}

const NAMES: [&str; 7] = [
    "x-rate-limit",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "retry-after",
];

/// The values of the seven headers, in the order of [`NAMES`]; empty where there is none.
fn told(answer: &Answer) -> [&str; 7] {
    NAMES.map(|name| answer.headers.get(name).map_or("", |value| value.to_str().unwrap()))
}

async fn shop(engine: Engine, core: u32, standard: u32) -> Shop {
    let quotas = Quotas { core, standard };
    Shop(TestApp::start(engine, |directory, world| limited(directory, world, quotas)).await)
}

async fn nothing_is_told_or_counted_without_limits(engine: Engine) {
    let shop = Shop::open(engine).await;
    for _ in 0..50 {
        let answer = shop.call("GET", "/v3/users", "").await;
        assert_eq!((answer.status.as_u16(), told(&answer)), (200, [""; 7]));
    }
}

async fn one_too_many_is_refused_and_not_processed(engine: Engine) {
    let shop = shop(engine, 2, 0).await;
    shop.mira().await;
    let second = shop.call("POST", "/v3/users", "{}").await;
    assert_eq!(outcome(&second), refused(400, "ERR_BAD_REQUEST"));
    assert_eq!(told(&second), ["2", "0", "", "2", "0", "", ""], "what is refused counts, and is told");
    let before = shop.ledger().await;
    let third = shop.call("POST", "/v3/users", r#"{"uid":"leo","name":"Leo"}"#).await;
    assert_eq!(outcome(&third), refused(429, "ERR_TOO_MANY_REQUESTS"));
    assert_eq!(told(&third), ["2", "0", "1753000030", "2", "0", "1753000030", "30"]);
    assert_eq!(shop.ledger().await, before);
    shop.0.world.clock.advance(30_000);
    let fourth = shop.call("POST", "/v3/users", r#"{"uid":"leo","name":"Leo"}"#).await;
    assert_eq!(fourth.status, 200, "{}", fourth.text);
}

async fn classes_are_counted_apart(engine: Engine) {
    let shop = shop(engine, 1, 1).await;
    for (method, path, body) in
        [("POST", "/v3/users", r#"{"uid":"mira","name":"M"}"#), ("GET", "/v3/users", "")]
    {
        assert_eq!(shop.call(method, path, body).await.status, 200, "{method}");
    }
    for (method, path) in [
        ("POST", "/v3/users"),
        ("DELETE", "/v3/users"),
        ("DELETE", "/v3/users/mira"),
        ("POST", "/v3/users/mira/auth_tokens"),
        ("GET", "/v3/users"),
        ("PUT", "/v3/users"),
        ("PUT", "/v3/users/mira"),
        ("GET", "/v3/apikeys"),
        ("GET", "/v3.0/stats/messages"),
        ("HEAD", "/v3/users"),
    ] {
        assert_eq!(shop.call(method, path, "").await.status, 429, "{method} {path}");
    }
}

async fn what_no_caller_sent_is_not_counted(engine: Engine) {
    let shop = shop(engine, 1, 1).await;
    let strangers: [&[(&str, &str)]; 4] = [
        &[],
        &[("apikey", "wrong")],
        &[("appid", "shop"), ("authtoken", "wrong")],
        &[("appid", "nowhere"), ("apikey", "wrong")],
    ];
    for headers in strangers {
        let answer = shop.0.request("GET", "/v3/users", headers, "").await;
        assert_eq!((answer.status.as_u16(), told(&answer)), (401, [""; 7]), "{headers:?}");
    }
    for path in ["/v3/userss", "/v3", "/v4/users"] {
        assert_eq!(told(&shop.call("GET", path, "").await), [""; 7], "{path}");
    }
    let answer = shop.call("GET", "/v3/users", "").await;
    assert_eq!(told(&answer), ["1", "0", "", "1", "0", "", ""]);
    // Another app has a minute of its own.
    let club = shop.0.another_app("club").await;
    let answer = shop.0.request("GET", "/v3/users", &[("apikey", &club.auth_key)], "").await;
    assert_eq!((outcome(&answer), told(&answer)[1]), (refused(403, "AUTH_ERR_NO_ACCESS"), "0"));
}

async fn a_user_counts_for_the_app(engine: Engine) {
    let shop = shop(engine, 0, 2).await;
    let made = shop
        .call("POST", "/v3/users", r#"{"uid":"mira","name":"M","withAuthToken":true}"#)
        .await;
    let token = made.at("/data/authToken");
    let user = [("appid", "shop"), ("authtoken", token.as_str().unwrap())];
    for (left, status) in [("1", 200), ("0", 200), ("0", 429)] {
        let answer = shop.0.request("GET", "/v3/me", &user, "").await;
        assert_eq!((answer.status.as_u16(), told(&answer)[1]), (status, left));
    }
    assert_eq!(shop.call("GET", "/v3/users", "").await.status, 429);
}

async fn an_app_may_have_limits_of_its_own(engine: Engine) {
    let shop = shop(engine, 0, 5).await;
    shop.mira().await;
    let limit = async |core, standard| {
        let limits = Limits { core, standard };
        apps::limit(&shop.0.directory, &AppId::stored("shop"), limits).await.unwrap();
    };
    limit(Some(9), Some(3)).await;
    assert_eq!(told(&shop.call("GET", "/v3/users", "").await)[..2], ["3", "2"]);
    assert_eq!(told(&shop.call("POST", "/v3/users", "{}").await)[..2], ["9", "8"]);
    limit(None, Some(0)).await;
    assert_eq!(told(&shop.call("GET", "/v3/users", "").await), [""; 7]);
    limit(None, None).await;
    assert_eq!(told(&shop.call("GET", "/v3/users", "").await)[..2], ["5", "4"]);
}
