//! Fields of bodies. Null is the same as leaving a field out; the first fault is the answer.

use rollcall_http::body::Fields;
use rollcall_model::{Document, DocumentError};
use serde_json::value::RawValue;

use crate::fault::Fault;

/// The field, unless it is null.
pub(crate) fn given<'a>(fields: &Fields<'a>, name: &str) -> Option<&'a RawValue> {
    fields.get(name).filter(|raw| raw.get() != "null")
}

/// A text, as it was written.
pub(crate) fn text(fields: &Fields<'_>, name: &str) -> Result<Option<String>, Fault> {
    let Some(raw) = given(fields, name) else {
        return Ok(None);
    };
    if !raw.get().starts_with('"') {
        return Err(Fault::bad_request(format!("{name} is not a string")));
    }
    match serde_json::from_str::<String>(raw.get()) {
        Ok(text) if !text.contains('\0') => Ok(Some(text)),
        // A NUL, or half of a surrogate pair: JSON allows it, Unicode does not.
        Ok(_) | Err(_) => Err(character(name)),
    }
}

/// A text for people, without blanks around it and of at most `max` characters. It may be empty.
pub(crate) fn line(fields: &Fields<'_>, name: &str, max: usize) -> Result<Option<String>, Fault> {
    let Some(text) = text(fields, name)? else {
        return Ok(None);
    };
    let text = text.trim();
    if text.chars().count() > max {
        return Err(Fault::bad_request(format!("{name} is longer than {max} characters")));
    }
    Ok(Some(text.to_owned()))
}

/// A free-form object of at most `max` bytes of compact JSON. PHP writes an empty one as `[]`.
pub(crate) fn document(fields: &Fields<'_>, name: &str, max: usize) -> Result<Option<Document>, Fault> {
    let Some(raw) = given(fields, name) else {
        return Ok(None);
    };
    let document = match Document::from_raw(raw) {
        Err(DocumentError::NotAnObject) if serde_json::from_str::<[(); 0]>(raw.get()).is_ok() => {
            Document::stored("{}")
        }
        read => read.map_err(|error| Fault::bad_request(format!("{name} {error}")))?,
    };
    if document.as_str().len() > max {
        return Err(Fault::bad_request(format!("{name} is longer than {max} bytes")));
    }
    Ok(Some(document))
}

/// The refusal of a text that holds what none may hold.
pub(crate) fn character(name: &str) -> Fault {
    Fault::bad_request(format!("{name} holds a character that is not allowed"))
}
