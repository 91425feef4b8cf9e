//! Features that a role's users cannot use: restricting, listing, allowing again.

use rollcall_model::{Actor, EventKind, Feature, Listing, Page, RestrictedFeature, Result, RoleId};
use rollcall_store::restricted_features as store;

use crate::Directory;
use crate::authz::{Action, require};
use crate::outbox::Stamp;
use crate::roles::known;

/// Restricts features for a role. What is restricted already stays so.
///
/// # Errors
/// As [`crate::roles::get`].
pub async fn restrict(
    directory: &Directory,
    actor: &Actor,
    role: RoleId,
    features: Vec<Feature>,
) -> Result<()> {
    require(actor, Action::ManageRoles)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let features = in_one_order(features);
    directory
        .store
        .write("restricted_features.restrict", move |tx| {
            known(tx, &stamp.actor, &role)?;
            let mut changed = Vec::new();
            for &feature in &features {
                if store::restrict(tx, &stamp.actor.app, &role, feature, stamp.at)? {
                    changed.push(feature);
                }
            }
            if changed.is_empty() {
                return Ok(());
            }
            stamp.append(tx, EventKind::FeaturesRestricted, role.as_str(), &names(&changed))
        })
        .await?;
    Ok(())
}

/// One page of what is restricted for a role, newest first.
///
/// # Errors
/// As [`restrict`].
pub async fn list(
    directory: &Directory,
    actor: &Actor,
    role: RoleId,
    page: Page,
) -> Result<Listing<RestrictedFeature>> {
    require(actor, Action::ManageRoles)?;
    let actor = actor.clone();
    let listing = directory
        .store
        .read("restricted_features.list", move |tx| {
            known(tx, &actor, &role)?;
            store::list(tx, &actor.app, &role, page)
        })
        .await?;
    Ok(listing)
}

/// What is to be allowed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Everything.
    All,
    /// These.
    Some(Vec<Feature>),
}

/// Allows features to a role again. What is not restricted is allowed already.
///
/// # Errors
/// As [`restrict`].
pub async fn allow(directory: &Directory, actor: &Actor, role: RoleId, allowed: Allowed) -> Result<()> {
    require(actor, Action::ManageRoles)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let named = match allowed {
        Allowed::All => None,
        Allowed::Some(features) => Some(in_one_order(features)),
    };
    directory
        .store
        .write("restricted_features.allow", move |tx| {
            let app = &stamp.actor.app;
            known(tx, &stamp.actor, &role)?;
            let mut changed = Vec::new();
            match &named {
                None => changed = store::allow_all(tx, app, &role)?,
                Some(features) => {
                    for &feature in features {
                        if store::allow(tx, app, &role, feature)? {
                            changed.push(feature);
                        }
                    }
                }
            }
            if changed.is_empty() {
                return Ok(());
            }
            stamp.append(tx, EventKind::FeaturesAllowed, role.as_str(), &names(&changed))
        })
        .await?;
    Ok(())
}

/// Each once, and in one order, whatever was asked: two calls that meet never wait for each other in a ring.
fn in_one_order(mut features: Vec<Feature>) -> Vec<Feature> {
    features.sort_unstable();
    features.dedup();
    features
}

fn names(features: &[Feature]) -> String {
    let names: Vec<_> = features.iter().map(|feature| feature.as_str()).collect();
    names.join(",")
}
