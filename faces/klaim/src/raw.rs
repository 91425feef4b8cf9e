//! Values that are JSON text already: free-form documents, and numbers that must not pass through floating point.

use rollcall_model::{Credits, Document};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Writes a document as it was kept, to the byte; none as an empty object.
pub(crate) fn document<S: Serializer>(
    document: &Option<&Document>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    text(document.map_or("{}", Document::as_str), serializer)
}

/// Writes an amount of credits as a number.
pub(crate) fn credits<S: Serializer>(credits: &Credits, serializer: S) -> Result<S::Ok, S::Error> {
    text(&credits.to_string(), serializer)
}

fn text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<&RawValue>(text)
        .map_err(S::Error::custom)?
        .serialize(serializer)
}
