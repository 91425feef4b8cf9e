//! Another app's users do not exist; deactivated users do not, but keep what is theirs; users made by other faces do.

use rollcall_directory::users;
use rollcall_model::{
    Actor, AppId, CredentialKind, Document, Email, Identity, NewUser, Patch, Uid, UserPatch, Via,
};
use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::shop::{Shop, outcome, refused, unknown};

rollcall_testkit::on_both_engines! {
    another_apps_users_do_not_exist,
    deactivated_users_do_not_exist_but_keep_their_ids,
    users_of_other_faces_are_shown,
    a_user_id_becomes_a_uid_when_it_can,
}

fn through(kind: CredentialKind) -> Actor {
    Actor {
        app: AppId::stored("shop"),
        via: Via::Credential { id: 77, kind },
        viewer: None,
    }
}

async fn another_apps_users_do_not_exist(engine: Engine) {
    let shop = Shop::open(engine).await;
    let klaim_id = shop.user("noa").await;
    shop.give("noa", "40").await;
    let other = shop.0.another_app("other").await.klaim_key;
    let (ours, theirs) = (shop.traces().await, shop.traces_of("other").await);
    for name in ["noa", &klaim_id] {
        for (method, path, body) in [
            ("GET", "", ""),
            ("POST", "", ""),
            ("PUT", "", r#"{"name":"x"}"#),
            ("PUT", "", "{}"),
            ("GET", "/credits", ""),
            ("PUT", "/credits", r#"{"credit_delta":-1}"#),
            ("PUT", "/credits", r#"{"credit_delta":0}"#),
            ("GET", "/credits/history", ""),
        ] {
            let answer = shop.call_with(&other, method, &format!("/users/{name}{path}"), body).await;
            assert_eq!(outcome(&answer), unknown(), "{method} {path}");
        }
    }
    let list = shop.call_with(&other, "GET", "/users", "").await;
    assert_eq!((list.at("/data"), list.at("/lastKey")), (json!([]), Value::Null));
    assert_eq!((shop.traces().await, shop.traces_of("other").await), (ours.clone(), theirs));
    // The same address and the same user_id, even the other's klaim_id, are free there.
    for user in [
        json!({"email": "noa@club.test", "userId": "noa"}),
        json!({"email": "leo@club.test", "userId": klaim_id}),
    ] {
        let made = shop.call_with(&other, "POST", "/users", &user.to_string()).await;
        assert_eq!(made.status, 200, "{}", made.text);
    }
    let given = shop
        .call_with(&other, "PUT", "/users/noa/credits", r#"{"credit_delta":1}"#)
        .await;
    assert_eq!(given.at("/credit_balance"), 1);
    assert_eq!(shop.traces().await, ours);
    assert_eq!(shop.call("GET", "/users/noa/credits", "").await.at("/credit_balance"), 40);
    // A key of one app is no key of another's list.
    let page = shop
        .call_with(&other, "GET", "/users?limit=1", "")
        .await
        .at("/lastKey")
        .to_string();
    let page = page.replace('"', "%22");
    let path = format!("/users?starting_after={page}");
    assert_eq!(shop.call_with(&other, "GET", &path, "").await.status, 200);
    let answer = shop.call("GET", &path, "").await;
    assert_eq!(outcome(&answer), refused(400, "starting_after is not the lastKey of a page"));
}

async fn deactivated_users_do_not_exist_but_keep_their_ids(engine: Engine) {
    let shop = Shop::open(engine).await;
    let klaim_id = shop.user("noa").await;
    shop.give("noa", "40").await;
    let operator = Actor::operator(AppId::stored("shop"));
    users::deactivate(&shop.0.directory, &operator, Uid::stored("noa"))
        .await
        .unwrap();
    shop.user("leo").await;
    let before = shop.traces().await;
    for name in ["noa", &klaim_id] {
        for (method, path, body) in [
            ("GET", "", ""),
            ("POST", "", ""),
            ("PUT", "", r#"{"name":"x"}"#),
            ("PUT", "", "{}"),
            ("GET", "/credits", ""),
            ("POST", "/credits", ""),
            ("PUT", "/credits", r#"{"credit_delta":1}"#),
            ("PUT", "/credits", r#"{"credit_delta":0}"#),
            ("GET", "/credits/history", ""),
        ] {
            let answer = shop.call(method, &format!("/users/{name}{path}"), body).await;
            assert_eq!(outcome(&answer), unknown(), "{method} {path}");
        }
    }
    let list = shop.call("GET", "/users", "").await;
    assert_eq!(list.at("/data").as_array().unwrap().len(), 1, "{}", list.text);
    assert_eq!(list.at("/data/0/user_id"), "leo");
    let email = refused(409, "Email already exists");
    let user_id = refused(409, "User ID already exists");
    for (body, refusal) in [
        (json!({"email": "Noa@club.test"}), &email),
        (json!({"email": "ana@club.test", "userId": "noa"}), &user_id),
        (json!({"email": "ana@club.test", "userId": klaim_id}), &user_id),
    ] {
        assert_eq!(outcome(&shop.create(&body).await), *refusal, "{body}");
        let mut change = body.clone();
        if change.get("userId").is_some() {
            change.as_object_mut().unwrap().remove("email");
        }
        let answer = shop.call("PUT", "/users/leo", &change.to_string()).await;
        assert_eq!(outcome(&answer), *refusal, "{change}");
    }
    assert_eq!(shop.traces().await, before);
    let back = users::switch_many(&shop.0.directory, &operator, vec!["noa".to_owned()], users::Switch::On);
    back.await.unwrap();
    assert_eq!(shop.call("GET", "/users/noa/credits", "").await.at("/credit_balance"), 40);
}

async fn users_of_other_faces_are_shown(engine: Engine) {
    let shop = Shop::open(engine).await;
    let directory = &shop.0.directory;
    let chat = NewUser {
        name: Some("Mira".to_owned()),
        metadata: Some(Document::parse(r#"{"chat":1}"#).unwrap()),
        ..NewUser::of(Identity::Uid(Uid::stored("mira")))
    };
    let mira = users::create(directory, &through(CredentialKind::FullAccess), chat, false)
        .await
        .unwrap()
        .user;
    let desk = NewUser {
        email: Some(Email::parse("desk@club.test").unwrap()),
        custom_attributes: Some(Document::parse(r#"{"desk":1}"#).unwrap()),
        ..NewUser::of(Identity::Made)
    };
    let desk = users::create(directory, &through(CredentialKind::Platform), desk, false)
        .await
        .unwrap()
        .user;
    let answer = shop.call("GET", "/users/mira", "").await;
    let klaim_id = mira.klaim_id.as_str();
    let expected = format!(
        r#"{{"message":"fetch resource successfully","metadata":{{}},"user_id":"mira","klaim_id":"{klaim_id}","created_at":1753000000000,"acquisition_source":"api","credit_balance":0,"email":null,"name":"Mira"}}"#
    );
    assert_eq!(answer.text, expected);
    let klaim_id = desk.klaim_id.as_str();
    let answer = shop.call("GET", &format!("/users/{klaim_id}"), "").await;
    assert_eq!((answer.at("/user_id"), answer.at("/klaim_id")), (json!(klaim_id), json!(klaim_id)));
    assert_eq!((answer.at("/email"), answer.at("/metadata")), (json!("desk@club.test"), json!({})));
    // Klaim's metadata is its own; the name and the address are everybody's; the uid stays.
    let change = json!({"metadata": {"tier": "silver"}, "name": "Mira K.", "email": "mira@club.test", "user_id": "m-1"});
    assert_eq!(shop.call("PUT", "/users/mira", &change.to_string()).await.status, 200);
    let operator = Actor::operator(AppId::stored("shop"));
    let seen = users::find(directory, &operator, &Uid::stored("mira").into()).await.unwrap();
    assert_eq!(seen.metadata, mira.metadata);
    assert_eq!((seen.shown_name(), seen.uid.as_str(), seen.user_id.as_str()), ("Mira K.", "mira", "m-1"));
    assert_eq!(seen.email.as_ref().map(Email::as_str), Some("mira@club.test"));
    let renamed = UserPatch { name: Patch::Set("Mira".to_owned()), ..UserPatch::default() };
    let actor = through(CredentialKind::FullAccess);
    users::update(directory, &actor, Uid::stored("mira"), renamed).await.unwrap();
    let answer = shop.call("GET", "/users/m-1", "").await;
    assert_eq!((answer.at("/name"), answer.at("/metadata")), (json!("Mira"), json!({"tier": "silver"})));
    // The old user_id is nobody's now, though it still is the uid.
    assert_eq!(outcome(&shop.call("GET", "/users/mira", "").await), unknown());
    let taken = shop.create(&json!({"email": "leo@club.test", "userId": "mira"})).await;
    assert_eq!((taken.status.as_u16(), taken.at("/user_id")), (200, json!("mira")), "{}", taken.text);
}

async fn a_user_id_becomes_a_uid_when_it_can(engine: Engine) {
    let shop = Shop::open(engine).await;
    let operator = Actor::operator(AppId::stored("shop"));
    let uid_of = async |user_id: &str| {
        let whom = rollcall_model::Whom::UserId(user_id.to_owned());
        let user = users::find(&shop.0.directory, &operator, &whom).await.unwrap();
        (user.uid.to_string(), user.klaim_id.as_str().to_ascii_lowercase())
    };
    for (number, user_id) in ["Member-481", "MEMBER-481", "noa@x.test", "用户"].into_iter().enumerate() {
        let email = format!("{number}@club.test");
        let made = shop.create(&json!({"email": email, "userId": user_id})).await;
        assert_eq!((made.status.as_u16(), made.at("/user_id")), (200, json!(user_id)), "{}", made.text);
    }
    assert_eq!(uid_of("Member-481").await.0, "member-481");
    // Taken by the one before, no uid at all, no uid at all.
    for user_id in ["MEMBER-481", "noa@x.test", "用户"] {
        let (uid, klaim_id) = uid_of(user_id).await;
        assert_eq!(uid, klaim_id, "{user_id}");
    }
}
