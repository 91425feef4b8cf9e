//! What answers about friends look like, to the byte (reference §5.7).

use serde::Serialize;

use crate::answer::Outcomes;

/// What came of adding friends, each under its uid.
#[derive(Debug, Serialize)]
pub(super) struct Accepted {
    pub(super) accepted: Outcomes,
}
