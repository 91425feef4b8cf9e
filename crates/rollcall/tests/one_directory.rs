//! One user through three faces: what each of them does is in the next answer of every other.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

use std::sync::Arc;

use axum::Router;
use rollcall::app::{self, Faces};
use rollcall_directory::Directory;
use rollcall_directory::apps::AppKeys;
use rollcall_face_chatwoot::Settings;
use rollcall_http::limits::Quotas;
use rollcall_outbound::{Outbound, Policy};
use rollcall_testkit::{Answer, Engine, TestApp, World};
use serde_json::{Value, json};

rollcall_testkit::on_both_engines! {
    a_user_lives_in_all_three,
    who_is_made_in_one_is_there_in_the_others,
    what_is_taken_is_taken_everywhere,
    each_face_keeps_its_own_document,
    no_key_opens_another_face,
}

/// The server with its app `shop`.
struct House {
    app: TestApp,
    keys: AppKeys,
}

fn mounted(directory: Arc<Directory>, world: &World) -> Router {
    let faces = Faces {
        limits: world.limits(Quotas::default()),
        chatwoot: Arc::new(Settings::default()),
        outbound: Outbound::new(Policy { allow_private: false }).unwrap(),
    };
    app::router(directory, faces, 0)
}

impl House {
    async fn open(engine: Engine) -> Self {
        let app = TestApp::start(engine, mounted).await;
        let keys = app.keys.clone();
        Self { app, keys }
    }

    async fn call(&self, method: &str, path: &str, header: (&str, &str), body: &Value) -> Answer {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.app.request(method, path, &[header], &text).await
    }

    async fn cometchat(&self, method: &str, path: &str, body: Value) -> Answer {
        let header = ("apikey", self.keys.rest_api_key.as_str());
        self.call(method, &format!("/v3{path}"), header, &body).await
    }

    async fn chatwoot(&self, method: &str, path: &str, body: Value) -> Answer {
        let header = ("api_access_token", self.keys.platform_token.as_str());
        self.call(method, &format!("/platform/api/v1{path}"), header, &body).await
    }

    async fn klaim(&self, method: &str, path: &str, body: Value) -> Answer {
        let bearer = format!("Bearer {}", self.keys.klaim_key);
        self.call(method, &format!("/klaim{path}"), ("authorization", &bearer), &body)
            .await
    }

    /// The same user as the three faces answer it now: status and name each.
    async fn seen(&self, uid: &str, id: &Value, user_id: &str) -> [(u16, Value); 3] {
        let cometchat = self.cometchat("GET", &format!("/users/{uid}"), Value::Null).await;
        let chatwoot = self.chatwoot("GET", &format!("/users/{id}"), Value::Null).await;
        let klaim = self.klaim("GET", &format!("/users/{user_id}"), Value::Null).await;
        [
            (cometchat.status.as_u16(), cometchat.at("/data/name")),
            (chatwoot.status.as_u16(), chatwoot.at("/name")),
            (klaim.status.as_u16(), klaim.at("/name")),
        ]
    }
}

