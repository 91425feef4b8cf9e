//! Facts about the installation itself, and the epoch by which processes notice that credentials were withdrawn.

use crate::sql::statements;
use crate::{Error, Result, Store, Tx};

/// Counts withdrawals of credentials; a process that sees it move forgets what it had verified.
const EPOCH: &str = "credentials_epoch";
/// Proves that a database belongs to a secret key.
const KEY_CHECK: &str = "secret_key_check";
/// What access tokens are derived from, sealed.
const TOKEN_ROOT: &str = "access_token_root";
/// The number of the last commit that changed lists of users, for the embedded engine.
const LISTS: &str = "user_lists";

statements! {
    GET = "select value from installation where name = $1";
    PUT_ONCE = "insert into installation (name, value) values ($1, $2) on conflict do nothing";
    PUT = "
        insert into installation (name, value) values ($1, $2)
        on conflict (name) do update set value = excluded.value";
    RAISE = "
        insert into installation (name, value) values ($1, '1')
        on conflict (name) do update
        set value = cast(cast(installation.value as bigint) + 1 as text)";
}

/// The epoch at this moment; empty before the first withdrawal.
///
/// # Errors
/// What the engine says.
pub async fn epoch(store: &Store) -> Result<String> {
    let value = store.fetch(&GET, &[EPOCH.into()], |row| row.text(0).map(str::to_owned)).await?;
    Ok(value.unwrap_or_default())
}

/// Tells all processes to forget what they had verified, as soon as this transaction is committed.
///
/// # Errors
/// What the engine says.
pub fn raise_epoch(tx: &mut Tx<'_>) -> Result<()> {
    tx.exec(&RAISE, &[EPOCH.into()])
}

/// Whether there is a proof of a secret key.
///
/// # Errors
/// What the engine says.
pub async fn has_key_check(store: &Store) -> Result<bool> {
    Ok(store.fetch(&GET, &[KEY_CHECK.into()], |_| Ok(())).await?.is_some())
}

/// Writes the proof of the secret key if there is none yet, and answers the one that holds.
///
/// # Errors
/// What the engine says.
pub fn key_check(tx: &mut Tx<'_>, proof: &str) -> Result<String> {
    once(tx, KEY_CHECK, proof)
}

/// The sealed root of the access tokens, if there is one.
///
/// # Errors
/// What the engine says.
pub async fn find_token_root(store: &Store) -> Result<Option<String>> {
    store
        .fetch(&GET, &[TOKEN_ROOT.into()], |row| row.text(0).map(str::to_owned))
        .await
}

/// Writes the sealed root of the access tokens if there is none yet, and answers the one that holds.
///
/// # Errors
/// What the engine says.
pub fn token_root(tx: &mut Tx<'_>, sealed: &str) -> Result<String> {
    once(tx, TOKEN_ROOT, sealed)
}

/// The number of the last commit that changed lists of users.
pub(crate) fn lists_version(tx: &mut Tx<'_>) -> Result<i64> {
    let number = tx.opt(&GET, &[LISTS.into()], |row| {
        let text = row.text(0)?;
        text.parse()
            .map_err(|_| Error::Broken(format!("{text} is no number of a commit")))
    })?;
    Ok(number.unwrap_or(0))
}

/// Gives this transaction its number among those that change lists of users.
pub(crate) fn set_lists_version(tx: &mut Tx<'_>, number: i64) -> Result<()> {
    tx.exec(&PUT, &[LISTS.into(), number.to_string().as_str().into()])
}

fn once(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<String> {
    tx.exec(&PUT_ONCE, &[name.into(), value.into()])?;
    tx.row(&GET, &[name.into()], |row| row.text(0).map(str::to_owned))
}
