//! What every case stands on: a fresh database with two apps, and short words for the store's functions.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use rollcall_model::{
    Activity, AppId, AppName, Event, EventKind, Identity, KlaimId, Listing, Millis, NewUser, Page, Role,
    RoleId, Uid, User, UserKey, UserPatch, UserQuery,
};
use rollcall_store::events::StoredEvent;
use rollcall_store::users::{Switched, Taken, Unchanged};
use rollcall_store::{Error, Result, Store, Tx, apps, blocks, events, friends, roles, user_list, users};
use rollcall_testkit::{Engine, Scratch};

/// When the cases happen: not a whole second.
pub(crate) const NOW: Millis = Millis(1_753_000_000_500);

pub(crate) fn app(id: &str) -> AppId {
    AppId::parse(id).unwrap()
}

/// The app in which most cases happen.
pub(crate) fn shop() -> AppId {
    app("shop")
}

/// Its neighbour, which must never notice.
pub(crate) fn club() -> AppId {
    app("club")
}

pub(crate) fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

pub(crate) fn role(text: &str) -> RoleId {
    RoleId::parse(text).unwrap()
}

/// A user with nothing but a uid.
pub(crate) fn plain(text: &str) -> NewUser {
    NewUser::of(Identity::Uid(uid(text)))
}

pub(crate) fn texts(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|&tag| tag.to_owned()).collect()
}

pub(crate) fn bare_role(id: &str) -> Role {
    Role {
        role: role(id),
        name: id.to_owned(),
        description: None,
        metadata: None,
        list_users: None,
        send_messages_to: None,
        created_at: NOW,
        updated_at: None,
    }
}

/// All active users, on one page.
pub(crate) fn everyone() -> UserQuery {
    UserQuery {
        search: None,
        roles: Vec::new(),
        tags: Vec::new(),
        friends_of: None,
        activity: Activity::Active,
        presence: None,
        after: None,
        page: Page { number: 1, size: 1000 },
    }
}

pub(crate) fn uids(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.uid.as_str()).collect()
}

/// A database with the apps `shop` and `club`.
pub(crate) struct House {
    store: Store,
    klaim_ids: AtomicU32,
    // After the store: fields are dropped in order.
    pub(crate) scratch: Scratch,
}

impl Deref for House {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl House {
    pub(crate) async fn new(engine: Engine) -> Self {
        let scratch = Scratch::new(engine);
        let house = Self {
            store: scratch.serving_store(),
            klaim_ids: AtomicU32::new(0),
            scratch,
        };
        for id in [shop(), club()] {
            let name = AppName::parse(id.as_str()).unwrap();
            assert!(house.run(move |tx| apps::insert(tx, &id, &name, NOW)).await);
        }
        house
    }

    /// Closes the database and opens it again.
    pub(crate) fn reopen(self) -> Self {
        let Self { store, klaim_ids, scratch } = self;
        drop(store);
        Self { store: scratch.serving_store(), klaim_ids, scratch }
    }

    /// A write that succeeds.
    pub(crate) async fn run<T, F>(&self, body: F) -> T
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.write("test.write", body).await.unwrap()
    }

