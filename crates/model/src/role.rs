//! Roles: every user of an app has exactly one.

use crate::{Millis, RoleId};

/// The role that every app is born with and that a user gets when none is named.
pub const DEFAULT_ROLE: &str = "default";

/// A role of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id, unique in the app.
    pub role: RoleId,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
}
