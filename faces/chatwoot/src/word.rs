//! Fields that hold one word of a list.

use rollcall_model::Patch;
use serde_json::value::RawValue;

use crate::form::{Form, human};

/// One of a list of words. A blank text is null; another text, a number or a flag is refused, where the vendor's server
/// would fail; the vendor also knows the numbers under which it keeps the words, which are no affair of its callers.
pub(crate) fn word<T>(form: &mut Form, field: &'static str, parse: impl Fn(&str) -> Option<T>) -> Patch<T> {
    let text = match form.raw(field).map(RawValue::get) {
        None => return Patch::Keep,
        Some("null") => return Patch::Clear,
        Some(json) if json.starts_with(['{', '[']) => return Patch::Keep,
        Some(json) if json.starts_with('"') => form.text(field),
        Some(_) => Patch::Keep,
    };
    if text.value().is_some_and(|text| text.trim().is_empty()) {
        return Patch::Clear;
    }
    match text.value().and_then(|text| parse(text)) {
        Some(known) => Patch::Set(known),
        None => {
            form.refuse(field, not_included(field));
            Patch::Keep
        }
    }
}

/// A field holds something else than it may.
pub(crate) fn not_included(field: &str) -> String {
    format!("{} is not included in the list", human(field))
}
