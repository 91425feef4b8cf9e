//! Accounts: making, reading, listing, changing, removing.

use rollcall_model::{
    Account, AccountId, AccountPatch, Actor, Error, EventKind, NewAccount, Permissible, Result,
};
use rollcall_store::{self as store, Tx, accounts};

use crate::Directory;
use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::permissibles;

/// Makes an account. A platform app of its own objects gets at it.
///
/// # Errors
/// [`Error::Denied`], or what the store says.
pub async fn create(directory: &Directory, actor: &Actor, new: NewAccount) -> Result<Account> {
    require(actor, Action::ManageAccounts)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let account = directory
        .store
        .write("accounts.create", move |tx| {
            let account = accounts::insert(tx, &stamp.actor.app, &new, stamp.at)?;
            permissibles::acquire(tx, &stamp, Permissible::Account(account.id))?;
            stamp.append(tx, EventKind::AccountCreated, &subject(account.id), "")?;
            Ok(account)
        })
        .await?;
    Ok(account)
}

/// The accounts that the actor gets at, by number.
///
/// # Errors
/// [`Error::Denied`], or what the store says.
pub async fn list(directory: &Directory, actor: &Actor) -> Result<Vec<Account>> {
    require(actor, Action::ManageAccounts)?;
    let (app, confined) = (actor.app.clone(), permissibles::confined(actor));
    Ok(directory
        .store
        .read("accounts.list", move |tx| accounts::list(tx, &app, confined))
        .await?)
}

/// One account.
///
/// # Errors
/// [`Error::ObjectNotFound`], [`Error::NotPermissible`], [`Error::Denied`], or what the store says.
pub async fn get(directory: &Directory, actor: &Actor, id: AccountId) -> Result<Account> {
    require(actor, Action::ManageAccounts)?;
    let found = accounts::find(&directory.store, &actor.app, id).await?;
    let account = found.ok_or_else(|| missing(id))?;
    permissibles::require(directory, actor, Permissible::Account(id)).await?;
    Ok(account)
}

/// Changes an account. An empty patch changes nothing and leaves no event.
///
/// # Errors
/// As [`get`].
pub async fn update(
    directory: &Directory,
    actor: &Actor,
    id: AccountId,
    patch: AccountPatch,
) -> Result<Account> {
    require(actor, Action::ManageAccounts)?;
    let fields = patch.fields();
    if fields.is_empty() {
        return Box::pin(get(directory, actor, id)).await;
    }
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let account = directory
        .store
        .write("accounts.update", move |tx| {
            reached(tx, &stamp.actor, id)?;
            let changed = accounts::update(tx, &stamp.actor.app, id, &patch, stamp.at)?;
            let changed = changed.ok_or_else(|| missing(id))?;
            stamp.append(tx, EventKind::AccountUpdated, &subject(id), &fields)?;
            Ok(changed)
        })
        .await?;
    Ok(account)
}

/// Removes an account with its memberships and its agent bots. Its users stay.
///
/// # Errors
/// As [`get`].
pub async fn delete(directory: &Directory, actor: &Actor, id: AccountId) -> Result<()> {
    require(actor, Action::ManageAccounts)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("accounts.delete", move |tx| {
            reached(tx, &stamp.actor, id)?;
            if !accounts::delete(tx, &stamp.actor.app, id)? {
                return Err(missing(id).into());
            }
            stamp.append(tx, EventKind::AccountDeleted, &subject(id), "")
        })
        .await?;
    Ok(())
}

/// Goes on only if the app has this account and the actor gets at it, for a transaction that is about it.
pub(crate) fn reached(tx: &mut Tx<'_>, actor: &Actor, id: AccountId) -> store::Result<()> {
    if !accounts::exists(tx, &actor.app, id)? {
        return Err(missing(id).into());
    }
    permissibles::require_in(tx, actor, Permissible::Account(id))
}

fn missing(id: AccountId) -> Error {
    Error::ObjectNotFound(Permissible::Account(id))
}

/// An account as events name it.
fn subject(AccountId(id): AccountId) -> String {
    id.to_string()
}
