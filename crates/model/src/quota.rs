//! How many of a thing there may be (CometChat, constraints page).

use std::fmt;

/// Most friends that a user may have.
pub const MAX_FRIENDS: i64 = 1000;

/// Something of which an app may have only so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// CometChat API keys, of both scopes together.
    ApiKeys,
    /// Roles beside the default role.
    Roles,
}

impl Quota {
    /// How many there may be.
    #[must_use]
    pub fn limit(self) -> i64 {
        match self {
            Self::ApiKeys | Self::Roles => 25,
        }
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::ApiKeys => "API keys",
            Self::Roles => "roles beside the default role",
        };
        write!(f, "{} {what}", self.limit())
    }
}
