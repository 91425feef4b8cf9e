//! Permissions of roles: listing, setting, taking back to the default.

use std::collections::BTreeMap;

use rollcall_model::{Actor, EventKind, Listing, Millis, Page, Permission, PermissionValue, Result, RoleId};
use rollcall_store::Tx;
use rollcall_store::permissions::{self as store, Granted};

use crate::Directory;
use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::roles::known;

/// A permission as a role has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The permission.
    pub permission: Permission,
    /// When the role was made.
    pub created_at: Millis,
    /// When the permission was set for the role; when the role was made, if it is at its default.
    pub updated_at: Millis,
}

/// The value of every permission, in the order of [`Permission::ALL`].
pub type Effective = Vec<(Permission, PermissionValue)>;

/// One page of the permissions of a role, in the order of [`Permission::ALL`].
///
/// # Errors
/// As [`crate::roles::get`].
pub async fn list(directory: &Directory, actor: &Actor, role: RoleId, page: Page) -> Result<Listing<Held>> {
    require(actor, Action::ManageRoles)?;
    let actor = actor.clone();
    let (created_at, granted) = directory
        .store
        .read("permissions.list", move |tx| {
            let created_at = known(tx, &actor, &role)?.created_at;
            Ok((created_at, store::of(tx, &actor.app, &role)?))
        })
        .await?;
    let held = |&permission| {
        let granted = granted.iter().find(|granted| granted.permission == permission);
        let updated_at = granted.map_or(created_at, |granted| granted.updated_at);
        Held { permission, created_at, updated_at }
    };
    Ok(Listing::cut(Permission::ALL.iter().map(held), page))
}

/// Sets permissions of a role, and answers what it then comes to. A default is not kept: it is the same as none.
///
/// # Errors
/// As [`list`].
pub async fn set(
    directory: &Directory,
    actor: &Actor,
    role: RoleId,
    values: Vec<(Permission, PermissionValue)>,
) -> Result<Effective> {
    // In one order, whatever was asked: two calls that meet never wait for each other in a ring.
    let values: BTreeMap<_, _> = values.into_iter().collect();
    change(directory, actor, role, "permissions.set", EventKind::PermissionsSet, values).await
}

/// Takes a permission of a role back to its default, and answers what the role then comes to.
///
/// # Errors
/// As [`list`].
pub async fn unset(
    directory: &Directory,
    actor: &Actor,
    role: RoleId,
    permission: Permission,
) -> Result<Effective> {
    let values = BTreeMap::from([(permission, permission.default_value())]);
    change(directory, actor, role, "permissions.unset", EventKind::PermissionUnset, values).await
}

async fn change(
    directory: &Directory,
    actor: &Actor,
    role: RoleId,
    name: &'static str,
    kind: EventKind,
    values: BTreeMap<Permission, PermissionValue>,
) -> Result<Effective> {
    require(actor, Action::ManageRoles)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let granted = directory
        .store
        .write(name, move |tx| {
            known(tx, &stamp.actor, &role)?;
            let changed = put(tx, &stamp, &role, &values)?;
            if !changed.is_empty() {
                stamp.append(tx, kind, role.as_str(), &changed.join(","))?;
            }
            store::of(tx, &stamp.actor.app, &role)
        })
        .await?;
    Ok(effective(granted))
}

/// Writes the values, and answers the ids of those that made a difference.
fn put(
    tx: &mut Tx<'_>,
    stamp: &Stamp,
    role: &RoleId,
    values: &BTreeMap<Permission, PermissionValue>,
) -> rollcall_store::Result<Vec<&'static str>> {
    let app = &stamp.actor.app;
    let mut changed = Vec::new();
    for (&permission, value) in values {
        let is_change = if *value == permission.default_value() {
            store::unset(tx, app, role, permission)?
        } else {
            store::set(tx, app, role, permission, value, stamp.at)?
        };
        if is_change {
            changed.push(permission.as_str());
        }
    }
    Ok(changed)
}

fn effective(granted: Vec<Granted>) -> Effective {
    let mut set: BTreeMap<_, _> = granted.into_iter().map(|g| (g.permission, g.value)).collect();
    let value = |&permission| {
        let value = set.remove(&permission).unwrap_or_else(|| Permission::default_value(permission));
        (permission, value)
    };
    Permission::ALL.iter().map(value).collect()
}
