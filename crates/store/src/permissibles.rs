//! Permissible objects: what platform apps of their own objects may touch.

use rollcall_model::{AppId, Millis, Permissible};

use crate::sql::statements;
use crate::{Error, Result, Store, Tx};

statements! {
    GRANT = "
        insert into permissibles (app, credential, kind, object, created_at)
        select app, id, cast($3 as text), cast($4 as bigint), cast($5 as bigint)
        from credentials
        where app = $1 and id = $2
        on conflict do nothing
        returning object";
    REVOKE = "
        delete from permissibles
        where app = $1 and credential = $2 and kind = $3 and object = $4
        returning object";
    HAS = "select 1 from permissibles where app = $1 and credential = $2 and kind = $3 and object = $4";
    LIST = "select kind, object from permissibles where app = $1 and credential = $2 order by kind, object";
    FORGET = "delete from permissibles where app = $1 and kind = $2 and object = $3";
}

/// Gives a platform app an object. Answers whether that is new; it is not, too, when the app is revoked.
///
/// # Errors
/// What the engine says.
pub fn grant(
    tx: &mut Tx<'_>,
    app: &AppId,
    credential: i64,
    object: Permissible,
    now: Millis,
) -> Result<bool> {
    let (kind, number) = (object.kind(), object.number());
    let params = [app.as_str().into(), credential.into(), kind.into(), number.into(), now.0.into()];
    Ok(tx.opt(&GRANT, &params, |_| Ok(()))?.is_some())
}

/// Takes an object from a platform app. Answers whether it had it.
///
/// # Errors
/// What the engine says.
pub fn revoke(tx: &mut Tx<'_>, app: &AppId, credential: i64, object: Permissible) -> Result<bool> {
    let params = [app.as_str().into(), credential.into(), object.kind().into(), object.number().into()];
    Ok(tx.opt(&REVOKE, &params, |_| Ok(()))?.is_some())
}

/// Whether a platform app has an object.
///
/// # Errors
/// What the engine says.
pub fn has(tx: &mut Tx<'_>, app: &AppId, credential: i64, object: Permissible) -> Result<bool> {
    let params = [app.as_str().into(), credential.into(), object.kind().into(), object.number().into()];
    Ok(tx.opt(&HAS, &params, |_| Ok(()))?.is_some())
}

/// As [`has`], outside of a transaction.
///
/// # Errors
/// What the engine says.
pub async fn is_held(store: &Store, app: &AppId, credential: i64, object: Permissible) -> Result<bool> {
    let params = [app.as_str().into(), credential.into(), object.kind().into(), object.number().into()];
    Ok(store.fetch(&HAS, &params, |_| Ok(())).await?.is_some())
}

/// What a platform app has, by kind and number.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, credential: i64) -> Result<Vec<Permissible>> {
    tx.query(&LIST, &[app.as_str().into(), credential.into()], |row| {
        let (kind, number) = (row.text(0)?, row.int(1)?);
        Permissible::of(kind, number).ok_or_else(|| Error::Broken(format!("unknown kind of object {kind}")))
    })
}

/// Takes an object that is being deleted from every platform app.
///
/// # Errors
/// What the engine says.
pub fn forget(tx: &mut Tx<'_>, app: &AppId, object: Permissible) -> Result<()> {
    tx.exec(&FORGET, &[app.as_str().into(), object.kind().into(), object.number().into()])
}
