//! Free-form documents in answers: as they were kept, to the byte.

use std::borrow::Borrow;

use rollcall_http::answer::as_it_is;
use rollcall_model::Document;
use serde::Serializer;

/// Writes a document as it is, without reading it again.
pub(crate) fn raw<S: Serializer, D: Borrow<Document>>(
    document: &Option<D>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = document.as_ref().map_or("{}", |document| document.borrow().as_str());
    as_it_is(text, serializer)
}
