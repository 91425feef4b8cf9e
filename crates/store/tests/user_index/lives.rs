//! The life of an index: when it answers and when it does not, what it forgets, how it begins and ends.

use rollcall_model::{Activity, RoleId, Uid, UserQuery};
use rollcall_store::{Database, Options, Sql, Store, Tx, roles, users};
use rollcall_testkit::Engine;

use crate::shop::{NOW, Shop, club, everyone, new_user, open, searching, shop, uids};

async fn filled(few: u64, users: usize) -> Shop {
    let house = Shop::new(Engine::Sqlite, few).await;
    for n in 0..users {
        let role = ["default", "vip"][n % 2];
        house
            .enter(&shop(), &format!("user-{n}"), Some(&format!("Name {n}")), role, &["t"])
            .await;
    }
    house
}

#[tokio::test]
async fn lists_of_an_app_with_more_than_few_users_go_by_the_index() {
    let house = filled(5, 5).await;
    assert_eq!(house.total(&shop(), everyone()).await, 5);
    assert_eq!(house.indexed(), 0, "few users");
    house.enter(&shop(), "one-more", None, "default", &[]).await;
    // The index grows between two batches of the writer, so before whatever is written next.
    house.rename(&shop(), "user-4", "Another").await;
    assert_eq!(house.total(&shop(), everyone()).await, 6);
    // A list and a count.
    assert_eq!(house.indexed(), 2);
    assert_eq!(house.total(&club(), everyone()).await, 0);
    assert_eq!(house.indexed(), 2, "the other app has none");
    for n in 0..4 {
        house.delete(&shop(), &format!("user-{n}")).await;
    }
    assert_eq!(house.total(&shop(), everyone()).await, 2);
    assert_eq!(house.indexed(), 2, "few users again");
}

#[tokio::test]
async fn friends_are_no_matter_of_the_index() {
    let house = filled(2, 10).await;
    let query = UserQuery { friends_of: Some(rollcall_model::UserKey(1)), ..everyone() };
    assert_eq!(house.total(&shop(), query).await, 0);
    assert_eq!(house.indexed(), 0);
}

#[tokio::test]
async fn a_store_without_an_index_lists_all_the_same() {
    let house = filled(2, 10).await;
    let Shop { store, scratch, .. } = house;
    drop(store);
    for options in [
        Options { serving: true, few_users: None, ..Options::default() },
        Options { serving: false, few_users: Some(2), ..Options::default() },
    ] {
        let store = Store::open(scratch.database(), &options).unwrap();
        assert!(!store.wait_for_index());
        let count = store.read("test", |tx| rollcall_store::user_list::count(tx, &shop(), &everyone()));
        assert_eq!(count.await.unwrap(), 10);
    }
}

#[tokio::test]
async fn what_was_written_without_the_index_is_found_after_a_start() {
    let house = filled(3, 10).await;
    let Shop { store, scratch, .. } = house;
    drop(store);
    let command = scratch.store();
    let gone = command.write("test", |tx| {
        users::delete(tx, &shop(), &Uid::stored("user-3"))?;
        users::deactivate(tx, &shop(), &Uid::stored("user-4"), NOW)
    });
    gone.await.unwrap();
    drop(command);
    let store = open(&scratch, 3);
    assert!(store.wait_for_index());
    let listed = store.read("test", |tx| rollcall_store::user_list::list(tx, &shop(), &everyone()));
    assert_eq!(listed.await.unwrap().total, 8);
}

/// While the index is built, changes go on: whatever came before it, during it and after it is in it.
#[tokio::test]
async fn changes_during_the_building_are_followed() {
    let mut house = filled(3, 60).await;
    for round in 0..5 {
        house = house.reopened();
        // No waiting: the first of these come while the index is read.
        for n in 0..12 {
            house.rename(&shop(), &format!("user-{n}"), &format!("Round {round}")).await;
            house.enter(&shop(), &format!("new-{round}-{n}"), None, "vip", &["n"]).await;
            house.deactivate(&shop(), &format!("new-{round}-{n}")).await;
            house.list(&shop(), &searching("round", false, true)).await;
        }
        assert!(house.store.wait_for_index());
        assert_eq!(house.total(&shop(), searching("round", false, true)).await, 12);
        let deactivated = UserQuery { activity: Activity::Deactivated, ..everyone() };
        assert_eq!(house.total(&shop(), deactivated).await, (round + 1) * 12);
    }
}

