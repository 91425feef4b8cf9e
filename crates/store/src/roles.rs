//! Roles of apps.

use rollcall_model::{AppId, Millis, Role, RoleId};

use crate::sql::statements;
use crate::{Result, Row, Tx};

statements! {
    FIND = "select role, name, created_at from roles where app = $1 and role = $2";
    INSERT = "
        insert into roles (app, role, name, created_at) values ($1, $2, $3, $4)
        on conflict do nothing
        returning role";
}

fn from_row(row: &Row<'_>) -> Result<Role> {
    Ok(Role {
        role: RoleId::stored(row.text(0)?),
        name: row.text(1)?.to_owned(),
        created_at: Millis(row.int(2)?),
    })
}

/// The app's role of this id.
///
/// # Errors
/// What the engine says.
pub fn find(tx: &mut Tx<'_>, app: &AppId, role: &RoleId) -> Result<Option<Role>> {
    tx.opt(&FIND, &[app.as_str().into(), role.as_str().into()], from_row)
}

/// Makes a role. Answers whether its id was free.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, role: &Role) -> Result<bool> {
    let Role { role, name, created_at } = role;
    let params = [app.as_str().into(), role.as_str().into(), name.as_str().into(), created_at.0.into()];
    Ok(tx.opt(&INSERT, &params, |_| Ok(()))?.is_some())
}
