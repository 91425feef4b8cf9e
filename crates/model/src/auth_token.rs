//! Auth tokens: what an end user's client logs in with.

use crate::patch::changed_fields;
use crate::{Document, Millis, Patch, SealedSecret};

/// How many of a user's tokens are valid: the newest (CometChat, constraints page).
pub const MAX_AUTH_TOKENS: i64 = 100;

/// A token about to be stored.
#[derive(Clone, Debug)]
pub struct NewAuthToken {
    /// The token, sealed.
    pub secret: SealedSecret,
}

/// A token of a user. The text of it is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthToken {
    /// Its number, unique in the installation.
    pub id: i64,
    /// The sealed token: it is shown again.
    pub sealed: Vec<u8>,
    /// The platform that it is used on, as its client says.
    pub platform: Option<String>,
    /// The program that it is used by, as its client says.
    pub user_agent: Option<String>,
    /// More about that program.
    pub app_info: Option<Document>,
    /// When it was made.
    pub created_at: Millis,
}

/// A change of what is known about a token's device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthTokenPatch {
    /// The platform.
    pub platform: Patch<String>,
    /// The program.
    pub user_agent: Patch<String>,
    /// More about the program, replaced whole.
    pub app_info: Patch<Document>,
}

impl AuthTokenPatch {
    /// The names of the fields that change, comma separated: what the event records.
    #[must_use]
    pub fn fields(&self) -> String {
        let Self { platform, user_agent, app_info } = self;
        changed_fields(&[
            (platform.is_change(), "platform"),
            (user_agent.is_change(), "user_agent"),
            (app_info.is_change(), "app_info"),
        ])
    }
}
