//! Free-form documents in answers: as they were kept, to the byte.

use std::borrow::Borrow;

use rollcall_model::Document;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Writes a document as it is.
pub(crate) fn raw<S: Serializer, D: Borrow<Document>>(
    document: &D,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<&RawValue>(document.borrow().as_str())
        .map_err(S::Error::custom)?
        .serialize(serializer)
}
