//! Memberships (Chatwoot): which user is in which account, and as what.

use crate::{AccountId, Millis, UserKey};

/// What a member of an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberRole {
    /// Answers customers.
    Agent,
    /// Runs the account.
    Administrator,
}

impl MemberRole {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Agent, Self::Administrator];

    /// The name under which it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Administrator => "administrator",
        }
    }

    /// The role of this name, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A user in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Its number: positive, unique in the installation, never used again.
    pub id: i64,
    /// The account.
    pub account: AccountId,
    /// The user.
    pub user: UserKey,
    /// What the user is there; nothing when null was asked for.
    pub role: Option<MemberRole>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed: at first, when it was made.
    pub updated_at: Millis,
}

/// An account as one of its members has it: what a user's record shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberAccount {
    /// The membership's number.
    pub membership: i64,
    /// The account's number.
    pub id: AccountId,
    /// The account's name.
    pub name: String,
    /// The account's status.
    pub status: crate::AccountStatus,
    /// What the user is there.
    pub role: Option<MemberRole>,
}
