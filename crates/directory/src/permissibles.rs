//! What platform apps of their own objects may touch: what they made or adopted, and what the operator gave them.

use rollcall_model::{Actor, CredentialKind, Error, Permissible, Result, Via};
use rollcall_store::{self as store, Tx, permissibles};

use crate::Directory;
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
