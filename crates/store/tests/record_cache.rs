//! The record cache of the embedded engine never answers anything that a commit has overtaken.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rollcall_model::{
    AppId, AppName, Identity, KlaimId, Millis, NewUser, Patch, Role, RoleId, Uid, UserPatch,
};
use rollcall_store::{Database, Store, apps, roles, users};
use rollcall_testkit::{Engine, Scratch};

fn app() -> AppId {
    AppId::stored("shop")
}

fn uid() -> Uid {
    Uid::stored("mira")
}

async fn shop(store: &Store) {
    let new = NewUser {
        status_message: Some("0".to_owned()),
        ..NewUser::of(Identity::Uid(uid()))
    };
    let made = store.write("test.shop", move |tx| {
        apps::insert(tx, &app(), &AppName::stored("Shop"), Millis(1))?;
        users::insert(tx, &app(), &new, &KlaimId::stored("1_aaaaa"), Millis(1))
    });
    assert!(made.await.unwrap().is_ok());
}

async fn say(store: &Store, number: i64) {
    let patch = UserPatch {
        status_message: Patch::Set(number.to_string()),
        ..UserPatch::default()
    };
    let done = store.write("test.say", move |tx| users::update(tx, &app(), &uid(), &patch, Millis(2)));
    assert!(done.await.unwrap().is_ok());
}

async fn heard(store: &Store) -> i64 {
    let user = users::find(store, &app(), "mira").await.unwrap().unwrap();
    user.status_message.as_ref().unwrap().parse().unwrap()
}

/// One writer counts up; readers on other threads must never find less than what was acknowledged before they asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_never_finds_less_than_was_acknowledged() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = Arc::new(scratch.serving_store());
    shop(&store).await;
    let acknowledged = Arc::new(AtomicI64::new(0));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (store, acknowledged) = (Arc::clone(&store), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                loop {
                    let before = acknowledged.load(Ordering::SeqCst);
                    let found = heard(&store).await;
                    assert!(found >= before, "found {found} after {before} was acknowledged");
                    if before == 2_000 {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 1..=2_000 {
        say(&store, number).await;
        acknowledged.store(number, Ordering::SeqCst);
        assert_eq!(heard(&store).await, number, "whoever was told of a write reads it");
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn every_kind_of_change_is_seen_at_once() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.serving_store();
    shop(&store).await;
    assert_eq!(heard(&store).await, 0);
    store
        .write("test", |tx| users::deactivate(tx, &app(), &uid(), Millis(3)))
        .await
        .unwrap();
    assert_eq!(users::find(&store, &app(), "mira").await.unwrap(), None);
    store.write("test", |tx| users::reactivate(tx, &app(), &uid())).await.unwrap();
    assert_eq!(heard(&store).await, 0);
    store.write("test", |tx| users::delete(tx, &app(), &uid())).await.unwrap();
    assert_eq!(users::find(&store, &app(), "mira").await.unwrap(), None);
}

async fn role(store: &Store) -> String {
    users::find(store, &app(), "mira").await.unwrap().unwrap().role.to_string()
}

#[tokio::test]
async fn a_role_that_is_removed_is_gone_from_its_users_at_once() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.serving_store();
    shop(&store).await;
    let vip = RoleId::stored("vip");
    let (new, patch) = (
        Role {
            role: vip.clone(),
            name: "VIP".to_owned(),
            description: None,
            metadata: None,
            list_users: None,
            send_messages_to: None,
            created_at: Millis(2),
            updated_at: None,
        },
        UserPatch { role: Patch::Set(vip.clone()), ..UserPatch::default() },
    );
    let given = store.write("test", move |tx| {
        roles::insert(tx, &app(), &new)?;
        users::update(tx, &app(), &uid(), &patch, Millis(2))
    });
    assert!(given.await.unwrap().is_ok());
    assert_eq!(role(&store).await, "vip");
    let undone = vip.clone();
    let undone = store.write("test", move |tx| {
        roles::delete(tx, &app(), &undone, Millis(3))?;
        Err::<(), _>(rollcall_model::Error::Denied.into())
    });
    assert!(undone.await.is_err());
    assert_eq!(role(&store).await, "vip");
    let removed = store.write("test", move |tx| roles::delete(tx, &app(), &vip, Millis(3)));
    assert!(removed.await.unwrap());
    assert_eq!(role(&store).await, "default");
}

#[tokio::test]
async fn an_undone_change_is_not_seen() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.serving_store();
    shop(&store).await;
    assert_eq!(heard(&store).await, 0);
    let refused = store.write("test", |tx| {
        let patch = UserPatch { status_message: Patch::Clear, ..UserPatch::default() };
        users::update(tx, &app(), &uid(), &patch, Millis(2))?.unwrap();
        Err::<(), _>(rollcall_model::Error::Denied.into())
    });
    assert!(refused.await.is_err());
    assert_eq!(heard(&store).await, 0);
}

#[test]
fn a_file_is_served_by_one_store_at_a_time() {
    let scratch = Scratch::new(Engine::Sqlite);
    let options = rollcall_store::Options { serving: true, ..rollcall_store::Options::default() };
    let first = Store::open(scratch.database(), &options).unwrap();
    let second = Store::open(scratch.database(), &options).unwrap_err().to_string();
    assert!(second.contains("another rollcall server"), "{second}");
    let link = scratch.folder().join("another-name.db");
    let Database::Sqlite(file) = scratch.database() else {
        unreachable!()
    };
    std::os::unix::fs::symlink(file, &link).unwrap();
    assert!(
        Store::open(&Database::Sqlite(link), &options).is_err(),
        "a file is the same file by another name"
    );
    drop(scratch.store());
    drop(first);
    assert!(Store::open(scratch.database(), &options).is_ok());
}

/// A statement that writes `users` and is not in this list would leave stale records behind. Before you add it here,
/// see that its function calls `tx.touch`, or that it only makes users who were not there before; and that it tells
/// `user_counts` if it changes how many users there are, how many of them are active, or their roles.
#[test]
fn every_statement_that_writes_users_is_known() {
    let writes = |text: &str| {
        ["insert into users ", "update users ", "delete from users "]
            .iter()
            .any(|verb| text.contains(verb))
    };
    let mut names: Vec<_> = rollcall_store::statements()
        .into_iter()
        .filter(|sql| writes(sql.text()))
        .filter_map(|sql| sql.name().rsplit("::").next())
        .collect();
    names.sort_unstable();
    let known = [
        "ADOPT",
        "ATTRIBUTES",
        "CHANGE",
        "DEACTIVATE",
        "DELETE",
        "INSERT",
        "LAST",
        "MOVE_USERS",
        "REACTIVATE",
        "ROLE",
        "SET_EMAIL",
        "SET_USER_ID",
        "UPDATE",
        "UPDATE_NAME",
        "UPDATE_NAME_ROLE",
        "UPDATE_PROFILE",
        "UPDATE_ROLE",
    ];
    assert_eq!(names, known);
}
