//! Users: making, reading, listing, changing, switching off and on, removing.

mod create;
mod places;

use std::sync::Arc;

use bytes::Bytes;
use rollcall_model::{
    Activity, Actor, AppId, Error, EventKind, Feature, KlaimId, Listing, Permissible, Presence, Relation,
    Result, RoleId, Stretch, Uid, User, UserKey, UserPatch, UserQuery, Viewer, Whom,
};
use rollcall_store::users::{Switched, Unchanged};
use rollcall_store::{
    self as store, Tx, blocks, events, friends, login_links, roles, user_list, user_walk, users,
};

use crate::Directory;
use crate::authz::{Action, require, require_on};
use crate::named::{Named, Told};
use crate::outbox::Stamp;
use crate::permissibles;
use crate::policy::{Circle, Policy, require_feature};
use crate::sessions;

pub use rollcall_store::Record;

pub use create::{Created, adopt, create, create_or_adopt};
pub(crate) use places::find as find_place;

/// The refusal of a role that is asked for and that the app does not have.
fn missing_role(tx: &mut Tx<'_>, stamp: &Stamp, role: Option<&RoleId>) -> store::Result<Option<Error>> {
    match role {
        Some(role) if roles::find(tx, &stamp.actor.app, role)?.is_none() => {
            Ok(Some(Error::RoleNotFound(role.to_string())))
        }
        _ => Ok(None),
    }
}

/// A user, and how the user who looks stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The user.
    pub user: Arc<Record>,
    /// Nothing in it when nobody looks, and for oneself.
    pub relation: Relation,
    /// Whether the role of the user who looks keeps the details back: only who it is may be shown.
    pub veiled: bool,
}

/// One active user, by whatever name, for faces in which no user acts.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::NotPermissible`], [`Error::Denied`], or what the store says.
pub async fn find(directory: &Directory, actor: &Actor, whom: &Whom) -> Result<Arc<Record>> {
    require(actor, Action::ReadUser)?;
    let user = users::find_named(&directory.store, &actor.app, whom).await?;
    let user = user.ok_or_else(|| Error::UserNotFound(whom.to_string()))?;
    permissibles::require(directory, actor, Permissible::User(user.key)).await?;
    Ok(user)
}

/// Number and uid of an active user whom the actor gets at, for a transaction that is about one.
pub(crate) fn reached(tx: &mut Tx<'_>, actor: &Actor, whom: &Whom) -> store::Result<(UserKey, Uid)> {
    let found = users::resolve(tx, &actor.app, whom)?;
    let (key, uid) = found.ok_or_else(|| Error::UserNotFound(whom.to_string()))?;
    permissibles::require_in(tx, actor, Permissible::User(key))?;
    Ok((key, uid))
}

/// The uid of a user whom the actor gets at, and the number if it was looked up. A uid itself is not: what follows finds
/// nobody if it is nobody's.
fn named(tx: &mut Tx<'_>, actor: &Actor, whom: &Whom) -> store::Result<(Option<UserKey>, Uid)> {
    match whom {
        Whom::Uid(uid) if permissibles::confined(actor).is_none() => Ok((None, uid.clone())),
        Whom::Uid(_) | Whom::Key(_) | Whom::UserId(_) => {
            let (key, uid) = reached(tx, actor, whom)?;
            Ok((Some(key), uid))
        }
    }
}

/// On PostgreSQL the user may have been deleted since it was looked up, and another made with the same uid.
fn require_same(looked_up: Option<UserKey>, found: UserKey) -> store::Result<()> {
    match looked_up {
        Some(key) if key != found => {
            Err(store::Error::Retry("a uid changed hands at this moment".to_owned()))
        }
        Some(_) | None => Ok(()),
    }
}

/// The active user who is to act.
///
/// # Errors
/// [`Error::UserNotFound`], or what the store says.
pub async fn viewer(directory: &Directory, app: &AppId, uid: &Uid) -> Result<Viewer> {
    let user = active(directory, app, uid).await?;
    Ok(Viewer {
        uid: user.uid.clone(),
        key: user.key,
        role: user.role.clone(),
    })
}

/// One active user.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn get(directory: &Directory, actor: &Actor, uid: &Uid) -> Result<Seen> {
    require(actor, Action::ReadUser)?;
    match &actor.viewer {
        // Keys ask most often, and need nothing of what users need: see `Store::fetch_all` about the box.
        None => {
            let user = active(directory, &actor.app, uid).await?;
            permissibles::require(directory, actor, Permissible::User(user.key)).await?;
            Ok(alone(user))
        }
        Some(viewer) => Box::pin(get_as(directory, &actor.app, viewer, uid)).await,
    }
}

