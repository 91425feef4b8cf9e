//! Ten thousand users who share the beginnings of their uids and names, as in a load test.

use rollcall_model::{Page, RoleId, Uid, UserQuery};
use rollcall_store::{Tx, users};
use rollcall_testkit::Engine;

use crate::shop::{NOW, Shop, everyone, new_user, searching, shop};

const CROWD: usize = 10_000;
const CITIES: [&str; 4] = ["Łódź", "Lódz", "東京", "東北"];

async fn crowd(few: u64) -> Shop {
    let house = Shop::new(Engine::Sqlite, few).await;
    for start in (0..CROWD).step_by(1000) {
        let ids: Vec<_> = (0..1000).map(|_| house.klaim_id()).collect();
        let batch = move |tx: &mut Tx<'_>| {
            for (n, klaim_id) in (start..).zip(&ids) {
                let name = format!("{} {}", CITIES[n % 4], n / 4);
                let role = if n % 100 == 0 { "vip" } else { "default" };
                let new = new_user(&format!("bench-{n}"), Some(&name), role, &[["even", "odd"][n % 2]]);
                users::insert(tx, &shop(), &new, klaim_id, NOW)?.unwrap();
            }
            Ok(())
        };
        house.write(batch).await;
    }
    house
}

fn first(query: UserQuery) -> UserQuery {
    UserQuery { page: Page { number: 1, size: 20 }, ..query }
}

async fn looked_at(house: &Shop) {
    for (key, total) in [
        ("b", 10_000),
        ("bench-", 10_000),
        ("bench-1", 1_111),
        ("bench-12", 111),
        ("bench-1234", 1),
        ("bench-x", 0),
        ("c", 0),
    ] {
        assert_eq!(house.total(&shop(), first(searching(key, true, false))).await, total, "{key}");
    }
    for (key, total) in [
        ("l", 2_500),
        ("Ł", 2_500),
        ("łódź 1", 1_111),
        ("東", 5_000),
        ("東京", 2_500),
        ("東京 24", 111),
        ("北", 0),
    ] {
        assert_eq!(house.total(&shop(), first(searching(key, false, true))).await, total, "{key}");
    }
    let odd = UserQuery { tags: vec!["odd".to_owned()], ..searching("東", true, true) };
    assert_eq!(house.total(&shop(), first(odd)).await, 2_500);
    let vip = UserQuery { roles: vec![RoleId::stored("vip")], ..everyone() };
    assert_eq!(house.total(&shop(), first(vip)).await, 100);
    for number in [1, 77, 500, 501] {
        let query = UserQuery { page: Page { number, size: 20 }, ..everyone() };
        let listing = house.list(&shop(), &query).await;
        assert_eq!(listing.total, 10_000);
        assert_eq!(listing.items.len(), if number == 501 { 0 } else { 20 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shared_beginnings_are_found_as_the_crowd_grows_and_after_a_start() {
    let mut house = crowd(256).await;
    looked_at(&house).await;
    house = house.reopened();
    assert!(house.store.wait_for_index());
    looked_at(&house).await;
    // All but every tenth leave: what many shared, few share.
    let leave = |tx: &mut Tx<'_>| {
        for n in (0..CROWD).filter(|n| n % 10 != 0) {
            users::delete(tx, &shop(), &Uid::stored(&format!("bench-{n}")))?;
        }
        Ok(())
    };
    house.write(leave).await;
    for (key, total) in
        [("b", 1_000), ("bench-1", 111), ("bench-12", 11), ("bench-123", 1), ("bench-1234", 0)]
    {
        assert_eq!(house.total(&shop(), first(searching(key, true, false))).await, total, "{key}");
    }
    // Twenty-five lists since the start, each with its count.
    assert_eq!(house.indexed(), 50);
}
