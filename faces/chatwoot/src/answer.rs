//! Answers as the vendor writes them: JSON, labelled with its character set, and without `&`, `<`, `>` in its bytes.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use rollcall_http::answer::json_text;
use serde::Serialize;

use crate::fault::Fault;

/// What a handler answers.
pub(crate) type Answer = Result<Response, Fault>;

/// A value.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    // Only a value whose own serialisation fails ends in nothing, and ours have none.
    let text = serde_json::to_string(value).unwrap_or_default();
    labelled(json_text(status, escaped(text)))
}

/// A value, with success.
pub(crate) fn ok(value: &impl Serialize) -> Response {
    json(StatusCode::OK, value)
}

/// Something was done, and nothing is said about it.
pub(crate) fn done() -> Response {
    labelled(json_text(StatusCode::OK, ""))
}

fn labelled(mut response: Response) -> Response {
    let content_type = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    // Records show access tokens, and the header with the caller's token is none that caches know.
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// In JSON these characters stand in strings only, so that they can be replaced wherever they are (reference §2).
fn escaped(text: String) -> String {
    if !text.contains(['&', '<', '>', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 32);
    for character in text.chars() {
        match character {
            '&' => safe.push_str("\\u0026"),
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_could_take_for_markup_is_escaped() {
        assert_eq!(escaped(r#"{"é":"a"}"#.to_owned()), r#"{"é":"a"}"#);
        assert_eq!(escaped("{\"a&b\":\"<\u{2028}>\"}".to_owned()), r#"{"a\u0026b":"\u003c\u2028\u003e"}"#);
    }
}
