//! Making users, or adopting those who are there.

use rollcall_model::{
    ALPHANUMERIC, Actor, Email, Error, EventKind, Identity, KlaimId, NewAuthToken, NewUser, Permissible,
    Result, User, token,
};
use rollcall_store::users::Taken;
use rollcall_store::{self as store, Tx, auth_tokens, users};

use super::missing_role;
use crate::auth_tokens::mint;
use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::{Directory, permissibles};

/// A made-up Klaim id meets another only within one millisecond and one chance in 900 million; a uid that was free a
/// moment ago may be gone.
const ATTEMPTS: usize = 3;

/// A user just made.
#[derive(Clone, Debug)]
pub struct Created {
    /// The user.
    pub user: User,
    /// The auth token, if one was asked for.
    pub auth_token: Option<String>,
}

/// Makes a user, on request with an auth token, all or nothing.
///
/// # Errors
/// [`Error::EmailTaken`], [`Error::UidTaken`], [`Error::UserIdTaken`], [`Error::RoleNotFound`], [`Error::Denied`],
/// [`Error::Forbidden`], or what the store says.
pub async fn create(directory: &Directory, actor: &Actor, new: NewUser, with_token: bool) -> Result<Created> {
    require(actor, Action::CreateUser)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let minted = match &new.identity {
        Identity::Uid(uid) if with_token => Some(mint(directory, &actor.app, uid, stamp.at)?),
        Identity::Uid(_) | Identity::UserId(_) | Identity::Made => None,
    };
    let (text, sealed) = minted.unzip();
    let user = attempt(directory, "users.create", stamp, new, move |tx, stamp, new, klaim_id| {
        if let Some(error) = missing_role(tx, stamp, new.role.as_ref())? {
            return Err(error.into());
        }
        insert(tx, stamp, new, sealed.as_ref(), klaim_id)
    });
    Ok(Created { user: user.await?, auth_token: text })
}

/// The active user who has this e-mail address, from now on confirmed. A platform app of its own objects gets at the user.
///
/// # Errors
/// [`Error::EmailTaken`] when the address is a deactivated user's, [`Error::Denied`], or what the store says.
pub async fn adopt(directory: &Directory, actor: &Actor, email: &Email) -> Result<Option<User>> {
    require(actor, Action::CreateUser)?;
    if !users::has_email(&directory.store, &actor.app, email).await? {
        return Ok(None);
    }
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let email = email.clone();
    let user = directory.store.write("users.adopt", move |tx| {
        let user = adopt_in(tx, &stamp, Some(&email))?;
        if user.is_none() && users::email_is_taken(tx, &stamp.actor.app, &email)? {
            return Err(Error::EmailTaken.into());
        }
        Ok(user)
    });
    Ok(user.await?)
}

/// As [`adopt`], but one is made when nobody has the address; everything besides is ignored when somebody has.
///
/// # Errors
/// [`Error::EmailTaken`] when the address is a deactivated user's, [`Error::Denied`], or what the store says.
pub async fn create_or_adopt(directory: &Directory, actor: &Actor, new: NewUser) -> Result<User> {
    require(actor, Action::CreateUser)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    attempt(directory, "users.create_or_adopt", stamp, new, |tx, stamp, new, klaim_id| {
        if let Some(user) = adopt_in(tx, stamp, new.email.as_ref())? {
            return Ok(Some(user));
        }
        match insert(tx, stamp, new, None, klaim_id) {
            // Whoever was quicker since we looked is adopted; a deactivated user is not.
            Err(store::Error::Rule(Error::EmailTaken)) => match adopt_in(tx, stamp, new.email.as_ref())? {
                Some(user) => Ok(Some(user)),
                None => Err(Error::EmailTaken.into()),
            },
            other => other,
        }
    })
    .await
}

fn adopt_in(tx: &mut Tx<'_>, stamp: &Stamp, email: Option<&Email>) -> store::Result<Option<User>> {
    let Some(email) = email else { return Ok(None) };
    let user = users::adopt(tx, &stamp.actor.app, email, stamp.at)?;
    if let Some(user) = &user {
        stamp.append(tx, EventKind::UserUpdated, user.uid.as_str(), "confirmed_at")?;
        permissibles::acquire(tx, stamp, Permissible::User(user.key))?;
    }
    Ok(user)
}

/// Runs a transaction that makes a user, again with another Klaim id when it answers nothing.
async fn attempt(
    directory: &Directory,
    name: &'static str,
    stamp: Stamp,
    new: NewUser,
    body: impl Fn(&mut Tx<'_>, &Stamp, &NewUser, &KlaimId) -> store::Result<Option<User>> + Clone + Send + 'static,
) -> Result<User> {
    for _ in 0..ATTEMPTS {
        let klaim_id = KlaimId::new(stamp.at, &token(&*directory.entropy, ALPHANUMERIC, 5));
        let (stamp, new, body) = (stamp.clone(), new.clone(), body.clone());
        let made = directory.store.write(name, move |tx| body(tx, &stamp, &new, &klaim_id)).await?;
        if let Some(user) = made {
            return Ok(user);
        }
    }
    Err(Error::Internal("no free identifier was found for a user".to_owned()))
}

fn insert(
    tx: &mut Tx<'_>,
    stamp: &Stamp,
    new: &NewUser,
    auth_token: Option<&NewAuthToken>,
    klaim_id: &KlaimId,
) -> store::Result<Option<User>> {
    let app = &stamp.actor.app;
    let user = match (users::insert(tx, app, new, klaim_id, stamp.at)?, &new.identity) {
        (Ok(user), _) => user,
        (Err(Taken::Email), _) => return Err(Error::EmailTaken.into()),
        (Err(Taken::Uid | Taken::UserId), Identity::Uid(uid)) => {
            return Err(Error::UidTaken(uid.clone()).into());
        }
        (Err(Taken::UserId), Identity::UserId(id)) => return Err(Error::UserIdTaken(id.clone()).into()),
        (Err(Taken::Uid), Identity::UserId(_)) | (Err(Taken::UserId | Taken::Uid), Identity::Made) => {
            return Ok(None);
        }
        (Err(Taken::KlaimId), _) => return Ok(None),
    };
    stamp.append(tx, EventKind::UserCreated, user.uid.as_str(), "")?;
    permissibles::acquire(tx, stamp, Permissible::User(user.key))?;
    if let Some(auth_token) = auth_token {
        auth_tokens::insert(tx, app, user.key, auth_token, stamp.at)?;
        stamp.append(tx, EventKind::AuthTokenCreated, user.uid.as_str(), "")?;
    }
    Ok(Some(user))
}
