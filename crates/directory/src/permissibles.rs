//! What platform apps of their own objects may touch: what they made or adopted, and what the operator gave them.

use rollcall_model::{
    AccountId, Actor, AgentBotId, AppId, CredentialKind, Error, EventKind, Permissible, Result, Via, Whom,
};
use rollcall_store::{self as store, Tx, accounts, agent_bots, credentials, permissibles, users};

use crate::Directory;
use crate::apps;
use crate::outbox::Stamp;

/// The number of the platform app, if the actor is one that gets only at its own objects. Lists are narrowed to those.
pub(crate) fn confined(actor: &Actor) -> Option<i64> {
    match actor.via {
        Via::Credential { id, kind: CredentialKind::OwnPlatform } => Some(id),
        Via::Credential {
            id: _,
            kind:
                CredentialKind::FullAccess
                | CredentialKind::AuthOnly
                | CredentialKind::Platform
                | CredentialKind::Klaim,
        }
        | Via::AuthToken { id: _ }
        | Via::Operator => None,
    }
}

/// Goes on only if the actor gets at this object, which is there.
///
/// # Errors
/// [`Error::NotPermissible`], or what the store says.
pub(crate) async fn require(directory: &Directory, actor: &Actor, object: Permissible) -> Result<()> {
    let Some(credential) = confined(actor) else {
        return Ok(());
    };
    let held = Box::pin(permissibles::is_held(&directory.store, &actor.app, credential, object));
    if held.await? {
        Ok(())
    } else {
        Err(Error::NotPermissible(object))
    }
}

/// As [`require`], in a transaction.
///
/// # Errors
/// [`Error::NotPermissible`], or what the engine says.
pub(crate) fn require_in(tx: &mut Tx<'_>, actor: &Actor, object: Permissible) -> store::Result<()> {
    match confined(actor) {
        Some(credential) if !permissibles::has(tx, &actor.app, credential, object)? => {
            Err(Error::NotPermissible(object).into())
        }
        Some(_) | None => Ok(()),
    }
}

/// Gives the actor an object that it has just made or adopted, if it needs that to get at it.
///
/// # Errors
/// [`Error::Denied`] when the actor was revoked meanwhile, or what the engine says.
pub(crate) fn acquire(tx: &mut Tx<'_>, stamp: &Stamp, object: Permissible) -> store::Result<()> {
    let Some(credential) = confined(&stamp.actor) else {
        return Ok(());
    };
    let app = &stamp.actor.app;
    let held = permissibles::grant(tx, app, credential, object, stamp.at)?
        || permissibles::has(tx, app, credential, object)?;
    if held { Ok(()) } else { Err(Error::Denied.into()) }
}

/// An object as the operator names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A user, by whatever name.
    User(Whom),
    /// An account.
    Account(AccountId),
    /// An agent bot.
    AgentBot(AgentBotId),
}

/// What came of granting or revoking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The object.
    pub object: Permissible,
    /// Whether it was not so before.
    pub changed: bool,
}

/// Lets a platform app of its own objects get at another one. For the operator.
///
/// # Errors
/// [`Error::AppNotFound`]; [`Error::CredentialNotFound`] when the app has no platform app of its own objects of this
/// number; [`Error::UserNotFound`], [`Error::ObjectNotFound`], or what the store says.
pub async fn grant(directory: &Directory, app: &AppId, platform_app: i64, object: Object) -> Result<Turn> {
    let stamp = by_operator(directory, app).await?;
    let turn = directory.store.write("permissibles.grant", move |tx| {
        require_own(tx, &stamp, platform_app)?;
        let object = existing(tx, &stamp.actor.app, &object)?;
        let changed = permissibles::grant(tx, &stamp.actor.app, platform_app, object, stamp.at)?;
        turned(tx, &stamp, EventKind::PermissibleGranted, platform_app, Turn { object, changed })
    });
    Ok(turn.await?)
}

