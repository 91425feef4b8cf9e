//! Blocks: whom a user has blocked. A block goes one way, and ends no friendship.

use rollcall_model::{Actor, Error, EventKind, Feature, Listing, Page, Result, Uid};
use rollcall_store::{blocks, users as user_store};

use crate::Directory;
use crate::authz::{Action, require_on};
use crate::named::Named;
use crate::outbox::Stamp;
use crate::policy::{require_feature, sight};
use crate::users::{Seen, active_key, seen};

/// Blocks users for a user. One who is blocked already stays so since the first time. What fails for one of them is told
/// with its name and undoes nothing.
///
/// # Errors
/// [`Error::UserNotFound`] for the user itself, [`Error::Denied`], [`Error::Forbidden`], or what the store says. For one
/// of those named: [`Error::OwnBlock`], [`Error::UserNotFound`].
pub async fn block(
    directory: &Directory,
    actor: &Actor,
    uid: Uid,
    named: Vec<String>,
) -> Result<Vec<(String, Result<()>)>> {
    require_on(actor, Action::Block, &uid)?;
    require_feature(directory, actor, Feature::BlockUser).await?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let named = Named::new(named);
    let outcomes = directory
        .store
        .write("blocks.block", move |tx| {
            let app = &stamp.actor.app;
            let user = active_key(tx, app, &uid)?;
            named.attempt_each(|other| {
                if *other == uid {
                    return Ok(Err(Error::OwnBlock));
                }
                let Some(target) = user_store::active(tx, app, other)? else {
                    return Ok(Err(Error::UserNotFound(other.to_string())));
                };
                if blocks::block(tx, app, user, target, stamp.at)? {
                    stamp.append(tx, EventKind::UserBlocked, &format!("{uid}/{other}"), "")?;
                }
                Ok(Ok(()))
            })
        })
        .await?;
    Ok(outcomes)
}

/// Unblocks users for a user, deactivated ones too. One who is not blocked is fine.
///
/// # Errors
/// [`Error::UserNotFound`] for the user itself, [`Error::Denied`], [`Error::Forbidden`], or what the store says. For one
/// of those named: [`Error::UserNotFound`].
pub async fn unblock(
    directory: &Directory,
    actor: &Actor,
    uid: Uid,
    named: Vec<String>,
) -> Result<Vec<(String, Result<()>)>> {
    require_on(actor, Action::Unblock, &uid)?;
    require_feature(directory, actor, Feature::UnblockUser).await?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let named = Named::new(named);
    let outcomes = directory
        .store
        .write("blocks.unblock", move |tx| {
            let app = &stamp.actor.app;
            let user = active_key(tx, app, &uid)?;
            named.attempt_each(|other| {
                let Some(target) = user_store::key(tx, app, other)? else {
                    return Ok(Err(Error::UserNotFound(other.to_string())));
                };
                if blocks::unblock(tx, app, user, target)? {
                    stamp.append(tx, EventKind::UserUnblocked, &format!("{uid}/{other}"), "")?;
                }
                Ok(Ok(()))
            })
        })
        .await?;
    Ok(outcomes)
}

/// One page of the active users whom a user has blocked, as that user sees them; the last blocked first.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn list(directory: &Directory, actor: &Actor, uid: Uid, page: Page) -> Result<Listing<Seen>> {
    require_on(actor, Action::ListBlocks, &uid)?;
    require_feature(directory, actor, Feature::GetBlockedUsers).await?;
    let sight = sight(directory, actor).await?;
    let app = actor.app.clone();
    let mut listing = directory
        .store
        .read("blocks.list", move |tx| {
            let user = active_key(tx, &app, &uid)?;
            let Listing { items, total } = blocks::list(tx, &app, user, page)?;
            let blocked = items.into_iter().map(|(blocked, _)| blocked).collect();
            Ok(Listing { items: seen(tx, &app, Some(user), blocked)?, total })
        })
        .await?;
    for Seen { user, relation: _, veiled } in &mut listing.items {
        // Whom one has blocked is taken for no friend, rather than asked of each.
        *veiled = !sight.iter().any(|circle| !circle.friends_only && circle.has_role(&user.role));
    }
    Ok(listing)
}