fn ok(answer: Answer) -> Answer {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

const GONE: [(u16, Value); 3] = [(404, Value::Null), (404, Value::Null), (404, Value::Null)];

fn all(name: &str) -> [(u16, Value); 3] {
    [(200, json!(name)), (200, json!(name)), (200, json!(name))]
}

/// The example of docs/one-directory.md, and further.
async fn a_user_lives_in_all_three(engine: Engine) {
    let house = House::open(engine).await;
    let new = json!({"email": "Noa@club.test", "userId": "Member-481", "name": "Noa"});
    let klaim_id = ok(house.klaim("POST", "/users", new).await).at("/klaim_id");
    let adopted = json!({"email": "noa@club.test", "name": "not used", "password": "Not-us3d!"});
    let id = ok(house.chatwoot("POST", "/users", adopted).await).at("/id");
    assert_eq!(house.seen("member-481", &id, "Member-481").await, all("Noa"));
    let by_klaim_id = format!("/users/{}", klaim_id.as_str().unwrap());
    assert_eq!(ok(house.klaim("GET", &by_klaim_id, Value::Null).await).at("/user_id"), "Member-481");

    // Each renames her, and the others know at once.
    ok(house.chatwoot("PATCH", &format!("/users/{id}"), json!({"name": "Two"})).await);
    assert_eq!(house.seen("member-481", &id, "Member-481").await, all("Two"));
    ok(house.cometchat("PUT", "/users/member-481", json!({"name": "Three"})).await);
    assert_eq!(house.seen("member-481", &id, "Member-481").await, all("Three"));
    ok(house
        .klaim("PUT", "/users/Member-481", json!({"name": "Four", "user_id": "Vier"}))
        .await);
    assert_eq!(house.seen("member-481", &id, "Vier").await, all("Four"));
    assert_eq!(house.klaim("GET", "/users/Member-481", Value::Null).await.status, 404);

    // The address is one, whoever changes it.
    ok(house
        .chatwoot("PATCH", &format!("/users/{id}"), json!({"email": "noa@new.test"}))
        .await);
    assert_eq!(ok(house.klaim("GET", "/users/Vier", Value::Null).await).at("/email"), "noa@new.test");
    ok(house.klaim("PUT", "/users/Vier", json!({"email": "Noa@Newer.test"})).await);
    let shown = ok(house.chatwoot("GET", &format!("/users/{id}"), Value::Null).await);
    assert_eq!((shown.at("/email"), shown.at("/uid")), (json!("noa@newer.test"), json!("noa@newer.test")));

    // So is the picture.
    ok(house
        .cometchat("PUT", "/users/member-481", json!({"avatar": "https://club.test/noa.png"}))
        .await);
    let shown = ok(house.chatwoot("GET", &format!("/users/{id}"), Value::Null).await);
    assert_eq!(shown.at("/avatar_url"), "https://club.test/noa.png");

    // Off and on again; then for good.
    ok(house.cometchat("DELETE", "/users/member-481", Value::Null).await);
    assert_eq!(house.seen("member-481", &id, "Vier").await, GONE);
    let listed = ok(house.klaim("GET", "/users", Value::Null).await);
    assert_eq!(listed.at("/data"), json!([]));
    ok(house
        .cometchat("PUT", "/users", json!({"uidsToActivate": ["member-481"]}))
        .await);
    assert_eq!(house.seen("member-481", &id, "Vier").await, all("Four"));
    assert_eq!(house.chatwoot("DELETE", &format!("/users/{id}"), Value::Null).await.status, 200);
    assert_eq!(house.seen("member-481", &id, "Vier").await, GONE);
    let again = json!({"email": "noa@newer.test", "userId": "Vier"});
    ok(house.klaim("POST", "/users", again).await);
}

async fn who_is_made_in_one_is_there_in_the_others(engine: Engine) {
    let house = House::open(engine).await;
    ok(house.cometchat("POST", "/users", json!({"uid": "Mira", "name": "Mira"})).await);
    let found = ok(house.klaim("GET", "/users/mira", Value::Null).await);
    assert_eq!((found.at("/user_id"), found.at("/email")), (json!("mira"), Value::Null));
    assert_eq!(found.at("/acquisition_source"), "api");

    let made = json!({"name": "Ines", "email": "ines@shop.test", "password": "Secret1!"});
    ok(house.chatwoot("POST", "/users", made).await);
    let listed = ok(house.klaim("GET", "/users", Value::Null).await).at("/data");
    let ines = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["email"] == "ines@shop.test")
        .unwrap();
    assert_eq!(ines["user_id"], ines["klaim_id"]);
    let uid = ines["klaim_id"].as_str().unwrap().to_lowercase();
    let found = ok(house.cometchat("GET", &format!("/users/{uid}"), Value::Null).await);
    assert_eq!(found.at("/data/name"), "Ines");

    // Without a name each shows what it has to.
    let made = ok(house.klaim("POST", "/users", json!({"email": "leo@club.test"})).await);
    let uid = made.at("/klaim_id").as_str().unwrap().to_lowercase();
    assert_eq!(made.at("/name"), Value::Null);
    assert_eq!(
        ok(house.cometchat("GET", &format!("/users/{uid}"), Value::Null).await).at("/data/name"),
        json!(uid)
    );
    let adopted = json!({"name": "x", "email": "leo@club.test", "password": "Secret1!"});
    assert_eq!(ok(house.chatwoot("POST", "/users", adopted).await).at("/name"), json!(uid));
}

