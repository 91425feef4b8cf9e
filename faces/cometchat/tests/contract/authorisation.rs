//! Who may call what: every operation, by every kind of caller.

use rollcall_directory::apps::AppKeys;
use rollcall_testkit::{Answer, Engine};
use serde_json::json;

use crate::ledger::Ledger;
use crate::shop::{Shop, outcome, refused};

rollcall_testkit::on_both_engines! {
    every_operation_by_every_caller,
    a_weak_key_learns_nothing_about_the_rest_of_a_request,
    a_user_without_the_right_learns_nothing_about_the_body,
    keys_of_other_faces_open_nothing,
}

/// What a caller gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fine,
    NoAccess,
    Denied,
    /// The auth token is another user's.
    Foreign,
    /// There is no user to speak of.
    NoUser,
}
use Verdict::{Denied, Fine, Foreign, NoAccess, NoUser};

impl Verdict {
    fn of(answer: &Answer) -> Option<Self> {
        let (status, code) = outcome(answer);
        Some(match (status, code.as_str()) {
            (200, "") => Fine,
            (403, "AUTH_ERR_NO_ACCESS") => NoAccess,
            (403, "ERR_PERMISSION_DENIED") => Denied,
            (403, "ERR_AUTHTOKEN_NOT_ACCESSIBLE") => Foreign,
            (401, "AUTH_ERR_EMPTY_AUTH_TOKEN") => NoUser,
            _ => return None,
        })
    }
}