#[tokio::test]
async fn a_refused_transaction_leaves_no_trace_in_lists() {
    let house = filled(3, 10).await;
    let before = house.list(&shop(), &everyone()).await;
    let klaim_id = house.klaim_id();
    let refused = house.store.write("test", move |tx| {
        let new = new_user("refused", Some("Refused"), "vip", &["t"]);
        users::insert(tx, &shop(), &new, &klaim_id, NOW)?.unwrap();
        users::delete(tx, &shop(), &Uid::stored("user-1"))?;
        users::deactivate(tx, &shop(), &Uid::stored("user-2"), NOW)?;
        roles::delete(tx, &shop(), &RoleId::stored("vip"), NOW)?;
        Err::<(), _>(rollcall_model::Error::Denied.into())
    });
    assert!(refused.await.is_err());
    assert_eq!(house.list(&shop(), &everyone()).await.items, before.items);
    let vip = UserQuery { roles: vec![RoleId::stored("vip")], ..everyone() };
    assert_eq!(house.total(&shop(), vip).await, 5);
}

/// A commit that fails is followed by nobody, and the next one is.
#[tokio::test]
async fn a_commit_that_fails_leaves_no_trace_in_lists() {
    static DEFER: Sql = Sql::new("defer", "pragma defer_foreign_keys = on");
    static ORPHAN: Sql = Sql::new(
        "orphan",
        "insert into roles (app, role, name, created_at) values ('nowhere', 'r', 'r', 1)",
    );
    let house = filled(3, 10).await;
    let lost = house.store.write("test", |tx: &mut Tx<'_>| {
        users::delete(tx, &shop(), &Uid::stored("user-1"))?;
        tx.exec(&DEFER, &[])?;
        tx.exec(&ORPHAN, &[])
    });
    assert!(lost.await.unwrap_err().to_string().contains("the commit failed"));
    assert_eq!(house.total(&shop(), everyone()).await, 10);
    house.delete(&shop(), "user-1").await;
    assert_eq!(house.total(&shop(), everyone()).await, 9);
    assert!(house.indexed() >= 4);
}

#[tokio::test]
async fn another_app_never_notices() {
    let house = filled(3, 10).await;
    for n in 0..10 {
        house.enter(&club(), &format!("user-{n}"), Some("Name"), "vip", &["t"]).await;
    }
    let vip = UserQuery { roles: vec![RoleId::stored("vip")], ..everyone() };
    let removed = move |tx: &mut Tx<'_>| roles::delete(tx, &club(), &RoleId::stored("vip"), NOW);
    assert!(house.write(removed).await);
    house.delete(&club(), "user-0").await;
    house.deactivate(&club(), "user-1").await;
    let tagged = UserQuery { tags: vec!["t".to_owned()], ..everyone() };
    for (app, totals) in [(shop(), [10, 5, 10, 10]), (club(), [8, 0, 8, 8])] {
        let queries = [everyone(), vip.clone(), tagged.clone(), searching("name", false, true)];
        for (query, total) in queries.into_iter().zip(totals) {
            assert_eq!(house.total(&app, query).await, total);
        }
    }
}

/// Whoever writes users behind the server's back breaks a rule of the house; lists must not answer with half a page.
#[tokio::test]
async fn an_index_that_is_wrong_is_given_up() {
    let house = filled(3, 10).await;
    let Database::Sqlite(path) = house.scratch.database() else {
        unreachable!()
    };
    let behind = rusqlite::Connection::open(path).unwrap();
    let gone = "update user_counts set active = active - 1
            where app = 'shop' and role = (select role from users where app = 'shop' and uid = 'user-7');
        delete from users where app = 'shop' and uid = 'user-7'";
    behind.execute_batch(gone).unwrap();
    let listed = house.list(&shop(), &everyone()).await;
    assert_eq!(listed.total, 9);
    assert!(!uids(&listed).contains(&"user-7"));
    assert!(!house.store.wait_for_index());
}

#[tokio::test]
async fn a_store_closes_while_its_index_is_built() {
    let house = filled(3, 40).await;
    let Shop { store, scratch, .. } = house;
    drop(store);
    for _ in 0..10 {
        drop(open(&scratch, 3));
    }
    assert!(open(&scratch, 3).wait_for_index());
}
