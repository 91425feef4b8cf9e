//! Bodies, paths and queries that no honest client sends: always a 4xx, nothing written.

use rollcall_testkit::Engine;

use crate::shop::{Shop, outcome, paths, refused};

rollcall_testkit::on_both_engines! {
    bodies_that_are_no_json_object,
    bodies_with_a_wrong_label,
    paths_that_name_no_user,
    queries_that_are_no_text,
}

/// Operations that take a body, with a path at which one would do something.
const WRITES: [(&str, &str); 5] = [
    ("POST", "/v3/users"),
    ("PUT", "/v3/users"),
    ("DELETE", "/v3/users"),
    ("PUT", "/v3/users/mira"),
    ("DELETE", "/v3/users/mira"),
];

async fn bodies_that_are_no_json_object(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let before = shop.ledger().await;
    let open = "[".repeat(30_000);
    let closed = format!("{}{}", "[".repeat(16_000), "]".repeat(16_000));
    let objects = "{\"a\":".repeat(6_000);
    let utf16: Vec<u8> = "{\"name\":\"x\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bodies: [&[u8]; 36] = [
        b"{",
        b"}",
        b"{}{}",
        b"{}x",
        b"{},",
        b"{\"name\"}",
        b"{\"name\":}",
        b"{\"name\":\"x\",}",
        b"{name:\"x\"}",
        b"{'name':'x'}",
        b"{\"name\":NaN}",
        b"{\"name\":Infinity}",
        b"{\"name\":01}",
        b"{\"name\":+1}",
        b"{\"name\":\"x\ny\"}",
        b"{\"name\":\"\\x41\"}",
        b"{\"name\":\"\\u12\"}",
        b"// c\n{}",
        b"\xef\xbb\xbf{\"name\":\"x\"}",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":\"\xc0\xaf\"}",
        b"{\"name\":\"\xed\xa0\x80\"}",
        b"{\"name\":\"a\0b\"}",
        b"{\"name\":\"x\"}\0",
        b"\0",
        b"{\"name\":\"x\",\"name\":\"y\"}",
        b"{\"name\":\"x\",\"n\\u0061me\":\"y\"}",
        b"{\"\\ud800\":1}",
        b"null",
        b"7",
        b"\"{}\"",
        b"[{}]",
        open.as_bytes(),
        closed.as_bytes(),
        objects.as_bytes(),
        &utf16,
    ];
    for (method, path) in WRITES {
        for body in bodies {
            let label = [("content-type", "application/json")];
            let answer = shop.send(method, path, &label, body.to_vec()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert_eq!(outcome(&answer), refused(400, "ERR_BAD_REQUEST"), "{method} {path} {shown}");
            assert_eq!(paths(&answer), Vec::<String>::new(), "{method} {path} {shown}");
            assert_eq!(shop.ledger().await, before, "{method} {path} {shown}");
        }
    }
}

