//! Writers and readers at once: a list is that of one commit, and of the last one that was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rollcall_model::{Activity, Page, Patch, RoleId, Uid, UserPatch, UserQuery};
use rollcall_store::{Tx, roles, user_list, users};
use rollcall_testkit::Engine;

use crate::shop::{NOW, Shop, everyone, new_user, role_of, searching, shop, uids};

rollcall_testkit::on_both_engines! {
    no_list_is_torn,
    whoever_was_told_of_a_change_lists_it,
}

const WRITERS: usize = 3;
const EACH: usize = 120;

/// Two users who are always made, renamed and removed together, so that a list that shows one without the other is torn.
async fn pair(house: &Shop, writer: usize, n: usize) {
    let ids = [format!("left-{writer}-{}", n % 7), format!("right-{writer}-{}", n % 7)];
    let klaim_ids = [house.klaim_id(), house.klaim_id()];
    let (name, role) = (format!("Name {n}"), ["default", "vip", "guest"][n % 3]);
    let act = move |tx: &mut Tx<'_>| {
        for (id, klaim_id) in ids.iter().zip(&klaim_ids) {
            let uid = Uid::stored(id);
            match n % 5 {
                0..=2 => {
                    let new = new_user(id, Some(&name), role, &["pair"]);
                    if users::insert(tx, &shop(), &new, klaim_id, NOW)?.is_err() {
                        let patch = UserPatch {
                            name: Patch::Set(name.clone()),
                            role: Patch::Set(RoleId::stored(role)),
                            tags: Patch::Set(if n.is_multiple_of(2) {
                                Vec::new()
                            } else {
                                vec!["pair".to_owned()]
                            }),
                            ..UserPatch::default()
                        };
                        drop(users::update(tx, &shop(), &uid, &patch, NOW)?);
                    }
                }
                3 => drop(users::delete(tx, &shop(), &uid)?),
                _ => match users::deactivate(tx, &shop(), &uid, NOW)? {
                    users::Switched::Already => drop(users::reactivate(tx, &shop(), &uid)?),
                    users::Switched::Done | users::Switched::Unknown => {}
                },
            }
        }
        if n % 40 == 39 {
            // Everybody's role changes with it.
            roles::delete(tx, &shop(), &RoleId::stored("vip"), NOW)?;
            roles::insert(tx, &shop(), &role_of("vip"))?;
        }
        Ok(())
    };
    house.write(act).await;
}

fn queries() -> Vec<UserQuery> {
    let with = |change: fn(&mut UserQuery)| {
        let mut query = everyone();
        change(&mut query);
        query
    };
    vec![
        everyone(),
        with(|query| query.page = Page { number: 2, size: 5 }),
        with(|query| query.activity = Activity::Any),
        with(|query| query.activity = Activity::Deactivated),
        with(|query| query.roles = vec![RoleId::stored("vip"), RoleId::stored("guest")]),
        with(|query| query.tags = vec!["pair".to_owned()]),
        searching("left", true, false),
        searching("name 1", false, true),
        searching("n", true, true),
    ]
}

async fn no_list_is_torn(engine: Engine) {
    let house = Arc::new(Shop::new(engine, 3).await);
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = tokio::task::JoinSet::new();
    for reader in 0..2 {
        let (house, done) = (Arc::clone(&house), Arc::clone(&done));
        readers.spawn(async move {
            let mut looks = 0;
            while !done.load(Ordering::SeqCst) || looks == 0 {
                for query in queries().iter().cycle().skip(reader * 4).take(9) {
                    // Holds the page and the total against the database in the same snapshot.
                    let listing = house.list(&shop(), query).await;
                    if query.page.size == 1000 {
                        let names = uids(&listing);
                        let left = names.iter().filter(|uid| uid.starts_with("left")).count();
                        let whole =
                            query.search.is_none() || query.search.as_ref().is_some_and(|s| s.in_name);
                        assert!(!whole || left * 2 == names.len(), "torn: {names:?}");
                    }
                    looks += 1;
                }
            }
            looks
        });
    }
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let house = Arc::clone(&house);
        writers.spawn(async move {
            for n in 0..EACH {
                pair(&house, writer, n).await;
            }
        });
    }
    writers.join_all().await;
    done.store(true, Ordering::SeqCst);
    let looks: usize = readers.join_all().await.into_iter().sum();
    assert!(looks >= 18, "{looks}");
    if engine == Engine::Sqlite {
        // Each look is a list and a count, and hardly any did without the index.
        let indexed = usize::try_from(house.indexed()).unwrap();
        assert!(indexed > looks, "{indexed} of {looks} looks");
    }
}

async fn whoever_was_told_of_a_change_lists_it(engine: Engine) {
    let house = Arc::new(Shop::new(engine, 3).await);
    for n in 0..20 {
        house.enter(&shop(), &format!("first-{n}"), None, "default", &[]).await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..4 {
        let house = Arc::clone(&house);
        tasks.spawn(async move {
            let mine = searching(&format!("mine-{task}-"), true, false);
            for n in 0..30 {
                let id = format!("mine-{task}-{n}");
                house.enter(&shop(), &id, Some("Mira"), "default", &["t"]).await;
                let query = mine.clone();
                let listed = house.store.read("test.mine", move |tx| user_list::list(tx, &shop(), &query));
                let listed = listed.await.unwrap();
                let rest = n % 3;
                assert_eq!(listed.total, rest + 1, "made");
                assert!(uids(&listed).contains(&id.as_str()));
                if rest == 2 {
                    for back in 0..3 {
                        house.delete(&shop(), &format!("mine-{task}-{}", n - back)).await;
                        let query = mine.clone();
                        let count =
                            house.store.read("test.mine", move |tx| user_list::count(tx, &shop(), &query));
                        assert_eq!(count.await.unwrap(), 2 - back, "removed");
                    }
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(house.total(&shop(), everyone()).await, 20);
}
