//! Whose users they are: the app's, and within it a platform app's own.

use rollcall_directory::credentials;
use rollcall_model::{Actor, AppId, CredentialKind};
use rollcall_testkit::{Engine, Traces};
use serde_json::{Value, json};

use super::shop::{Shop, USERS, new};

rollcall_testkit::on_both_engines! {
    another_apps_users_are_not_there,
    own_objects_are_what_was_made_or_adopted,
}

/// Everything that can be asked about one user.
fn all_of(user: i64) -> [(&'static str, String, Value); 6] {
    let path = format!("{USERS}/{user}");
    [
        ("GET", path.clone(), Value::Null),
        // Also with fields that fail: nobody is told so.
        ("PATCH", path.clone(), json!({"name": ""})),
        ("PUT", path.clone(), json!({"name": "Mallory"})),
        ("GET", format!("{path}/login"), Value::Null),
        ("POST", format!("{path}/token"), Value::Null),
        ("DELETE", path, Value::Null),
    ]
}

async fn another_apps_users_are_not_there(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user("ines@shop.test").await;
    let club = shop.another_app("club").await.platform_token;
    let before = Traces::read(shop.directory.store(), "shop").await;
    for (method, path, body) in all_of(user) {
        let answer = shop.call_as(&club, method, &path, body).await;
        let expected = json!({"status": 404, "error": "Not Found"});
        assert_eq!((answer.status.as_u16(), answer.json()), (404, expected), "{method} {path}");
    }
    // Adoption stays inside the app.
    let theirs = shop.call_as(&club, "POST", USERS, new("ines@shop.test")).await;
    assert_eq!(theirs.status.as_u16(), 200);
    assert_ne!(theirs.at("/id"), json!(user));
    assert_eq!(Traces::read(shop.directory.store(), "shop").await, before);
}

async fn own_objects_are_what_was_made_or_adopted(engine: Engine) {
    let shop = Shop::open(engine).await;
    let operator = Actor::operator(AppId::parse("shop").unwrap());
    let mut tokens = Vec::new();
    for name in ["one", "two"] {
        let made = credentials::create(&shop.directory, &operator, CredentialKind::OwnPlatform, name).await;
        tokens.push(made.unwrap().secret);
    }
    let [one, two] = [&tokens[0], &tokens[1]];
    let made = shop.call_as(one, "POST", USERS, new("ines@shop.test")).await;
    let user = made.at("/id").as_i64().unwrap();

    let before = Traces::read(shop.directory.store(), "shop").await;
    for (method, path, body) in all_of(user) {
        let answer = shop.call_as(two, method, &path, body).await;
        let expected = json!({"error": "Non permissible resource"});
        assert_eq!((answer.status.as_u16(), answer.json()), (401, expected), "{method} {path}");
    }
    for (method, path, body) in all_of(user + 1000) {
        let answer = shop.call_as(two, method, &path, body).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {path}");
    }
    assert_eq!(Traces::read(shop.directory.store(), "shop").await, before);

    // Whoever sees everything sees this one too.
    let path = format!("{USERS}/{user}");
    assert_eq!(shop.call("GET", &path, Value::Null).await.text, made.text);

    let adopted = shop.call_as(two, "POST", USERS, json!({"email": "INES@shop.test"})).await;
    assert_eq!((adopted.status.as_u16(), &adopted.text), (200, &made.text));
    for (method, path, body) in all_of(user) {
        if body != json!({"name": ""}) {
            let answer = shop.call_as(two, method, &path, body).await;
            assert_eq!(answer.status.as_u16(), 200, "{method} {path}");
        }
    }
    // Gone for both: what was permissible does not outlive it.
    let answer = shop.call_as(one, "GET", &path, Value::Null).await;
    assert_eq!(answer.status.as_u16(), 404);
}
