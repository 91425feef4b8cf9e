//! Whom a path names: any text that a `user_id` can be, and texts that none can be.

use rollcall_testkit::Engine;
use serde_json::json;

use crate::shop::{Shop, outcome, unknown};

rollcall_testkit::on_both_engines! { every_user_id_is_found_by_its_path, names_of_nobody }

/// Every byte but letters and digits in percent code.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

async fn every_user_id_is_found_by_its_path(engine: Engine) {
    let shop = Shop::open(engine).await;
    let long = "é".repeat(127);
    for (number, user_id) in [
        "noa+tag@club.test",
        "a/b",
        "/",
        "50%",
        "%2F",
        "%ff",
        "a b",
        " padded ",
        "Zoë",
        "Zoe\u{308}",
        "用户-481",
        "🎉",
        "..",
        ".",
        "?a=b#c",
        "credits",
        "a/credits",
        "history",
        "{user_id}",
        "*",
        "'; drop table users; --",
        "\"quoted\"",
        "back\\slash",
        "1753000000000_AAAAA",
        "\u{202e}abc",
        "Straße",
        "STRASSE",
        &long,
    ]
    .into_iter()
    .enumerate()
    {
        let made = shop
            .create(&json!({"email": format!("{number}@club.test"), "userId": user_id}))
            .await;
        assert_eq!((made.status.as_u16(), made.at("/user_id")), (200, json!(user_id)), "{}", made.text);
        let path = format!("/users/{}", encoded(user_id));
        for method in ["GET", "POST", "PUT"] {
            let answer = shop.call(method, &path, "").await;
            assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
            assert_eq!(answer.at("/klaim_id"), made.at("/klaim_id"), "{method} {path}");
            assert_eq!(answer.at("/user_id"), user_id, "{method} {path}");
        }
        let delta = (number + 1).to_string();
        let given = shop.give(&encoded(user_id), &delta).await;
        assert_eq!((given.status.as_u16(), given.at("/credit_balance")), (200, json!(number + 1)), "{path}");
        for method in ["GET", "POST"] {
            let answer = shop.call(method, &format!("{path}/credits"), "").await;
            assert_eq!(answer.at("/credit_balance"), number + 1, "{method} {path}/credits");
        }
        let answer = shop.call("GET", &format!("{path}/credits/history"), "").await;
        assert_eq!(answer.at("/data/0/credit_delta"), number + 1, "{path}");
    }
    // What a client may leave as it is.
    for (path, user_id) in [("/users/noa+tag@club.test", "noa+tag@club.test"), ("/users/*", "*")] {
        assert_eq!(shop.call("GET", path, "").await.at("/user_id"), user_id);
    }
}

async fn names_of_nobody(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.user("noa").await;
    let before = shop.traces().await;
    let long = "a".repeat(5000);
    for name in [
        "Noa",
        "noa%20",
        "noa%00",
        "%00",
        "%ff",
        "%c3",
        "%ED%A0%80",
        "noa%0a",
        "n",
        "noa%2Fcredits",
        "-1",
        "1",
        "%25",
        "noa;v=1",
        &long,
    ] {
        for (method, path, body) in [
            ("GET", "", ""),
            ("POST", "", "whatever"),
            ("PUT", "", r#"{"name":"x"}"#),
            ("PUT", "", "{}"),
            ("GET", "/credits", ""),
            ("POST", "/credits", "{}"),
            ("PUT", "/credits", r#"{"credit_delta":1}"#),
            ("PUT", "/credits", r#"{"credit_delta":0}"#),
            ("GET", "/credits/history", ""),
        ] {
            let answer = shop.call(method, &format!("/users/{name}{path}"), body).await;
            assert_eq!(outcome(&answer), unknown(), "{method} {name:.20}{path}");
        }
    }
    assert_eq!(shop.traces().await, before);
}
