//! What the scripts cannot say about users.

use axum::body::Body;
use http::Request;
use rollcall_directory::users;
use rollcall_model::{Actor, AppId, Email, Identity, NewUser, Patch, Uid, UserPatch};
use rollcall_store::Sql;
use rollcall_testkit::{Engine, Traces};
use serde_json::{Value, json};

use super::shop::{Shop, USERS, new};

rollcall_testkit::on_both_engines! {
    multipart_and_files,
    bodies_have_a_limit,
    users_of_other_faces_are_shown,
    deactivated_users_are_not_there,
    the_address_of_a_deactivated_user_is_taken_whatever_else_is_wrong,
    what_was_told_is_no_change,
    attributes_have_a_limit_also_when_they_are_put_together,
    answers_are_labelled,
    accounts_are_shown_by_number_and_the_oldest_membership_counts,
}

async fn multipart_and_files(engine: Engine) {
    let shop = Shop::open(engine).await;
    let part = |head: &str, content: &str| {
        format!("--B\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    };
    let body = [
        part("name=name", "Inês"),
        part("name=email", "ines@shop.test"),
        part("name=password", "Secret1!"),
        part("name=\"custom_attributes[plan]\"", "gold"),
        part("name=avatar; filename=\"a.png\"", "x"),
        "--B--\r\n".to_owned(),
    ];
    let request = Request::post(USERS)
        .header("api_access_token", &shop.keys.platform_token)
        .header("content-type", "multipart/form-data; boundary=B")
        .body(Body::from(body.concat()))
        .unwrap();
    let answer = shop.send(request).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    assert_eq!(answer.at("/name"), "Inês");
    assert_eq!(answer.at("/custom_attributes"), json!({"plan": "gold"}));
    assert_eq!(answer.at("/avatar_url"), "");
}

async fn bodies_have_a_limit(engine: Engine) {
    let shop = Shop::open(engine).await;
    let sized = |size: usize| {
        let body = |padding: &str| {
            let mut user = new("ines@shop.test");
            user["what_nobody_knows"] = json!(padding);
            user
        };
        let frame = body("").to_string().len();
        body(&"x".repeat(size - frame))
    };
    let answer = shop.call("POST", USERS, sized(256 * 1024 + 1)).await;
    assert_eq!(answer.status.as_u16(), 413);
    assert_eq!(answer.json(), json!({"status": 413, "error": "Payload Too Large"}));
    let answer = shop.call("POST", USERS, sized(256 * 1024)).await;
    assert_eq!(answer.status.as_u16(), 200);
}

fn operator() -> Actor {
    Actor::operator(AppId::parse("shop").unwrap())
}

async fn users_of_other_faces_are_shown(engine: Engine) {
    let shop = Shop::open(engine).await;
    let uid = Uid::parse("mira").unwrap();
    let made = NewUser {
        avatar: Some("https://x.test/a.png".to_owned()),
        ..NewUser::of(Identity::Uid(uid.clone()))
    };
    let created = users::create(&shop.directory, &operator(), made, false).await.unwrap();
    let path = format!("{USERS}/{}", created.user.key.0);

    let answer = shop.call("GET", &path, Value::Null).await;
    for (pointer, expected) in [
        ("/name", json!("mira")),
        ("/available_name", json!("mira")),
        ("/email", Value::Null),
        ("/uid", Value::Null),
        ("/confirmed", json!(false)),
        ("/avatar_url", json!("https://x.test/a.png")),
    ] {
        assert_eq!(answer.at(pointer), expected, "{pointer}");
    }
    let answer = shop.call("GET", &format!("{path}/login"), Value::Null).await;
    let blank = json!({"message": "Email can't be blank", "attributes": ["email"]});
    assert_eq!((answer.status.as_u16(), answer.json()), (422, blank));
    let answer = shop.call("PATCH", &path, json!({"name": "Mira"})).await;
    assert_eq!((answer.status.as_u16(), answer.at("/name")), (200, json!("Mira")));

    // An address that is kept with capitals is shown without, and adopts.
    let patch = UserPatch {
        email: Patch::Set(Email::parse("Mira@Shop.test").unwrap()),
        ..UserPatch::default()
    };
    users::update(&shop.directory, &operator(), uid, patch).await.unwrap();
    let answer = shop.call("POST", USERS, json!({"email": "MIRA@shop.test"})).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    for (pointer, expected) in [
        ("/id", json!(created.user.key.0)),
        ("/email", json!("mira@shop.test")),
        ("/uid", json!("mira@shop.test")),
        ("/confirmed", json!(true)),
    ] {
        assert_eq!(answer.at(pointer), expected, "{pointer}");
    }
}

async fn the_address_of_a_deactivated_user_is_taken_whatever_else_is_wrong(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user("ines@shop.test").await;
    let whom = rollcall_model::Whom::Key(rollcall_model::UserKey(user));
    let uid = users::find(&shop.directory, &operator(), &whom).await.unwrap().uid.clone();
    users::deactivate(&shop.directory, &operator(), uid).await.unwrap();
    let answer = shop.call("POST", USERS, json!({"email": "INES@shop.test"})).await;
    let expected = json!({"message": "Email has already been taken", "attributes": ["email"]});
    assert_eq!((answer.status.as_u16(), answer.json()), (422, expected));
}

async fn what_was_told_is_no_change(engine: Engine) {
    let shop = Shop::open(engine).await;
    let uid = |uid: &str| Identity::Uid(Uid::parse(uid).unwrap());
    let weird = NewUser {
        email: Some(Email::parse("Weird@b").unwrap()),
        ..NewUser::of(uid("weird"))
    };
    for (new, told) in [(NewUser::of(uid("plain")), Value::Null), (weird, json!("weird@b"))] {
        let user = users::create(&shop.directory, &operator(), new, false).await.unwrap().user;
        let path = format!("{USERS}/{}", user.key.0);
        let answer = shop.call("PATCH", &path, json!({"name": "New", "email": told})).await;
        assert_eq!(
            (answer.status.as_u16(), answer.at("/name"), answer.at("/email")),
            (200, json!("New"), told)
        );
        let answer = shop.call("PATCH", &path, json!({"email": "other@b"})).await;
        assert_eq!(answer.status.as_u16(), 422);
    }
}

async fn attributes_have_a_limit_also_when_they_are_put_together(engine: Engine) {
    let shop = Shop::open(engine).await;
    let path = format!("{USERS}/{}", shop.user("ines@shop.test").await);
    let refused = json!({
        "message": "Custom attributes is too long (maximum is 65536 bytes)",
        "attributes": ["custom_attributes"],
    });
    let letters = |key: &str, count: usize| json!({"custom_attributes": {key: "x".repeat(count)}});
    // `{"a":""}` has eight bytes.
    let answer = shop.call("PATCH", &path, letters("a", 65_536 - 8 + 1)).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (422, refused.clone()));
    assert_eq!(shop.call("PATCH", &path, letters("a", 65_536 - 8 - 8)).await.status.as_u16(), 200);
    let before = Traces::read(shop.directory.store(), "shop").await;
    let answer = shop.call("PATCH", &path, letters("b", 2)).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (422, refused));
    assert_eq!(Traces::read(shop.directory.store(), "shop").await, before);
    assert_eq!(shop.call("PATCH", &path, letters("b", 1)).await.status.as_u16(), 200);
}

