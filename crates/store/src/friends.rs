//! Friendships. Each is two rows, so that each of the two finds the other by an index of its own.

use rollcall_model::{AppId, Millis, UserKey};

use crate::sql::statements;
use crate::{Result, Store, Tx};

statements! {
    // Both rows or none: each of the two as the friend of the other, in an app that has both.
    ADD = "
        insert into friends (app, user_key, friend_key, since)
        select app, case id when $2 then cast($3 as bigint) else cast($2 as bigint) end, id, cast($4 as bigint)
        from users
        where app = $1 and id in ($2, $3) and $2 <> $3
            and exists (select 1 from users where app = $1 and id = $2)
            and exists (select 1 from users where app = $1 and id = $3)
        on conflict do nothing
        returning friend_key";
    // Nobody is a friend of oneself, so these are the two rows.
    REMOVE = "
        delete from friends
        where app = $1 and user_key in ($2, $3) and friend_key in ($2, $3)
        returning friend_key";
    COUNT = "select count(*) from friends where app = $1 and user_key = $2";
    ARE = "select 1 from friends where app = $1 and user_key = $2 and friend_key = $3";
}

/// Makes two users friends. Answers whether they were not already.
///
/// # Errors
/// What the engine says.
pub fn add(tx: &mut Tx<'_>, app: &AppId, a: UserKey, b: UserKey, now: Millis) -> Result<bool> {
    let params = [app.as_str().into(), a.0.into(), b.0.into(), now.0.into()];
    Ok(tx.opt(&ADD, &params, |_| Ok(()))?.is_some())
}

/// Ends a friendship. Answers whether there was one.
///
/// # Errors
/// What the engine says.
pub fn remove(tx: &mut Tx<'_>, app: &AppId, a: UserKey, b: UserKey) -> Result<bool> {
    let params = [app.as_str().into(), a.0.into(), b.0.into()];
    Ok(tx.opt(&REMOVE, &params, |_| Ok(()))?.is_some())
}

/// How many friends a user has, deactivated ones among them.
///
/// # Errors
/// What the engine says.
pub fn count(tx: &mut Tx<'_>, app: &AppId, user: UserKey) -> Result<i64> {
    tx.row(&COUNT, &[app.as_str().into(), user.0.into()], |row| row.int(0))
}

/// Whether two users are friends.
///
/// # Errors
/// What the engine says.
pub async fn are(store: &Store, app: &AppId, a: UserKey, b: UserKey) -> Result<bool> {
    let params = [app.as_str().into(), a.0.into(), b.0.into()];
    Ok(store.fetch(&ARE, &params, |_| Ok(())).await?.is_some())
}

/// As [`are`], inside a transaction.
///
/// # Errors
/// What the engine says.
pub fn are_in(tx: &mut Tx<'_>, app: &AppId, a: UserKey, b: UserKey) -> Result<bool> {
    let params = [app.as_str().into(), a.0.into(), b.0.into()];
    Ok(tx.opt(&ARE, &params, |_| Ok(()))?.is_some())
}
