//! `application/x-www-form-urlencoded`, in bodies and in query strings, decoded strictly.

use super::nested::Tree;
use super::{BadParams, Fields, text};
use crate::query;

/// The fields of an encoded form.
pub(super) fn read(form: &[u8]) -> Result<Fields, BadParams> {
    let mut tree = Tree::default();
    for pair in text(form)?.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name, Some(decode(value)?)),
            None => (pair, None),
        };
        tree.add(&decode(name)?, value)?;
    }
    tree.into_fields()
}

/// Text as it was before it was encoded. Every `%` must begin an escape.
fn decode(encoded: &str) -> Result<String, BadParams> {
    let is_escape = |(at, _)| {
        let digits = encoded.as_bytes().get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !encoded.match_indices('%').all(is_escape) {
        return Err(BadParams::Malformed);
    }
    query::decode(encoded).ok_or(BadParams::Malformed)
}
