//! Apps, and the default role that each is born with.

use rollcall_model::{App, AppId, AppName, DEFAULT_ROLE, Limits, Millis};

use crate::sql::statements;
use crate::{Error, Result, Row, Store, Tx};

statements! {
    INSERT = "insert into apps (id, name, created_at) values ($1, $2, $3) on conflict do nothing returning id";
    INSERT_ROLE = "insert into roles (app, role, name, created_at) values ($1, $2, 'Default Role', $3)";
    FIND = "select id, name, created_at from apps where id = $1";
    LIST = "select id, name, created_at from apps order by id";
    LIMITS = "select core_per_minute, standard_per_minute from apps where id = $1";
    LIMIT = "
        update apps set core_per_minute = $2, standard_per_minute = $3
        where id = $1
        returning id";
}

fn from_row(row: &Row<'_>) -> Result<App> {
    Ok(App {
        id: AppId::stored(row.text(0)?),
        name: AppName::stored(row.text(1)?),
        created_at: Millis(row.int(2)?),
    })
}

/// Reads rate limits from two columns, the first of which is `column`.
pub(crate) fn limits_from_row(row: &Row<'_>, column: usize) -> Result<Limits> {
    let limit = |column| match row.opt_int(column)? {
        None => Ok(None),
        Some(number) => u32::try_from(number)
            .map(Some)
            .map_err(|_| Error::Broken(format!("a rate limit of {number}"))),
    };
    Ok(Limits { core: limit(column)?, standard: limit(column + 1)? })
}

/// The app's own rate limits; nothing when there is no such app.
///
/// # Errors
/// What the engine says.
pub async fn limits(store: &Store, app: &AppId) -> Result<Option<Limits>> {
    store
        .fetch(&LIMITS, &[app.as_str().into()], |row| limits_from_row(row, 0))
        .await
}

/// Gives an app rate limits of its own. Answers whether there is such an app.
///
/// # Errors
/// What the engine says.
pub fn limit(tx: &mut Tx<'_>, app: &AppId, limits: Limits) -> Result<bool> {
    let Limits { core, standard } = limits;
    let params = [app.as_str().into(), core.map(i64::from).into(), standard.map(i64::from).into()];
    Ok(tx.opt(&LIMIT, &params, |_| Ok(()))?.is_some())
}

/// Makes an app and its default role. Answers whether the id was free.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, name: &AppName, now: Millis) -> Result<bool> {
    let made = tx.opt(&INSERT, &[app.as_str().into(), name.as_str().into(), now.0.into()], |_| Ok(()))?;
    if made.is_some() {
        tx.exec(&INSERT_ROLE, &[app.as_str().into(), DEFAULT_ROLE.into(), now.0.into()])?;
    }
    Ok(made.is_some())
}

/// The app of this id.
///
/// # Errors
/// What the engine says.
pub async fn find(store: &Store, app: &AppId) -> Result<Option<App>> {
    store.fetch(&FIND, &[app.as_str().into()], from_row).await
}

/// All apps, by id. For the operator: this is the one list that no app scopes.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<App>> {
    tx.query(&LIST, &[], from_row)
}
