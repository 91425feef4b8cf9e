//! Free-form documents in answers: as they were kept, to the byte.

use std::borrow::Borrow;

use rollcall_http::answer::as_it_is;
use rollcall_model::Document;
use serde::Serializer;

/// Writes a document as it is.
pub(crate) fn raw<S: Serializer, D: Borrow<Document>>(
    document: &D,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    as_it_is(document.borrow().as_str(), serializer)
}
