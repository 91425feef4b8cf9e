//! Answers.

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// What the log should say about a failed request beyond what the client is told. Travels in the answer's
/// extensions.
#[derive(Clone, Debug)]
pub struct Detail(pub String);

/// Writes what is JSON text already, to the byte: documents as they are kept, and numbers that must not pass through
/// floating point.
///
/// # Errors
/// When it is no JSON.
pub fn as_it_is<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<&RawValue>(text)
        .map_err(S::Error::custom)?
        .serialize(serializer)
}

/// An answer of JSON text.
#[must_use]
pub fn json_text(status: StatusCode, text: impl Into<Bytes>) -> Response {
    let mut response = Response::new(axum::body::Body::from(text.into()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer of a value as JSON.
#[must_use]
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    written(status, text(value))
}

/// A value as JSON text.
///
/// # Errors
/// Only what the value's own serialisation says, and ours say nothing.
pub fn text(value: &impl Serialize) -> Result<Bytes, serde_json::Error> {
    let mut text = Vec::with_capacity(1024);
    serde_json::to_writer(&mut text, value)?;
    Ok(text.into())
}

/// An answer of what [`text`] has made.
#[must_use]
pub fn written(status: StatusCode, text: Result<Bytes, serde_json::Error>) -> Response {
    match text {
        Ok(text) => json_text(status, text),
        Err(error) => {
            let mut response = json_text(StatusCode::INTERNAL_SERVER_ERROR, "{}");
            response.extensions_mut().insert(Detail(error.to_string()));
            response
        }
    }
}