/// One active user, as far as the role of the user who looks allows it.
async fn get_as(directory: &Directory, app: &AppId, viewer: &Viewer, uid: &Uid) -> Result<Seen> {
    let policy = Policy::of(directory, app, &viewer.role).await?;
    if viewer.uid == *uid {
        policy.require_feature(Feature::GetMyDetails)?;
        return Ok(alone(active(directory, app, uid).await?));
    }
    let circle = policy.details()?;
    let user = match active(directory, app, uid).await {
        // Whoever may read only some is not told who else there is.
        Err(Error::UserNotFound(_)) if circle != Circle::EVERYBODY => return Err(Error::Forbidden),
        found => found?,
    };
    let is_friend = async || friends::are(&directory.store, app, viewer.key, user.key).await;
    if !circle.has_role(&user.role) || circle.friends_only && !is_friend().await? {
        return Err(Error::Forbidden);
    }
    let relation = blocks::relation(&directory.store, app, viewer.key, user.key).await?;
    Ok(Seen { user, relation, veiled: false })
}

/// An answer that depends on nothing but the record: the kept one, or the one that is rendered now, which is kept for as
/// long as the record is what it is. `kind` names what is rendered; nothing else may go by that name.
///
/// # Errors
/// What `render` says.
pub fn answer<E>(
    directory: &Directory,
    app: &AppId,
    record: &Arc<Record>,
    kind: &'static str,
    render: impl FnOnce() -> std::result::Result<Bytes, E>,
) -> std::result::Result<Bytes, E> {
    if let Some(kept) = record.answer(kind) {
        return Ok(kept);
    }
    let text = render()?;
    users::keep_answer(&directory.store, app, record, kind, &text);
    Ok(text)
}

/// A user whom nobody else looks at.
fn alone(user: Arc<Record>) -> Seen {
    Seen { user, relation: Relation::default(), veiled: false }
}

pub(crate) async fn active(directory: &Directory, app: &AppId, uid: &Uid) -> Result<Arc<Record>> {
    let user = users::find(&directory.store, app, uid.as_str()).await?;
    user.ok_or_else(|| Error::UserNotFound(uid.to_string()))
}

/// The number of an active user, for a transaction that is about one.
pub(crate) fn active_key(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> store::Result<UserKey> {
    let user = users::active(tx, app, uid)?;
    user.ok_or_else(|| Error::UserNotFound(uid.to_string()).into())
}

/// One page of users; behind the user of this uid, as it was written, if one is named. The query's own `after` is not
/// looked at.
///
/// # Errors
/// [`Error::UserNotFound`] when the list is to go on behind a user who does not exist, or whom the role of the user who
/// looks does not list: an empty page would say that the list had ended. [`Error::Denied`], [`Error::Forbidden`], or what
/// the store says.
pub async fn list(
    directory: &Directory,
    actor: &Actor,
    query: UserQuery,
    after: Option<String>,
) -> Result<Listing<Seen>> {
    let circles = [listable(directory, actor, query.activity).await?];
    let query = narrowed(query, actor, &circles[0]);
    let actor = actor.clone();
    Ok(directory
        .store
        .read("users.list", move |tx| {
            let place = find_place(tx, &actor, &circles, after.as_deref())?;
            let Some(query) = &query else {
                return Ok(Listing { items: Vec::new(), total: 0 });
            };
            let query = UserQuery { after: place, ..query.clone() };
            let Listing { items, total } = user_list::list(tx, &actor.app, &query)?;
            let viewer = actor.viewer.as_ref().map(|viewer| viewer.key);
            Ok(Listing { items: seen(tx, &actor.app, viewer, items)?, total })
        })
        .await?)
}

/// A page of users, each as it stands to the user who looks.
pub(crate) fn seen(
    tx: &mut Tx<'_>,
    app: &AppId,
    viewer: Option<UserKey>,
    users: Vec<User>,
) -> store::Result<Vec<Seen>> {
    let relations = match viewer {
        Some(viewer) => {
            let keys: Vec<UserKey> = users.iter().map(|user| user.key).collect();
            blocks::relations(tx, app, viewer, &keys)?
        }
        None => vec![Relation::default(); users.len()],
    };
    let pair = |(user, relation)| Seen { user: Arc::new(Record::new(user)), relation, veiled: false };
    Ok(users.into_iter().zip(relations).map(pair).collect())
}

/// A piece of the walk through all active users, oldest first: at most `limit` of those behind this Klaim id, or the
/// first ones. Not for users who act.
///
/// # Errors
/// As [`list`].
pub async fn walk(
    directory: &Directory,
    actor: &Actor,
    after: Option<KlaimId>,
    limit: i64,
) -> Result<Stretch<User>> {
    require(actor, Action::ListUsers)?;
    if actor.viewer.is_some() {
        return Err(Error::Forbidden);
    }
    let app = actor.app.clone();
    Ok(directory
        .store
        .read("users.walk", move |tx| user_walk::list(tx, &app, after.as_ref(), limit))
        .await?)
}

/// How many users a query finds on all its pages.
///
/// # Errors
/// [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn count(directory: &Directory, actor: &Actor, query: UserQuery) -> Result<i64> {
    let circle = listable(directory, actor, query.activity).await?;
    let Some(query) = narrowed(query, actor, &circle) else {
        return Ok(0);
    };
    let app = actor.app.clone();
    Ok(directory
        .store
        .read("users.count", move |tx| user_list::count(tx, &app, &query))
        .await?)
}

