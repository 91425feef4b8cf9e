//! Platform apps of their own objects, and the other app's accounts.

use rollcall_testkit::{Answer, Engine};
use serde_json::json;

use super::shop::{DONE, FOREIGN, Shop, UNKNOWN, each, outcome};

rollcall_testkit::on_both_engines! {
    only_own_accounts_are_permissible,
    a_list_is_narrowed_to_own_accounts,
    another_apps_accounts_are_unknown,
    what_is_asked_about_comes_before_what_is_asked,
    the_token_comes_in_one_of_two_headers,
}

/// Every operation on an account, and on what hangs on it.
const OPERATIONS: [(&str, &str, &str); 8] = [
    ("GET", "", ""),
    ("PATCH", "", r#"{"name":"x"}"#),
    ("PUT", "", r#"{"name":"x"}"#),
    ("GET", "/account_users", ""),
    ("POST", "/account_users", r#"{"user_id":1}"#),
    ("DELETE", "/account_users", r#"{"user_id":1}"#),
    ("POST", "/email_channel_migrations", r#"{"migrations":[]}"#),
    ("DELETE", "", ""),
];

impl Shop {
    async fn all(&self, token: &str, account: i64) -> Vec<Answer> {
        let mut answers = Vec::new();
        for (method, path, body) in OPERATIONS {
            answers.push(self.call_with(token, method, &format!("/accounts/{account}{path}"), body).await);
        }
        answers
    }
}

async fn only_own_accounts_are_permissible(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (own, other) = (shop.own_platform_app("own").await, shop.own_platform_app("other").await);
    let (mine, theirs) = (shop.account_of(&own, "mine").await, shop.account("theirs").await);
    let before = shop.traces().await;
    for (token, account) in [(&own, theirs), (&other, mine)] {
        for answer in shop.all(token, account).await {
            assert_eq!(outcome(&answer), FOREIGN);
        }
        for answer in shop.all(token, 4_711).await {
            assert_eq!(outcome(&answer), UNKNOWN);
        }
    }
    assert_eq!(shop.traces().await, before);
    let path = format!("/accounts/{mine}");
    assert_eq!(
        shop.call_with(&own, "PATCH", &path, r#"{"name":"still mine"}"#)
            .await
            .at("/name"),
        "still mine"
    );
    // Whoever has the whole directory gets at everything.
    assert_eq!(shop.call("GET", &path, "").await.at("/name"), "still mine");
    assert_eq!(outcome(&shop.call_with(&own, "DELETE", &path, "").await), DONE);
    assert_eq!(outcome(&shop.call_with(&own, "GET", &path, "").await), UNKNOWN);
}

async fn a_list_is_narrowed_to_own_accounts(engine: Engine) {
    let shop = Shop::open(engine).await;
    let own = shop.own_platform_app("own").await;
    let list = async |token: &str| each(&shop.call_with(token, "GET", "/accounts", "").await, "/id");
    assert_eq!(list(&own).await, Vec::<i64>::new());
    let strange = shop.account("strange").await;
    let (first, second) = (shop.account_of(&own, "a").await, shop.account_of(&own, "b").await);
    assert_eq!(list(&own).await, [first, second]);
    assert_eq!(list(&shop.0.keys.platform_token).await, [strange, first, second]);
    // Whoever deletes it: nothing of it is left in the list.
    assert_eq!(outcome(&shop.call("DELETE", &format!("/accounts/{first}"), "").await), DONE);
    assert_eq!(list(&own).await, [second]);
    assert_eq!(list(&shop.0.keys.platform_token).await, [strange, second]);
}

async fn another_apps_accounts_are_unknown(engine: Engine) {
    let shop = Shop::open(engine).await;
    let club = shop.0.another_app("club").await.platform_token;
    let theirs = shop.account_of(&club, "theirs").await;
    let path = format!("/accounts/{theirs}");
    let made = shop.call_with(&club, "GET", &path, "").await;
    let own = shop.own_platform_app("own").await;
    for token in [&shop.0.keys.platform_token, &own] {
        for answer in shop.all(token, theirs).await {
            assert_eq!(outcome(&answer), UNKNOWN);
        }
        assert_eq!(shop.call_with(token, "GET", "/accounts", "").await.json(), json!([]));
    }
    assert_eq!(shop.call_with(&club, "GET", &path, "").await.text, made.text);
}

async fn what_is_asked_about_comes_before_what_is_asked(engine: Engine) {
    let shop = Shop::open(engine).await;
    let own = shop.own_platform_app("own").await;
    let (mine, strange) = (shop.account_of(&own, "mine").await, shop.account("strange").await);
    for (path, body) in [("", r#"{"name":""}"#), ("/account_users", r#"{"role":"owner"}"#)] {
        let method = if path.is_empty() { "PATCH" } else { "POST" };
        let ask = async |account: i64| {
            let answer = shop.call_with(&own, method, &format!("/accounts/{account}{path}"), body).await;
            answer.status.as_u16()
        };
        assert_eq!((ask(4_711).await, ask(strange).await, ask(mine).await), (404, 401, 422), "{path}");
    }
}

async fn the_token_comes_in_one_of_two_headers(engine: Engine) {
    let shop = Shop::open(engine).await;
    let token = shop.0.keys.platform_token.as_str();
    let bearer = format!("Bearer {token}");
    for (header, value, status) in [
        ("api_access_token", token, 200),
        ("api-access-token", token, 200),
        ("API-Access-Token", token, 200),
        ("authorization", bearer.as_str(), 401),
        ("api_access_token", "no-such-token", 401),
        ("api_access_token", shop.0.keys.rest_api_key.as_str(), 401),
    ] {
        let answer = shop.0.request("GET", "/platform/api/v1/accounts", &[(header, value)], "").await;
        assert_eq!(answer.status, status, "{header}: {value}");
    }
    let query = format!("/platform/api/v1/accounts?api_access_token={token}");
    assert_eq!(shop.0.request("GET", &query, &[], "").await.status, 401);
}
