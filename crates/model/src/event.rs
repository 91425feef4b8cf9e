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
    /// A credential's name or scope was changed.
    CredentialUpdated,
    /// An app's rate limits were changed.
    AppLimited,
    /// An auth token was made for a user.
    AuthTokenCreated,
    /// What is known of the device behind an auth token was changed.
    AuthTokenUpdated,
    /// An auth token was deleted: its holder logged out.
    AuthTokenDeleted,
    /// All auth tokens of a user were deleted.
    AuthTokensFlushed,
    /// A role was made.
    RoleCreated,
    /// A role was changed.
    RoleUpdated,
    /// A role was removed; whoever had it has the default role now.
    RoleDeleted,
    /// Features were restricted for a role.
    FeaturesRestricted,
    /// Features were allowed to a role again.
    FeaturesAllowed,
    /// Permissions of a role were set.
    PermissionsSet,
    /// A permission of a role went back to its default.
    PermissionUnset,
    /// Two users became friends.
    FriendAdded,
    /// Two users are no longer friends.
    FriendRemoved,
    /// A user blocked another.
    UserBlocked,
    /// A user unblocked another.
    UserUnblocked,
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
    /// An account was made.
    AccountCreated,
    /// An account was changed.
    AccountUpdated,
    /// An account was removed for good, and with it its memberships and agent bots, which get no events of their own.
    AccountDeleted,
    /// A user became member of an account.
    MembershipCreated,
    /// What a member is in an account was changed.
    MembershipUpdated,
    /// A user is no longer member of an account.
    MembershipDeleted,
    /// An agent bot was made.
    AgentBotCreated,
    /// An agent bot was changed.
    AgentBotUpdated,
    /// An agent bot was removed for good.
    AgentBotDeleted,
    /// A login link was made for a user.
    LoginLinkCreated,
    /// A user signed in.
    SessionCreated,
    /// A user signed out. Sessions that end with a new password, with the user or by age get no events of their own.
    SessionDeleted,
    /// A user's credit balance was changed.
    CreditsChanged,
    /// A platform app was granted an object.
    PermissibleGranted,
    /// An object was taken from a platform app.
    PermissibleRevoked,
}

impl EventKind {
    /// The name under which it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppCreated => "app.created",
            Self::CredentialCreated => "credential.created",
            Self::CredentialRevoked => "credential.revoked",
            Self::CredentialUpdated => "credential.updated",
            Self::AppLimited => "app.limited",
            Self::AuthTokenCreated => "auth_token.created",
            Self::AuthTokenUpdated => "auth_token.updated",
            Self::AuthTokenDeleted => "auth_token.deleted",
            Self::AuthTokensFlushed => "auth_tokens.flushed",
            Self::RoleCreated => "role.created",
            Self::RoleUpdated => "role.updated",
            Self::RoleDeleted => "role.deleted",
            Self::FeaturesRestricted => "role.features_restricted",
            Self::FeaturesAllowed => "role.features_allowed",
            Self::PermissionsSet => "role.permissions_set",
            Self::PermissionUnset => "role.permission_unset",
            Self::FriendAdded => "friend.added",
            Self::FriendRemoved => "friend.removed",
            Self::UserBlocked => "user.blocked",
            Self::UserUnblocked => "user.unblocked",
            Self::UserCreated => "user.created",
            Self::UserUpdated => "user.updated",
            Self::UserDeactivated => "user.deactivated",
            Self::UserReactivated => "user.reactivated",
            Self::UserDeleted => "user.deleted",
            Self::AccountCreated => "account.created",
            Self::AccountUpdated => "account.updated",
            Self::AccountDeleted => "account.deleted",
            Self::MembershipCreated => "membership.created",
            Self::MembershipUpdated => "membership.updated",
            Self::MembershipDeleted => "membership.deleted",
            Self::AgentBotCreated => "agent_bot.created",
            Self::AgentBotUpdated => "agent_bot.updated",
            Self::AgentBotDeleted => "agent_bot.deleted",
            Self::LoginLinkCreated => "login_link.created",
            Self::SessionCreated => "session.created",
            Self::SessionDeleted => "session.deleted",
            Self::CreditsChanged => "credits.changed",
            Self::PermissibleGranted => "permissible.granted",
            Self::PermissibleRevoked => "permissible.revoked",
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
    /// To whom or what: a uid, two uids with a slash between (friends and blocks, the one who acts first), a role, a
    /// number (credential, account, agent bot), two numbers with a slash between (account and user), a credential's number,
    /// a kind and a number with slashes between (what a platform app was granted), an app id.
    pub subject: String,
    /// By whom, as [`crate::Actor::label`] says it.
    pub actor: String,
    /// The names of the fields that the change set or cleared, comma separated; empty when it has none.
    pub fields: String,
}
