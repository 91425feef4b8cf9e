//! Credits: reading a user's balance and its ledger, changing it.

use rollcall_model::{
    Actor, CreditChange, Credits, Error, EventKind, NewCreditChange, Result, Stretch, Whom,
};
use rollcall_store::credits::{self as store, Refused};
use rollcall_store::users;

use crate::Directory;
use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::users::reached;

/// The balance of an active user.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn balance(directory: &Directory, actor: &Actor, whom: &Whom) -> Result<Credits> {
    require(actor, Action::ReadCredits)?;
    let user = users::find_named(&directory.store, &actor.app, whom).await?;
    let user = user.ok_or_else(|| Error::UserNotFound(whom.to_string()))?;
    Ok(user.credit_balance)
}

/// Changes the balance of an active user, with a row in the ledger, and answers the new one. A change by nothing leaves
/// neither a row nor an event.
///
/// # Errors
/// [`Error::NotEnoughCredits`], [`Error::TooManyCredits`]; otherwise as [`balance`].
pub async fn change(
    directory: &Directory,
    actor: &Actor,
    whom: Whom,
    new: NewCreditChange,
) -> Result<Credits> {
    require(actor, Action::ChangeCredits)?;
    if new.delta == Credits(0) {
        return balance(directory, actor, &whom).await;
    }
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let changed = directory
        .store
        .write("credits.change", move |tx| {
            let (key, uid) = reached(tx, &stamp.actor, &whom)?;
            let change = match store::change(tx, &stamp.actor.app, (key, &uid), &new, stamp.at)? {
                Ok(change) => change,
                Err(Refused::Unknown) => return Err(Error::UserNotFound(whom.to_string()).into()),
                Err(Refused::NotEnough) => return Err(Error::NotEnoughCredits.into()),
                Err(Refused::TooMany) => return Err(Error::TooManyCredits.into()),
            };
            stamp.append(tx, EventKind::CreditsChanged, uid.as_str(), "credit_balance")?;
            Ok(change.balance)
        })
        .await?;
    Ok(changed)
}

/// A piece of an active user's ledger, newest first: at most `limit` rows, of those older than number `before` if one is
/// named.
///
/// # Errors
/// As [`balance`].
pub async fn history(
    directory: &Directory,
    actor: &Actor,
    whom: Whom,
    before: Option<i64>,
    limit: i64,
) -> Result<Stretch<CreditChange>> {
    require(actor, Action::ReadCredits)?;
    let actor = actor.clone();
    Ok(directory
        .store
        .read("credits.history", move |tx| {
            let (key, _) = reached(tx, &actor, &whom)?;
            store::list(tx, &actor.app, key, before, limit)
        })
        .await?)
}
