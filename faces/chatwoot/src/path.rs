//! Numbers in paths. What is no number is the number of nothing.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::fault::Fault;

/// The numbers that a path names, in their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Number {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let segments = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Fault::not_found())?;
        let number = segments.iter().next().and_then(|(_, text)| number(text));
        number.map(Self).ok_or_else(Fault::not_found)
    }
}

/// A number as the vendor writes them: digits alone.
fn number(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_number() {
        assert_eq!(number("77"), Some(77));
        for text in ["", "+7", "-7", "7a", "٧", "9223372036854775808"] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }
}
