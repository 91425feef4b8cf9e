//! Requests in every form, whole and broken.

use axum::body::Body;
use futures_util::stream;
use http::Request as Builder;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=B";
const LIMITS: Limits = Limits { text: 200, file: 100 };

fn request(uri: &str, label: Option<&str>, body: impl Into<Body>) -> Request {
    let mut builder = Builder::builder().method("POST").uri(uri);
    if let Some(label) = label {
        builder = builder.header(header::CONTENT_TYPE, label);
    }
    builder.body(body.into()).unwrap()
}

async fn read(label: &str, body: impl Into<Body>) -> Result<Params, BadParams> {
    Params::read(request("/", Some(label), body), LIMITS).await
}

/// All fields as one JSON text.
fn shown(params: &Params) -> String {
    serde_json::to_string(&params.fields).unwrap()
}

/// A multipart body of these parts, each with its parameters of the disposition.
fn parts(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (parameters, content) in parts {
        let head = format!("--B\r\nContent-Disposition: form-data; {parameters}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--B--\r\n");
    body
}

#[tokio::test]
async fn json_stays_as_it_was_written() {
    for label in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.api+json",
        "text/x-json",
    ] {
        let body = r#" {"a":1.50e+3, "b":{"x": [1, null]},"c":"\u00e9","d":null,"a[b]":true} "#;
        let params = read(label, body).await.unwrap();
        for (name, expected) in [
            ("a", Some("1.50e+3")),
            ("b", Some(r#"{"x": [1, null]}"#)),
            ("c", Some(r#""\u00e9""#)),
            ("d", Some("null")),
            ("a[b]", Some("true")),
            ("e", None),
        ] {
            assert_eq!(params.get(name).map(RawValue::get), expected, "{label}: {name}");
        }
    }
}

#[tokio::test]
async fn the_last_member_of_a_name_counts() {
    let params = read("application/json", r#"{"a":1,"\u0061":2,"b":3}"#).await.unwrap();
    assert_eq!(shown(&params), r#"{"a":2,"b":3}"#);
}

#[tokio::test]
async fn a_form_is_decoded() {
    let body = "name=Mira+Kova%C4%8D%21&custom_attributes[plan]=gold&custom_attributes%5Bseats%5D=3\
                &features[x]=true&list[]=a&list[]=b%26c&flag&&=lost&q=a=b&a=1&a=2";
    let params = read(&format!("{FORM}; charset=UTF-8"), body).await.unwrap();
    assert_eq!(
        shown(&params),
        r#"{"a":"2","custom_attributes":{"plan":"gold","seats":"3"},"features":{"x":"true"},"#.to_owned()
            + r#""flag":null,"list":["a","b&c"],"name":"Mira Kovač!","q":"a=b"}"#
    );
}

#[tokio::test]
async fn the_query_string_wins_over_the_body() {
    let cases: [(&str, &[u8]); 3] = [
        ("application/json", br#"{"a":1,"b":{"x":1}}"#),
        (FORM, b"a=1&b[x]=1"),
        (MULTIPART, &parts(&[("name=a", b"1"), ("name=\"b[x]\"", b"1")])),
    ];
    for (label, body) in cases {
        let request = request("/x?b[y]=2&c=%C3%A9", Some(label), body.to_vec());
        let params = Params::read(request, LIMITS).await.unwrap();
        assert_eq!(params.get("a").map(|a| a.get().trim_matches('"')), Some("1"), "{label}");
        assert_eq!(params.get("b").map(RawValue::get), Some(r#"{"y":"2"}"#), "{label}");
        assert_eq!(params.get("c").map(RawValue::get), Some(r#""é""#), "{label}");
    }
}

#[tokio::test]
async fn what_has_no_fields_has_none() {
    for (label, body) in [
        (None, ""),
        (None, r#"{"a":1}"#),
        (None, "a=1"),
        (Some(""), "a=1"),
        (Some("text/plain"), "a=1"),
        (Some("multipart/mixed; boundary=B"), "--B--"),
        (Some("application/json"), ""),
        (Some("application/json"), " \r\n"),
        (Some("application/json"), "{}"),
        (Some("application/json"), "[{\"a\":1}]"),
        (Some("application/json"), "\"a\""),
        (Some("application/json"), "null"),
        (Some(FORM), ""),
        (Some(FORM), "&&"),
        (Some(MULTIPART), ""),
        (Some("multipart/form-data"), ""),
        (Some(MULTIPART), "--B--\r\n"),
    ] {
        let params = Params::read(request("/", label, body), LIMITS).await.unwrap();
        assert_eq!(shown(&params), "{}", "{label:?}: {body}");
        assert!(params.files.is_empty());
    }
}

#[tokio::test]
async fn what_is_malformed_is_refused() {
    let part = |content| parts(&[("name=a", content)]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("application/json", b"{".to_vec()),
        ("application/json", b"{\"a\":1,}".to_vec()),
        ("application/json", b"{\"a\":1} x".to_vec()),
        ("application/json", b"[1".to_vec()),
        ("application/json", b"{\"a\":\"\xff\"}".to_vec()),
        ("application/json", b"{\"a\":\"\0\"}".to_vec()),
        ("application/json", br#"{"a":"\u0000"}"#.to_vec()),
        ("application/json", br#"{"a":{"b":["\\\u0000"]}}"#.to_vec()),
        ("application/json", br#"{"\u0000":1}"#.to_vec()),
        ("application/json", br#"{"\ud800":1}"#.to_vec()),
        (FORM, b"a=\xff".to_vec()),
        (FORM, b"a=%ff".to_vec()),
        (FORM, b"a=\0".to_vec()),
        (FORM, b"a=%00".to_vec()),
        (FORM, b"%00=a".to_vec()),
        (FORM, b"a=%".to_vec()),
        (FORM, b"a=%4".to_vec()),
        (FORM, b"a=%4g".to_vec()),
        (FORM, b"a=%+1".to_vec()),
        (FORM, b"%zz=1".to_vec()),
        (FORM, b"a=1&a[b]=2".to_vec()),
        (MULTIPART, part(b"\xff")),
        (MULTIPART, part(b"x\0")),
        (MULTIPART, parts(&[("name=\"a\0\"", b"1")])),
        (MULTIPART, parts(&[("name=a; filename=\"\0\"", b"1")])),
        (MULTIPART, b"a=1".to_vec()),
        (MULTIPART, b"--B".to_vec()),
        (MULTIPART, part(b"1")[..40].to_vec()),
        (MULTIPART, b"--B\r\nno header\r\n\r\n1\r\n--B--".to_vec()),
        (MULTIPART, part(b"1").strip_suffix(b"--B--\r\n").unwrap().to_vec()),
        ("multipart/form-data", part(b"1")),
        ("multipart/form-data; boundary=C", part(b"1")),
        (MULTIPART, parts(&[("name=a", b"1"), ("name=\"a[b]\"", b"2")])),
    ];
    for (label, body) in cases {
        let shown = String::from_utf8_lossy(&body).into_owned();
        assert_eq!(read(label, body).await.err(), Some(BadParams::Malformed), "{label}: {shown}");
    }
    for uri in ["/?a=%ff", "/?a=%0", "/?a=1&a[b]=2"] {
        let read = Params::read(request(uri, None, ""), LIMITS).await;
        assert_eq!(read.err(), Some(BadParams::Malformed), "{uri}");
    }
}

#[tokio::test]
async fn an_escaped_backslash_is_no_nul() {
    let body = r#"{"a":"\\u0000","b":"\\\\u0000"}"#;
    assert_eq!(shown(&read("application/json", body).await.unwrap()), body);
}

#[tokio::test]
async fn multipart_has_fields_and_files() {
    let body = parts(&[
        ("name=\"name\"", "Bó\r\nt".as_bytes()),
        ("name=\"custom_attributes[plan]\"", b"gold"),
        ("name=\"empty\"", b""),
        ("name=\"avatar\"; filename=\"a b.png\"\r\nContent-Type: image/png", b"\x89PNG\0\xff"),
        ("name=\"none\"; filename=\"\"\r\nContent-Type: application/octet-stream", b""),
        ("name=\"starred\"; filename*=UTF-8''%e2%82%ac.png", b"\xff"),
        ("name=\"odd\";FileName=x", b"\xff"),
        ("filename=\"nameless\"", b"\xff"),
    ]);
    let limits = Limits { text: 200, file: 2000 };
    let params = Params::read(request("/", Some(MULTIPART), body), limits).await.unwrap();
    assert_eq!(shown(&params), r#"{"custom_attributes":{"plan":"gold"},"empty":"","name":"Bó\r\nt"}"#);
    let avatar = params.file("avatar").unwrap().unwrap();
    assert_eq!(avatar.name.as_deref(), Some("a b.png"));
    assert_eq!(avatar.content_type.as_deref(), Some("image/png"));
    assert_eq!(&avatar.bytes[..], b"\x89PNG\0\xff");
    for name in ["starred", "odd"] {
        let unnamed = File {
            name: None,
            content_type: None,
            bytes: Bytes::from_static(b"\xff"),
        };
        assert_eq!(params.file(name), Ok(Some(&unnamed)), "{name}");
    }
    for name in ["none", "name", "nothing"] {
        assert_eq!(params.file(name), Ok(None), "{name}");
    }
}

#[tokio::test]
async fn a_body_is_limited_at_its_edge() {
    let json = |length| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
    let form = |length| format!("a={}", "x".repeat(length - 2));
    let field = |length| parts(&[("name=a", "x".repeat(length - 1).as_bytes())]);
    let (edge, over) = (LIMITS.text, LIMITS.text + 1);
    for (label, fits, exceeds) in [
        ("application/json", json(edge).into_bytes(), json(over).into_bytes()),
        (FORM, form(edge).into_bytes(), form(over).into_bytes()),
        (MULTIPART, field(edge), field(over)),
        ("text/plain", form(edge).into_bytes(), form(over).into_bytes()),
    ] {
        assert!(read(label, fits.clone()).await.is_ok(), "{label}");
        assert_eq!(read(label, exceeds.clone()).await.err(), Some(BadParams::TooLarge), "{label}");

        // Also when it has arrived before.
        for (body, expected) in [(fits, None), (exceeds, Some(BadParams::TooLarge))] {
            let mut request = request("/", Some(label), body);
            assert!(!arrive(&mut request, LIMITS).await);
            assert_eq!(Params::read(request, LIMITS).await.err(), expected, "{label}");
        }
    }
}

#[tokio::test]
async fn a_file_is_limited_at_its_edge() {
    for (length, expected) in [(LIMITS.file, Ok(Some(LIMITS.file))), (LIMITS.file + 1, Err(FileTooLarge))] {
        let content = vec![b'x'; length];
        let body = parts(&[("name=avatar; filename=a", &content), ("name=a", b"1")]);
        let params = read(MULTIPART, body).await.unwrap();
        assert_eq!(params.file("avatar").map(|file| file.map(|file| file.bytes.len())), expected);
        assert_eq!(shown(&params), r#"{"a":"1"}"#);
    }
    let far_over = parts(&[("name=avatar; filename=a", &vec![b'x'; LIMITS.file + LIMITS.text + FRAME])]);
    assert_eq!(read(MULTIPART, far_over).await.err(), Some(BadParams::TooLarge));
}

#[tokio::test]
async fn parts_are_counted() {
    for (count, expected) in [(1000, None), (1001, Some(BadParams::Malformed))] {
        let body = parts(&vec![("filename=x", &b""[..]); count]);
        assert_eq!(read(MULTIPART, body).await.err(), expected, "{count}");
    }
}

#[tokio::test]
async fn a_body_that_was_let_in_for_more_is_still_too_large() {
    let mut request = request("/", Some(FORM), format!("a={}", "x".repeat(LIMITS.text)));
    arrive(&mut request, Limits { text: 4 * LIMITS.text, file: 0 }).await;
    assert_eq!(Params::read(request, LIMITS).await.err(), Some(BadParams::TooLarge));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_incomplete() {
    let frames = [Ok(Bytes::from_static(b"a=1")), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(stream::iter(frames));
    assert_eq!(read(FORM, body).await.err(), Some(BadParams::Incomplete));
}

#[tokio::test]
async fn a_body_in_pieces_is_one_body() {
    let whole = parts(&[("name=avatar; filename=a", b"\r\n--A\r\n--"), ("name=a", b"1")]);
    let pieces: Vec<_> = whole.iter().map(|byte| Ok::<_, std::io::Error>(vec![*byte])).collect();
    let params = read(MULTIPART, Body::from_stream(stream::iter(pieces))).await.unwrap();
    assert_eq!(&params.file("avatar").unwrap().unwrap().bytes[..], b"\r\n--A\r\n--");
    assert_eq!(shown(&params), r#"{"a":"1"}"#);
}

#[tokio::test]
async fn deep_json_passes_untouched() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
    let limits = Limits { text: deep.len(), file: 0 };
    let params = Params::read(request("/", Some("application/json"), deep.clone()), limits).await;
    assert_eq!(params.unwrap().get("a").unwrap().get(), &deep[5..deep.len() - 1]);
}

/// Strings, objects and lists of strings: what a form can say without doubt.
fn shapes() -> impl Strategy<Value = Value> {
    let text = "[^\0]{0,6}".prop_map(Value::from);
    let list = prop::collection::vec(text.clone(), 1..4).prop_map(Value::from);
    prop_oneof![3 => text, 1 => list].prop_recursive(4, 24, 4, |inner| {
        let members = prop::collection::btree_map("[^\0\\[\\]]{1,4}", inner, 1..4);
        members.prop_map(|members| Value::Object(members.into_iter().collect()))
    })
}

/// The pairs of name and value that stand for a shape.
fn flat(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                flat(&format!("{name}[{key}]"), member, pairs);
            }
        }
        Value::Array(list) => {
            for element in list {
                flat(&format!("{name}[]"), element, pairs);
            }
        }
        text => pairs.push((name.to_owned(), text.as_str().unwrap().to_owned())),
    }
}

fn encoded(text: &str) -> String {
    let escaped = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
    escaped.to_string().replace("%20", "+")
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(key, member)| key.contains('\0') || holds_nul(member)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Pieces of bodies, so that chance gets past the first byte.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "--B",
        "--",
        "\r\n",
        "\r\n\r\n",
        "Content-Disposition: form-data; name=\"a\"",
        "; filename=\"",
        "\"",
        "\\",
        "; name=",
        "filename*=x",
        "Content-Type: text/plain",
        "{",
        "}",
        "[",
        "]",
        "[]",
        "[b]",
        "a",
        "=",
        "&",
        "%",
        "%5B",
        "%00",
        "+",
        "\\u0000",
        ",",
        ":",
        "1",
        "\"a\"",
        "é",
    ]);
    let piece = prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_form_comes_back_as_it_was(
        fields in prop::collection::btree_map("[^\0\\[\\]]{1,4}", shapes(), 0..4)
    ) {
        let mut pairs = Vec::new();
        for (name, value) in &fields {
            flat(name, value, &mut pairs);
        }
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| encoded(name) + "=" + &encoded(value)).collect();
        let read = form::read(pairs.join("&").as_bytes()).unwrap();
        let expected: Vec<_> = fields.into_iter().collect();
        let read: Vec<_> =
            read.into_iter().map(|(name, value)| (name, serde_json::from_str(value.get()).unwrap())).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn no_bytes_do_harm(body in fragments()) {
        let limits = Limits { text: 4000, file: 4000 };
        let mut head = HeaderMap::new();
        head.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(MULTIPART));
        let outcomes = [
            json(&body).map(Params::of),
            form::read(&body).map(Params::of),
            multipart::read(&head, Bytes::from(body), limits),
        ];
        for outcome in outcomes {
            match outcome {
                Ok(params) => {
                    let whole = serde_json::from_str::<Value>(&shown(&params)).unwrap();
                    prop_assert_eq!(whole.as_object().unwrap().len(), params.fields.len());
                    prop_assert!(!holds_nul(&whole));
                }
                Err(bad) => prop_assert_eq!(bad, BadParams::Malformed),
            }
        }
    }
}