/// Whom the actor may list. To a user the deactivated do not exist.
async fn listable(directory: &Directory, actor: &Actor, activity: Activity) -> Result<Circle> {
    require(actor, Action::ListUsers)?;
    let Some(viewer) = &actor.viewer else {
        return Ok(Circle::EVERYBODY);
    };
    let circle = Policy::of(directory, &actor.app, &viewer.role).await?.listing()?;
    if activity == Activity::Active {
        Ok(circle)
    } else {
        Err(Error::Forbidden)
    }
}

/// What is left of a query in the circle of those whom the actor may list; nothing when it can find nobody.
fn narrowed(mut query: UserQuery, actor: &Actor, circle: &Circle) -> Option<UserQuery> {
    let Circle { friends_only, roles } = circle;
    if let Some(viewer) = &actor.viewer
        && *friends_only
    {
        query.friends_of = Some(viewer.key);
    }
    if !roles.is_empty() {
        let asked = std::mem::replace(&mut query.roles, roles.clone());
        query.roles.retain(|role| asked.is_empty() || asked.contains(role));
        if query.roles.is_empty() {
            return None;
        }
    }
    // Nobody can connect before the realtime gateway exists, so everybody is offline.
    (query.presence != Some(Presence::Available)).then_some(query)
}

/// Changes a user's record. An empty patch changes nothing, not even `updated_at`, and leaves no event.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::RoleNotFound`], [`Error::EmailTaken`], [`Error::UserIdTaken`],
/// [`Error::NotPermissible`], [`Error::Denied`], [`Error::Forbidden`], or what the store says.
pub async fn update(
    directory: &Directory,
    actor: &Actor,
    whom: impl Into<Whom>,
    patch: UserPatch,
) -> Result<Arc<Record>> {
    let whom = whom.into();
    match (&whom, &actor.viewer) {
        (Whom::Uid(uid), _) => require_on(actor, Action::UpdateUser, uid)?,
        (Whom::Key(_) | Whom::UserId(_), None) => require(actor, Action::UpdateUser)?,
        (Whom::Key(_) | Whom::UserId(_), Some(_)) => return Err(Error::Forbidden),
    }
    if actor.viewer.is_some() && patch.role.is_change() {
        return Err(Error::Forbidden);
    }
    require_feature(directory, actor, Feature::UpdateAuthToken).await?;
    let fields = patch.fields();
    if fields.is_empty() {
        return Box::pin(unchanged(directory, actor, &whom)).await;
    }
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let user = directory
        .store
        .write("users.update", move |tx| {
            let app = &stamp.actor.app;
            let (key, uid) = named(tx, &stamp.actor, &whom)?;
            let missing = || Error::UserNotFound(uid.to_string());
            if let Some(error) = missing_role(tx, &stamp, patch.role.value())? {
                let known_user = users::active(tx, app, &uid)?.is_some();
                return Err(if known_user { error } else { missing() }.into());
            }
            let event = stamp.event(EventKind::UserUpdated, uid.as_str(), &fields);
            let has_password = patch.password_hash.is_some();
            let changed = if has_password {
                users::update(tx, app, &uid, &patch, stamp.at)?
            } else {
                users::update_last(tx, app, (key, &uid), &patch, &event)?
            };
            let user = match changed {
                Ok(user) => user,
                Err(Unchanged::Unknown) => return Err(missing().into()),
                Err(Unchanged::EmailTaken) => return Err(Error::EmailTaken.into()),
                Err(Unchanged::AttributesTooLarge) => return Err(Error::AttributesTooLarge.into()),
                Err(Unchanged::UserIdTaken) => {
                    return Err(Error::UserIdTaken(patch.user_id.clone().unwrap_or_default()).into());
                }
            };
            require_same(key, user.key)?;
            if has_password {
                sessions::keep_newest(tx, app, user.key)?;
                login_links::forget(tx, app, user.key)?;
                events::append(tx, &event)?;
            }
            Ok(user)
        })
        .await?;
    Ok(user)
}

