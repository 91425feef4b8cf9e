//! Answers.

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// What the log should say about a failed request beyond what the client is told. Travels in the answer's
/// extensions.
#[derive(Clone, Debug)]
pub struct Detail(pub String);

/// The name by which serde_json's own raw values tell its serializer to copy a text. Private to it, so a test holds it
/// against them; the public way reads the text once more, which is a tenth of the work of a list.
const RAW: &str = "$serde_json::private::RawValue";

/// Writes what is known to be JSON text, to the byte: documents as they are kept, and numbers that must not pass through
/// floating point. Only for answers, which serde_json writes.
///
/// # Errors
/// What the serializer says.
pub fn as_it_is<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut raw = serializer.serialize_struct(RAW, 1)?;
    raw.serialize_field(RAW, text)?;
    raw.end()
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

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    struct AsItIs(&'static str);

    impl Serialize for AsItIs {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            as_it_is(self.0, serializer)
        }
    }

    #[test]
    fn json_text_is_copied_as_raw_values_are() {
        for given in ["{}", r#"{"b":1.10,"a":"\u00e9 é","deep":[{"x":null}]}"#, "12345678901234567890.10"] {
            let raw: &RawValue = serde_json::from_str(given).unwrap();
            assert_eq!(text(&[AsItIs(given)]).unwrap(), format!("[{given}]"));
            assert_eq!(text(&[raw]).unwrap(), format!("[{given}]"));
        }
    }
}
