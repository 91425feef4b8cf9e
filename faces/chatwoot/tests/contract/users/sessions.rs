//! What a session is good for, and for how long.

use std::sync::Arc;

use http::HeaderMap;
use rollcall_testkit::{Answer, Engine};
use serde_json::{Value, json};

use super::shop::{Shop, USERS};

rollcall_testkit::on_both_engines! {
    a_session_is_told_in_headers_and_is_good_until_it_ends,
    a_session_is_worth_nothing_in_parts,
    a_new_password_leaves_the_newest_session,
    the_twenty_sixth_session_ends_the_first,
    failures_for_an_address_are_counted,
    failures_from_an_address_are_counted,
    good_links_are_never_too_many,
    nothing_secret_lies_in_the_database,
}

const WHO: &str = "ines@shop.test";
const DAY: i64 = 24 * 60 * 60 * 1000;

type Session = Vec<(&'static str, String)>;

fn session(headers: &HeaderMap) -> Session {
    ["access-token", "client", "uid"]
        .into_iter()
        .map(|name| (name, headers[name].to_str().unwrap().to_owned()))
        .collect()
}

impl Shop {
    async fn enter(&self, user: i64) -> (Answer, Session) {
        let link = self.link(user).await;
        let answer = self.sign_in(WHO, &link).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        let session = session(&answer.headers);
        (answer, session)
    }

    async fn with(&self, method: &str, path: &str, session: &Session) -> Answer {
        let headers: Vec<_> = session.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.request(method, path, &headers, "").await
    }

    async fn is_good(&self, session: &Session) -> bool {
        self.with("GET", "/auth/validate_token", session).await.status.as_u16() == 200
    }
}

async fn a_session_is_told_in_headers_and_is_good_until_it_ends(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user(WHO).await;
    let (entered, session) = shop.enter(user).await;
    for (name, expected) in [
        ("uid", WHO),
        ("token-type", "Bearer"),
        ("expiry", "1754209600"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(entered.headers[name], expected, "{name}");
    }
    let valid = shop.with("GET", "/auth/validate_token", &session).await;
    assert_eq!(valid.json(), json!({"success": true, "data": entered.at("/data")}));
    assert_eq!(valid.headers["access-token"], entered.headers["access-token"]);

    let (_, second) = shop.enter(user).await;
    let out = shop.with("DELETE", "/auth/sign_out", &second).await;
    assert_eq!((out.status.as_u16(), out.json()), (200, json!({"success": true})));
    assert!(!shop.is_good(&second).await);
    assert_eq!(shop.with("DELETE", "/auth/sign_out", &second).await.status.as_u16(), 404);

    shop.world.clock.advance(14 * DAY - 1);
    assert!(shop.is_good(&session).await);
    shop.world.clock.advance(1);
    assert!(!shop.is_good(&session).await);
}

async fn a_session_is_worth_nothing_in_parts(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user(WHO).await;
    let (_, first) = shop.enter(user).await;
    let (_, second) = shop.enter(user).await;
    for missing in 0..3 {
        let mut parts = first.clone();
        parts.remove(missing);
        assert!(!shop.is_good(&parts).await, "{missing}");
    }
    let mut crossed = first.clone();
    crossed[1] = second[1].clone();
    assert!(!shop.is_good(&crossed).await);
    let mut another = first.clone();
    another[2].1 = "bea@shop.test".to_owned();
    assert!(!shop.is_good(&another).await);
    another[2].1 = "INES@shop.test".to_owned();
    assert!(shop.is_good(&another).await);
    shop.call("DELETE", &format!("{USERS}/{user}"), Value::Null).await;
    assert!(!shop.is_good(&first).await);
}

async fn a_new_password_leaves_the_newest_session(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user(WHO).await;
    let (_, old) = shop.enter(user).await;
    shop.world.clock.advance(1);
    let (_, new) = shop.enter(user).await;
    let path = format!("{USERS}/{user}");
    shop.call("PATCH", &path, json!({"name": "Ines D"})).await;
    assert!(shop.is_good(&old).await);
    let changed = shop.call("PATCH", &path, json!({"password": "Secret2!"})).await;
    assert_eq!(changed.status.as_u16(), 200);
    assert!(!shop.is_good(&old).await);
    assert!(shop.is_good(&new).await);
}

async fn the_twenty_sixth_session_ends_the_first(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user(WHO).await;
    let mut sessions = Vec::new();
    for _ in 0..26 {
        shop.world.clock.advance(1);
        sessions.push(shop.enter(user).await.1);
    }
    assert!(!shop.is_good(&sessions[0]).await);
    for session in &sessions[1..] {
        assert!(shop.is_good(session).await);
    }
}

async fn failures_for_an_address_are_counted(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user(WHO).await;
    let attempt = async |address: &str, email: &str, link: &str| {
        let body = json!({"email": email, "sso_auth_token": link}).to_string();
        shop.request("POST", "/auth/sign_in", &[("x-forwarded-for", address)], &body)
            .await
    };
    for number in 0..10 {
        let answer = attempt(&format!("198.51.100.{number}"), WHO, "wrong").await;
        assert_eq!(answer.status.as_u16(), 401);
    }
    let answer = attempt("198.51.100.99", " INES@shop.test", "wrong").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (429, "Retry later\n"));
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(attempt("198.51.100.98", "bea@shop.test", "wrong").await.status.as_u16(), 401);
    // Whoever holds a good link is not locked out by those who hold none.
    let link = shop.link(user).await;
    assert_eq!(attempt("198.51.100.97", WHO, &link).await.status.as_u16(), 200);
    assert_eq!(attempt("198.51.100.97", WHO, &link).await.status.as_u16(), 429);
    shop.world.clock.advance(15 * 60 * 1000);
    assert_eq!(attempt("198.51.100.97", WHO, &link).await.status.as_u16(), 401);
}

async fn good_links_are_never_too_many(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let user = shop.user(WHO).await;
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (shop, link) = (Arc::clone(&shop), shop.link(user).await);
        attempts.spawn(async move { shop.sign_in(WHO, &link).await.status.as_u16() });
    }
    assert_eq!(attempts.join_all().await, [200; 20]);
}

