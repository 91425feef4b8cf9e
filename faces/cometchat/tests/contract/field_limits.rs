//! Every field at its exact edge and one past it, on create and on update.

use rollcall_testkit::{Answer, Engine};
use serde_json::{Value, json};

use crate::shop::{Shop, outcome, paths, refused};

rollcall_testkit::on_both_engines! {
    fields_end_at_their_limits,
    uids_end_at_a_hundred_characters,
    metadata_ends_at_5120_bytes_of_compact_json,
    metadata_ends_at_64_levels,
}

/// Four bytes in UTF-8, one character.
const EMOJI: &str = "🦀";

fn address(length: usize, filler: &str) -> String {
    let start = "https://example.org/";
    format!("{start}{}", filler.repeat(length - start.len()))
}

fn tags(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("tag-{number}")).collect()
}

/// Sends a field alone to update, and with uid and name to create.
async fn both(shop: &Shop, field: &str, value: &Value) -> [Answer; 2] {
    let mut new = json!({"uid": "leo", "name": "Leo"});
    new[field] = value.clone();
    let created = shop.create(&new).await;
    let updated = shop.update_mira(&json!({ field: value })).await;
    shop.call("DELETE", "/v3/users/leo", r#"{"permanent":true}"#).await;
    [created, updated]
}

async fn assert_fits(shop: &Shop, field: &str, value: Value) {
    for answer in both(shop, field, &value).await {
        assert_eq!(answer.status, 200, "{field}: {}", answer.text);
        assert_eq!(answer.at(&format!("/data/{field}")), value);
    }
    let read = shop.call("GET", "/v3/users?withTags=1&searchKey=mira&searchIn=uid", "").await;
    assert_eq!(read.at(&format!("/data/0/{field}")), value, "{field} as it is read back");
}

async fn assert_too_much(shop: &Shop, field: &str, path: &str, value: Value) {
    let before = shop.ledger().await;
    for answer in both(shop, field, &value).await {
        assert_eq!(outcome(&answer), refused(400, "ERR_BAD_REQUEST"), "{field}");
        assert_eq!(paths(&answer), [path], "{}", answer.text);
    }
    assert_eq!(shop.ledger().await, before, "{field}");
}

async fn fields_end_at_their_limits(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    for filler in ["n", "é", EMOJI] {
        assert_fits(&shop, "name", json!(filler.repeat(100))).await;
        assert_too_much(&shop, "name", "name", json!(filler.repeat(101))).await;
        assert_fits(&shop, "statusMessage", json!(filler.repeat(255))).await;
        assert_too_much(&shop, "statusMessage", "statusMessage", json!(filler.repeat(256))).await;
        assert_fits(&shop, "tags", json!([filler.repeat(100)])).await;
        assert_too_much(&shop, "tags", "tags.1", json!(["ok", filler.repeat(101)])).await;
    }
    for field in ["avatar", "link"] {
        for filler in ["a", "é"] {
            assert_fits(&shop, field, json!(address(3000, filler))).await;
            assert_too_much(&shop, field, field, json!(address(3001, filler))).await;
        }
    }
    assert_fits(&shop, "tags", json!(tags(25))).await;
    assert_too_much(&shop, "tags", "tags", json!(tags(26))).await;
    let repeated = vec!["north"; 26];
    assert_too_much(&shop, "tags", "tags", json!(repeated)).await;
    // The largest user there can be, by the limits alone, must fit through the limit of bodies.
    let largest = json!({
        "uid": "u".repeat(100), "name": EMOJI.repeat(100), "avatar": address(3000, "é"), "link": address(3000, "é"),
        "statusMessage": EMOJI.repeat(255), "metadata": {"k": "m".repeat(5000)},
        "tags": (10..35).map(|n| format!("{n}{}", EMOJI.repeat(98))).collect::<Vec<_>>(),
    });
    assert_eq!(shop.create(&largest).await.status, 200);
}

async fn uids_end_at_a_hundred_characters(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (fits, too_long) = ("A".repeat(100), "a".repeat(101));
    let made = shop.create(&json!({"uid": fits, "name": "x"})).await;
    assert_eq!(made.at("/data/uid"), fits.to_lowercase());
    let before = shop.ledger().await;
    let refusal = shop.create(&json!({"uid": too_long, "name": "x"})).await;
    assert_eq!(
        (outcome(&refusal), paths(&refusal)),
        (refused(400, "ERR_BAD_REQUEST"), vec!["uid".to_owned()])
    );
    assert_eq!(shop.ledger().await, before);
    assert_eq!(shop.call("GET", &format!("/v3/users/{fits}"), "").await.status, 200);
    for (method, body) in [("GET", ""), ("PUT", "{}"), ("DELETE", "")] {
        let answer = shop.call(method, &format!("/v3/users/{too_long}"), body).await;
        assert_eq!(outcome(&answer), refused(404, "ERR_UID_NOT_FOUND"), "{method}");
    }
    let role = shop.update_mira(&json!({"role": too_long})).await;
    assert_eq!(paths(&role), ["role"]);
}

async fn metadata_ends_at_5120_bytes_of_compact_json(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    // `{"k":""}` takes eight bytes.
    let document = |bytes: usize| format!(r#"{{"k":"{}"}}"#, "m".repeat(bytes - 8));
    let spaced = |bytes: usize| document(bytes).replace(':', &format!(" {}: ", "\n\t".repeat(3000)));
    let two_bytes_each = |bytes: usize| format!(r#"{{"k":"{}"}}"#, "é".repeat((bytes - 8) / 2));
    let escaped = |bytes: usize| two_bytes_each(bytes).replace('é', r"\u00e9");
    let in_text = |bytes: usize| Value::from(spaced(bytes)).to_string();
    // `{"rawMetadata":""}` takes eighteen.
    let plain = |bytes: usize| format!(r#""{}""#, "m".repeat(bytes - 18));
    for (name, fits, too_much) in [
        ("compact", document(5120), document(5121)),
        ("spaced", spaced(5120), spaced(5121)),
        ("two bytes each", two_bytes_each(5120), two_bytes_each(5122)),
        ("escaped", escaped(5120), escaped(5122)),
        ("in a text", in_text(5120), in_text(5121)),
        ("plain text", plain(5120), plain(5121)),
    ] {
        let answer = shop.call("PUT", "/v3/users/mira", &format!(r#"{{"metadata":{fits}}}"#)).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        assert_eq!(answer.at("/data/metadata").to_string().len(), 5120, "{name}");
        let before = shop.ledger().await;
        for (method, path) in [("PUT", "/v3/users/mira"), ("POST", "/v3/users")] {
            let body = format!(r#"{{"uid":"leo","name":"Leo","metadata":{too_much}}}"#);
            let answer = shop.call(method, path, &body).await;
            assert_eq!(outcome(&answer), refused(400, "ERR_BAD_REQUEST"), "{name}");
            assert_eq!(paths(&answer), ["metadata"], "{name}");
        }
        assert_eq!(shop.ledger().await, before, "{name}");
    }
}

async fn metadata_ends_at_64_levels(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let nested =
        |levels: usize| format!(r#"{{"metadata":{}1{}}}"#, r#"{"a":"#.repeat(levels), "}".repeat(levels));
    assert_eq!(shop.call("PUT", "/v3/users/mira", &nested(64)).await.status, 200);
    assert_eq!(shop.call("GET", "/v3/users/mira", "").await.status, 200);
    for levels in [65, 127, 128, 129, 4000] {
        let answer = shop.call("PUT", "/v3/users/mira", &nested(levels)).await;
        assert_eq!(paths(&answer), ["metadata"], "{levels}: {}", answer.text);
    }
}