/// What `mira` does to herself, where there is a user in it.
const ONESELF: [(&str, &str, &str, [Verdict; 5]); 41] = [
    //                                      fullAccess authOnly  mira    for mira  authOnly for mira
    ("POST", "/users", r#"{"uid":"new","name":"N"}"#, [Fine, Fine, Denied, Denied, Denied]),
    ("GET", "/users", "", [Fine, NoAccess, Fine, Fine, NoAccess]),
    ("GET", "/users?count=true", "", [Fine, NoAccess, Fine, Fine, NoAccess]),
    (
        "PUT",
        "/users",
        r#"{"uidsToActivate":["mira"]}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    (
        "DELETE",
        "/users",
        r#"{"uidsToDeactivate":["leo"]}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    ("GET", "/users/mira", "", [Fine, NoAccess, Fine, Fine, NoAccess]),
    ("PUT", "/users/mira", r#"{"name":"M"}"#, [Fine, Fine, Fine, Fine, Fine]),
    ("PUT", "/users/mira", r#"{"role":"default"}"#, [Fine, Fine, Denied, Denied, Denied]),
    ("DELETE", "/users/mira", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    (
        "DELETE",
        "/users/mira",
        r#"{"permanent":true}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    ("GET", "/me", "", [NoUser, NoAccess, Fine, Fine, NoAccess]),
    ("PUT", "/me", r#"{"name":"M"}"#, [NoUser, NoUser, Fine, Fine, Fine]),
    ("DELETE", "/me", "", [NoUser, NoAccess, Fine, Denied, NoAccess]),
    ("POST", "/users/mira/auth_tokens", "", [Fine, Fine, Denied, Denied, Denied]),
    ("GET", "/users/mira/auth_tokens", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("DELETE", "/users/mira/auth_tokens", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("GET", "/users/mira/auth_tokens/{mira}", "", [Fine, NoAccess, Fine, Fine, NoAccess]),
    (
        "PUT",
        "/users/mira/auth_tokens/{mira}",
        r#"{"platform":"x"}"#,
        [Fine, NoAccess, Fine, Fine, NoAccess],
    ),
    ("DELETE", "/users/mira/auth_tokens/{mira}", "", [Fine, NoAccess, Fine, Fine, NoAccess]),
    ("GET", "/users/mira/friends", "", [Fine, NoAccess, Fine, Fine, NoAccess]),
    (
        "POST",
        "/users/mira/friends",
        r#"{"accepted":["ana"]}"#,
        [Fine, NoAccess, Fine, Fine, NoAccess],
    ),
    (
        "DELETE",
        "/users/mira/friends",
        r#"{"friends":["leo"]}"#,
        [Fine, NoAccess, Fine, Fine, NoAccess],
    ),
    ("GET", "/users/mira/blockedusers", "", [Fine, NoAccess, Fine, Fine, NoAccess]),
    (
        "POST",
        "/users/mira/blockedusers",
        r#"{"blockedUids":["ana"]}"#,
        [Fine, NoAccess, Fine, Fine, NoAccess],
    ),
    (
        "DELETE",
        "/users/mira/blockedusers",
        r#"{"blockedUids":["leo"]}"#,
        [Fine, NoAccess, Fine, Fine, NoAccess],
    ),
    (
        "POST",
        "/roles",
        r#"{"role":"new","name":"N"}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    ("GET", "/roles", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("GET", "/roles/default", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("PUT", "/roles/default", r#"{"name":"D"}"#, [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("DELETE", "/roles/vip", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    (
        "POST",
        "/roles/vip/restrictedfeatures",
        r#"{"featuresToRestrict":["getUser"]}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    ("GET", "/roles/vip/restrictedfeatures", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    (
        "DELETE",
        "/roles/vip/restrictedfeatures",
        r#"{"allowAll":true}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    ("GET", "/roles/vip/permissions", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    (
        "PUT",
        "/roles/vip/permissions",
        r#"{"permissions":{"listUsers":"deny"}}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    (
        "DELETE",
        "/roles/vip/permissions/listUsers",
        "",
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    ("GET", "/stats?fromDate=1&toDate=2", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("GET", "/stats/messages", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("POST", "/apikeys", r#"{"name":"x"}"#, [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("GET", "/apikeys", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("GET", "/apikeys/{spare}", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
];

/// What `mira` does to `leo`, and what is left of the keys.
const OTHERS: [(&str, &str, &str, [Verdict; 5]); 14] = [
    ("PUT", "/apikeys/{spare}", r#"{"name":"x"}"#, [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("DELETE", "/apikeys/{spare}", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    ("GET", "/users/leo", "", [Fine, NoAccess, Fine, Fine, NoAccess]),
    ("PUT", "/users/leo", r#"{"name":"L"}"#, [Fine, Fine, Denied, Denied, Denied]),
    ("POST", "/users/leo/auth_tokens", "", [Fine, Fine, Denied, Denied, Denied]),
    ("GET", "/users/leo/auth_tokens/{leo}", "", [Fine, NoAccess, Foreign, Foreign, NoAccess]),
    (
        "PUT",
        "/users/leo/auth_tokens/{leo}",
        r#"{"platform":"x"}"#,
        [Fine, NoAccess, Foreign, Foreign, NoAccess],
    ),
    ("DELETE", "/users/leo/auth_tokens/{leo}", "", [Fine, NoAccess, Foreign, Foreign, NoAccess]),
    ("GET", "/users/leo/friends", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    (
        "POST",
        "/users/leo/friends",
        r#"{"accepted":["ana"]}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    (
        "DELETE",
        "/users/leo/friends",
        r#"{"friends":["mira"]}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    ("GET", "/users/leo/blockedusers", "", [Fine, NoAccess, Denied, Denied, NoAccess]),
    (
        "POST",
        "/users/leo/blockedusers",
        r#"{"blockedUids":["ana"]}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
    (
        "DELETE",
        "/users/leo/blockedusers",
        r#"{"blockedUids":["ana"]}"#,
        [Fine, NoAccess, Denied, Denied, NoAccess],
    ),
];

/// An app in which each operation has something to do.
struct Furnished {
    app: String,
    keys: AppKeys,
    mira: String,
    leo: String,
    spare: String,
}

impl Furnished {
    async fn new(shop: &Shop, app: String) -> Self {
        let keys = shop.0.another_app(&app).await;
        let fine = async |method: &str, path: &str, body: serde_json::Value| {
            let key = [("apikey", keys.rest_api_key.as_str())];
            let answer = shop.0.request(method, path, &key, &body.to_string()).await;
            assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
            answer
        };
        for uid in ["mira", "leo", "ana"] {
            fine("POST", "/v3/users", json!({"uid": uid, "name": uid})).await;
        }
        fine("POST", "/v3/roles", json!({"role": "vip", "name": "VIP"})).await;
        fine("POST", "/v3/users/mira/friends", json!({"accepted": ["leo"]})).await;
        let text = |answer: Answer, pointer: &str| answer.at(pointer).as_str().unwrap().to_owned();
        let force = || json!({"force": true});
        let mira = text(fine("POST", "/v3/users/mira/auth_tokens", force()).await, "/data/authToken");
        let leo = text(fine("POST", "/v3/users/leo/auth_tokens", force()).await, "/data/authToken");
        let spare = text(fine("POST", "/v3/apikeys", json!({"name": "spare"})).await, "/data/apiKey");
        Self { app, keys, mira, leo, spare }
    }

    /// The callers in the order of the tables.
    fn callers(&self) -> [Vec<(&str, &str)>; 5] {
        let (rest, auth) = (self.keys.rest_api_key.as_str(), self.keys.auth_key.as_str());
        [
            vec![("apikey", rest)],
            vec![("apikey", auth)],
            vec![("appid", &self.app), ("authtoken", &self.mira)],
            vec![("apikey", rest), ("onbehalfof", "mira")],
            vec![("apikey", auth), ("onbehalfof", "mira")],
        ]
    }

    fn path(&self, path: &str) -> String {
        let path = path.replace("{mira}", &self.mira).replace("{leo}", &self.leo);
        format!("/v3{}", path.replace("{spare}", &self.spare))
    }
}

async fn every_operation_by_every_caller(engine: Engine) {
    let shop = Shop::open(engine).await;
    for (number, (method, path, body, verdicts)) in ONESELF.into_iter().chain(OTHERS).enumerate() {
        for (caller, verdict) in verdicts.into_iter().enumerate() {
            let place = Furnished::new(&shop, format!("op-{number}-{caller}")).await;
            let before = Ledger::read(shop.0.directory.store(), &place.app).await;
            let headers = &place.callers()[caller];
            let answer = shop.0.request(method, &place.path(path), headers, body).await;
            assert_eq!(Verdict::of(&answer), Some(verdict), "{method} {path} {headers:?}: {}", answer.text);
            if verdict != Fine {
                let after = Ledger::read(shop.0.directory.store(), &place.app).await;
                assert_eq!(after, before, "{method} {path} {headers:?}");
            }
        }
    }
}

async fn a_weak_key_learns_nothing_about_the_rest_of_a_request(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let large = " ".repeat(40_000);
    let bodies = ["", "{", "[1]", r#"{"uidsToDeactivate":7}"#, r#"{"permanent":"?"}"#, &large];
    let paths = ["/v3/users", "/v3/users/mira", "/v3/users/ghost", "/v3/users/no.uid", "/v3/users/%ff"];
    let odd = [("apikey", shop.0.keys.auth_key.as_str()), ("onbehalfof", "ghost")];
    for path in paths {
        for method in ["GET", "DELETE"] {
            for body in bodies {
                let answer = shop.0.request(method, path, &odd, body).await;
                assert_eq!(
                    outcome(&answer),
                    refused(403, "AUTH_ERR_NO_ACCESS"),
                    "{method} {path} {body:.40}"
                );
            }
        }
    }
    for query in ["perPage=0", "searchKey=%ff", "status=busy"] {
        let answer = shop.0.request("GET", &format!("/v3/users?{query}"), &odd, "").await;
        assert_eq!(outcome(&answer), refused(403, "AUTH_ERR_NO_ACCESS"), "{query}");
    }
    for body in bodies {
        let answer = shop.0.request("PUT", "/v3/users", &odd, body).await;
        assert_eq!(outcome(&answer), refused(403, "AUTH_ERR_NO_ACCESS"), "PUT /users {body:.40}");
    }
}

async fn a_user_without_the_right_learns_nothing_about_the_body(engine: Engine) {
    let shop = Shop::open(engine).await;
    let place = Furnished::new(&shop, "place".to_owned()).await;
    let user = [("appid", "place"), ("authtoken", place.mira.as_str())];
    for (method, path) in [
        ("POST", "/v3/users"),
        ("DELETE", "/v3/users/ghost"),
        ("POST", "/v3/roles"),
        ("PUT", "/v3/roles/ghost"),
        ("POST", "/v3/apikeys"),
        ("GET", "/v3/stats?fromDate=x"),
        ("POST", "/v3/users/ghost/auth_tokens"),
    ] {
        for body in ["", "{", r#"{"name":7}"#] {
            let answer = shop.0.request(method, path, &user, body).await;
            assert_eq!(outcome(&answer), refused(403, "ERR_PERMISSION_DENIED"), "{method} {path} {body}");
        }
    }
}

async fn keys_of_other_faces_open_nothing(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let before = shop.ledger().await;
    for key in [&shop.0.keys.platform_token, &shop.0.keys.klaim_key] {
        for (method, path, body, _) in ONESELF.into_iter().chain(OTHERS) {
            let answer = shop.0.request(method, &format!("/v3{path}"), &[("apikey", key)], body).await;
            assert_eq!(outcome(&answer), refused(401, "AUTH_ERR_APIKEY_NOT_FOUND"), "{method} {path}");
        }
    }
    assert_eq!(shop.ledger().await, before);
    // A token of a user is no key either, nor a key a token.
    let made = shop.create(&json!({"uid": "zoe", "name": "Zoe", "withAuthToken": true})).await;
    let token = made.at("/data/authToken");
    let answer = shop
        .0
        .request("GET", "/v3/users", &[("apikey", token.as_str().unwrap())], "")
        .await;
    assert_eq!(outcome(&answer), refused(401, "AUTH_ERR_APIKEY_NOT_FOUND"));
    let swapped = [("appid", "shop"), ("authtoken", shop.0.keys.rest_api_key.as_str())];
    let answer = shop.0.request("GET", "/v3/users", &swapped, "").await;
    assert_eq!(outcome(&answer), refused(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"));
}
