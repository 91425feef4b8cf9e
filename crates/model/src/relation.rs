//! How one user stands to another.

use crate::Millis;

/// How the user who looks stands to the one who is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// Since when the one who looks has blocked the other.
    pub blocked_at: Option<Millis>,
    /// Whether the other has blocked the one who looks.
    pub has_blocked_me: bool,
}
