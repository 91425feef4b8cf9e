//! Pictures of agent bots, at most one each. They go with their bot.

use rollcall_model::{AgentBotId, AppId, Millis, Picture};

use crate::sql::statements;
use crate::{Result, Row, Tx};

statements! {
    // A picture that was asked for earlier and comes later does not replace a newer one.
    PUT = "
        insert into agent_bot_pictures (app, agent_bot, content_type, picture, updated_at)
        values ($1, $2, $3, $4, $5)
        on conflict (app, agent_bot) do update
            set content_type = excluded.content_type, picture = excluded.picture, updated_at = excluded.updated_at
            where agent_bot_pictures.updated_at <= excluded.updated_at
        returning agent_bot";
    FIND = "select content_type, picture from agent_bot_pictures where app = $1 and agent_bot = $2";
    DELETE = "delete from agent_bot_pictures where app = $1 and agent_bot = $2 returning agent_bot";
}

fn from_row(row: &Row<'_>) -> Result<Picture> {
    Ok(Picture {
        content_type: row.text(0)?.to_owned(),
        bytes: row.bytes(1)?.to_owned(),
    })
}

/// Gives a bot, which must be one of the app's, a picture in place of any that is not newer. Answers whether it has this
/// one now.
///
/// # Errors
/// What the engine says.
pub fn put(
    tx: &mut Tx<'_>,
    app: &AppId,
    AgentBotId(bot): AgentBotId,
    picture: &Picture,
    now: Millis,
) -> Result<bool> {
    let Picture { content_type, bytes } = picture;
    let params = [
        app.as_str().into(),
        bot.into(),
        content_type.as_str().into(),
        bytes.as_slice().into(),
        now.0.into(),
    ];
    Ok(tx.opt(&PUT, &params, |_| Ok(()))?.is_some())
}

/// A bot's picture.
///
/// # Errors
/// What the engine says.
pub fn find(tx: &mut Tx<'_>, app: &AppId, AgentBotId(bot): AgentBotId) -> Result<Option<Picture>> {
    tx.opt(&FIND, &[app.as_str().into(), bot.into()], from_row)
}

/// Removes a bot's picture. Answers whether it had one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, AgentBotId(bot): AgentBotId) -> Result<bool> {
    Ok(tx.opt(&DELETE, &[app.as_str().into(), bot.into()], |_| Ok(()))?.is_some())
}
