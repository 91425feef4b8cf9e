//! Auth tokens of users.

use rollcall_model::{AppId, Millis, NewAuthToken, UserKey};

use crate::sql::statements;
use crate::{Result, Store, Tx};

statements! {
    INSERT = "
        insert into auth_tokens (app, user_key, lookup, sealed, created_at) values ($1, $2, $3, $4, $5)";
    OWNER = "
        select u.uid
        from auth_tokens t
        join users u on u.app = t.app and u.id = t.user_key
        where t.app = $1 and t.lookup = $2 and u.deactivated_at is null";
}

/// Stores a token of a user.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, user: UserKey, new: &NewAuthToken, now: Millis) -> Result<()> {
    let NewAuthToken { secret } = new;
    tx.exec(
        &INSERT,
        &[
            app.as_str().into(),
            user.0.into(),
            secret.lookup.as_slice().into(),
            secret.sealed.as_slice().into(),
            now.0.into(),
        ],
    )
}

/// The uid of the active user whose token has this keyed hash.
///
/// # Errors
/// What the engine says.
pub async fn owner(store: &Store, app: &AppId, lookup: &[u8]) -> Result<Option<String>> {
    store
        .fetch(&OWNER, &[app.as_str().into(), lookup.into()], |row| row.text(0).map(str::to_owned))
        .await
}
