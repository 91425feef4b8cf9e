//! A directory with the app `shop`, and short ways to use it.

use std::sync::Arc;

use rollcall_directory::apps::{self, AppKeys};
use rollcall_directory::{Directory, users};
use rollcall_model::{
    Actor, AppId, AppName, CredentialKind, Error, Identity, NewUser, Patch, Uid, User, UserPatch, Via,
};
use rollcall_store::Sql;
use rollcall_store::events::{self, StoredEvent};
use rollcall_testkit::{Engine, Scratch, World};

/// The tables that a user's traces can lie in.
static USERS: Sql = Sql::new("test.users", "select count(*) from users where app = $1");
static TAGS: Sql = Sql::new("test.tags", "select count(*) from user_tags where app = $1");
static TOKENS: Sql = Sql::new("test.tokens", "select count(*) from auth_tokens where app = $1");
static CREDENTIALS: Sql = Sql::new("test.credentials", "select count(*) from credentials where app = $1");

pub(crate) struct House {
    pub(crate) directory: Arc<Directory>,
    pub(crate) keys: AppKeys,
    pub(crate) world: World,
    // After what uses it: fields are dropped in order.
    pub(crate) scratch: Scratch,
}

/// How many rows there are, and every event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ledger {
    pub(crate) users: i64,
    pub(crate) tags: i64,
    pub(crate) tokens: i64,
    pub(crate) credentials: i64,
    pub(crate) events: Vec<StoredEvent>,
}

impl House {
    pub(crate) async fn build(engine: Engine) -> Self {
        let scratch = Scratch::new(engine);
        let world = World::default();
        let directory = Arc::new(world.directory(scratch.serving_store()).await);
        let keys = apps::create(&directory, &shop(), &AppName::parse("Shop").unwrap())
            .await
            .unwrap();
        Self { directory, keys, world, scratch }
    }

    /// Another process on the same database, as far as the directory can tell.
    pub(crate) async fn beside(&self) -> Directory {
        self.world.directory(self.scratch.store()).await
    }

    pub(crate) async fn create(&self, name: &str) -> User {
        users::create(&self.directory, &operator(), new_user(name), false)
            .await
            .unwrap()
            .user
    }

    pub(crate) async fn ledger(&self) -> Ledger {
        self.ledger_of(&shop()).await
    }

    pub(crate) async fn ledger_of(&self, app: &AppId) -> Ledger {
        let app = app.clone();
        let read = move |tx: &mut rollcall_store::Tx<'_>| {
            let mut count = |sql: &'static Sql| tx.row(sql, &[app.as_str().into()], |row| row.int(0));
            Ok(Ledger {
                users: count(&USERS)?,
                tags: count(&TAGS)?,
                tokens: count(&TOKENS)?,
                credentials: count(&CREDENTIALS)?,
                events: events::after(tx, &app, 0, 10_000)?,
            })
        };
        self.directory.store().read("test.ledger", read).await.unwrap()
    }
}

pub(crate) fn shop() -> AppId {
    AppId::parse("shop").unwrap()
}

pub(crate) fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

pub(crate) fn operator() -> Actor {
    Actor::operator(shop())
}

pub(crate) fn holder(kind: CredentialKind) -> Actor {
    Actor {
        app: shop(),
        via: Via::Credential { id: 77, kind },
        viewer: None,
    }
}

pub(crate) fn unknown(name: &str) -> Error {
    Error::UserNotFound(name.to_owned())
}

pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        name: Some(name.to_owned()),
        tags: vec!["north".to_owned(), "beta".to_owned()],
        ..NewUser::of(Identity::Uid(uid(name)))
    }
}

pub(crate) fn renamed(name: &str) -> UserPatch {
    UserPatch { name: Patch::Set(name.to_owned()), ..UserPatch::default() }
}
