//! Sessions of users who signed in: known by a keyed hash.

use rollcall_model::{AppId, Millis, UserKey};

use crate::sql::statements;
use crate::{Result, Store, Tx};

statements! {
    INSERT = "
        insert into sessions (app, lookup, user_key, client, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)";
    PURGE = "delete from sessions where app = $1 and expires_at <= $2";
    KEEP = "
        delete from sessions
        where app = $1 and user_key = $2 and lookup not in (
            select lookup from sessions
            where app = $1 and user_key = $2
            order by created_at desc, lookup
            limit cast($3 as bigint))";
    // No app scopes it: the secret itself says which app it belongs to.
    BY_LOOKUP = "select app, user_key, expires_at from sessions where lookup = $1";
    DELETE = "delete from sessions where app = $1 and lookup = $2 returning user_key";
}

/// A session about to be stored.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// HMAC-SHA256 of its secret, 32 bytes.
    pub lookup: Vec<u8>,
    /// What tells it from the user's other sessions.
    pub client: String,
    /// When it ends.
    pub expires_at: Millis,
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The app.
    pub app: AppId,
    /// The user, who may be deactivated.
    pub user: UserKey,
    /// When it ends.
    pub expires_at: Millis,
}

/// Stores a session of a user, and removes those of the app that have ended.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, user: UserKey, new: &NewSession, now: Millis) -> Result<()> {
    let NewSession { lookup, client, expires_at } = new;
    tx.exec(&PURGE, &[app.as_str().into(), now.0.into()])?;
    let params = [
        app.as_str().into(),
        lookup.as_slice().into(),
        user.0.into(),
        client.as_str().into(),
        now.0.into(),
        expires_at.0.into(),
    ];
    tx.exec(&INSERT, &params)
}

/// Removes all sessions of a user but the newest `most`.
///
/// # Errors
/// What the engine says.
pub fn keep(tx: &mut Tx<'_>, app: &AppId, user: UserKey, most: i64) -> Result<()> {
    tx.exec(&KEEP, &[app.as_str().into(), user.0.into(), most.into()])
}

/// Whose session has this keyed hash, ended or not.
///
/// # Errors
/// What the engine says.
pub async fn holder(store: &Store, lookup: &[u8]) -> Result<Option<Holder>> {
    store
        .fetch(&BY_LOOKUP, &[lookup.into()], |row| {
            Ok(Holder {
                app: AppId::stored(row.text(0)?),
                user: UserKey(row.int(1)?),
                expires_at: Millis(row.int(2)?),
            })
        })
        .await
}

/// Ends a session. Answers whose it was.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, lookup: &[u8]) -> Result<Option<UserKey>> {
    tx.opt(&DELETE, &[app.as_str().into(), lookup.into()], |row| row.int(0).map(UserKey))
}
