//! Permissible objects (Chatwoot): what a platform app of its own objects may touch.

use std::fmt;

use crate::{AccountId, AgentBotId, UserKey};

/// An object that a platform app can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permissible {
    /// A user.
    User(UserKey),
    /// An account.
    Account(AccountId),
    /// An agent bot.
    AgentBot(AgentBotId),
}

impl Permissible {
    /// The name of its kind, as it is stored and typed.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Account(_) => "account",
            Self::AgentBot(_) => "agent_bot",
        }
    }

    /// Its number among its kind.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::User(UserKey(number))
            | Self::Account(AccountId(number))
            | Self::AgentBot(AgentBotId(number)) => number,
        }
    }
}

impl fmt::Display for Permissible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.number())
    }
}