async fn what_is_taken_is_taken_everywhere(engine: Engine) {
    let house = House::open(engine).await;
    ok(house
        .klaim("POST", "/users", json!({"email": "noa@club.test", "userId": "noa"}))
        .await);
    let refused = house.cometchat("POST", "/users", json!({"uid": "NOA", "name": "x"})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.at("/error/code")),
        (400, json!("ERR_UID_ALREADY_EXISTS"))
    );
    ok(house.cometchat("POST", "/users", json!({"uid": "leo", "name": "Leo"})).await);
    let refused = house
        .klaim("POST", "/users", json!({"email": "l@club.test", "userId": "leo"}))
        .await;
    assert_eq!((refused.status.as_u16(), refused.at("/message")), (409, json!("User ID already exists")));
    let ines = json!({"name": "Ines", "email": "ines@shop.test", "password": "Secret1!"});
    let id = ok(house.chatwoot("POST", "/users", ines).await).at("/id");
    let refused = house.klaim("PUT", "/users/leo", json!({"email": "INES@shop.test"})).await;
    assert_eq!((refused.status.as_u16(), refused.at("/message")), (409, json!("Email already exists")));
    let refused = house
        .chatwoot("PATCH", &format!("/users/{id}"), json!({"email": "Noa@Club.test"}))
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.json()),
        (422, json!({"message": "Email has already been taken", "attributes": ["email"]}))
    );
    // A user_id that moved away leaves its uid taken, for CometChat; for Klaim it is free, and gets another uid.
    ok(house.klaim("PUT", "/users/noa", json!({"user_id": "noa-2"})).await);
    assert_eq!(
        house
            .cometchat("POST", "/users", json!({"uid": "noa", "name": "x"}))
            .await
            .status,
        400
    );
    let second = ok(house
        .klaim("POST", "/users", json!({"email": "n2@club.test", "userId": "noa"}))
        .await);
    let uid = second.at("/klaim_id").as_str().unwrap().to_lowercase();
    ok(house.cometchat("GET", &format!("/users/{uid}"), Value::Null).await);
    // And a uid that is somebody's user_id is no free uid.
    assert_eq!(
        house
            .cometchat("POST", "/users", json!({"uid": "noa-2", "name": "x"}))
            .await
            .status,
        400
    );
}

async fn each_face_keeps_its_own_document(engine: Engine) {
    let house = House::open(engine).await;
    let new = json!({"uid": "mira", "name": "Mira", "metadata": {"of": "cometchat"}});
    ok(house.cometchat("POST", "/users", new).await);
    ok(house
        .klaim("PUT", "/users/mira", json!({"email": "m@shop.test", "metadata": {"of": "klaim"}}))
        .await);
    let adopted = json!({"email": "m@shop.test", "name": "x", "password": "Secret1!"});
    let id = ok(house.chatwoot("POST", "/users", adopted).await).at("/id");
    let patch = json!({"custom_attributes": {"of": "chatwoot"}});
    ok(house.chatwoot("PATCH", &format!("/users/{id}"), patch).await);
    let cometchat = house.cometchat("GET", "/users/mira", Value::Null).await;
    assert_eq!(cometchat.at("/data/metadata"), json!({"of": "cometchat"}));
    let klaim = house.klaim("GET", "/users/mira", Value::Null).await;
    assert_eq!(klaim.at("/metadata"), json!({"of": "klaim"}));
    let chatwoot = house.chatwoot("GET", &format!("/users/{id}"), Value::Null).await;
    assert_eq!(chatwoot.at("/custom_attributes"), json!({"of": "chatwoot"}));
}

async fn no_key_opens_another_face(engine: Engine) {
    let house = House::open(engine).await;
    let AppKeys { rest_api_key, auth_key, platform_token, klaim_key } = &house.keys;
    let secrets = [rest_api_key, auth_key, platform_token, klaim_key];
    for (own, secret) in secrets.iter().enumerate() {
        let bearer = format!("Bearer {secret}");
        let doors = [
            ("/v3/users", ("apikey", secret.as_str()), [0, 1].as_slice()),
            ("/platform/api/v1/accounts", ("api_access_token", secret), &[2]),
            ("/klaim/users", ("authorization", &bearer), &[3]),
        ];
        for (path, header, opened_by) in doors {
            let answer = house.call("GET", path, header, &Value::Null).await;
            assert_eq!(
                answer.status != 401,
                opened_by.contains(&own),
                "{path} with key {own}: {}",
                answer.text
            );
        }
    }
}
