//! Agent bots of apps. Their pictures are [`crate::agent_bot_pictures`]' affair.

use rollcall_model::{
    AccountId, AgentBot, AgentBotId, AgentBotPatch, AppId, Millis, NewAgentBot, Permissible,
};

use crate::sql::statements;
use crate::{Param, Result, Row, Store, Tx, permissibles};

/// The columns of [`AgentBot`], in the order that [`from_row`] reads them.
macro_rules! columns {
    () => {
        "id, name, description, outgoing_url, account, created_at, updated_at"
    };
}

statements! {
    FIND = concat!("select ", columns!(), " from agent_bots where app = $1 and id = $2");
    INSERT = concat!("
        insert into agent_bots (app, name, description, outgoing_url, account, created_at)
        values ($1, $2, $3, $4, $5, $6)
        returning ", columns!());
    UPDATE = concat!("
        update agent_bots set
            name = case when $4 = 1 then $5 else name end,
            description = case when $6 = 1 then $7 else description end,
            outgoing_url = case when $8 = 1 then $9 else outgoing_url end,
            account = case when $10 = 1 then $11 else account end,
            updated_at = $3
        where app = $1 and id = $2
        returning ", columns!());
    LIST = concat!("select ", columns!(), " from agent_bots where app = $1 order by id");
    // What is left of a bot that is gone names no bot, so it is not in the list.
    HELD_LIST = concat!("
        select ", columns!(), "
        from agent_bots
        where app = $1
            and id in (select object from permissibles where app = $1 and credential = $2 and kind = $3)
        order by id");
    DELETE = "delete from agent_bots where app = $1 and id = $2 returning id";
}

fn from_row(row: &Row<'_>) -> Result<AgentBot> {
    let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
    Ok(AgentBot {
        id: AgentBotId(row.int(0)?),
        name: text(1)?,
        description: text(2)?,
        outgoing_url: text(3)?,
        account: row.opt_int(4)?.map(AccountId),
        created_at: Millis(row.int(5)?),
        updated_at: row.opt_int(6)?.map(Millis),
    })
}

/// The app's agent bot of this number.
///
/// # Errors
/// What the engine says.
pub fn find(tx: &mut Tx<'_>, app: &AppId, AgentBotId(id): AgentBotId) -> Result<Option<AgentBot>> {
    tx.opt(&FIND, &[app.as_str().into(), id.into()], from_row)
}

/// As [`find`], outside of a transaction.
///
/// # Errors
/// What the engine says.
pub async fn get(store: &Store, app: &AppId, AgentBotId(id): AgentBotId) -> Result<Option<AgentBot>> {
    store.fetch(&FIND, &[app.as_str().into(), id.into()], from_row).await
}

/// Makes an agent bot. Its account, if it has one, must be one of the app's.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, new: &NewAgentBot, now: Millis) -> Result<AgentBot> {
    let NewAgentBot { name, description, outgoing_url, account } = new;
    let params = [
        app.as_str().into(),
        name.as_deref().into(),
        description.as_deref().into(),
        outgoing_url.as_deref().into(),
        account.map(|AccountId(number)| number).into(),
        now.0.into(),
    ];
    tx.row(&INSERT, &params, from_row)
}

/// Changes an agent bot. Answers it as it is then, or nothing when there is none of this number. Its account, if it is
/// given one, must be one of the app's.
///
/// # Errors
/// What the engine says.
pub fn update(
    tx: &mut Tx<'_>,
    app: &AppId,
    AgentBotId(id): AgentBotId,
    patch: &AgentBotPatch,
    now: Millis,
) -> Result<Option<AgentBot>> {
    let AgentBotPatch { name, description, outgoing_url, account } = patch;
    let mut params: Vec<Param<'_>> = vec![app.as_str().into(), id.into(), now.0.into()];
    for text in [name, description, outgoing_url] {
        params.extend([Param::from(text.is_change()), text.value().map(String::as_str).into()]);
    }
    let number = account.value().map(|AccountId(number)| *number);
    params.extend([Param::from(account.is_change()), number.into()]);
    tx.opt(&UPDATE, &params, from_row)
}

/// The app's agent bots, by number; only those of a platform app, if one is named.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, held_by: Option<i64>) -> Result<Vec<AgentBot>> {
    match held_by {
        None => tx.query(&LIST, &[app.as_str().into()], from_row),
        Some(credential) => {
            let kind = Permissible::AGENT_BOT;
            tx.query(&HELD_LIST, &[app.as_str().into(), credential.into(), kind.into()], from_row)
        }
    }
}

/// Removes an agent bot with its picture, and takes it from every platform app. Answers whether there was one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, id: AgentBotId) -> Result<bool> {
    if tx.opt(&DELETE, &[app.as_str().into(), id.0.into()], |_| Ok(()))?.is_none() {
        return Ok(false);
    }
    permissibles::forget(tx, app, Permissible::AgentBot(id))?;
    Ok(true)
}
