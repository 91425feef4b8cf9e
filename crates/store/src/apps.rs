//! Apps, and the default role that each is born with.

use rollcall_model::{App, AppId, AppName, DEFAULT_ROLE, Millis};

use crate::sql::statements;
use crate::{Result, Row, Store, Tx};

statements! {
    INSERT = "insert into apps (id, name, created_at) values ($1, $2, $3) on conflict do nothing returning id";
    INSERT_ROLE = "insert into roles (app, role, name, created_at) values ($1, $2, 'Default Role', $3)";
    FIND = "select id, name, created_at from apps where id = $1";
    LIST = "select id, name, created_at from apps order by id";
}

fn from_row(row: &Row<'_>) -> Result<App> {
    Ok(App {
        id: AppId::stored(row.text(0)?),
        name: AppName::stored(row.text(1)?),
        created_at: Millis(row.int(2)?),
    })
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
