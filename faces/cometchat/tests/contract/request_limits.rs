//! Bodies, queries and bulk calls at their exact edge and one past it.

use rollcall_testkit::Engine;
use serde_json::json;

use crate::shop::{Shop, outcome, paths, refused};

rollcall_testkit::on_both_engines! {
    bodies_end_at_32768_bytes,
    pages_have_edges,
    search_keys_and_filters_have_edges,
    bulk_calls_end_at_25_uids,
    a_client_is_told_when_its_body_will_not_be_read,
}

async fn bodies_end_at_32768_bytes(engine: Engine) {
    const LIMIT: usize = 32_768;
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let operations = [
        ("POST", "/v3/users", r#"{"uid":"leo","name":"Leo"}"#),
        ("PUT", "/v3/users/mira", r#"{"name":"Mira K"}"#),
        ("DELETE", "/v3/users", r#"{"uidsToDeactivate":["leo"]}"#),
        ("PUT", "/v3/users", r#"{"uidsToActivate":["leo"]}"#),
        ("DELETE", "/v3/users/leo", r#"{"permanent":true}"#),
    ];
    for (method, path, json) in operations {
        let body = |length: usize| format!("{json}{}", " ".repeat(length - json.len()));
        let before = shop.ledger().await;
        let (large, announced) = (body(LIMIT + 1), (LIMIT + 1).to_string());
        // A little too much is read to its end, much too much is not.
        let (huge, far_more) = (body(LIMIT + (2 << 20)), "18446744073709551615");
        for (headers, body) in [
            (vec![], large.as_str()),
            (vec![("content-length", announced.as_str())], &large),
            (vec![], &huge),
            (vec![("content-length", far_more)], json),
        ] {
            let answer = shop.send(method, path, &headers, body.to_owned()).await;
            assert_eq!(outcome(&answer), refused(413, "ERR_BAD_REQUEST"), "{method} {path} {headers:?}");
        }
        assert_eq!(shop.ledger().await, before, "{method} {path}");
        let answer = shop.call(method, path, &body(LIMIT)).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
    }
}

async fn pages_have_edges(engine: Engine) {
    let shop = Shop::open(engine).await;
    for uid in ["ana", "leo", "mira"] {
        shop.create(&json!({"uid": uid, "name": uid})).await;
    }
    // Query, then items, `per_page`, `current_page` and `total_pages`.
    for (query, count, size, number, pages) in [
        ("", 3, 100, 1_i64, 3_i64.div_euclid(3)),
        ("perPage=1", 1, 1, 1, 3),
        ("perPage=1000", 3, 1000, 1, 1),
        ("perPage=2&page=2", 1, 2, 2, 2),
        ("page=1", 3, 100, 1, 1),
        ("page=2", 0, 100, 2, 1),
        ("page=%2B1", 3, 100, 1, 1),
        ("page=+1+", 3, 100, 1, 1),
        ("page=&perPage=", 3, 100, 1, 1),
        ("page=7&page=1", 3, 100, 1, 1),
        ("page=9223372036854775807&perPage=1000", 0, 1000, i64::MAX, 1),
        ("page=9223372036854775807&perPage=1", 0, 1, i64::MAX, 3),
    ] {
        let answer = shop.call("GET", &format!("/v3/users?{query}"), "").await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let expected = json!({"total": 3, "count": count, "per_page": size, "current_page": number, "total_pages": pages});
        assert_eq!(answer.at("/meta/pagination"), expected, "{query}");
        assert_eq!(answer.at("/data").as_array().unwrap().len(), count, "{query}");
        assert_eq!(answer.at("/meta/cursor").is_null(), count == 0, "{query}");
    }
    for value in [
        "0",
        "-1",
        "1001",
        "one",
        "1.0",
        "1e2",
        "0x10",
        "9223372036854775808",
        "1,2",
        "%E2%91%A0",
        "99999999999999999999999",
    ] {
        let answer = shop.call("GET", &format!("/v3/users?perPage={value}"), "").await;
        assert_eq!(
            (outcome(&answer), paths(&answer)),
            (refused(400, "ERR_BAD_REQUEST"), vec!["perPage".to_owned()]),
            "{value}"
        );
        if value != "1001" {
            let answer = shop.call("GET", &format!("/v3/users?page={value}"), "").await;
            assert_eq!(
                (outcome(&answer), paths(&answer)),
                (refused(400, "ERR_BAD_REQUEST"), vec!["page".to_owned()]),
                "{value}"
            );
        }
    }
}

async fn search_keys_and_filters_have_edges(engine: Engine) {
    let shop = Shop::open(engine).await;
    let name = "Č".repeat(100);
    shop.create(&json!({"uid": "mira", "name": name, "tags": ["north"]})).await;
    let encoded = "%C4%8D";
    let found = shop
        .call("GET", &format!("/v3/users?searchKey={}", encoded.repeat(100)), "")
        .await;
    assert_eq!(found.at("/data/0/uid"), "mira", "{}", found.text);
    let refusal = shop
        .call("GET", &format!("/v3/users?searchKey={}", encoded.repeat(101)), "")
        .await;
    assert_eq!(
        (outcome(&refusal), paths(&refusal)),
        (refused(400, "ERR_BAD_REQUEST"), vec!["searchKey".to_owned()])
    );
    for (filter, hit) in [("tags", "north"), ("roles", "default")] {
        let values =
            |count: usize| (1..count).map(|n| format!("x{n}")).chain([hit.to_owned()]).collect::<Vec<_>>();
        for joined in [values(100).join(","), vec![hit; 500].join(",")] {
            let answer = shop.call("GET", &format!("/v3/users?{filter}={joined}"), "").await;
            assert_eq!(answer.at("/meta/pagination/total"), 1, "{filter}: {}", answer.text);
        }
        let answer = shop
            .call("GET", &format!("/v3/users?{filter}={}", values(101).join(",")), "")
            .await;
        assert_eq!(
            (outcome(&answer), paths(&answer)),
            (refused(400, "ERR_BAD_REQUEST"), vec![filter.to_owned()])
        );
    }
}

async fn bulk_calls_end_at_25_uids(engine: Engine) {
    let shop = Shop::open(engine).await;
    let uids: Vec<String> = (0..26).map(|number| format!("user-{number:02}")).collect();
    for uid in &uids {
        shop.create(&json!({"uid": uid, "name": uid})).await;
    }
    for (method, asked, done) in [
        ("DELETE", "uidsToDeactivate", "deactivatedUids"),
        ("PUT", "uidsToActivate", "reactivatedUids"),
    ] {
        let before = shop.ledger().await;
        let refusal = shop.call(method, "/v3/users", &json!({ asked: uids }).to_string()).await;
        assert_eq!(
            (outcome(&refusal), paths(&refusal)),
            (refused(400, "ERR_BAD_REQUEST"), vec![asked.to_owned()])
        );
        assert_eq!(shop.ledger().await, before);
        let answer = shop.call(method, "/v3/users", &json!({ asked: uids[..25] }).to_string()).await;
        assert_eq!(answer.at("/data"), json!({ done: uids[..25] }));
        let left = shop.call("GET", "/v3/users?count=true", "").await;
        assert_eq!(left.at("/data/count"), if method == "DELETE" { 1 } else { 26 });
    }
}

async fn a_client_is_told_when_its_body_will_not_be_read(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let closes = async |method: &str, path: &str, key: &str, body: &str| {
        let answer = shop.0.request(method, path, &[("apikey", key)], body).await;
        let told = answer.headers.get("connection").is_some_and(|value| value == "close");
        (answer.status.as_u16(), told)
    };
    let (rest, auth) = (shop.0.keys.rest_api_key.as_str(), shop.0.keys.auth_key.as_str());
    for (method, path, key, body, expected) in [
        ("PUT", "/v3/users/mira", "wrong", "{}", (401, true)),
        ("GET", "/v3/users/mira", "wrong", "", (401, false)),
        ("POST", "/v3/userss", rest, "{}", (404, true)),
        ("POST", "/v4/users", rest, "{}", (404, true)),
        ("PATCH", "/v3/users", rest, "{}", (404, true)),
        ("GET", "/v3/userss", rest, "", (404, false)),
        // Here it has arrived before anything was refused.
        ("DELETE", "/v3/users/mira", auth, "{}", (403, false)),
        ("PUT", "/v3/users/mira", rest, "{", (400, false)),
        ("PUT", "/v3/users/mira", rest, "{}", (200, false)),
    ] {
        assert_eq!(closes(method, path, key, body).await, expected, "{method} {path} {key} {body}");
    }
}
