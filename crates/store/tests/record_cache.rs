//! The record cache of the embedded engine never answers anything that a commit has overtaken.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rollcall_model::{
    AppId, AppName, Document, Email, Identity, KlaimId, Millis, NewUser, Patch, Role, RoleId, Uid, UserPatch,
    Whom,
};
use rollcall_store::users::Unchanged;
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

/// The record that is remembered after a change is the one that the file holds, whatever the change.
#[tokio::test]
async fn what_is_remembered_is_what_is_kept() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.serving_store();
    shop(&store).await;
    let beside = scratch.store();
    let set = |text: &str| Patch::Set(text.to_owned());
    let document = |text: &str| Document::parse(text).unwrap();
    let empty = UserPatch::default;
    let patches = [
        UserPatch { name: set("Ḿira 💫"), ..empty() },
        UserPatch { avatar: set("a"), link: set("l"), ..empty() },
        UserPatch {
            metadata: Patch::Set(document(r#"{"a":1.10}"#)),
            tags: Patch::Set(vec!["t".to_owned()]),
            ..empty()
        },
        UserPatch {
            email: Patch::Set(Email::parse("Mira@example.org").unwrap()),
            ..empty()
        },
        UserPatch {
            user_id: Some("M-1".to_owned()),
            status_message: set("x"),
            ..empty()
        },
        UserPatch {
            display_name: set("M"),
            custom_attributes: Some(document(r#"{"a":1}"#)),
            ..empty()
        },
        UserPatch {
            custom_attributes: Some(document(r#"{"b":2}"#)),
            password_hash: Some("h".to_owned()),
            ..empty()
        },
        UserPatch {
            klaim_metadata: Patch::Set(document("{}")),
            name: Patch::Clear,
            ..empty()
        },
        UserPatch {
            email: Patch::Clear,
            tags: Patch::Clear,
            metadata: Patch::Clear,
            ..empty()
        },
    ];
    for (at, patch) in (10..).zip(patches) {
        let told = patch.clone();
        let done = store.write("test", move |tx| users::update(tx, &app(), &uid(), &patch, Millis(at)));
        let answered = done.await.unwrap().unwrap();
        let remembered = users::find(&store, &app(), "mira").await.unwrap().unwrap();
        let kept = users::find(&beside, &app(), "mira").await.unwrap().unwrap();
        assert_eq!(*remembered, *kept, "{told:?}");
        assert_eq!(*answered, *kept, "{told:?}");
    }
}

/// Two changes of one user in one transaction: the second finds what the first has made of it.
#[tokio::test]
async fn a_transaction_finds_its_own_changes() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.serving_store();
    shop(&store).await;
    assert_eq!(heard(&store).await, 0);
    let done = store.write("test", |tx| {
        let link = UserPatch { link: Patch::Set("l".to_owned()), ..UserPatch::default() };
        let status = UserPatch {
            status_message: Patch::Set("7".to_owned()),
            ..UserPatch::default()
        };
        users::update(tx, &app(), &uid(), &link, Millis(2))?.unwrap();
        users::update(tx, &app(), &uid(), &status, Millis(3))
    });
    assert_eq!(done.await.unwrap().unwrap().link.as_deref(), Some("l"));
    assert_eq!(heard(&store).await, 7);
    let gone = store.write("test", |tx| {
        users::deactivate(tx, &app(), &uid(), Millis(4))?;
        let link = UserPatch { link: Patch::Clear, ..UserPatch::default() };
        users::update(tx, &app(), &uid(), &link, Millis(5))
    });
    assert_eq!(gone.await.unwrap().unwrap_err(), Unchanged::Unknown);
}

#[tokio::test]
async fn an_answer_is_kept_until_the_user_changes() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.serving_store();
    shop(&store).await;
    let before = users::find(&store, &app(), "mira").await.unwrap().unwrap();
    assert_eq!(before.answer("one"), None);
    users::keep_answer(&store, &app(), &before, "one", &"1".into());
    users::keep_answer(&store, &app(), &before, "two", &"2".into());
    users::keep_answer(&store, &app(), &before, "one", &"another".into());
    let again = users::find(&store, &app(), "mira").await.unwrap().unwrap();
    assert_eq!(again.answer("one").unwrap(), "1");
    assert_eq!(again.answer("two").unwrap(), "2");
    say(&store, 1).await;
    let after = users::find(&store, &app(), "mira").await.unwrap().unwrap();
    assert_eq!(after.answer("one"), None);
    // Whoever was slow to render brings it to a record that nobody is given any more.
    users::keep_answer(&store, &app(), &before, "three", &"3".into());
    assert_eq!(before.answer("three"), None);
    assert_eq!(users::find(&store, &app(), "mira").await.unwrap().unwrap().answer("three"), None);
}

/// The user of this `user_id`, asked twice: the second time by the way that the first has left.
async fn of_user_id(store: &Store, id: &str) -> Option<String> {
    let whom = Whom::UserId(id.to_owned());
    let first = users::find_named(store, &app(), &whom).await.unwrap();
    let second = users::find_named(store, &app(), &whom).await.unwrap();
    assert_eq!(first, second);
    second.map(|user| user.uid.to_string())
}

#[tokio::test]
async fn another_name_leads_to_whom_it_belongs_now() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.serving_store();
    shop(&store).await;
    assert_eq!(of_user_id(&store, "mira").await.as_deref(), Some("mira"));
    assert_eq!(of_user_id(&store, "1_aaaaa").await.as_deref(), Some("mira"), "the Klaim id");
    let rename = |uid: &'static str, id: &'static str| {
        let patch = UserPatch { user_id: Some(id.to_owned()), ..UserPatch::default() };
        store.write("test", move |tx| users::update(tx, &app(), &Uid::stored(uid), &patch, Millis(2)))
    };
    rename("mira", "m-1").await.unwrap().unwrap();
    assert_eq!(of_user_id(&store, "mira").await, None);
    assert_eq!(of_user_id(&store, "m-1").await.as_deref(), Some("mira"));
    let other = store.write("test", |tx| {
        let new = NewUser::of(Identity::UserId("mira".to_owned()));
        users::insert(tx, &app(), &new, &KlaimId::stored("2_bbbbb"), Millis(3))
    });
    let other = other.await.unwrap().unwrap();
    assert_eq!(of_user_id(&store, "mira").await.as_deref(), Some(other.uid.as_str()));
    let whom = Whom::Key(other.key);
    for _ in 0..2 {
        let found = users::find_named(&store, &app(), &whom).await.unwrap().unwrap();
        assert_eq!(found.uid, other.uid);
        let resolved = whom.clone();
        let resolved = store
            .write("test", move |tx| users::resolve(tx, &app(), &resolved))
            .await
            .unwrap();
        assert_eq!(resolved, Some((other.key, other.uid.clone())));
    }
    let elsewhere = AppId::stored("club");
    assert_eq!(users::find_named(&store, &elsewhere, &whom).await.unwrap(), None);
    let uid = other.uid.clone();
    store.write("test", move |tx| users::delete(tx, &app(), &uid)).await.unwrap();
    assert_eq!(users::find_named(&store, &app(), &whom).await.unwrap(), None);
    assert_eq!(of_user_id(&store, "mira").await, None);
    let resolved = store.write("test", move |tx| users::resolve(tx, &app(), &whom)).await.unwrap();
    assert_eq!(resolved, None);
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
        "PUT_IN",
        "REACTIVATE",
        "REPLACE",
        "REPLACE_NAME",
        "REPLACE_NAME_ROLE",
        "REPLACE_PROFILE",
        "REPLACE_ROLE",
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
