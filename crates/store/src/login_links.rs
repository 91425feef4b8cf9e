//! Login links of users: known by a keyed hash, each good for one sign-in.

use rollcall_model::{AppId, Email, Millis, UserKey};

use crate::sql::statements;
use crate::{Result, Store, Tx};

statements! {
    INSERT = "insert into login_links (app, lookup, user_key, expires_at) values ($1, $2, $3, $4)";
    PURGE = "delete from login_links where app = $1 and expires_at <= $2";
    FORGET = "delete from login_links where user_key = $2 and app = $1";
    // No app scopes it: the secret itself says which app it belongs to.
    BY_LOOKUP = "select app from login_links where lookup = $1";
    TAKE = "
        delete from login_links
        where app = $1 and lookup = $2 and expires_at > $3 and user_key in (
            select id from users where app = $1 and email_key = $4 and deactivated_at is null)
        returning user_key";
}

/// Stores a link of a user.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, user: UserKey, lookup: &[u8], expires_at: Millis) -> Result<()> {
    tx.exec(&INSERT, &[app.as_str().into(), lookup.into(), user.0.into(), expires_at.0.into()])
}

/// Removes the app's links that are too old.
///
/// # Errors
/// What the engine says.
pub fn purge(tx: &mut Tx<'_>, app: &AppId, now: Millis) -> Result<()> {
    tx.exec(&PURGE, &[app.as_str().into(), now.0.into()])
}

/// Removes all links of a user.
///
/// # Errors
/// What the engine says.
pub fn forget(tx: &mut Tx<'_>, app: &AppId, user: UserKey) -> Result<()> {
    tx.exec(&FORGET, &[app.as_str().into(), user.0.into()])
}

/// The app of the link that has this keyed hash, be it too old or not.
///
/// # Errors
/// What the engine says.
pub async fn app(store: &Store, lookup: &[u8]) -> Result<Option<AppId>> {
    store
        .fetch(&BY_LOOKUP, &[lookup.into()], |row| row.text(0).map(AppId::stored))
        .await
}

/// Uses up a link that is not too old, if it is one of the active user who has this e-mail address. Answers that user's
/// number; a link that is not used stays.
///
/// # Errors
/// What the engine says.
pub fn take(
    tx: &mut Tx<'_>,
    app: &AppId,
    lookup: &[u8],
    email: &Email,
    now: Millis,
) -> Result<Option<UserKey>> {
    let email = email.key();
    let params = [app.as_str().into(), lookup.into(), now.0.into(), email.as_str().into()];
    tx.opt(&TAKE, &params, |row| row.int(0).map(UserKey))
}
