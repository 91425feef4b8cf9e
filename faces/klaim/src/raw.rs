//! Values that are JSON text already: free-form documents, and numbers that must not pass through floating point.

use rollcall_http::answer::as_it_is;
use rollcall_model::{Credits, Document};
use serde::Serializer;

/// Writes a document as it was kept, to the byte; none as an empty object.
pub(crate) fn document<S: Serializer>(
    document: &Option<&Document>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    as_it_is(document.map_or("{}", Document::as_str), serializer)
}

/// Writes an amount of credits as a number.
pub(crate) fn credits<S: Serializer>(credits: &Credits, serializer: S) -> Result<S::Ok, S::Error> {
    as_it_is(&credits.to_string(), serializer)
}
