//! Login links: whoever holds one is signed in as its user, once and within five minutes.

use std::fmt;

use rollcall_model::{Actor, Email, Error, EventKind, HEX, Millis, Result, Uid, UserKey, Whom, token};
use rollcall_store::login_links as store;
use rollcall_store::users as stored_users;

use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::sessions::{self, Session, SignedIn};
use crate::{Directory, users};

/// Milliseconds for which a link is good.
const LIFETIME: i64 = 5 * 60 * 1000;
/// Longer texts than any token are not even hashed.
const LONGEST: usize = 256;

/// A link just made.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginLink {
    /// The address of its user.
    pub email: Email,
    /// The secret: 64 hexadecimal digits.
    pub token: String,
}

impl fmt::Debug for LoginLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginLink").field("email", &self.email).finish_non_exhaustive()
    }
}

/// Makes a link for a user. Earlier ones stay good.
///
/// # Errors
/// [`Error::NoEmail`], [`Error::UserNotFound`], [`Error::NotPermissible`], [`Error::Denied`], or what the store says.
pub async fn create(directory: &Directory, actor: &Actor, user: UserKey) -> Result<LoginLink> {
    require(actor, Action::CreateLoginLink)?;
    let whom = Whom::Key(user);
    let found = users::find(directory, actor, &whom).await?;
    let email = found.email.clone().ok_or(Error::NoEmail)?;
    let token = token(&*directory.entropy, HEX, 64);
    let lookup = directory.secrets.lookup(&token);
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("login_links.create", move |tx| {
            let app = &stamp.actor.app;
            let (user, uid) = users::reached(tx, &stamp.actor, &whom)?;
            store::purge(tx, app, stamp.at)?;
            store::insert(tx, app, user, &lookup, Millis(stamp.at.0 + LIFETIME))?;
            stamp.append(tx, EventKind::LoginLinkCreated, uid.as_str(), "")
        })
        .await?;
    Ok(LoginLink { email, token })
}

/// Uses up a link and signs its user in.
///
/// # Errors
/// [`Error::LoginRefused`] when it is unknown, used, too old, or none of the active user who has this address; or what the
/// store says.
pub async fn redeem(directory: &Directory, email: &str, token: &str) -> Result<SignedIn> {
    let email = Email::parse(email).map_err(|_| Error::LoginRefused)?;
    if token.len() > LONGEST {
        return Err(Error::LoginRefused);
    }
    let lookup = directory.secrets.lookup(token);
    let app = store::app(&directory.store, &lookup).await?.ok_or(Error::LoginRefused)?;
    let session = Session::fresh(directory);
    let (stored, at, in_app) = (session.stored(directory), directory.clock.now(), app.clone());
    let key = directory
        .store
        .write("login_links.redeem", move |tx| {
            let key = store::take(tx, &in_app, &lookup, &email, at)?.ok_or(Error::LoginRefused)?;
            let (_, uid): (_, Uid) =
                stored_users::resolve(tx, &in_app, &Whom::Key(key))?.ok_or(Error::LoginRefused)?;
            sessions::begin(tx, &in_app, (key, &uid), &stored, at)?;
            Ok(key)
        })
        .await?;
    let user = stored_users::find_named(&directory.store, &app, &Whom::Key(key)).await?;
    // Removed or deactivated just now.
    let user = user.ok_or(Error::LoginRefused)?;
    Ok(SignedIn { app, user, session })
}
