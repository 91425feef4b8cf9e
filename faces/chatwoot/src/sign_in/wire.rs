//! Answers about signing in, as the vendor's server and the library under it write them.

use serde::Serialize;

use crate::users::wire::View;

/// Who is signed in.
#[derive(Debug, Serialize)]
pub(super) struct Data<'a> {
    /// Said when a session is looked at, and not when one begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) success: Option<bool>,
    pub(super) data: View<'a>,
}

/// Something was done.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    pub(super) success: bool,
}

/// Nobody is signed in.
#[derive(Debug, Serialize)]
pub(super) struct Refused {
    success: bool,
    errors: [&'static str; 1],
}

impl Refused {
    pub(super) fn because(reason: &'static str) -> Self {
        Self { success: false, errors: [reason] }
    }
}