async fn unchanged(directory: &Directory, actor: &Actor, whom: &Whom) -> Result<Arc<Record>> {
    let user = users::find_named(&directory.store, &actor.app, whom).await?;
    let user = user.ok_or_else(|| Error::UserNotFound(whom.to_string()))?;
    permissibles::require(directory, actor, Permissible::User(user.key)).await?;
    Ok(user)
}

/// Deactivates one active user.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::Denied`], or what the store says.
pub async fn deactivate(directory: &Directory, actor: &Actor, uid: Uid) -> Result<()> {
    require(actor, Action::SwitchUser)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("users.deactivate", move |tx| match switch(tx, &stamp, &uid, Switch::Off)? {
            Switched::Done => Ok(()),
            Switched::Already | Switched::Unknown => Err(Error::UserNotFound(uid.to_string()).into()),
        })
        .await?;
    Ok(())
}

/// Removes a user for good, with everything that hangs on it: by uid also one who is deactivated.
///
/// # Errors
/// [`Error::UserNotFound`], [`Error::NotPermissible`], [`Error::Denied`], or what the store says.
pub async fn delete(directory: &Directory, actor: &Actor, whom: impl Into<Whom>) -> Result<()> {
    let whom = whom.into();
    require(actor, Action::DeleteUser)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    directory
        .store
        .write("users.delete", move |tx| {
            let (key, uid) = named(tx, &stamp.actor, &whom)?;
            let deleted = users::delete(tx, &stamp.actor.app, &uid)?;
            require_same(key, deleted.ok_or_else(|| Error::UserNotFound(whom.to_string()))?)?;
            stamp.append(tx, EventKind::UserDeleted, uid.as_str(), "")
        })
        .await?;
    Ok(())
}

/// Which way users are switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Deactivate.
    Off,
    /// Reactivate.
    On,
}

/// What came of switching several users, each group in the order asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Those that were switched.
    pub done: Vec<String>,
    /// Those that were so already.
    pub already: Vec<String>,
    /// Those that do not exist, as they were written.
    pub unknown: Vec<String>,
}

/// Switches several users in one transaction. A uid named twice is switched once; one that cannot be a uid is
/// unknown.
///
/// # Errors
/// [`Error::Denied`], or what the store says.
pub async fn switch_many(
    directory: &Directory,
    actor: &Actor,
    named: Vec<String>,
    way: Switch,
) -> Result<Switches> {
    require(actor, Action::SwitchUser)?;
    let stamp = Stamp { actor: actor.clone(), at: directory.clock.now() };
    let named = Named::new(named);
    let switches = directory
        .store
        .write("users.switch", move |tx| {
            Ok(Switches::of(named.each(|uid| switch(tx, &stamp, uid, way))?))
        })
        .await?;
    Ok(switches)
}

impl Switches {
    /// Sorts the outcomes into their groups.
    fn of(outcomes: Vec<Told<'_, Switched>>) -> Self {
        let mut switches = Self::default();
        for (name, outcome) in outcomes {
            match outcome {
                Some((uid, Switched::Done)) => switches.done.push(uid.to_string()),
                Some((uid, Switched::Already)) => switches.already.push(uid.to_string()),
                Some((_, Switched::Unknown)) | None => switches.unknown.push(name.to_owned()),
            }
        }
        switches
    }
}

fn switch(tx: &mut Tx<'_>, stamp: &Stamp, uid: &Uid, way: Switch) -> store::Result<Switched> {
    let app = &stamp.actor.app;
    let (switched, kind) = match way {
        Switch::Off => (users::deactivate(tx, app, uid, stamp.at)?, EventKind::UserDeactivated),
        Switch::On => (users::reactivate(tx, app, uid)?, EventKind::UserReactivated),
    };
    if switched == Switched::Done {
        stamp.append(tx, kind, uid.as_str(), "")?;
    }
    Ok(switched)
}
