//! Bodies: read with a limit and a deadline, and taken apart one level deep.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
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

/// A body that arrived whole.
#[derive(Clone, Debug)]
pub struct Payload {
    bytes: Bytes,
    /// Whether its label, if it has one, says JSON.
    json: bool,
}

impl Payload {
    /// Reads the body of a request, at most `limit` bytes.
    ///
    /// # Errors
    /// [`BadBody::TooLarge`] or [`BadBody::Incomplete`].
    pub async fn read(request: Request, limit: usize) -> Result<Self, BadBody> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, limit).await?;
        Ok(Self { bytes, json: claims_json(&parts.headers) })
    }

    /// The members of the JSON object that the body is. An empty body has no members; so has `[]`, which is how PHP
    /// writes an empty object.
    ///
    /// # Errors
    /// [`BadBody`] when it is no JSON object or is labelled as something else.
    pub fn fields(&self) -> Result<Fields<'_>, BadBody> {
        Fields::parse(&self.bytes, self.json)
    }
}

async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, BadBody> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(BadBody::TooLarge);
    }
    let mut whole = pin!(Limited::new(body, limit).collect());
    // Most bodies have arrived with their heads; only the others are worth a timer.
    let arrived = match poll_fn(|cx| Poll::Ready(whole.as_mut().poll(cx))).await {
        Poll::Ready(arrived) => arrived,
        Poll::Pending => tokio::time::timeout(DEADLINE, whole).await.map_err(|_| BadBody::Incomplete)?,
    };
    match arrived {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BadBody::TooLarge),
        Err(_) => Err(BadBody::Incomplete),
    }
}

/// Whether a body, if there is one, claims to be JSON. No claim at all is taken for one.
fn claims_json(headers: &HeaderMap) -> bool {
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
    /// Takes a JSON object apart.
    ///
    /// # Errors
    /// As [`Payload::fields`].
    pub fn parse(body: &'a [u8], claims_json: bool) -> Result<Self, BadBody> {
        let text = std::str::from_utf8(body).map_err(|_| BadBody::Syntax)?;
        if text.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        if !claims_json {
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
        Fields::parse(body, true).map(|fields| fields.0.len())
    }

    #[test]
    fn an_object_is_taken_apart() {
        let fields = Fields::parse(br#" {"a":{"b":[1, 2]},"\u00e9":null}"#, true).unwrap();
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
            assert!(Fields::parse(b"", expected).is_ok());
        }
    }
}
