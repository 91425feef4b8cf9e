//! Credentials of apps.

use rollcall_model::{AppId, Credential, CredentialKind, CredentialPatch, Limits, Millis, NewCredential};

use crate::sql::statements;
use crate::{Error, Result, Row, Store, Tx, apps};

statements! {
    INSERT = "
        insert into credentials (app, kind, name, lookup, sealed, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning id";
    // No app scopes it: the secret itself says which app it belongs to.
    BY_LOOKUP = "
        select c.app, c.id, c.kind, c.name, c.sealed, c.created_at, a.core_per_minute, a.standard_per_minute
        from credentials c
        join apps a on a.id = c.app
        where c.lookup = $1";
    FIND = "
        select app, id, kind, name, sealed, created_at
        from credentials
        where app = $1 and lookup = $2";
    KIND = "select kind from credentials where app = $1 and id = $2";
    COUNT = "select count(*) from credentials where app = $1 and kind in ($2, $3)";
    UPDATE = "
        update credentials set name = coalesce($3, name), kind = coalesce($4, kind), updated_at = $5
        where app = $1 and id = $2
        returning app, id, kind, name, sealed, created_at";
    LIST = "
        select app, id, kind, name, sealed, created_at
        from credentials
        where app = $1
        order by created_at, id";
    DELETE = "delete from credentials where app = $1 and id = $2 returning id";
}

fn from_row(row: &Row<'_>) -> Result<Credential> {
    Ok(Credential {
        app: AppId::stored(row.text(0)?),
        id: row.int(1)?,
        kind: parsed(row.text(2)?)?,
        name: row.text(3)?.to_owned(),
        sealed: row.bytes(4)?.to_owned(),
        created_at: Millis(row.int(5)?),
    })
}

fn parsed(kind: &str) -> Result<CredentialKind> {
    CredentialKind::parse(kind).ok_or_else(|| Error::Broken(format!("unknown kind of credential {kind}")))
}

/// Stores a credential and answers its number.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, new: &NewCredential, by: &str, now: Millis) -> Result<i64> {
    let NewCredential { kind, name, secret } = new;
    tx.row(
        &INSERT,
        &[
            app.as_str().into(),
            kind.as_str().into(),
            name.as_str().into(),
            secret.lookup.as_slice().into(),
            secret.sealed.as_slice().into(),
            by.into(),
            now.0.into(),
        ],
        |row| row.int(0),
    )
}

/// The credential whose secret has this keyed hash, with the rate limits of its app.
///
/// # Errors
/// What the engine says.
pub async fn by_lookup(store: &Store, lookup: &[u8]) -> Result<Option<(Credential, Limits)>> {
    store
        .fetch(&BY_LOOKUP, &[lookup.into()], |row| Ok((from_row(row)?, apps::limits_from_row(row, 6)?)))
        .await
}

/// The app's credential whose secret has this keyed hash.
///
/// # Errors
/// What the engine says.
pub async fn find(store: &Store, app: &AppId, lookup: &[u8]) -> Result<Option<Credential>> {
    store.fetch(&FIND, &[app.as_str().into(), lookup.into()], from_row).await
}

/// What the app's credential of this number opens.
///
/// # Errors
/// What the engine says.
pub fn kind(tx: &mut Tx<'_>, app: &AppId, id: i64) -> Result<Option<CredentialKind>> {
    tx.opt(&KIND, &[app.as_str().into(), id.into()], |row| parsed(row.text(0)?))
}

/// How many credentials of these two kinds the app has.
///
/// # Errors
/// What the engine says.
pub fn count(tx: &mut Tx<'_>, app: &AppId, kinds: [CredentialKind; 2]) -> Result<i64> {
    let [one, other] = kinds.map(CredentialKind::as_str);
    tx.row(&COUNT, &[app.as_str().into(), one.into(), other.into()], |row| row.int(0))
}

/// Changes a credential. Answers it as it is then, or nothing when there is none of this number.
///
/// # Errors
/// What the engine says.
pub fn update(
    tx: &mut Tx<'_>,
    app: &AppId,
    id: i64,
    patch: &CredentialPatch,
    now: Millis,
) -> Result<Option<Credential>> {
    let CredentialPatch { name, kind } = patch;
    let params = [
        app.as_str().into(),
        id.into(),
        name.as_deref().into(),
        kind.map(CredentialKind::as_str).into(),
        now.0.into(),
    ];
    tx.opt(&UPDATE, &params, from_row)
}

/// The app's credentials, oldest first.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId) -> Result<Vec<Credential>> {
    tx.query(&LIST, &[app.as_str().into()], from_row)
}

/// Removes a credential. Answers whether there was one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, id: i64) -> Result<bool> {
    Ok(tx.opt(&DELETE, &[app.as_str().into(), id.into()], |_| Ok(()))?.is_some())
}
