//! Events: the record of one change, written in the change's own transaction.
//!
//! An event names what changed, not what it changed to: no personal data piles up in the log, and a permanent
//! deletion leaves nothing behind to erase (ADR 0004).

use crate::{AppId, Millis};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// An app was made.
    AppCreated,
    /// A credential was made.
    CredentialCreated,
    /// A credential was revoked.
    CredentialRevoked,
    /// An auth token was made for a user.
    AuthTokenCreated,
    /// A user was made.
    UserCreated,
    /// A user's record was changed.
    UserUpdated,
    /// A user was deactivated.
    UserDeactivated,
    /// A user was reactivated.
    UserReactivated,
    /// A user was removed for good.
    UserDeleted,
}

impl EventKind {
    /// The name under which it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppCreated => "app.created",
            Self::CredentialCreated => "credential.created",
            Self::CredentialRevoked => "credential.revoked",
            Self::AuthTokenCreated => "auth_token.created",
            Self::UserCreated => "user.created",
            Self::UserUpdated => "user.updated",
            Self::UserDeactivated => "user.deactivated",
            Self::UserReactivated => "user.reactivated",
            Self::UserDeleted => "user.deleted",
        }
    }
}

/// The record of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The app in which it happened.
    pub app: AppId,
    /// When.
    pub at: Millis,
    /// What.
    pub kind: EventKind,
    /// To whom or what: a uid, a credential's number, an app id.
    pub subject: String,
    /// By whom, as [`crate::Actor::label`] says it.
    pub actor: String,
    /// The names of the fields that the change set or cleared, comma separated; empty when it has none.
    pub fields: String,
}
