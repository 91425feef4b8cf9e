//! The order of lists, and their pages.

use rollcall_model::{Activity, KlaimId, Millis, Page, Uid, User, UserQuery, UserSearch};
use rollcall_store::{Tx, users};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, everyone, plain, role, shop, uid, uids};
use crate::user_counts::jump;

rollcall_testkit::on_both_engines! {
    the_last_made_comes_first,
    a_user_who_comes_back_has_the_old_place,
    pages_cut_the_list_without_gap_or_overlap,
    past_the_end_there_is_nothing_but_the_total,
    a_deep_page_is_found_by_what_is_counted,
    a_list_goes_on_behind_a_user,
    nobody_is_behind_a_user_who_is_not_there,
}

const SECOND: i64 = 1_753_000_000_000;

async fn the_last_made_comes_first(engine: Engine) {
    let house = House::new(engine).await;
    // Whatever the clocks of several servers said, and whatever the uids are.
    let births = [("b", SECOND + 999), ("a", SECOND), ("z", SECOND + 1000), ("_", SECOND - 1), ("c", SECOND)];
    for (id, at) in births {
        house.insert_at(&shop(), plain(id), Millis(at)).await;
        house.insert_at(&club(), plain(id), Millis(at)).await;
    }
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["c", "_", "z", "a", "b"]);
}

async fn a_user_who_comes_back_has_the_old_place(engine: Engine) {
    let house = House::new(engine).await;
    for id in ["a", "b", "c"] {
        house.insert(&shop(), plain(id)).await;
    }
    house.deactivate(&shop(), "b").await;
    house.insert(&shop(), plain("d")).await;
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["d", "c", "a"]);
    house.reactivate(&shop(), "b").await;
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["d", "c", "b", "a"]);
    // Somebody new who gets the uid of somebody who was removed is somebody new.
    assert!(house.delete(&shop(), "a").await);
    house.insert(&shop(), plain("a")).await;
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["a", "d", "c", "b"]);
}

async fn pages_cut_the_list_without_gap_or_overlap(engine: Engine) {
    let house = House::new(engine).await;
    for n in 0..11 {
        house
            .insert_at(&shop(), plain(&format!("u{n:02}")), Millis(SECOND + n / 4 * 1000))
            .await;
    }
    let whole = house.list(&shop(), everyone()).await.items;
    for size in [1, 2, 3, 5, 10, 11, 12] {
        let mut joined = Vec::new();
        for number in 1..=(11 + size - 1) / size {
            let mut query = everyone();
            query.page = Page { number, size };
            let listing = house.list(&shop(), query).await;
            assert_eq!(listing.total, 11);
            joined.extend(listing.items);
        }
        assert_eq!(joined, whole, "pages of {size}");
    }
}

async fn past_the_end_there_is_nothing_but_the_total(engine: Engine) {
    let house = House::new(engine).await;
    for id in ["a", "b", "c"] {
        house.insert(&shop(), plain(id)).await;
    }
    for (number, size) in [(2, 3), (4, 1), (5, 1), (i64::MAX, 1), (i64::MAX, 1000), (i64::MAX / 1000, 1000)] {
        let mut query = everyone();
        query.page = Page { number, size };
        let listing = house.list(&shop(), query).await;
        assert_eq!((listing.items.len(), listing.total), (0, 3), "page {number} of {size}");
    }
    let mut query = everyone();
    query.page = Page { number: 1, size: i64::MAX };
    assert_eq!(house.list(&shop(), query).await.items.len(), 3);
}

