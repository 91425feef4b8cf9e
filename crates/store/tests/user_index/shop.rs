//! Apps with an index, and short words for what is done to their users.

use std::sync::atomic::{AtomicU32, Ordering};

use rollcall_model::{
    Activity, AppId, AppName, Identity, KlaimId, Listing, Millis, NewUser, Page, Patch, Role, RoleId, Uid,
    User, UserPatch, UserQuery, UserSearch,
};
use rollcall_store::{Options, Result, Store, Tx, apps, roles, user_list, users};
use rollcall_testkit::{Engine, Scratch};

pub(crate) const NOW: Millis = Millis(1_753_000_000_500);

pub(crate) fn shop() -> AppId {
    AppId::stored("shop")
}

pub(crate) fn club() -> AppId {
    AppId::stored("club")
}

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

pub(crate) fn searching(key: &str, in_uid: bool, in_name: bool) -> UserQuery {
    let search = Some(UserSearch { key: key.to_owned(), in_uid, in_name });
    UserQuery { search, ..everyone() }
}

/// A server's store, in which what at most `few` users share is not kept in memory.
pub(crate) fn open(scratch: &Scratch, few: u64) -> Store {
    let options = Options {
        serving: true,
        few_users: Some(few),
        transaction_connections: 4,
        ..Options::default()
    };
    Store::open(scratch.database(), &options).unwrap()
}

/// A database with two apps, each with the roles `vip` and `guest`.
pub(crate) struct Shop {
    pub(crate) store: Store,
    few: u64,
    klaim_ids: AtomicU32,
    // After the store: fields are dropped in order.
    pub(crate) scratch: Scratch,
}

impl Shop {
    pub(crate) async fn new(engine: Engine, few: u64) -> Self {
        let scratch = Scratch::new(engine);
        let store = open(&scratch, few);
        assert_eq!(store.wait_for_index(), engine == Engine::Sqlite);
        let house = Self { store, few, klaim_ids: AtomicU32::new(0), scratch };
        for app in [shop(), club()] {
            house
                .write(move |tx| apps::insert(tx, &app, &AppName::stored("An app"), NOW))
                .await;
        }
        for role in ["vip", "guest"] {
            house.make_role(&shop(), role).await;
            house.make_role(&club(), role).await;
        }
        house
    }

    /// Closes the database and opens it again, with the index built or still being built.
    pub(crate) fn reopened(self) -> Self {
        let Self { store, few, klaim_ids, scratch } = self;
        drop(store);
        Self { store: open(&scratch, few), few, klaim_ids, scratch }
    }

    /// How many lists and counts the index has answered.
    pub(crate) fn indexed(&self) -> u64 {
        let counters = self.store.stats().snapshot();
        let found = counters.into_iter().find(|(name, ..)| *name == "store_indexed_lists");
        found.unwrap().2
    }

    pub(crate) async fn write<T, F>(&self, body: F) -> T
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.store.write("test.write", body).await.unwrap()
    }

    pub(crate) fn klaim_id(&self) -> KlaimId {
        KlaimId::new(NOW, &format!("{:05}", self.klaim_ids.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) async fn make_role(&self, app: &AppId, id: &str) {
        let (app, role) = (app.clone(), role_of(id));
        self.write(move |tx| roles::insert(tx, &app, &role)).await;
    }

    /// Makes a user, unless there is one of this uid.
    pub(crate) async fn enter(&self, app: &AppId, uid: &str, name: Option<&str>, role: &str, tags: &[&str]) {
        let (app, klaim_id) = (app.clone(), self.klaim_id());
        let new = new_user(uid, name, role, tags);
        drop(self.write(move |tx| users::insert(tx, &app, &new, &klaim_id, NOW)).await);
    }

    pub(crate) async fn alter(&self, app: &AppId, uid: &str, patch: UserPatch) {
        let (app, uid) = (app.clone(), Uid::stored(uid));
        drop(self.write(move |tx| users::update(tx, &app, &uid, &patch, NOW)).await);
    }

    pub(crate) async fn rename(&self, app: &AppId, uid: &str, name: &str) {
        let name = Patch::Set(name.to_owned());
        self.alter(app, uid, UserPatch { name, ..UserPatch::default() }).await;
    }

    pub(crate) async fn deactivate(&self, app: &AppId, uid: &str) {
        let (app, uid) = (app.clone(), Uid::stored(uid));
        self.write(move |tx| users::deactivate(tx, &app, &uid, NOW)).await;
    }

    pub(crate) async fn delete(&self, app: &AppId, uid: &str) {
        let (app, uid) = (app.clone(), Uid::stored(uid));
        self.write(move |tx| users::delete(tx, &app, &uid)).await;
    }

    /// The list as it is answered, held against the walk through the database and its count in the same snapshot.
    pub(crate) async fn list(&self, app: &AppId, query: &UserQuery) -> Listing<User> {
        let (app, query) = (app.clone(), query.clone());
        let label = format!("{query:?}");
        let read = move |tx: &mut Tx<'_>| {
            let walked = user_list::list_gathering(tx, &app, &query, 0)?;
            Ok((user_list::list(tx, &app, &query)?, user_list::count(tx, &app, &query)?, walked))
        };
        let (listing, count, walked) = self.store.read("test.list", read).await.unwrap();
        assert_eq!((listing.total, count), (walked.total, walked.total), "{label}");
        assert_eq!(uids(&listing), uids(&walked), "{label}");
        assert_eq!(listing.items, walked.items, "{label}");
        listing
    }

    pub(crate) async fn total(&self, app: &AppId, query: UserQuery) -> i64 {
        self.list(app, &query).await.total
    }
}

pub(crate) fn role_of(id: &str) -> Role {
    Role {
        role: RoleId::stored(id),
        name: id.to_owned(),
        description: None,
        metadata: None,
        list_users: None,
        send_messages_to: None,
        created_at: NOW,
        updated_at: None,
    }
}

pub(crate) fn new_user(uid: &str, name: Option<&str>, role: &str, tags: &[&str]) -> NewUser {
    NewUser {
        name: name.map(str::to_owned),
        role: Some(RoleId::stored(role)),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..NewUser::of(Identity::Uid(Uid::stored(uid)))
    }
}

pub(crate) fn uids(listing: &Listing<User>) -> Vec<&str> {
    listing.items.iter().map(|user| user.uid.as_str()).collect()
}
