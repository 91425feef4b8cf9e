//! The agent bot object: exactly these six keys, in this order (reference §10).

use rollcall_directory::{Directory, access_tokens};
use rollcall_model::{AccountId, AgentBot, AgentBotId, AppId};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct BotView<'a> {
    id: i64,
    name: Option<&'a str>,
    description: Option<&'a str>,
    outgoing_url: Option<&'a str>,
    account_id: Option<i64>,
    access_token: String,
}

/// A bot as it is shown.
pub(crate) fn bot<'a>(directory: &Directory, app: &AppId, bot: &'a AgentBot) -> BotView<'a> {
    let AgentBot {
        id,
        name,
        description,
        outgoing_url,
        account,
        created_at: _,
        updated_at: _,
    } = bot;
    let AgentBotId(number) = *id;
    BotView {
        id: number,
        name: name.as_deref(),
        description: description.as_deref(),
        outgoing_url: outgoing_url.as_deref(),
        account_id: account.map(|AccountId(account)| account),
        access_token: access_tokens::of_agent_bot(directory, app, *id),
    }
}
