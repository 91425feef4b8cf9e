//! Agent bots: making, reading, listing, changing, removing.

use std::sync::Arc;

use rollcall_model::{
    AccountId, Actor, AgentBot, AgentBotId, AgentBotPatch, Error, EventKind, NewAgentBot, Permissible,
    Picture, Result,
};
use rollcall_store::{self as store, Tx, accounts, agent_bot_pictures, agent_bots};

use crate::Directory;
use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::permissibles::{self, confined};

/// What an event calls a bot's picture.
pub(crate) const PICTURE: &str = "picture";

/// Makes an agent bot, on request with a picture, all or nothing. A platform app of its own objects gets at the bot.
///
/// # Errors
/// [`Error::AccountMustExist`] when the app does not have the account, or the platform app does not get at it;
/// [`Error::Denied`], or what the store says.
pub async fn create(
    directory: &Directory,
    actor: &Actor,
    new: NewAgentBot,
    picture: Option<Picture>,
) -> Result<AgentBot> {
    require(actor, Action::ManageAgentBots)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let picture = picture.map(Arc::new);
    let bot = directory
        .store
        .write("agent_bots.create", move |tx| {
            require_account(tx, &stamp.actor, new.account)?;
            let app = &stamp.actor.app;
            let bot = agent_bots::insert(tx, app, &new, stamp.at)?;
            if let Some(picture) = &picture {
                agent_bot_pictures::put(tx, app, bot.id, picture, stamp.at)?;
            }
            permissibles::acquire(tx, &stamp, Permissible::AgentBot(bot.id))?;
            stamp.append(tx, EventKind::AgentBotCreated, &bot.id.0.to_string(), "")?;
            Ok(bot)
        })
        .await?;
    Ok(bot)
}

/// The app's agent bots, by number; for a platform app of its own objects those that it gets at.
///
/// # Errors
/// [`Error::Denied`], or what the store says.
pub async fn list(directory: &Directory, actor: &Actor) -> Result<Vec<AgentBot>> {
    require(actor, Action::ManageAgentBots)?;
    let (app, held_by) = (actor.app.clone(), confined(actor));
    Ok(directory
        .store
        .read("agent_bots.list", move |tx| agent_bots::list(tx, &app, held_by))
        .await?)
}

/// One agent bot.
///
/// # Errors
/// [`Error::ObjectNotFound`], [`Error::NotPermissible`], [`Error::Denied`], or what the store says.
pub async fn get(directory: &Directory, actor: &Actor, id: AgentBotId) -> Result<AgentBot> {
    require(actor, Action::ManageAgentBots)?;
    let bot = agent_bots::get(&directory.store, &actor.app, id).await?;
    let bot = bot.ok_or_else(|| missing(id))?;
    permissibles::require(directory, actor, Permissible::AgentBot(id)).await?;
    Ok(bot)
}

/// Changes an agent bot and, if there is one, its picture, all or nothing. An empty patch without a picture changes
/// nothing and leaves no event.
///
/// # Errors
/// As [`get`] and, when it is given another account, as [`create`].
pub async fn update(
    directory: &Directory,
    actor: &Actor,
    id: AgentBotId,
    patch: AgentBotPatch,
    picture: Option<Picture>,
) -> Result<AgentBot> {
    require(actor, Action::ManageAgentBots)?;
    let fields = changed(&patch, picture.as_ref());
    if fields.is_empty() {
        return get(directory, actor, id).await;
    }
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let picture = picture.map(Arc::new);
    let bot = directory
        .store
        .write("agent_bots.update", move |tx| {
            let app = &stamp.actor.app;
            let mut bot = reached(tx, &stamp.actor, id)?;
            require_account(tx, &stamp.actor, patch.account.value().copied())?;
            if patch != AgentBotPatch::default() {
                let changed = agent_bots::update(tx, app, id, &patch, stamp.at)?;
                bot = changed.ok_or_else(|| missing(id))?;
            }
            if let Some(picture) = &picture {
                // What is there may have been written by a server whose clock is ahead.
                agent_bot_pictures::delete(tx, app, id)?;
                agent_bot_pictures::put(tx, app, id, picture, stamp.at)?;
            }
            stamp.append(tx, EventKind::AgentBotUpdated, &id.0.to_string(), &fields)?;
            Ok(bot)
        })
        .await?;
    Ok(bot)
}

fn changed(patch: &AgentBotPatch, picture: Option<&Picture>) -> String {
    let fields = patch.fields();
    match picture {
        None => fields,
        Some(_) if fields.is_empty() => PICTURE.to_owned(),
        Some(_) => [fields.as_str(), PICTURE].join(","),
    }
}

/// Removes an agent bot for good, with its picture and the leave of platform apps to touch it.
///
/// # Errors
/// As [`get`].
pub async fn delete(directory: &Directory, actor: &Actor, id: AgentBotId) -> Result<()> {
    require(actor, Action::ManageAgentBots)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("agent_bots.delete", move |tx| {
            reached(tx, &stamp.actor, id)?;
            if !agent_bots::delete(tx, &stamp.actor.app, id)? {
                return Err(missing(id).into());
            }
            stamp.append(tx, EventKind::AgentBotDeleted, &id.0.to_string(), "")
        })
        .await?;
    Ok(())
}

fn missing(id: AgentBotId) -> Error {
    Error::ObjectNotFound(Permissible::AgentBot(id))
}

/// An agent bot that the actor gets at, for a transaction that is about it. Whether there is one is told before whether
/// the actor gets at it.
pub(crate) fn reached(tx: &mut Tx<'_>, actor: &Actor, id: AgentBotId) -> store::Result<AgentBot> {
    let bot = agent_bots::find(tx, &actor.app, id)?.ok_or_else(|| missing(id))?;
    permissibles::require_in(tx, actor, Permissible::AgentBot(id))?;
    Ok(bot)
}

/// Goes on only if the app has this account and the actor gets at it. Whoever does not is not told which of the two it is.
fn require_account(tx: &mut Tx<'_>, actor: &Actor, account: Option<AccountId>) -> store::Result<()> {
    let Some(account) = account else { return Ok(()) };
    accounts::hold(tx, &actor.app, account)?;
    if !accounts::exists(tx, &actor.app, account)? {
        return Err(Error::AccountMustExist.into());
    }
    match permissibles::require_in(tx, actor, Permissible::Account(account)) {
        Err(store::Error::Rule(Error::NotPermissible(_))) => Err(Error::AccountMustExist.into()),
        outcome => outcome,
    }
}
