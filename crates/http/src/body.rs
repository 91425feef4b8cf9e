//! Bodies: read with a limit and a deadline, and taken apart one level deep.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// How long a client may take to send a whole body.
const DEADLINE: Duration = Duration::from_secs(15);

/// Why a body cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBody {
    /// More bytes than allowed.
    TooLarge,
    /// The client stopped sending, or took too long.
    Incomplete,
    /// Labelled as something other than JSON.
    ContentType,
    /// Not JSON, or not UTF-8.
    Syntax,
    /// JSON, but no object.
    NotAnObject,
    /// The object holds a member twice.
    DuplicateMember,
}

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// [`BadBody::TooLarge`] or [`BadBody::Incomplete`].
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, BadBody> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(BadBody::TooLarge);
    }
    match tokio::time::timeout(DEADLINE, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BadBody::TooLarge),
        Ok(Err(_)) | Err(_) => Err(BadBody::Incomplete),
    }
}

/// Whether a body, if there is one, claims to be JSON. No claim at all is taken for one.
#[must_use]
pub fn claims_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let Ok(text) = value.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.is_empty() || essence == "application/json" || essence.ends_with("+json")
}

/// The members of a JSON object, values untouched.
#[derive(Debug, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Takes a body apart. An empty body has no members; so has `[]`, which is how PHP writes an empty object.
    ///
    /// # Errors
    /// [`BadBody`] when it is no JSON object or is labelled as something else.
    pub fn parse(headers: &HeaderMap, body: &'a [u8]) -> Result<Self, BadBody> {
        let text = std::str::from_utf8(body).map_err(|_| BadBody::Syntax)?;
        if text.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        if !claims_json(headers) {
            return Err(BadBody::ContentType);
        }
        match text.trim_ascii_start().as_bytes().first() {
            Some(b'{') => serde_json::from_str(text).map_err(|error| {
                if error.is_data() {
                    BadBody::DuplicateMember
                } else {
                    BadBody::Syntax
                }
            }),
            _ => match serde_json::from_str::<&RawValue>(text) {
                Ok(value) if value.get().trim_matches(['[', ']', ' ', '\t', '\r', '\n']).is_empty() => {
                    Ok(Self::default())
                }
                Ok(_) => Err(BadBody::NotAnObject),
                Err(_) => Err(BadBody::Syntax),
            },
        }
    }

    /// The member of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct OneLevel;
        impl<'de> Visitor<'de> for OneLevel {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some(CowStr(key)) = map.next_key()? {
                    if fields.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom("duplicate member"));
                    }
                    fields.push((key, map.next_value()?));
                }
                Ok(Fields(fields))
            }
        }
        source.deserialize_map(OneLevel)
    }
}

/// Serde borrows into a `Cow` only through this attribute.
#[derive(Deserialize)]
struct CowStr<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn parse(body: &[u8]) -> Result<usize, BadBody> {
        Fields::parse(&HeaderMap::new(), body).map(|fields| fields.0.len())
    }

    #[test]
    fn an_object_is_taken_apart() {
        let fields = Fields::parse(&HeaderMap::new(), br#" {"a":{"b":[1, 2]},"\u00e9":null}"#).unwrap();
        assert_eq!(fields.get("a").unwrap().get(), r#"{"b":[1, 2]}"#);
        assert_eq!(fields.get("é").unwrap().get(), "null");
        assert!(fields.get("b").is_none());
    }

    #[test]
    fn nothing_and_the_empty_list_of_php_are_empty_objects() {
        for body in ["", "  \n", "[]", "[ ]", "{}"] {
            assert_eq!(parse(body.as_bytes()), Ok(0), "{body:?}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let deep = "[".repeat(30_000);
        let cases: [(&[u8], BadBody); 10] = [
            (b"{", BadBody::Syntax),
            (b"{\"a\":1,}", BadBody::Syntax),
            (b"{\"a\":1} x", BadBody::Syntax),
            (b"{\"a\":\"\xff\"}", BadBody::Syntax),
            (b"{\"a\":\0}", BadBody::Syntax),
            (deep.as_bytes(), BadBody::Syntax),
            (b"[1]", BadBody::NotAnObject),
            (b"\"x\"", BadBody::NotAnObject),
            (b"null", BadBody::NotAnObject),
            (b"{\"a\":1,\"\\u0061\":2}", BadBody::DuplicateMember),
        ];
        for (body, expected) in cases {
            assert_eq!(parse(body), Err(expected), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn only_json_is_taken_for_json() {
        let mut headers = HeaderMap::new();
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/vnd.api+json", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
        ] {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            assert_eq!(claims_json(&headers), expected, "{value}");
            // What is not sent needs no label.
            assert!(Fields::parse(&headers, b"").is_ok());
        }
    }
}
