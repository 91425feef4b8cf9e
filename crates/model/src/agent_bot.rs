//! Agent bots (Chatwoot): programs that answer customers.

use crate::patch::changed_fields;
use crate::{AccountId, Millis, Patch};

/// An agent bot's number: positive, unique in the installation, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentBotId(pub i64);

/// An agent bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentBot {
    /// Its number.
    pub id: AgentBotId,
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Where it is told of events.
    pub outgoing_url: Option<String>,
    /// The account it belongs to; none when it is there for all.
    pub account: Option<AccountId>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed; nothing before the first change.
    pub updated_at: Option<Millis>,
}

/// An agent bot about to be made.
#[derive(Clone, Debug)]
pub struct NewAgentBot {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Where it is told of events.
    pub outgoing_url: Option<String>,
    /// The account it belongs to.
    pub account: Option<AccountId>,
}

/// A change of an agent bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentBotPatch {
    /// Its name.
    pub name: Patch<String>,
    /// What it is for.
    pub description: Patch<String>,
    /// Where it is told of events.
    pub outgoing_url: Patch<String>,
    /// The account it belongs to.
    pub account: Patch<AccountId>,
}

impl AgentBotPatch {
    /// The names of the fields that change, comma separated: what the event records.
    #[must_use]
    pub fn fields(&self) -> String {
        let Self { name, description, outgoing_url, account } = self;
        changed_fields(&[
            (name.is_change(), "name"),
            (description.is_change(), "description"),
            (outgoing_url.is_change(), "outgoing_url"),
            (account.is_change(), "account"),
        ])
    }
}

/// A picture, as it was given or fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it is, by its content: `image/png`, `image/jpeg` or `image/gif`.
    pub content_type: String,
    /// The picture itself.
    pub bytes: Vec<u8>,
}
