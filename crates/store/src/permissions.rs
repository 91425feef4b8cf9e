//! Permissions of roles, as far as they differ from the defaults.

use rollcall_model::{AppId, Millis, Permission, PermissionValue, RoleId};

use crate::sql::statements;
use crate::{Error, Result, Row, Tx};

statements! {
    SET = "
        insert into permissions (app, role, permission, value, updated_at) values ($1, $2, $3, $4, $5)
        on conflict (app, role, permission) do update set value = excluded.value, updated_at = excluded.updated_at
        where permissions.value <> excluded.value
        returning permission";
    UNSET = "
        delete from permissions
        where app = $1 and role = $2 and permission = $3
        returning permission";
    OF = "select permission, value, updated_at from permissions where app = $1 and role = $2";
}

/// A permission that was set, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The permission.
    pub permission: Permission,
    /// What it is set to.
    pub value: PermissionValue,
    /// When it was set last.
    pub updated_at: Millis,
}

/// Reads id and value as they are stored.
pub(crate) fn parsed(id: &str, value: &str) -> Result<(Permission, PermissionValue)> {
    let broken = || Error::Broken(format!("unreadable value of the permission {id}"));
    let permission = Permission::parse(id).ok_or_else(broken)?;
    Ok((permission, permission.value(value).map_err(|_| broken())?))
}

fn from_row(row: &Row<'_>) -> Result<Granted> {
    let (permission, value) = parsed(row.text(0)?, row.text(1)?)?;
    Ok(Granted { permission, value, updated_at: Millis(row.int(2)?) })
}

/// Sets a permission of a role that is there. To be used for what differs from the default; the default itself is
/// [`unset`]. Answers whether it was not so already.
///
/// # Errors
/// What the engine says.
pub fn set(
    tx: &mut Tx<'_>,
    app: &AppId,
    role: &RoleId,
    permission: Permission,
    value: &PermissionValue,
    now: Millis,
) -> Result<bool> {
    let value = value.to_json();
    let params = [
        app.as_str().into(),
        role.as_str().into(),
        permission.as_str().into(),
        value.as_str().into(),
        now.0.into(),
    ];
    Ok(tx.opt(&SET, &params, |_| Ok(()))?.is_some())
}

/// Takes a permission of a role back to its default. Answers whether it had been set.
///
/// # Errors
/// What the engine says.
pub fn unset(tx: &mut Tx<'_>, app: &AppId, role: &RoleId, permission: Permission) -> Result<bool> {
    let params = [app.as_str().into(), role.as_str().into(), permission.as_str().into()];
    Ok(tx.opt(&UNSET, &params, |_| Ok(()))?.is_some())
}

/// What is set for a role, in the order of [`Permission::ALL`].
///
/// # Errors
/// What the engine says.
pub fn of(tx: &mut Tx<'_>, app: &AppId, role: &RoleId) -> Result<Vec<Granted>> {
    let mut granted = tx.query(&OF, &[app.as_str().into(), role.as_str().into()], from_row)?;
    granted.sort_unstable_by_key(|granted| granted.permission);
    Ok(granted)
}
