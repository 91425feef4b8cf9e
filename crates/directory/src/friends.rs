//! Friends: adding, removing, listing. A friendship is of both, whoever asked for it.

use std::collections::BTreeMap;

use rollcall_model::{
    Activity, Actor, Error, EventKind, Listing, MAX_FRIENDS, Page, Result, Uid, UserKey, UserQuery,
    UserSearch,
};
use rollcall_store::{self as store, Tx, friends, user_list, users as user_store};

use crate::Directory;
use crate::authz::{Action, require_on};
use crate::named::Named;
use crate::outbox::Stamp;
use crate::policy::{Circle, Policy, sight};
use crate::users::{Seen, active_key, find_place, seen};

/// Makes users friends of a user. What fails for one of them is told with its name and undoes nothing.
///
/// # Errors
/// [`Error::UserNotFound`] for the user itself, [`Error::Denied`], [`Error::Forbidden`], or what the store says. For one
/// of those named: [`Error::OwnFriend`], [`Error::UserNotFound`], [`Error::AlreadyFriend`], [`Error::TooManyFriends`].
pub async fn add(
    directory: &Directory,
    actor: &Actor,
    uid: Uid,
    named: Vec<String>,
) -> Result<Vec<(String, Result<()>)>> {
    require_on(actor, Action::AddFriends, &uid)?;
    require_own_affair(directory, actor).await?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let named = Named::new(named);
    let outcomes = directory
        .store
        .write("friends.add", move |tx| {
            lock(tx, &stamp, &uid, &named)?;
            let user = active_key(tx, &stamp.actor.app, &uid)?;
            named.attempt_each(|other| add_one(tx, &stamp, (&uid, user), other))
        })
        .await?;
    Ok(outcomes)
}

/// Where friendship decides what a role may do, users do not make friends as they like: the app does (ADR 0008).
async fn require_own_affair(directory: &Directory, actor: &Actor) -> Result<()> {
    let Some(viewer) = &actor.viewer else { return Ok(()) };
    let policy = Policy::of(directory, &actor.app, &viewer.role).await?;
    if policy.friendship_decides() {
        Err(Error::Forbidden)
    } else {
        Ok(())
    }
}

/// Keeps whoever would change a friendship of one of these users waiting: the limit is counted before it is used up.
fn lock(tx: &mut Tx<'_>, stamp: &Stamp, uid: &Uid, named: &Named) -> store::Result<()> {
    let mut uids = named.uids();
    uids.insert(uid);
    uids.iter()
        .try_for_each(|uid| tx.lock(&stamp.actor.app, &format!("friends/{uid}")))
}

fn add_one(
    tx: &mut Tx<'_>,
    stamp: &Stamp,
    (uid, user): (&Uid, UserKey),
    other: &Uid,
) -> store::Result<Result<()>> {
    let app = &stamp.actor.app;
    if other == uid {
        return Ok(Err(Error::OwnFriend));
    }
    let Some(friend) = user_store::active(tx, app, other)? else {
        return Ok(Err(Error::UserNotFound(other.to_string())));
    };
    if friends::are_in(tx, app, user, friend)? {
        return Ok(Err(Error::AlreadyFriend(other.clone())));
    }
    for (uid, key) in [(uid, user), (other, friend)] {
        if friends::count(tx, app, key)? >= MAX_FRIENDS {
            return Ok(Err(Error::TooManyFriends(uid.clone())));
        }
    }
    if !friends::add(tx, app, user, friend, stamp.at)? {
        // One of the two was deleted a moment ago.
        return Ok(Err(Error::UserNotFound(other.to_string())));
    }
    stamp.append(tx, EventKind::FriendAdded, &format!("{uid}/{other}"), "")?;
    Ok(Ok(()))
}

/// Ends friendships of a user, all or none. A friend who is deactivated can be removed.
///
/// # Errors
/// [`Error::NotAFriend`] for the first of those named who is none, [`Error::UserNotFound`] for the user itself,
/// [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn remove(directory: &Directory, actor: &Actor, uid: Uid, named: Vec<String>) -> Result<()> {
    require_on(actor, Action::RemoveFriends, &uid)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let named = Named::new(named);
    directory
        .store
        .write("friends.remove", move |tx| {
            lock(tx, &stamp, &uid, &named)?;
            let user = active_key(tx, &stamp.actor.app, &uid)?;
            let mut found = BTreeMap::new();
            for other in named.uids() {
                if let Some(friend) = friend(tx, &stamp, user, other)? {
                    found.insert(other, friend);
                }
            }
            // Asked of all before any is removed: what is refused has changed nothing.
            if let Some(stranger) = named.first_beside(&found.keys().copied().collect()) {
                return Err(Error::NotAFriend(stranger.to_owned()).into());
            }
            for (other, friend) in found {
                friends::remove(tx, &stamp.actor.app, user, friend)?;
                stamp.append(tx, EventKind::FriendRemoved, &format!("{uid}/{other}"), "")?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

/// The friend of this uid, active or not.
fn friend(tx: &mut Tx<'_>, stamp: &Stamp, user: UserKey, uid: &Uid) -> store::Result<Option<UserKey>> {
    let app = &stamp.actor.app;
    match user_store::key(tx, app, uid)? {
        Some(other) if friends::are_in(tx, app, user, other)? => Ok(Some(other)),
        Some(_) | None => Ok(None),
    }
}

/// One page of a user's active friends, as that user sees them; the newest users first, behind the user of this uid, as it
/// was written, if one is named, who need not be a friend.
///
/// # Errors
/// [`Error::UserNotFound`] of either user, and of one to go on behind who is no friend and whom the role of the user who
/// looks shows nowhere. [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn list(
    directory: &Directory,
    actor: &Actor,
    uid: Uid,
    search: Option<UserSearch>,
    after: Option<String>,
    page: Page,
) -> Result<Listing<Seen>> {
    require_on(actor, Action::ListFriends, &uid)?;
    let sight = sight(directory, actor).await?;
    let actor = actor.clone();
    // Friends are in the list whatever the role says, so the list must be able to go on behind each.
    let circles = [sight.clone(), vec![Circle::FRIENDS]].concat();
    let mut listing = directory
        .store
        .read("friends.list", move |tx| {
            let app = &actor.app;
            let user = active_key(tx, app, &uid)?;
            let place = find_place(tx, &actor, &circles, after.as_deref())?;
            let query = UserQuery {
                search: search.clone(),
                roles: Vec::new(),
                tags: Vec::new(),
                friends_of: Some(user),
                activity: Activity::Active,
                presence: None,
                after: place,
                page,
            };
            let Listing { items, total } = user_list::list(tx, app, &query)?;
            Ok(Listing { items: seen(tx, app, Some(user), items)?, total })
        })
        .await?;
    for Seen { user, relation: _, veiled } in &mut listing.items {
        *veiled = !sight.iter().any(|circle| circle.has_role(&user.role));
    }
    Ok(listing)
}