/// Takes an object from a platform app, whether it made, adopted or was granted it. For the operator.
///
/// # Errors
/// As [`grant`]; an account, a bot or the number of a user need not exist any more.
pub async fn revoke(directory: &Directory, app: &AppId, platform_app: i64, object: Object) -> Result<Turn> {
    let stamp = by_operator(directory, app).await?;
    let turn = directory.store.write("permissibles.revoke", move |tx| {
        require_own(tx, &stamp, platform_app)?;
        let object = named(tx, &stamp.actor.app, &object)?;
        let changed = permissibles::revoke(tx, &stamp.actor.app, platform_app, object)?;
        turned(tx, &stamp, EventKind::PermissibleRevoked, platform_app, Turn { object, changed })
    });
    Ok(turn.await?)
}

/// What a platform app of its own objects gets at, by kind and number. For the operator.
///
/// # Errors
/// [`Error::AppNotFound`], [`Error::CredentialNotFound`], or what the store says.
pub async fn list(directory: &Directory, app: &AppId, platform_app: i64) -> Result<Vec<Permissible>> {
    let stamp = by_operator(directory, app).await?;
    Ok(directory
        .store
        .read("permissibles.list", move |tx| {
            require_own(tx, &stamp, platform_app)?;
            permissibles::list(tx, &stamp.actor.app, platform_app)
        })
        .await?)
}

async fn by_operator(directory: &Directory, app: &AppId) -> Result<Stamp> {
    apps::find(directory, app).await?;
    let actor = Actor::operator(app.clone());
    Ok(Stamp { actor, at: directory.clock.now() })
}

fn turned(
    tx: &mut Tx<'_>,
    stamp: &Stamp,
    kind: EventKind,
    platform_app: i64,
    turn: Turn,
) -> store::Result<Turn> {
    if turn.changed {
        let subject = format!("{platform_app}/{}/{}", turn.object.kind(), turn.object.number());
        stamp.append(tx, kind, &subject, "")?;
    }
    Ok(turn)
}

/// Whoever gets at the whole directory has no objects of its own to be given.
fn require_own(tx: &mut Tx<'_>, stamp: &Stamp, platform_app: i64) -> store::Result<()> {
    match credentials::kind(tx, &stamp.actor.app, platform_app)? {
        Some(CredentialKind::OwnPlatform) => Ok(()),
        Some(
            CredentialKind::FullAccess
            | CredentialKind::AuthOnly
            | CredentialKind::Platform
            | CredentialKind::Klaim,
        )
        | None => Err(Error::CredentialNotFound.into()),
    }
}

/// An object that the app has; a deactivated user is none.
fn existing(tx: &mut Tx<'_>, app: &AppId, object: &Object) -> store::Result<Permissible> {
    let (permissible, is_there) = match object {
        Object::User(whom) => {
            let found = users::resolve(tx, app, whom)?;
            let (key, _) = found.ok_or_else(|| Error::UserNotFound(whom.to_string()))?;
            (Permissible::User(key), true)
        }
        Object::Account(id) => (Permissible::Account(*id), accounts::exists(tx, app, *id)?),
        Object::AgentBot(id) => (Permissible::AgentBot(*id), agent_bots::find(tx, app, *id)?.is_some()),
    };
    if is_there {
        Ok(permissible)
    } else {
        Err(Error::ObjectNotFound(permissible).into())
    }
}

/// An object that the app may once have had. A uid is looked up among deactivated users as well.
fn named(tx: &mut Tx<'_>, app: &AppId, object: &Object) -> store::Result<Permissible> {
    match object {
        Object::Account(id) => Ok(Permissible::Account(*id)),
        Object::AgentBot(id) => Ok(Permissible::AgentBot(*id)),
        Object::User(whom) => {
            let key = match whom {
                Whom::Key(key) => Some(*key),
                Whom::Uid(uid) => users::key(tx, app, uid)?,
                Whom::UserId(_) => users::resolve(tx, app, whom)?.map(|(key, _)| key),
            };
            let key = key.ok_or_else(|| Error::UserNotFound(whom.to_string()))?;
            Ok(Permissible::User(key))
        }
    }
}
