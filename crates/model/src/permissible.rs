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
    /// The kind of users.
    pub const USER: &'static str = "user";
    /// The kind of accounts.
    pub const ACCOUNT: &'static str = "account";
    /// The kind of agent bots.
    pub const AGENT_BOT: &'static str = "agent_bot";

    /// The object of this kind and number, if there is such a kind.
    #[must_use]
    pub fn of(kind: &str, number: i64) -> Option<Self> {
        match kind {
            Self::USER => Some(Self::User(UserKey(number))),
            Self::ACCOUNT => Some(Self::Account(AccountId(number))),
            Self::AGENT_BOT => Some(Self::AgentBot(AgentBotId(number))),
            _ => None,
        }
    }

    /// The name of its kind, as it is stored and shown.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::User(_) => Self::USER,
            Self::Account(_) => Self::ACCOUNT,
            Self::AgentBot(_) => Self::AGENT_BOT,
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
