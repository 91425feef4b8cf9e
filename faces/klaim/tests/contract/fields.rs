//! Fields at their limits and one past them, of wrong types, and holding what no text may hold. What is refused leaves
//! nothing behind.

use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::shop::{Shop, outcome, refused};

rollcall_testkit::on_both_engines! {
    fields_of_users_that_are_refused,
    fields_of_users_at_their_limits,
    deltas_are_exact,
    descriptions_end_at_their_limit,
    metadata_is_kept_to_the_byte,
}

/// Each with what is said of it, the same when a user is made and when it is changed.
fn bad_fields() -> Vec<(String, String)> {
    let mut bad = Vec::new();
    let mut put = |field: &str, value: &str, what: &str| {
        bad.push((format!(r#""{field}":{value}"#), format!("{field} {what}")));
    };
    for field in ["name", "email", "userId", "user_id"] {
        for value in ["7", "true", "[]", "{}", r#"["x"]"#, "-0.5"] {
            put(field, value, "is not a string");
        }
        for value in [r#""a\u0000@b""#, r#""\ud800@b""#] {
            put(field, value, "holds a character that is not allowed");
        }
    }
    for value in [
        r#""noa""#,
        r#""@club.test""#,
        r#""noa@""#,
        r#""a@b@c""#,
        r#""a b@c.test""#,
        r#""a@b\u007f""#,
    ] {
        put("email", value, "is not an e-mail address");
    }
    put("email", &format!("\"{}@b\"", "é".repeat(254)), "is longer than 255 characters");
    for field in ["userId", "user_id"] {
        for value in [r#""""#, r#""  ""#, r#""\t""#, "\"\u{2003}\""] {
            put(field, value, "is empty");
        }
        for value in [r#""a\nb""#, r#""a\u007f""#, r#""\u0085x""#, r#""\u0001""#] {
            put(field, value, "holds a character that is not allowed");
        }
        put(field, &format!("\"{}\"", "a".repeat(256)), "is longer than 255 bytes");
        put(field, &format!("\"{}a\"", "é".repeat(128)), "is longer than 255 bytes");
    }
    put("name", &format!("\"{}\"", "é".repeat(256)), "is longer than 255 characters");
    for value in [r#""x""#, "7", "false", r#"[1]"#, r#"[{}]"#] {
        put("metadata", value, "is not a JSON object");
    }
    put("metadata", r#"{"a":1,"a":2}"#, "holds a key twice");
    put("metadata", r#"{"a":"\u0000"}"#, "holds a character that is not allowed");
    put("metadata", r#"{"a":1e999}"#, "holds a number that is too large");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
    put("metadata", &deep, "is nested deeper than 64 levels");
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(16 * 1024 - 7));
    put("metadata", &long, "is longer than 16384 bytes");
    bad
}

async fn fields_of_users_that_are_refused(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.user("noa").await;
    let before = shop.traces().await;
    let bad = bad_fields();
    assert!(bad.len() > 60);
    for (member, message) in bad {
        let body = if member.starts_with(r#""email""#) {
            format!("{{{member}}}")
        } else {
            format!(r#"{{"email":"leo@club.test",{member}}}"#)
        };
        for (method, path) in [("POST", "/users"), ("PUT", "/users/noa")] {
            let answer = shop.call(method, path, &body).await;
            assert_eq!(outcome(&answer), refused(400, &message), "{method} {body:.80}");
            assert_eq!(shop.traces().await, before, "{method} {body:.80}");
        }
    }
    // There is nothing to take away of an address that must be there.
    let answer = shop.call("PUT", "/users/noa", r#"{"email":" "}"#).await;
    assert_eq!(outcome(&answer), refused(400, "email is empty"));
    assert_eq!(shop.traces().await, before);
}

async fn fields_of_users_at_their_limits(engine: Engine) {
    let shop = Shop::open(engine).await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(63), "]".repeat(63));
    let fits = json!({"a": "x".repeat(16 * 1024 - 8)});
    assert_eq!(fits.to_string().len(), 16 * 1024);
    let deep: Value = serde_json::from_str(&deep).unwrap();
    for (number, (field, value)) in [
        ("email", json!(format!("{}@b", "é".repeat(253)))),
        ("name", json!("é".repeat(255))),
        ("name", json!("a\nb\u{7f}🎉")),
        ("userId", json!("a".repeat(255))),
        ("userId", json!(format!("{}a", "é".repeat(127)))),
        ("userId", json!(" padded ")),
        ("userId", json!("noa@club.test")),
        ("userId", json!("0192f0c4-7b1e-7e60-8a4d-1f2e3d4c5b6a")),
        ("metadata", deep),
        ("metadata", fits),
    ]
    .into_iter()
    .enumerate()
    {
        let mut user = json!({"email": format!("{number}@club.test")});
        user[field] = value.clone();
        let shown = if field == "userId" {
            "/user_id"
        } else {
            &format!("/{field}")
        };
        let made = shop.create(&user).await;
        assert_eq!((made.status.as_u16(), made.at(shown)), (200, value.clone()), "{field} {number}");
        let plain = format!("plain-{number}");
        shop.user(&plain).await;
        let moved = json!({field: value}).to_string();
        let expected = if ["email", "userId"].contains(&field) { 409 } else { 200 };
        let answer = shop.call("PUT", &format!("/users/{plain}"), &moved).await;
        assert_eq!(answer.status, expected, "{field} {number}: {}", answer.text);
    }
    // As PHP writes an empty object.
    let made = shop.create(&json!({"email": "php@club.test", "metadata": []})).await;
    assert_eq!((made.status.as_u16(), made.at("/metadata")), (200, json!({})));
}

async fn deltas_are_exact(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.user("noa").await;
    for (delta, balance) in [
        ("0.1", "0.1"),
        ("0.2", "0.3"),
        ("0.70", "1"),
        ("1E2", "101"),
        ("-1.5e-1", "100.85"),
        ("0.1500000000000000000000", "101"),
        ("-101", "0"),
        ("-0", "0"),
        ("9999999999999.99", "9999999999999.99"),
        ("-0.01", "9999999999999.98"),
        ("0.01", "9999999999999.99"),
    ] {
        let answer = shop.give("noa", delta).await;
        let expected = format!(r#"{{"message":"fetch resource successfully","credit_balance":{balance}}}"#);
        assert_eq!((answer.status.as_u16(), answer.text), (200, expected), "{delta}");
    }
    let before = shop.traces().await;
    for bad in [
        "\"\"",
        "\"1\"",
        "true",
        "[]",
        "{}",
        "[1]",
        "0.005",
        "1e-3",
        "1e13",
        "-1e13",
        "1e400",
        "1e-400",
        "123456789012345678901234567890",
    ] {
        let answer = shop.give("noa", bad).await;
        assert_eq!(outcome(&answer), refused(400, "invalid credit_delta"), "{bad}");
    }
    for bad in ["01", "+1", ".5", "1.", "NaN", "Infinity", "0x10", "1_000"] {
        let answer = shop.give("noa", bad).await;
        assert_eq!(outcome(&answer), refused(400, "The body is not valid JSON"), "{bad}");
    }
    assert_eq!(shop.traces().await, before);
}

async fn descriptions_end_at_their_limit(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.user("noa").await;
    let change = async |description: Value| {
        let body = json!({"credit_delta": 1, "description": description}).to_string();
        shop.call("PUT", "/users/noa/credits", &body).await
    };
    for (given, kept) in [
        (json!("🎉".repeat(1000)), json!("🎉".repeat(1000))),
        (json!(" \n"), json!(null)),
        (json!(null), json!(null)),
        (json!("two\nlines"), json!("two\nlines")),
    ] {
        assert_eq!(change(given).await.status, 200);
        let newest = shop.call("GET", "/users/noa/credits/history?limit=1", "").await;
        assert_eq!(newest.at("/data/0/description"), kept);
    }
    let before = shop.traces().await;
    for (given, message) in [
        (json!("🎉".repeat(1001)), "description is longer than 1000 characters"),
        (json!("a\0"), "description holds a character that is not allowed"),
        (json!(7), "description is not a string"),
        (json!({}), "description is not a string"),
    ] {
        assert_eq!(outcome(&change(given).await), refused(400, message));
    }
    assert_eq!(shop.traces().await, before);
}

async fn metadata_is_kept_to_the_byte(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.user("noa").await;
    let kept = r#"{"z":1.10,"a":[1e2,null,{"ü":"\"\\🎉"}],"":12345678901234567890}"#;
    let answer = shop.call("PUT", "/users/noa", &format!(r#"{{"metadata":{kept}}}"#)).await;
    assert!(answer.text.contains(&format!(r#""metadata":{kept},"#)), "{}", answer.text);
    for path in ["/users/noa", "/users"] {
        let answer = shop.call("GET", path, "").await;
        assert!(answer.text.contains(&format!(r#""metadata":{kept}"#)), "{}", answer.text);
    }
    // Replaced whole, not merged.
    let answer = shop.call("PUT", "/users/noa", r#"{"metadata":{"b":1}}"#).await;
    assert_eq!(answer.at("/metadata"), json!({"b": 1}));
}
