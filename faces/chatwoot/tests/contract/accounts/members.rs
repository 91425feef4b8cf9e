//! Memberships of accounts: the object to the byte, set and ended in every way that clients do it.

use std::sync::Arc;

use rollcall_directory::users::{self, Switch};
use rollcall_testkit::Engine;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::shop::{DONE, Shop, each, outcome};

rollcall_testkit::on_both_engines! {
    a_membership_has_twelve_keys,
    setting_it_again_changes_the_role_or_nothing,
    a_role_is_one_of_two_or_null,
    a_user_must_exist,
    it_is_ended_by_query_or_by_body,
    forms_are_as_good_as_json,
    who_is_deactivated_is_hidden_and_comes_back,
    a_users_record_shows_its_accounts,
    memberships_go_with_their_account_and_their_user,
    twenty_at_once_make_one_membership,
}

const MUST_EXIST: (u16, &str) = (422, r#"{"message":"User must exist","attributes":["user"]}"#);

fn users_of(account: i64) -> String {
    format!("/accounts/{account}/account_users")
}

async fn a_membership_has_twelve_keys(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (account, user) = (shop.account("a").await, shop.user("mira").await.key.0);
    let body = json!({"user_id": user, "role": "administrator", "availability": "busy", "inviter_id": 7});
    let made = shop.call("POST", &users_of(account), &body.to_string()).await;
    let id = made.at("/id").as_i64().unwrap();
    let moment = "2025-07-20T08:26:40.000Z";
    let expected = format!(
        r#"{{"id":{id},"account_id":{account},"user_id":{user},"role":"administrator","inviter_id":null,"created_at":"{moment}","updated_at":"{moment}","active_at":null,"availability":"online","auto_offline":true,"custom_role_id":null,"agent_capacity_policy_id":null}}"#
    );
    assert_eq!(outcome(&made), (200, expected.as_str()));
    let listed = shop.call("GET", &users_of(account), "").await;
    assert_eq!(outcome(&listed), (200, format!("[{expected}]").as_str()));
    assert_eq!(listed.headers["content-type"], "application/json; charset=utf-8");
}

async fn setting_it_again_changes_the_role_or_nothing(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (account, user) = (shop.account("a").await, shop.user("mira").await.key.0);
    let set = async |role: &str| {
        shop.0.world.clock.advance(1_007);
        shop.call("POST", &users_of(account), &format!(r#"{{"user_id":{user}{role}}}"#))
            .await
    };
    let made = set("").await;
    assert_eq!((made.status.as_u16(), made.at("/role")), (200, json!("agent")));
    assert_eq!(made.at("/updated_at"), "2025-07-20T08:26:41.007Z");
    let before = shop.traces().await;
    for same in ["", r#","role":"agent""#] {
        assert_eq!(set(same).await.text, made.text);
    }
    assert_eq!(shop.traces().await, before, "no event either");
    let changed = set(r#","role":"administrator""#).await;
    assert_eq!((changed.at("/id"), changed.at("/role")), (made.at("/id"), json!("administrator")));
    assert_eq!(changed.at("/created_at"), made.at("/created_at"));
    assert_eq!(changed.at("/updated_at"), "2025-07-20T08:26:44.028Z");
    assert_eq!(set("").await.text, changed.text, "no role leaves it");
    for null in [r#","role":null"#, r#","role":"""#] {
        assert_eq!(set(null).await.at("/role"), json!(null));
        set(r#","role":"agent""#).await;
    }
    assert_eq!(shop.call("GET", &users_of(account), "").await.json().as_array().unwrap().len(), 1);
}

async fn a_role_is_one_of_two_or_null(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (account, user) = (shop.account("a").await, shop.user("mira").await.key.0);
    let before = shop.traces().await;
    let refused = (422, r#"{"message":"Role is not included in the list","attributes":["role"]}"#);
    for role in [r#""owner""#, r#""Agent""#, r#""agent ""#, "0", "1", "true", "-1", r#""\u00e9""#] {
        let body = format!(r#"{{"user_id":{user},"role":{role}}}"#);
        assert_eq!(outcome(&shop.call("POST", &users_of(account), &body).await), refused, "{role}");
    }
    assert_eq!(shop.traces().await, before);
    // What is no scalar is not there.
    let body = format!(r#"{{"user_id":{user},"role":["administrator"]}}"#);
    assert_eq!(shop.call("POST", &users_of(account), &body).await.at("/role"), "agent");
    let both = shop.call("POST", &users_of(account), r#"{"role":"owner"}"#).await;
    let sentences =
        r#"{"message":"User must exist, Role is not included in the list","attributes":["user","role"]}"#;
    assert_eq!(outcome(&both), (422, sentences));
}

async fn a_user_must_exist(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.0.another_app("club").await;
    let account = shop.account("a").await;
    let theirs = shop.user_in("club", "leo").await.key.0;
    let asleep = shop.user("mira").await;
    users::deactivate(&shop.0.directory, &shop.operator(), asleep.uid)
        .await
        .unwrap();
    let before = shop.traces().await;
    let (theirs, asleep) = (theirs.to_string(), asleep.key.0.to_string());
    let absurd = [
        "4711",
        "0",
        "-1",
        "1.5",
        "9223372036854775808",
        r#""x""#,
        r#""""#,
        "null",
        "true",
        "[1]",
        "{}",
    ];
    for id in absurd.into_iter().chain([theirs.as_str(), asleep.as_str()]) {
        let body = format!(r#"{{"user_id":{id},"role":"agent"}}"#);
        assert_eq!(outcome(&shop.call("POST", &users_of(account), &body).await), MUST_EXIST, "{id}");
    }
    assert_eq!(outcome(&shop.call("POST", &users_of(account), "{}").await), MUST_EXIST);
    assert_eq!(outcome(&shop.call("POST", &users_of(account), "").await), MUST_EXIST);
    assert_eq!(shop.traces().await, before);
    assert_eq!(shop.call("GET", &users_of(account), "").await.text, "[]");
}

async fn it_is_ended_by_query_or_by_body(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (account, user) = (shop.account("a").await, shop.user("mira").await.key.0);
    let path = users_of(account);
    for (query, body) in [
        (format!("?user_id={user}"), String::new()),
        (String::new(), format!(r#"{{"user_id":{user}}}"#)),
        (String::new(), format!(r#"{{"user_id":"{user}"}}"#)),
    ] {
        shop.call("POST", &path, &format!(r#"{{"user_id":{user}}}"#)).await;
        let ended = shop.call("DELETE", &format!("{path}{query}"), &body).await;
        assert_eq!(outcome(&ended), DONE, "{query} {body}");
        assert_eq!(ended.headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(shop.call("GET", &path, "").await.text, "[]", "{query} {body}");
    }
    // That there is no such membership is no error.
    let before = shop.traces().await;
    for query in [
        format!("?user_id={user}"),
        "?user_id=4711".to_owned(),
        "?user_id=x".to_owned(),
        String::new(),
    ] {
        assert_eq!(outcome(&shop.call("DELETE", &format!("{path}{query}"), "").await), DONE, "{query}");
    }
    assert_eq!(shop.traces().await, before);
    // The user is kept, and so is whoever else is in the account.
    let other = shop.user("leo").await.key.0;
    for member in [user, other] {
        shop.call("POST", &path, &format!(r#"{{"user_id":{member}}}"#)).await;
    }
    shop.call("DELETE", &path, &format!(r#"{{"user_id":{user}}}"#)).await;
    assert_eq!(each(&shop.call("GET", &path, "").await, "/user_id"), [other]);
}

async fn forms_are_as_good_as_json(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (account, user) = (shop.account("a").await, shop.user("mira").await.key.0);
    let path = format!("/platform/api/v1{}", users_of(account));
    let token = shop.0.keys.platform_token.as_str();
    let headers = [("api_access_token", token), ("content-type", "application/x-www-form-urlencoded")];
    let form = async |method: &str, body: &str| {
        let mut request = http::Request::builder().method(method).uri(&path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        shop.0
            .send(request.body(axum::body::Body::from(body.to_owned())).unwrap())
            .await
    };
    let made = form("POST", &format!("user_id={user}&role=administrator")).await;
    assert_eq!((made.status.as_u16(), made.at("/role")), (200, json!("administrator")));
    assert_eq!(outcome(&form("DELETE", &format!("user_id={user}")).await), DONE);
    assert_eq!(shop.call("GET", &users_of(account), "").await.text, "[]");
}

async fn who_is_deactivated_is_hidden_and_comes_back(engine: Engine) {
    let shop = Shop::open(engine).await;
    let account = shop.account("a").await;
    let mira = shop.user("mira").await;
    let path = users_of(account);
    shop.call("POST", &path, &format!(r#"{{"user_id":{}}}"#, mira.key.0)).await;
    let listed = shop.call("GET", &path, "").await.text;
    let (d, actor) = (&shop.0.directory, &shop.operator());
    users::deactivate(d, actor, mira.uid.clone()).await.unwrap();
    assert_eq!(shop.call("GET", &path, "").await.text, "[]");
    users::switch_many(d, actor, vec![mira.uid.to_string()], Switch::On)
        .await
        .unwrap();
    assert_eq!(shop.call("GET", &path, "").await.text, listed);
}

async fn a_users_record_shows_its_accounts(engine: Engine) {
    let shop = Shop::open(engine).await;
    let body = r#"{"name":"Mira","email":"mira@club.test","password":"Pass-word1"}"#;
    let user = shop.call("POST", "/users", body).await.at("/id");
    let (a, b) = (shop.account("A").await, shop.account("B").await);
    let record = format!("/users/{user}");
    let shown = async || {
        let record = shop.call("GET", &record, "").await;
        (record.at("/account_id"), record.at("/role"), each_of(&record.at("/accounts")))
    };
    assert_eq!(shown().await, (json!(null), json!(null), Vec::new()));
    for (account, role) in [(b, "administrator"), (a, "agent")] {
        let body = json!({"user_id": user, "role": role}).to_string();
        shop.call("POST", &users_of(account), &body).await;
    }
    let (in_a, in_b) =
        ((json!(a), json!("A"), json!("agent")), (json!(b), json!("B"), json!("administrator")));
    assert_eq!(shown().await.2, [in_a.clone(), in_b.clone()]);
    shop.call("DELETE", &users_of(a), &json!({"user_id": user}).to_string()).await;
    assert_eq!(shown().await, (json!(b), json!("administrator"), vec![in_b]));
    shop.call("DELETE", &format!("/accounts/{b}"), "").await;
    assert_eq!(shown().await, (json!(null), json!(null), Vec::new()));
    // Deleting the user here ends what memberships it has.
    shop.call("POST", &users_of(a), &json!({"user_id": user}).to_string()).await;
    assert_eq!(outcome(&shop.call("DELETE", &record, "").await), DONE);
    assert_eq!(shop.call("GET", &users_of(a), "").await.text, "[]");
}

/// Number, name and role of each account in a user's record.
fn each_of(accounts: &Value) -> Vec<(Value, Value, Value)> {
    let account = |account: &Value| (account["id"].clone(), account["name"].clone(), account["role"].clone());
    accounts.as_array().unwrap().iter().map(account).collect()
}

async fn memberships_go_with_their_account_and_their_user(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (a, b) = (shop.account("a").await, shop.account("b").await);
    let (mira, leo) = (shop.user("mira").await, shop.user("leo").await);
    for account in [a, b] {
        for user in [&mira, &leo] {
            shop.call("POST", &users_of(account), &format!(r#"{{"user_id":{}}}"#, user.key.0))
                .await;
        }
    }
    users::delete(&shop.0.directory, &shop.operator(), mira.uid).await.unwrap();
    for account in [a, b] {
        assert_eq!(each(&shop.call("GET", &users_of(account), "").await, "/user_id"), [leo.key.0]);
    }
    assert_eq!(outcome(&shop.call("DELETE", &format!("/accounts/{a}"), "").await), DONE);
    assert_eq!(shop.call("GET", &users_of(a), "").await.status, 404);
    assert_eq!(each(&shop.call("GET", &users_of(b), "").await, "/user_id"), [leo.key.0]);
    assert!(users::get(&shop.0.directory, &shop.operator(), &leo.uid).await.is_ok(), "users stay");
}

async fn twenty_at_once_make_one_membership(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let (account, user) = (shop.account("a").await, shop.user("mira").await.key.0);
    let start = Arc::new(Barrier::new(20));
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (shop, start) = (Arc::clone(&shop), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            shop.call("POST", &users_of(account), &format!(r#"{{"user_id":{user}}}"#)).await
        });
    }
    let answers = tasks.join_all().await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 && answer.text == answers[0].text),
        "{answers:?}"
    );
    assert_eq!(shop.call("GET", &users_of(account), "").await.text, format!("[{}]", answers[0].text));
}