async fn failures_from_an_address_are_counted(engine: Engine) {
    let shop = Shop::open(engine).await;
    let user = shop.user(WHO).await;
    for number in 0..5 {
        let answer = shop.sign_in(&format!("{number}@shop.test"), "wrong").await;
        assert_eq!(answer.status.as_u16(), 401);
    }
    let link = shop.link(user).await;
    let answer = shop.sign_in(WHO, &link).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (429, "Retry later\n"));
    // A window ends at a full multiple of its length, and the world begins 100 seconds into one.
    shop.world.clock.advance(200_000 - 1);
    assert_eq!(shop.sign_in(WHO, &link).await.status.as_u16(), 429);
    shop.world.clock.advance(1);
    assert_eq!(shop.sign_in(WHO, &link).await.status.as_u16(), 200);
}

async fn nothing_secret_lies_in_the_database(engine: Engine) {
    use rollcall_store::Sql;
    static LINKS: Sql = Sql::new(
        "test.links",
        "select lookup from login_links where app = $1 union all select lookup from sessions where app = $1",
    );
    static HASH: Sql = Sql::new("test.hash", "select password_hash from users where app = $1");
    let shop = Shop::open(engine).await;
    let user = shop.user(WHO).await;
    let link = shop.link(user).await;
    shop.enter(user).await;
    let (lookups, hashes) = shop
        .directory
        .store()
        .read("test.secrets", |tx| {
            let app = || ["shop".into()];
            let lookups = tx.query(&LINKS, &app(), |row| Ok(row.bytes(0)?.to_vec()))?;
            Ok((lookups, tx.query(&HASH, &app(), |row| Ok(row.text(0)?.to_owned()))?))
        })
        .await
        .unwrap();
    assert_eq!(lookups.len(), 2);
    assert!(
        lookups
            .iter()
            .all(|lookup| lookup.len() == 32 && !link.as_bytes().starts_with(lookup))
    );
    assert!(hashes[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashes:?}");
}
