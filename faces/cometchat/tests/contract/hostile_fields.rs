//! Values of every wrong kind in every field: 400, the field named, nothing written.

use rollcall_testkit::Engine;

use crate::shop::{Shop, outcome, paths, refused};

rollcall_testkit::on_both_engines! {
    texts_of_the_wrong_kind,
    lists_of_the_wrong_kind,
    metadata_of_the_wrong_kind,
    flags_of_the_wrong_kind,
}

const CREATE: (&str, &str) = ("POST", "/v3/users");
const UPDATE: (&str, &str) = ("PUT", "/v3/users/mira");

/// Not a text, or a text that no text may be: NUL and halves of surrogate pairs.
const NO_TEXTS: [&str; 13] = [
    "[]",
    "[\"a\"]",
    "{}",
    "{\"a\":\"b\"}",
    "7",
    "-0.5",
    "1e999",
    "true",
    "false",
    r#""a\u0000b""#,
    r#""\u0000""#,
    r#""\ud800""#,
    r#""x\udc00\ud800y""#,
];

/// Sends a field with one value, everything else being in order, and wants just this path refused.
async fn assert_refused(shop: &Shop, (method, url): (&str, &str), field: &str, value: &str, path: &str) {
    let others = match (method, field) {
        ("POST", "uid") => r#""name":"Leo","withAuthToken":true,"#,
        ("POST", "name") => r#""uid":"leo","withAuthToken":true,"#,
        ("POST", "withAuthToken") => r#""uid":"leo","name":"Leo","tags":["a"],"#,
        ("POST", _) => r#""uid":"leo","name":"Leo","withAuthToken":true,"#,
        _ => "",
    };
    let body = format!("{{{others}\"{field}\":{value}}}");
    let before = shop.ledger().await;
    let answer = shop.call(method, url, &body).await;
    assert_eq!(outcome(&answer), refused(400, "ERR_BAD_REQUEST"), "{method} {url} {body:.200}");
    assert_eq!(paths(&answer), [path], "{method} {url} {body:.200}: {}", answer.text);
    assert_eq!(shop.ledger().await, before, "{method} {url} {body:.200}");
}

async fn texts_of_the_wrong_kind(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    for field in ["uid", "name", "avatar", "link", "role", "statusMessage"] {
        for value in NO_TEXTS {
            assert_refused(&shop, CREATE, field, value, field).await;
            if field != "uid" {
                assert_refused(&shop, UPDATE, field, value, field).await;
            }
        }
        if field == "statusMessage" {
            continue;
        }
        for value in ["null", r#""""#, r#""  \t\n ""#] {
            assert_refused(&shop, CREATE, field, value, field).await;
            if field != "uid" {
                assert_refused(&shop, UPDATE, field, value, field).await;
            }
        }
    }
    for uid in [
        "mira kovac",
        "mira.kovac",
        "mírа",
        "a/b",
        "a%20b",
        "*",
        "{uid}",
        "a\\u200bb",
        "\\u212a",
        "ａ",
    ] {
        assert_refused(&shop, CREATE, "uid", &format!("\"{uid}\""), "uid").await;
    }
    for address in [
        "mira",
        "//example.org/a",
        "ftp://example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https://a b",
        "https://exa\\nmple.org",
        "http:///x",
        "https:example.org",
        "https:\\\\\\\\example.org",
        "https://example.org/\\u0001",
        "\\u0001https://example.org",
        "http://example.org:99999",
        "https://[::1",
        "file:///etc/passwd",
    ] {
        for field in ["avatar", "link"] {
            assert_refused(&shop, CREATE, field, &format!("\"{address}\""), field).await;
            assert_refused(&shop, UPDATE, field, &format!("\"{address}\""), field).await;
        }
    }
}