/// Users whose numbers lie far apart, so that there are many stretches, some of them of one user or none.
async fn a_deep_page_is_found_by_what_is_counted(engine: Engine) {
    let house = House::new(engine).await;
    house.make_role(&shop(), "vip").await;
    let make = move |tx: &mut Tx<'_>| {
        for n in 0..450 {
            let mut new = plain(&format!("u{n}"));
            new.role = Some(role(["default", "vip", "default"][n % 3]));
            let app = if n % 50 == 49 { club() } else { shop() };
            new.role = new.role.filter(|_| app == shop());
            let klaim_id = KlaimId::stored(&format!("1_{n:05}"));
            users::insert(tx, &app, &new, &klaim_id, NOW)?.ok();
            if n % 7 == 0 {
                users::deactivate(tx, &app, &new_uid(n), NOW)?;
            }
            if n % 11 == 0 {
                users::delete(tx, &app, &new_uid(n))?;
            }
            // Now and then over several stretches, and nowhere for a while.
            if n < 400 {
                jump(tx, engine, [1, 700, 60, 4095, 4096, 9000][n % 6])?;
            }
        }
        Ok(())
    };
    house.run(make).await;
    for activity in [Activity::Active, Activity::Deactivated, Activity::Any] {
        for roles in [&[] as &[&str], &["vip"], &["vip", "default"]] {
            let mut query = everyone();
            query.activity = activity;
            query.roles = roles.iter().map(|name| role(name)).collect();
            let whole = house.list(&shop(), query.clone()).await;
            assert_eq!(whole.items.len(), usize::try_from(whole.total).unwrap());
            assert!(whole.items.windows(2).all(|pair| pair[0].key > pair[1].key));
            for size in [1, 7, 100] {
                let last = whole.total / size + 2;
                let numbers = (1..=last).filter(|number| size > 1 || number % 23 == 0 || number + 3 > last);
                for number in numbers {
                    query.page = Page { number, size };
                    let page = house.list(&shop(), query.clone()).await;
                    let from = usize::try_from((number - 1) * size).unwrap().min(whole.items.len());
                    let to = usize::try_from(number * size).unwrap().min(whole.items.len());
                    assert_eq!(uids(&page.items), uids(&whole.items[from..to]), "{query:?}");
                    assert_eq!(page.total, whole.total);
                }
            }
        }
    }
}

fn new_uid(number: usize) -> Uid {
    uid(&format!("u{number}"))
}

async fn a_list_goes_on_behind_a_user(engine: Engine) {
    let house = House::new(engine).await;
    let mut keys = Vec::new();
    for n in 0..13 {
        let mut new = plain(&format!("u{n:02}"));
        new.tags = if n % 3 == 0 { vec!["x".to_owned()] } else { Vec::new() };
        keys.push(house.insert(&shop(), new).await.key);
        house.insert(&club(), plain(&format!("u{n:02}"))).await;
    }
    for key in &keys[1..] {
        house.befriend(&shop(), keys[0], *key).await;
    }
    let tagged = UserQuery { tags: vec!["x".to_owned()], ..everyone() };
    let searched = UserQuery {
        search: Some(UserSearch { key: "u0".to_owned(), in_uid: true, in_name: true }),
        ..everyone()
    };
    let friends = UserQuery { friends_of: Some(keys[0]), ..everyone() };
    for query in [everyone(), tagged, searched, friends] {
        let whole = house.list(&shop(), query.clone()).await;
        assert!(whole.total >= 5);
        for size in [1, 4, 13, 14] {
            let mut joined: Vec<User> = Vec::new();
            loop {
                let after = joined.last().map(|user| user.uid.clone());
                let page = Page { number: 1, size };
                let listing = house.list(&shop(), UserQuery { after, page, ..query.clone() }).await;
                assert_eq!(listing.total, whole.total, "the total is that of the whole list");
                if listing.items.is_empty() {
                    break;
                }
                joined.extend(listing.items);
            }
            assert_eq!(joined, whole.items, "{size} at a time of {query:?}");
        }
        // Behind somebody who is in the list or is not, and in pages from there.
        let after = Some(uid("u05"));
        let rest: Vec<_> = whole.items.iter().filter(|user| user.key < keys[5]).cloned().collect();
        let all_after = house.list(&shop(), UserQuery { after: after.clone(), ..query.clone() }).await;
        assert_eq!(uids(&all_after.items), uids(&rest));
        let page = Page { number: 2, size: 1 };
        let second = house.list(&shop(), UserQuery { after, page, ..query.clone() }).await;
        assert_eq!(uids(&second.items), uids(&rest[1..2]));
        assert_eq!(second.total, whole.total);
    }
}

async fn nobody_is_behind_a_user_who_is_not_there(engine: Engine) {
    let house = House::new(engine).await;
    for id in ["a", "b", "c"] {
        house.insert(&shop(), plain(id)).await;
        house.insert(&club(), plain(&format!("{id}{id}"))).await;
    }
    let behind = async |id: &str| {
        let query = UserQuery { after: Some(uid(id)), ..everyone() };
        let listing = house.list(&shop(), query).await;
        (uids(&listing.items).join(" "), listing.total)
    };
    assert_eq!(behind("c").await, ("b a".to_owned(), 3));
    for id in ["nobody", "bb", "a"] {
        assert_eq!(behind(id).await, (String::new(), 3), "{id}");
    }
    // A place stays while the user does, active or not.
    house.deactivate(&shop(), "c").await;
    assert_eq!(behind("c").await, ("b a".to_owned(), 2));
    assert!(house.delete(&shop(), "c").await);
    assert_eq!(behind("c").await, (String::new(), 2));
}
