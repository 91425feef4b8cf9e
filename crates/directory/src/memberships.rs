//! Memberships: who is in an account, and as what. Who gets at the account gets at them, whosever users they are.

use rollcall_model::{
    AccountId, Actor, AppId, Error, EventKind, MemberAccount, MemberRole, Membership, Patch, Permissible,
    Result, User, UserKey, Whom,
};
use rollcall_store::memberships::Set;
use rollcall_store::{accounts as account_store, memberships, users};

use crate::Directory;
use crate::accounts::reached;
use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::permissibles;

/// The memberships of an account's active users, by number.
///
/// # Errors
/// [`Error::ObjectNotFound`], [`Error::NotPermissible`], [`Error::Denied`], or what the store says.
pub async fn list(directory: &Directory, actor: &Actor, account: AccountId) -> Result<Vec<Membership>> {
    require(actor, Action::ManageMemberships)?;
    let actor = actor.clone();
    Ok(directory
        .store
        .read("memberships.list", move |tx| {
            reached(tx, &actor, account)?;
            memberships::list(tx, &actor.app, account)
        })
        .await?)
}

/// Goes on only if the app has this account and the actor gets at its memberships.
///
/// # Errors
/// As [`list`].
pub async fn reach(directory: &Directory, actor: &Actor, account: AccountId) -> Result<()> {
    require(actor, Action::ManageMemberships)?;
    let object = Permissible::Account(account);
    if !account_store::is_there(&directory.store, &actor.app, account).await? {
        return Err(Error::ObjectNotFound(object));
    }
    permissibles::require(directory, actor, object).await
}

/// Makes an active user a member of an account, or changes what a member is there. Whoever is new and for whom no role
/// is given is an agent. What changes nothing leaves no event, and the membership's `updated_at` as it is.
///
/// # Errors
/// [`Error::UserMustExist`]; otherwise as [`list`].
pub async fn set(
    directory: &Directory,
    actor: &Actor,
    account: AccountId,
    user: UserKey,
    role: Patch<MemberRole>,
) -> Result<Membership> {
    require(actor, Action::ManageMemberships)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let membership = directory
        .store
        .write("memberships.set", move |tx| {
            let app = &stamp.actor.app;
            reached(tx, &stamp.actor, account)?;
            if users::resolve(tx, app, &Whom::Key(user))?.is_none() {
                return Err(Error::UserMustExist.into());
            }
            let (membership, event) = match memberships::set(tx, app, account, user, &role, stamp.at)? {
                Set::Made(membership) => (membership, Some((EventKind::MembershipCreated, ""))),
                Set::Changed(membership) => (membership, Some((EventKind::MembershipUpdated, "role"))),
                Set::Already(membership) => (membership, None),
            };
            if let Some((kind, fields)) = event {
                stamp.append(tx, kind, &subject(account, user), fields)?;
            }
            Ok(membership)
        })
        .await?;
    Ok(membership)
}

/// Ends a membership, also of a deactivated user. The user stays; that there is no such membership is no error.
///
/// # Errors
/// As [`list`].
pub async fn delete(directory: &Directory, actor: &Actor, account: AccountId, user: UserKey) -> Result<()> {
    require(actor, Action::ManageMemberships)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("memberships.delete", move |tx| {
            reached(tx, &stamp.actor, account)?;
            if memberships::delete(tx, &stamp.actor.app, account, user)? {
                stamp.append(tx, EventKind::MembershipDeleted, &subject(account, user), "")?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

/// The accounts that a user is a member of, by number: part of the user's record. Whoever asks has read the user, and was
/// allowed to.
///
/// # Errors
/// What the store says.
pub async fn of_user(directory: &Directory, app: &AppId, user: &User) -> Result<Vec<MemberAccount>> {
    Ok(Box::pin(memberships::of_user(&directory.store, app, user.key)).await?)
}

/// A membership as events name it.
fn subject(AccountId(account): AccountId, UserKey(user): UserKey) -> String {
    format!("{account}/{user}")
}