async fn lists_of_the_wrong_kind(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let bulk_off = ("DELETE", "/v3/users");
    let bulk_on = ("PUT", "/v3/users");
    let targets = [
        (CREATE, "tags"),
        (UPDATE, "tags"),
        (UPDATE, "unset"),
        (bulk_off, "uidsToDeactivate"),
        (bulk_on, "uidsToActivate"),
        (("POST", "/v3/users/mira/friends"), "accepted"),
        (("DELETE", "/v3/users/mira/friends"), "friends"),
        (("POST", "/v3/users/mira/blockedusers"), "blockedUids"),
        (("DELETE", "/v3/users/mira/blockedusers"), "blockedUids"),
    ];
    for (operation, field) in targets {
        for value in ["null", "7", "true", "{}", "{\"0\":\"a\"}", "\"avatar\"", "\"\"", "1e999"] {
            assert_refused(&shop, operation, field, value, field).await;
        }
        for item in NO_TEXTS.into_iter().chain(["null", "\"\"", "\" \""]) {
            assert_refused(&shop, operation, field, &format!("[\"avatar\",{item}]"), &format!("{field}.1"))
                .await;
        }
        let many = format!("[{}null]", "null,".repeat(5000));
        assert_refused(&shop, operation, field, &many, field).await;
        let deep = format!("{}{}", "[".repeat(12_000), "]".repeat(12_000));
        assert_refused(&shop, operation, field, &deep, &format!("{field}.0")).await;
    }
}

async fn metadata_of_the_wrong_kind(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let deep_list = format!("{{\"a\":{}{}}}", "[".repeat(15_000), "]".repeat(15_000));
    let deep_object = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let deep_text = format!("\"{{\\\"a\\\":{}{}}}\"", "[".repeat(10_000), "]".repeat(10_000));
    let huge_number = format!("{{\"a\":{}}}", "9".repeat(400));
    let values = [
        "null",
        "7",
        "true",
        "1e999",
        "[1]",
        "[[]]",
        "[{}]",
        r#""""#,
        r#""  ""#,
        r#""\u0000""#,
        r#""\ud800""#,
        r#"{"a":1,"a":2}"#,
        r#"{"a":{"b":1,"\u0062":2}}"#,
        r#"{"@private":{"x":1},"@private":{"x":2}}"#,
        r#"{"a":"\u0000"}"#,
        r#"{"\u0000":1}"#,
        r#"{"a":["x","\ud83d"]}"#,
        r#"{"\udc00":1}"#,
        r#"{"a":1e999}"#,
        r#"{"a":[-1E+999]}"#,
        r#""{\"a\":1,\"a\":2}""#,
        r#""{\"a\":1e999}""#,
        r#""{\"a\":\"\\u0000\"}""#,
        r#""{\"a\":\"\\ud800\"}""#,
        &deep_list,
        &deep_object,
        &deep_text,
        &huge_number,
    ];
    for value in values {
        assert_refused(&shop, CREATE, "metadata", value, "metadata").await;
        assert_refused(&shop, UPDATE, "metadata", value, "metadata").await;
    }
}

async fn flags_of_the_wrong_kind(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    for value in [
        "null",
        "2",
        "-1",
        "1.0",
        "1e0",
        "\"yes\"",
        "\"\"",
        "\"TRUE\"",
        "[]",
        "[true]",
        "{}",
        "\"\\u0000\"",
    ] {
        assert_refused(&shop, CREATE, "withAuthToken", value, "withAuthToken").await;
        assert_refused(&shop, ("DELETE", "/v3/users/mira"), "permanent", value, "permanent").await;
    }
    for (value, permanent) in
        [("false", false), ("0", false), ("\"0\"", false), ("\"true\"", true), ("1", true)]
    {
        let body = format!(r#"{{"permanent":{value}}}"#);
        let answer = shop.call("DELETE", "/v3/users/mira", &body).await;
        assert_eq!(answer.at("/data/success") == true, permanent, "{value}: {}", answer.text);
        if !permanent {
            shop.call("PUT", "/v3/users", r#"{"uidsToActivate":["mira"]}"#).await;
        } else {
            shop.mira().await;
        }
    }
}
