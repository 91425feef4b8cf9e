//! Pictures of agent bots. They lie in the database, so that every process sees them and one backup holds them.

use std::sync::Arc;

use rollcall_model::{Actor, AgentBot, AgentBotId, Error, EventKind, Millis, Picture, Result, Via};
use rollcall_store::{self as store, Tx, agent_bot_pictures, credentials};
use sha2::{Digest, Sha256};

use crate::Directory;
use crate::agent_bots::{PICTURE, reached};
use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::secrets::hex;

/// A picture and what tells it from any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The picture.
    pub picture: Picture,
    /// SHA-256 of the picture's bytes, as hexadecimal digits.
    pub digest: String,
}

/// A bot's picture, if it has one.
///
/// # Errors
/// [`rollcall_model::Error::ObjectNotFound`], [`rollcall_model::Error::NotPermissible`],
/// [`rollcall_model::Error::Denied`], or what the store says.
pub async fn get(directory: &Directory, actor: &Actor, id: AgentBotId) -> Result<Option<Shown>> {
    require(actor, Action::ManageAgentBots)?;
    let actor = actor.clone();
    Ok(directory
        .store
        .read("agent_bot_pictures.get", move |tx| {
            reached(tx, &actor, id)?;
            let picture = agent_bot_pictures::find(tx, &actor.app, id)?;
            // Here and not by the caller: a large picture takes some milliseconds, and this thread is made for such.
            Ok(picture.map(|picture| Shown { digest: hex(&Sha256::digest(&picture.bytes)), picture }))
        })
        .await?)
}

/// The time at which a picture is asked for that is yet to come, to be given to [`put`] with it.
#[must_use]
pub fn asked(directory: &Directory) -> Millis {
    directory.clock.now()
}

/// Gives a bot a picture that was asked for at some time, unless it has got one since. Answers whether it has this one.
///
/// # Errors
/// As [`get`].
pub async fn put(
    directory: &Directory,
    actor: &Actor,
    id: AgentBotId,
    picture: Picture,
    asked: Millis,
) -> Result<bool> {
    require(actor, Action::ManageAgentBots)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let picture = Arc::new(picture);
    Ok(directory
        .store
        .write("agent_bot_pictures.put", move |tx| {
            require_credential(tx, &stamp.actor)?;
            reached(tx, &stamp.actor, id)?;
            let newest = agent_bot_pictures::put(tx, &stamp.actor.app, id, &picture, asked)?;
            if newest {
                stamp.append(tx, EventKind::AgentBotUpdated, &id.0.to_string(), PICTURE)?;
            }
            Ok(newest)
        })
        .await?)
}

/// A picture may come long after it was asked for, and whoever asked for it may be revoked.
fn require_credential(tx: &mut Tx<'_>, actor: &Actor) -> store::Result<()> {
    match actor.via {
        Via::Credential { id, kind: _ } if credentials::kind(tx, &actor.app, id)?.is_none() => {
            Err(Error::Denied.into())
        }
        Via::Credential { id: _, kind: _ } | Via::AuthToken { id: _ } | Via::Operator => Ok(()),
    }
}

/// Takes its picture from a bot and answers the bot. A bot without one is left as it is, without an event.
///
/// # Errors
/// As [`get`].
pub async fn remove(directory: &Directory, actor: &Actor, id: AgentBotId) -> Result<AgentBot> {
    require(actor, Action::ManageAgentBots)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    Ok(directory
        .store
        .write("agent_bot_pictures.remove", move |tx| {
            let bot = reached(tx, &stamp.actor, id)?;
            if agent_bot_pictures::delete(tx, &stamp.actor.app, id)? {
                stamp.append(tx, EventKind::AgentBotUpdated, &id.0.to_string(), PICTURE)?;
            }
            Ok(bot)
        })
        .await?)
}
