//! Fields of accounts at their limits, and of wrong kinds.

use rollcall_testkit::{Answer, Engine};
use serde_json::{Value, json};

use super::shop::{Shop, outcome};

rollcall_testkit::on_both_engines! {
    texts_have_their_limits,
    a_support_email_is_an_address,
    every_known_locale_is_taken_and_no_other,
    features_are_incremental,
    limits_are_numbers_of_known_things,
    documents_are_kept_to_the_byte,
    what_is_of_a_wrong_kind_is_not_there,
}

impl Shop {
    async fn make(&self, fields: &Value) -> Answer {
        let mut body = json!({"name": "Shop"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.call("POST", "/accounts", &body.to_string()).await
    }
}

/// Holds an answer against the sentence about one field.
fn assert_refused(answer: &Answer, field: &str, sentence: &str) {
    let body = json!({"message": sentence, "attributes": [field]});
    assert_eq!((answer.status.as_u16(), answer.json()), (422, body));
}

async fn texts_have_their_limits(engine: Engine) {
    let shop = Shop::open(engine).await;
    let address = |n: usize| format!("{}@b.test", "a".repeat(n - 7));
    let text = |n: usize| "é".repeat(n);
    for (field, max, sentence) in [
        ("name", 255, "Name is too long (maximum is 255 characters)"),
        ("domain", 100, "Domain is too long (maximum is 100 characters)"),
    ] {
        let made = shop.make(&json!({field: text(max)})).await;
        assert_eq!((made.status.as_u16(), made.at(&format!("/{field}"))), (200, json!(text(max))));
        assert_refused(&shop.make(&json!({field: text(max + 1)})).await, field, sentence);
        let path = format!("/accounts/{}", made.at("/id"));
        let body = json!({field: text(max + 1)}).to_string();
        assert_refused(&shop.call("PATCH", &path, &body).await, field, sentence);
        assert_eq!(shop.call("GET", &path, "").await.text, made.text);
    }
    assert_eq!(shop.make(&json!({"support_email": address(255)})).await.status, 200);
    let long = shop.make(&json!({"support_email": address(256)})).await;
    assert_eq!((long.status.as_u16(), long.at("/attributes")), (422, json!(["support_email"])));
}

async fn a_support_email_is_an_address(engine: Engine) {
    let shop = Shop::open(engine).await;
    for good in ["help@shop.test", "Shop <help@shop.test>", "\"The Shop\" <help@shop.test>"] {
        let made = shop.make(&json!({"support_email": good})).await;
        assert_eq!((made.status.as_u16(), made.at("/support_email")), (200, json!(good)));
    }
    for bad in ["help", "help@", "Shop <help>", "a@b.test, c@d.test"] {
        let refused = shop.make(&json!({"support_email": bad})).await;
        assert_refused(&refused, "support_email", "Support email is not a valid email address");
    }
    // Without one of its own the account has the installation's.
    for none in [json!({}), json!({"support_email": null}), json!({"support_email": " "})] {
        assert_eq!(shop.make(&none).await.at("/support_email"), "Rollcall <care@rollcall.test>");
    }
    let made = shop.make(&json!({"support_email": "help@shop.test"})).await;
    let path = format!("/accounts/{}", made.at("/id"));
    assert_eq!(shop.call("PATCH", &path, r#"{"name":"b"}"#).await.at("/support_email"), "help@shop.test");
    let cleared = shop.call("PATCH", &path, r#"{"support_email":""}"#).await;
    assert_eq!(cleared.at("/support_email"), "Rollcall <care@rollcall.test>");
}

async fn every_known_locale_is_taken_and_no_other(engine: Engine) {
    let shop = Shop::open(engine).await;
    let path = format!("/accounts/{}", shop.account("a").await);
    let known = "en ar nl fr de it ja ko pt ru es ml ca el pt_BR ro ta fa zh_TW vi da tr cs fi id sv hu no zh_CN pl sk uk \
                 th lv is he lt sr bg et";
    for locale in known.split(' ') {
        let changed = shop.call("PATCH", &path, &json!({"locale": locale}).to_string()).await;
        assert_eq!((changed.status.as_u16(), changed.at("/locale")), (200, json!(locale)));
    }
    for (field, bad) in [
        ("Locale", json!({"locale": "EN"})),
        ("Locale", json!({"locale": "pt-BR"})),
        ("Locale", json!({"locale": "xx"})),
        ("Locale", json!({"locale": 3})),
        ("Status", json!({"status": "closed"})),
        ("Status", json!({"status": "Active"})),
        ("Status", json!({"status": 1})),
        ("Status", json!({"status": false})),
    ] {
        let sentence = format!("{field} is not included in the list");
        let field = field.to_lowercase();
        assert_refused(&shop.call("PATCH", &path, &bad.to_string()).await, &field, &sentence);
        assert_refused(&shop.make(&bad).await, &field, &sentence);
    }
    for nothing in [
        json!({"locale": null, "status": null}),
        json!({"locale": "", "status": ""}),
        json!({"locale": ["da"]}),
    ] {
        let same = shop.call("PATCH", &path, &nothing.to_string()).await;
        assert_eq!((same.at("/locale"), same.at("/status")), (json!("et"), json!("active")));
        assert_eq!(shop.make(&nothing).await.at("/locale"), "en");
    }
}

async fn features_are_incremental(engine: Engine) {
    let shop = Shop::open(engine).await;
    let made = shop.make(&json!({"features": {"crm": true, "labels": false}})).await;
    let features =
        r#""features":{"agent_management":true,"crm":true,"help_center":true,"inbox_management":true},"#;
    assert!(made.text.contains(features), "{}", made.text);
    let path = format!("/accounts/{}", made.at("/id"));
    let patch = async |features: Value| {
        let answer = shop.call("PATCH", &path, &json!({"features": features}).to_string()).await;
        let on = answer.at("/features");
        let names: Vec<_> = on.as_object().unwrap().keys().cloned().collect();
        assert!(on.as_object().unwrap().values().all(|value| *value == json!(true)), "{on}");
        names.join(" ")
    };
    let all = json!({"agent_management": null, "help_center": "", "inbox_management": false, "crm": " "});
    assert_eq!(patch(all).await, "");
    assert_eq!(patch(json!({"sla": "false", "reports": 0, "macros": "yes"})).await, "macros reports sla");
    assert_eq!(patch(json!({})).await, "macros reports sla");
    assert_eq!(patch(json!({"macros": [], "reports": {}, "crm": true})).await, "crm sla");
    for bad in [json!({"teleport": true}), json!({"teleport": false}), json!({"crm": false, "": true})] {
        let answer = shop.call("PATCH", &path, &json!({"features": bad}).to_string()).await;
        assert_refused(&answer, "features", "Features is not included in the list");
        assert_refused(
            &shop.make(&json!({"features": bad})).await,
            "features",
            "Features is not included in the list",
        );
    }
    assert_eq!(patch(json!({})).await, "crm sla");
}

async fn limits_are_numbers_of_known_things(engine: Engine) {
    let shop = Shop::open(engine).await;
    let all =
        json!({"agents": 5, "inboxes": 0, "captain_responses": -1, "captain_documents": 2.5, "emails": 1e3});
    let made = shop.make(&json!({"limits": all})).await;
    assert_eq!((made.status.as_u16(), made.at("/limits")), (200, all));
    let path = format!("/accounts/{}", made.at("/id"));
    for bad in [
        json!({"agents": "5"}),
        json!({"agents": null}),
        json!({"agents": true}),
        json!({"agents": [5]}),
        json!({"agents": {}}),
        json!({"seats": 5}),
        json!({"agents": 5, "": 1}),
    ] {
        assert_refused(&shop.make(&json!({"limits": bad})).await, "limits", "Limits : Invalid data");
        let answer = shop.call("PATCH", &path, &json!({"limits": bad}).to_string()).await;
        assert_refused(&answer, "limits", "Limits : Invalid data");
    }
    assert_eq!(shop.call("GET", &path, "").await.text, made.text);
    // A change replaces them.
    assert_eq!(
        shop.call("PATCH", &path, r#"{"limits":{"agents":7}}"#).await.at("/limits"),
        json!({"agents": 7})
    );
    assert_eq!(shop.call("PATCH", &path, r#"{"limits":{}}"#).await.at("/limits"), json!({}));
}

async fn documents_are_kept_to_the_byte(engine: Engine) {
    let shop = Shop::open(engine).await;
    let kept = r#""custom_attributes":{"z":1.50,"a":{"b":[null,12345678901234567890]},"é":"\u003cb\u003e"}"#;
    let body = format!(r#"{{"name":"a", {}}}"#, kept.replace(":{", " : { "));
    let made = shop.call("POST", "/accounts", &body).await;
    assert!(made.text.contains(kept), "{}", made.text);
    let path = format!("/accounts/{}", made.at("/id"));
    let changed = shop.call("PUT", &path, r#"{"custom_attributes":{"n":null}}"#).await;
    assert_eq!(changed.at("/custom_attributes"), json!({"n": null}), "replaced, not merged");
    let odd = [
        r#"{"custom_attributes":{"a":1,"a":2}}"#,
        r#"{"custom_attributes":{"a":"\u0000"}}"#,
        "{",
        r#"{"limits":{"agents":1e999}}"#,
    ];
    for body in odd {
        let refused = shop.call("PATCH", &path, body).await;
        assert_eq!(outcome(&refused), (400, r#"{"status":400,"error":"Bad Request"}"#), "{body}");
    }
    assert_eq!(shop.call("GET", &path, "").await.text, changed.text);
}

async fn what_is_of_a_wrong_kind_is_not_there(engine: Engine) {
    let shop = Shop::open(engine).await;
    let full = json!({"domain": "shop.test", "limits": {"agents": 1}, "custom_attributes": {"a": 1}});
    let made = shop.make(&full).await;
    let path = format!("/accounts/{}", made.at("/id"));
    let before = shop.traces().await;
    for odd in [
        json!({"name": ["x"], "domain": {}, "limits": "x", "custom_attributes": [1], "features": ["crm"]}),
        json!({"limits": null, "custom_attributes": null, "features": null}),
        json!({"id": 1, "created_at": 1, "nothing": true}),
        json!({}),
        json!([]),
    ] {
        let same = shop.call("PATCH", &path, &odd.to_string()).await;
        assert_eq!(outcome(&same), (200, made.text.as_str()), "{odd}");
    }
    assert_eq!(shop.traces().await, before, "nothing has changed, so nothing is told");
    let cleared = shop.call("PATCH", &path, r#"{"domain":null}"#).await;
    assert_eq!(cleared.at("/domain"), json!(null));
}