    /// A read that succeeds.
    pub(crate) async fn look<T, F>(&self, body: F) -> T
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.read("test.read", body).await.unwrap()
    }

    pub(crate) fn next_klaim_id(&self) -> KlaimId {
        KlaimId::new(NOW, &format!("{:05}", self.klaim_ids.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) async fn try_insert(&self, app: &AppId, new: NewUser) -> std::result::Result<User, Taken> {
        self.try_insert_as(app, new, self.next_klaim_id(), NOW).await
    }

    pub(crate) async fn try_insert_as(
        &self,
        app: &AppId,
        new: NewUser,
        klaim_id: KlaimId,
        now: Millis,
    ) -> std::result::Result<User, Taken> {
        let app = app.clone();
        self.run(move |tx| users::insert(tx, &app, &new, &klaim_id, now)).await
    }

    pub(crate) async fn insert(&self, app: &AppId, new: NewUser) -> User {
        self.try_insert(app, new).await.unwrap()
    }

    pub(crate) async fn insert_at(&self, app: &AppId, new: NewUser, now: Millis) -> User {
        self.try_insert_as(app, new, self.next_klaim_id(), now).await.unwrap()
    }

    pub(crate) async fn find(&self, app: &AppId, uid: &str) -> Option<User> {
        users::find(self, app, uid).await.unwrap().map(|user| (**user).clone())
    }

    pub(crate) async fn update(&self, app: &AppId, id: &str, patch: UserPatch, now: Millis) -> Option<User> {
        self.update_numbered(app, None, id, patch, now).await.ok()
    }

    /// An update with its event, of a user that was looked up before if a number is given.
    pub(crate) async fn update_numbered(
        &self,
        app: &AppId,
        key: Option<UserKey>,
        id: &str,
        patch: UserPatch,
        now: Millis,
    ) -> std::result::Result<User, Unchanged> {
        let (app, uid) = (app.clone(), uid(id));
        let event = Event {
            app: app.clone(),
            at: now,
            kind: EventKind::UserUpdated,
            subject: id.to_owned(),
            actor: "operator".to_owned(),
            fields: patch.fields(),
        };
        let changed = self
            .run(move |tx| users::update_last(tx, &app, (key, &uid), &patch, &event))
            .await;
        changed.map(|record| (**record).clone())
    }

    /// All events of an app.
    pub(crate) async fn events(&self, app: &AppId) -> Vec<StoredEvent> {
        let app = app.clone();
        self.look(move |tx| events::after(tx, &app, 0, i64::MAX)).await
    }

    pub(crate) async fn deactivate(&self, app: &AppId, id: &str) -> Switched {
        let (app, uid) = (app.clone(), uid(id));
        self.run(move |tx| users::deactivate(tx, &app, &uid, NOW)).await
    }

    pub(crate) async fn reactivate(&self, app: &AppId, id: &str) -> Switched {
        let (app, uid) = (app.clone(), uid(id));
        self.run(move |tx| users::reactivate(tx, &app, &uid)).await
    }

    pub(crate) async fn delete(&self, app: &AppId, id: &str) -> bool {
        let (app, uid) = (app.clone(), uid(id));
        self.run(move |tx| users::delete(tx, &app, &uid)).await.is_some()
    }

    pub(crate) async fn list(&self, app: &AppId, query: UserQuery) -> Listing<User> {
        let app = app.clone();
        let (listing, walked, count) = self
            .look(move |tx| {
                let walked = user_list::list_gathering(tx, &app, &query, 0)?;
                Ok((user_list::list(tx, &app, &query)?, walked, user_list::count(tx, &app, &query)?))
            })
            .await;
        assert_eq!(listing.total, count, "a list's total is the count of the same query");
        assert_eq!(listing.items, walked.items, "gathered or walked to, the page is the same");
        listing
    }

    /// Makes two users of an app friends; answers whether they were not already.
    pub(crate) async fn befriend(&self, app: &AppId, a: UserKey, b: UserKey) -> bool {
        let app = app.clone();
        self.run(move |tx| friends::add(tx, &app, a, b, NOW)).await
    }

    /// Blocks a user for another; answers whether that is new.
    pub(crate) async fn block(&self, app: &AppId, user: UserKey, target: UserKey, now: Millis) -> bool {
        let app = app.clone();
        self.run(move |tx| blocks::block(tx, &app, user, target, now)).await
    }

    pub(crate) async fn make_role(&self, app: &AppId, id: &str) {
        let app = app.clone();
        let role = bare_role(id);
        assert!(self.run(move |tx| roles::insert(tx, &app, &role)).await);
    }

    /// The one integer that a statement answers about an app.
    pub(crate) async fn number(&self, sql: &'static rollcall_store::Sql, app: &AppId) -> i64 {
        let app = app.clone();
        self.look(move |tx| tx.row(sql, &[app.as_str().into()], |row| row.int(0))).await
    }

    /// The error of a write that fails.
    pub(crate) async fn refused<T, F>(&self, body: F) -> Error
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + std::fmt::Debug + 'static,
    {
        self.write("test.refused", body).await.unwrap_err()
    }
}