async fn deactivated_users_are_not_there(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user("ines@shop.test").await;
    let other = shop.user("bea@shop.test").await;
    let link = shop.link(user).await;
    let whom = rollcall_model::Whom::Key(rollcall_model::UserKey(user));
    let uid = users::find(&shop.directory, &operator(), &whom).await.unwrap().uid.clone();
    users::deactivate(&shop.directory, &operator(), uid).await.unwrap();
    let before = Traces::read(shop.directory.store(), "shop").await;

    let path = format!("{USERS}/{user}");
    for (method, path, body) in [
        ("GET", path.clone(), Value::Null),
        ("PATCH", path.clone(), json!({"name": "x"})),
        ("DELETE", path.clone(), Value::Null),
        ("GET", format!("{path}/login"), Value::Null),
        ("POST", format!("{path}/token"), Value::Null),
    ] {
        let answer = shop.call(method, &path, body).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {path}");
    }
    let taken = json!({"message": "Email has already been taken", "attributes": ["email"]});
    let answer = shop.call("POST", USERS, new("INES@shop.test")).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (422, taken.clone()));
    let patch = json!({"email": "ines@shop.test"});
    let answer = shop.call("PATCH", &format!("{USERS}/{other}"), patch).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (422, taken));
    assert_eq!(shop.sign_in("ines@shop.test", &link).await.status.as_u16(), 401);
    assert_eq!(Traces::read(shop.directory.store(), "shop").await, before);
}

async fn answers_are_labelled(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user("ines@shop.test").await;
    for (method, path) in [("GET", format!("{USERS}/{user}")), ("DELETE", format!("{USERS}/{user}"))] {
        let answer = shop.call(method, &path, Value::Null).await;
        assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8", "{method}");
        assert_eq!(answer.status.as_u16(), 200);
    }
}

static ACCOUNT: Sql = Sql::new(
    "test.account",
    "insert into accounts (app, name, locale, status, features, limits, custom_attributes, created_at)
     values ($1, $2, 'en', $3, '[]', '{}', '{}', 1) returning id",
);
static MEMBERSHIP: Sql = Sql::new(
    "test.membership",
    "insert into memberships (app, account, user_key, role, created_at, updated_at) values ($1, $2, $3, $4, 1, 1)
     returning id",
);

async fn accounts_are_shown_by_number_and_the_oldest_membership_counts(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user("ines@shop.test").await;
    let make = shop.directory.store().write("test.accounts", move |tx| {
        let mut accounts = Vec::new();
        for (name, status) in [("Shop", "active"), ("Attic & <co>", "suspended")] {
            let params = ["shop".into(), name.into(), status.into()];
            accounts.push(tx.row(&ACCOUNT, &params, |row| row.int(0))?);
        }
        for (account, role) in [(accounts[1], Some("administrator")), (accounts[0], None)] {
            let params = ["shop".into(), account.into(), user.into(), role.into()];
            tx.row(&MEMBERSHIP, &params, |_| Ok(()))?;
        }
        Ok(accounts)
    });
    let accounts = make.await.unwrap();
    let answer = shop.call("GET", &format!("{USERS}/{user}"), Value::Null).await;
    assert_eq!(answer.at("/account_id"), json!(accounts[1]));
    assert_eq!(answer.at("/role"), json!("administrator"));
    let shown = format!(
        "\"accounts\":[{{\"id\":{},\"name\":\"Shop\",\"active_at\":null,\"role\":null,\"status\":\"active\",\"permissions\":[],\
         \"availability\":\"online\",\"availability_status\":\"offline\",\"auto_offline\":true,\
         \"custom_role_id\":null,\"custom_role\":null}},{{\"id\":{},\"name\":\"Attic \\u0026 \\u003cco\\u003e\",\
         \"active_at\":null,\"role\":\"administrator\",\"status\":\"suspended\",\"permissions\":[\"administrator\"],",
        accounts[0], accounts[1]
    );
    assert!(answer.text.contains(&shown), "{}", answer.text);
}