async fn bodies_with_a_wrong_label(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let before = shop.ledger().await;
    for (method, path) in WRITES {
        for (label, body) in [
            ("text/plain", r#"{"name":"x","permanent":true}"#),
            ("application/xml", r#"{"name":"x","permanent":true}"#),
            ("application/jsonp", r#"{"name":"x","permanent":true}"#),
            ("application/json, text/plain", r#"{"name":"x","permanent":true}"#),
            ("json", r#"{"name":"x","permanent":true}"#),
            ("application/x-www-form-urlencoded", "name=x&permanent=true"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--",
            ),
        ] {
            let answer = shop.send(method, path, &[("content-type", label)], body).await;
            assert_eq!(outcome(&answer), refused(400, "ERR_BAD_REQUEST"), "{method} {path} {label}");
        }
        // A form under the label of JSON, or under none.
        for headers in [&[][..], &[("content-type", "application/json")]] {
            let answer = shop.send(method, path, headers, "name=x&permanent=true").await;
            assert_eq!(outcome(&answer), refused(400, "ERR_BAD_REQUEST"), "{method} {path} {headers:?}");
        }
    }
    assert_eq!(shop.ledger().await, before);
    // What may stand on a label of JSON, and no label at all.
    for (name, headers) in [
        ("none", &[][..]),
        ("charset", &[("content-type", "application/json;charset=UTF-8")]),
        ("capitals", &[("Content-Type", "APPLICATION/JSON")]),
        ("suffix", &[("content-type", "application/vnd.api+json")]),
    ] {
        let answer = shop
            .send("PUT", "/v3/users/mira", headers, format!(r#"{{"name":"{name}"}}"#))
            .await;
        assert_eq!(answer.at("/data/name"), name, "{}", answer.text);
    }
    // Nothing is no form, whatever its label says.
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(shop.send("DELETE", "/v3/users/mira", &form, "").await.status, 200);
}

async fn paths_that_name_no_user(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let before = shop.ledger().await;
    let long = "m".repeat(101);
    let very_long = "%41".repeat(5000);
    let names = [
        "%ff",
        "%c3",
        "%00",
        "mira%00",
        "%20",
        "mira%20",
        "+",
        "mira+",
        "a%2Fb",
        "..%2Fmira",
        "%2e%2e",
        "a.b",
        "*",
        "mira*",
        "%25",
        "%",
        "%zz",
        "mira;v=1",
        "mira,leo",
        "@mira",
        "{uid}",
        ":uid",
        "%C3%A9",
        "m%C3%ADra",
        "%F0%9F%A6%80",
        "'--",
        "%22",
        "%3Cscript%3E",
        "null%0a",
        &long,
        &very_long,
    ];
    for name in names {
        for (method, body) in [
            ("GET", ""),
            ("PUT", r#"{"name":"x"}"#),
            ("DELETE", ""),
            ("DELETE", r#"{"permanent":true}"#),
        ] {
            let answer = shop.call(method, &format!("/v3/users/{name}"), body).await;
            assert_eq!(
                outcome(&answer),
                refused(404, "ERR_UID_NOT_FOUND"),
                "{method} {name:.40}: {}",
                answer.text
            );
        }
        assert_eq!(shop.ledger().await, before, "{name:.40}");
    }
    // A body's faults are told before the user's absence, for impossible uids as for unknown ones.
    for name in ["ghost", "no.uid", "%ff"] {
        let answer = shop.call("PUT", &format!("/v3/users/{name}"), r#"{"name":7}"#).await;
        assert_eq!(paths(&answer), ["name"], "{name}: {}", answer.text);
    }
    // The same uid, written otherwise.
    assert_eq!(shop.call("GET", "/v3/users/%4Dir%61", "").await.at("/data/uid"), "mira");
}

async fn queries_that_are_no_text(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    for (query, path) in [
        ("searchKey=%ff", "searchKey"),
        ("searchKey=a%00b", "searchKey"),
        ("searchKey=%ED%A0%80", "searchKey"),
        ("tags[]=%c3", "tags"),
        ("tags[3]=%00", "tags"),
        ("unknown=%ff", "unknown"),
        ("%ff=1", "%ff"),
        ("%00", "%00"),
        ("page=%ff", "page"),
        ("status=Available", "status"),
        ("status=offline%2Cavailable", "status"),
        ("searchIn=name,email", "searchIn.1"),
        ("searchIn[]=", ""),
        ("count=2", "count"),
        ("withTags=yes", "withTags"),
    ] {
        let answer = shop.call("GET", &format!("/v3/users?{query}"), "").await;
        if path.is_empty() {
            assert_eq!(answer.status, 200, "{query}");
            continue;
        }
        assert_eq!(outcome(&answer), refused(400, "ERR_BAD_REQUEST"), "{query}");
        assert_eq!(paths(&answer), [path], "{query}: {}", answer.text);
    }
    // Odd, but text: they find nobody, and nothing breaks.
    for query in [
        "searchKey=%F0%9F%A6%80",
        "searchKey=%F4%8F%BF%BF",
        "searchKey='%20or%201=1--",
        "searchKey=%5C",
        "tags=%F4%8F%BF%BF,%22",
        "roles='",
        "role=%C3%A9",
        "tags=*",
        "searchKey=%EF%BF%BF",
    ] {
        let answer = shop.call("GET", &format!("/v3/users?{query}"), "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.at("/data")),
            (200, serde_json::json!([])),
            "{query}: {}",
            answer.text
        );
    }
}
