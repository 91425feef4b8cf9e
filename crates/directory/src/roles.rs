//! Roles: making, reading, listing, changing, removing.

use rollcall_model::{
    Actor, DEFAULT_ROLE, Error, EventKind, Listing, NewRole, Page, Quota, Result, Role, RoleId, RolePatch,
};
use rollcall_store::{self as store, Tx, roles};

use crate::Directory;
use crate::authz::{Action, require};
use crate::outbox::Stamp;

/// Held while roles are counted, so that two who come at once do not both find room for the last.
const LOCK: &str = "roles";

/// Makes a role.
///
/// # Errors
/// [`Error::RoleTaken`], [`Error::QuotaReached`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn create(directory: &Directory, actor: &Actor, new: NewRole) -> Result<Role> {
    require(actor, Action::ManageRoles)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let NewRole {
        role,
        name,
        description,
        metadata,
        list_users,
        send_messages_to,
    } = new;
    let role = Role {
        role,
        name,
        description,
        metadata,
        list_users,
        send_messages_to,
        created_at: stamp.at,
        updated_at: None,
    };
    let made = role.clone();
    directory
        .store
        .write("roles.create", move |tx| insert(tx, &stamp, &role))
        .await?;
    Ok(made)
}

fn insert(tx: &mut Tx<'_>, stamp: &Stamp, role: &Role) -> store::Result<()> {
    let app = &stamp.actor.app;
    tx.lock(app, LOCK)?;
    let taken = || Error::RoleTaken(role.role.clone()).into();
    if roles::find(tx, app, &role.role)?.is_some() {
        return Err(taken());
    }
    // The default role is counted with the others but is not one of those that the limit is about.
    if roles::count(tx, app)? > Quota::Roles.limit() {
        return Err(Error::QuotaReached(Quota::Roles).into());
    }
    if !roles::insert(tx, app, role)? {
        return Err(taken());
    }
    stamp.append(tx, EventKind::RoleCreated, role.role.as_str(), "")
}

/// One page of the app's roles, newest first.
///
/// # Errors
/// [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn list(directory: &Directory, actor: &Actor, page: Page) -> Result<Listing<Role>> {
    require(actor, Action::ManageRoles)?;
    let app = actor.app.clone();
    Ok(directory
        .store
        .read("roles.list", move |tx| roles::list(tx, &app, page))
        .await?)
}

/// One role.
///
/// # Errors
/// [`Error::RoleNotFound`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn get(directory: &Directory, actor: &Actor, role: &RoleId) -> Result<Role> {
    require(actor, Action::ManageRoles)?;
    let found = roles::get(&directory.store, &actor.app, role).await?;
    found.ok_or_else(|| missing(role))
}

/// Changes a role. An empty patch changes nothing, not even `updated_at`, and leaves no event.
///
/// # Errors
/// As [`get`].
pub async fn update(directory: &Directory, actor: &Actor, role: RoleId, patch: RolePatch) -> Result<Role> {
    require(actor, Action::ManageRoles)?;
    let fields = patch.fields();
    if fields.is_empty() {
        return get(directory, actor, &role).await;
    }
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let changed = directory
        .store
        .write("roles.update", move |tx| {
            let changed = roles::update(tx, &stamp.actor.app, &role, &patch, stamp.at)?;
            let changed = changed.ok_or_else(|| missing(&role))?;
            stamp.append(tx, EventKind::RoleUpdated, role.as_str(), &fields)?;
            Ok(changed)
        })
        .await?;
    Ok(changed)
}

/// Removes a role with its restricted features and permissions; whoever has it gets the default role.
///
/// # Errors
/// [`Error::RoleProtected`] for the default role; otherwise as [`get`].
pub async fn delete(directory: &Directory, actor: &Actor, role: RoleId) -> Result<()> {
    require(actor, Action::ManageRoles)?;
    if role.as_str() == DEFAULT_ROLE {
        return Err(Error::RoleProtected(role));
    }
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("roles.delete", move |tx| {
            if !roles::delete(tx, &stamp.actor.app, &role, stamp.at)? {
                return Err(missing(&role).into());
            }
            stamp.append(tx, EventKind::RoleDeleted, role.as_str(), "")
        })
        .await?;
    Ok(())
}

fn missing(role: &RoleId) -> Error {
    Error::RoleNotFound(role.to_string())
}

/// Goes on only if the actor's app has this role, and answers it.
pub(crate) fn known(tx: &mut Tx<'_>, actor: &Actor, role: &RoleId) -> store::Result<Role> {
    let found = roles::find(tx, &actor.app, role)?;
    found.ok_or_else(|| missing(role).into())
}
