//! Bodies: read with a limit and a deadline, and taken apart one level deep.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Version, header};

use http_body_util::BodyExt;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// How long a client may take to send a small body.
const DEADLINE: Duration = Duration::from_secs(15);

/// Bytes that a client must manage to send in each second beyond that.
const SLOWEST: u64 = 256 * 1024;

/// Bytes beyond the limit that are still read, and thrown away, so that the refusal reaches the client.
const DRAIN: usize = 1 << 20;

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
        let (head, body) = whole(request, limit).await;
        Ok(Self { bytes: body?, json: claims_json(&head.headers) })
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

/// A body that was read before its handler asked for it. Travels in the request's extensions.
#[derive(Clone, Debug)]
struct Arrived(Result<Bytes, BadBody>);

/// Whether a request has a body.
#[must_use]
pub fn is_coming(request: &Request) -> bool {
    !request.body().is_end_stream()
}

/// Tells a client whose body nobody is going to read that the connection ends with this answer. It would end anyway, and
/// a client that is not told sends its next request into the void.
pub fn leave_unread(request: &Request, response: &mut Response) {
    // Later versions have no such header: there only the stream ends.
    if is_coming(request) && request.version() < Version::HTTP_2 {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}

/// Lets the body of a request arrive, at most `limit` bytes, for [`Payload::read`] to find. Answers whether that took
/// time: then what was known about the caller may no longer hold.
pub async fn arrive(request: &mut Request, limit: usize) -> bool {
    let body = std::mem::take(request.body_mut());
    let (outcome, waited) = Box::pin(read(request.headers(), body, limit)).await;
    request.extensions_mut().insert(Arrived(outcome));
    waited
}

/// The head of a request and the bytes of its body, which may have arrived before.
pub(crate) async fn whole(request: Request, limit: usize) -> (Parts, Result<Bytes, BadBody>) {
    let (mut head, body) = request.into_parts();
    let outcome = match head.extensions.remove() {
        Some(Arrived(outcome)) => outcome,
        None => Box::pin(read(&head.headers, body, limit)).await.0,
    };
    (head, outcome)
}

/// The bytes of a body, and whether they had to be waited for.
async fn read(headers: &HeaderMap, body: Body, limit: usize) -> (Result<Bytes, BadBody>, bool) {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > (limit + DRAIN) as u64) {
        return (Err(BadBody::TooLarge), false);
    }
    let mut whole = pin!(collect(body, limit));
    // Most bodies have arrived with their heads; only the others are worth a timer.
    match poll_fn(|cx| Poll::Ready(whole.as_mut().poll(cx))).await {
        Poll::Ready(arrived) => (arrived, false),
        Poll::Pending => {
            let arrived = tokio::time::timeout(deadline(limit), whole).await;
            (arrived.unwrap_or(Err(BadBody::Incomplete)), true)
        }
    }
}

/// How long a client may take to send up to `limit` bytes: pictures are granted more time than fields.
const fn deadline(limit: usize) -> Duration {
    Duration::from_secs(DEADLINE.as_secs() + limit as u64 / SLOWEST)
}

/// Puts a body's parts together. One that is a little too large is read to its end all the same: a connection that is
/// closed on unread bytes is reset, and the client might never see the answer.
async fn collect(mut body: Body, limit: usize) -> Result<Bytes, BadBody> {
    let (mut first, mut whole, mut length) = (Bytes::new(), BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(part) = frame.map_err(|_| BadBody::Incomplete)?.into_data() else {
            continue;
        };
        length += part.len();
        if length > limit + DRAIN {
            return Err(BadBody::TooLarge);
        }
        if length == part.len() {
            // Nearly always the only one: kept as it came, without a copy.
            first = part;
        } else if length <= limit {
            if whole.is_empty() {
                whole.extend_from_slice(&first);
            }
            whole.extend_from_slice(&part);
        }
    }
    match length {
        length if length > limit => Err(BadBody::TooLarge),
        length if length == first.len() => Ok(first),
        _ => Ok(whole.freeze()),
    }
}

/// Whether a body, if there is one, claims to be JSON. No claim at all is taken for one.
fn claims_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    essence(value).is_some_and(|essence| {
        essence.is_empty() || essence == "application/json" || essence.ends_with("+json")
    })
}

/// A content type in lower case without its parameters.
pub(crate) fn essence(label: &HeaderValue) -> Option<String> {
    let text = label.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
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
            _ if serde_json::from_str::<[(); 0]>(text).is_ok() => Ok(Self::default()),
            _ => Err(match serde_json::from_str::<&RawValue>(text) {
                Ok(_) => BadBody::NotAnObject,
                Err(_) => BadBody::Syntax,
            }),
        }
    }

    /// The member of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// Every member, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
                    fields.push((key, map.next_value()?));
                }
                let mut names: Vec<&str> =
                    fields.iter().map(|(name, _): &(Cow<'_, str>, _)| &**name).collect();
                names.sort_unstable();
                if names.windows(2).any(|pair| pair[0] == pair[1]) {
                    return Err(A::Error::custom("duplicate member"));
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
    use super::*;

    fn parse(body: &[u8]) -> Result<usize, BadBody> {
        Fields::parse(body, true).map(|fields| fields.0.len())
    }

    type Part = &'static [u8];

    fn in_parts(parts: &[Part]) -> Body {
        let frames: Vec<_> = parts
            .iter()
            .map(|part| Ok::<_, std::io::Error>(Bytes::from_static(part)))
            .collect();
        Body::from_stream(futures_util::stream::iter(frames))
    }

    #[tokio::test]
    async fn a_body_is_put_together_up_to_its_limit() {
        let cases: [(&[Part], Result<Part, BadBody>); 6] = [
            (&[], Ok(b"")),
            (&[b"abcd"], Ok(b"abcd")),
            (&[b"", b"ab", b"", b"cd"], Ok(b"abcd")),
            (&[b"abcde"], Err(BadBody::TooLarge)),
            (&[b"abc", b"de"], Err(BadBody::TooLarge)),
            (&[b"ab", b"c", b"de", b"f"], Err(BadBody::TooLarge)),
        ];
        for (parts, expected) in cases {
            let (read, _) = read(&HeaderMap::new(), in_parts(parts), 4).await;
            assert_eq!(read, expected.map(Bytes::from_static), "{parts:?}");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_incomplete() {
        let frames = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures_util::stream::iter(frames));
        assert_eq!(read(&HeaderMap::new(), body, 4).await.0, Err(BadBody::Incomplete));
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
        let cases: [(&[u8], BadBody); 11] = [
            (b"{", BadBody::Syntax),
            (b"{\"a\":1,}", BadBody::Syntax),
            (b"{\"a\":1} x", BadBody::Syntax),
            (b"{\"a\":\"\xff\"}", BadBody::Syntax),
            (b"{\"a\":\0}", BadBody::Syntax),
            (deep.as_bytes(), BadBody::Syntax),
            (b"[1]", BadBody::NotAnObject),
            (b"[[]]", BadBody::NotAnObject),
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
