//! Free-form documents in answers: as they were kept, to the byte.

use std::borrow::Borrow;

use rollcall_model::Document;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Writes a document as it is, without reading it again.
pub(crate) fn raw<S: Serializer, D: Borrow<Document>>(
    document: &Option<D>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = document.as_ref().map_or("{}", |document| document.borrow().as_str());
    serde_json::from_str::<&RawValue>(text)
        .map_err(S::Error::custom)?
        .serialize(serializer)
}
