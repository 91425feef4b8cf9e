//! Lists of friends: every filter of the list of users against a plain reading, the order, pages.

use std::collections::BTreeSet;

use rollcall_model::{Activity, Millis, Page, User, UserKey, UserQuery, UserSearch};
use rollcall_testkit::Engine;

use crate::house::{House, club, everyone, plain, role, shop, texts, uids};
use crate::user_list::{crowd, expected};

rollcall_testkit::on_both_engines! {
    every_combination_of_filters_among_friends,
    friends_come_newest_first,
    pages_of_friends_have_no_gap_and_know_the_total,
    a_hundred_roles_and_tags_among_friends,
}

fn friends_of(user: UserKey) -> UserQuery {
    UserQuery { friends_of: Some(user), ..everyone() }
}

/// The crowd of the list of users, and `me`, who is a friend of most of them in both apps; deactivated ones are on either
/// side. Answers the friends of the shop's `me`.
async fn circle(engine: Engine) -> (House, UserKey, BTreeSet<String>) {
    let house = crowd(engine).await;
    let mut friends = BTreeSet::new();
    let mut me = UserKey(0);
    for app in [club(), shop()] {
        me = house.insert(&app, plain("me")).await.key;
        let stranger = house.insert(&app, plain("stranger")).await.key;
        let everybody = UserQuery { activity: Activity::Any, ..everyone() };
        for (n, user) in house.list(&app, everybody).await.items.iter().enumerate() {
            if user.key == me || user.key == stranger {
                continue;
            }
            // The neighbours' circle is another one.
            let other_rest = if app == shop() { 1 } else { 0 };
            let between = if n % 5 == other_rest { stranger } else { me };
            assert!(house.befriend(&app, user.key, between).await);
            if between == me && app == shop() {
                friends.insert(user.uid.to_string());
            }
        }
    }
    (house, me, friends)
}

async fn every_combination_of_filters_among_friends(engine: Engine) {
    let (house, me, friends) = circle(engine).await;
    let everybody = UserQuery { activity: Activity::Any, ..everyone() };
    let all = house.list(&shop(), everybody).await.items;
    let circle: Vec<User> = all.into_iter().filter(|user| friends.contains(user.uid.as_str())).collect();
    let inactive = circle.iter().filter(|user| user.deactivated_at.is_some()).count();
    assert!(circle.len() > 20 && inactive > 5, "{} and {inactive}", circle.len());
    let search = |key: &str, in_uid, in_name| Some(UserSearch { key: key.to_owned(), in_uid, in_name });
    let searches = [
        None,
        search("MI", true, false),
        search("mI", false, true),
        search("m", true, true),
        search("mi", false, false),
    ];
    let mut found = 0;
    for activity in [Activity::Active, Activity::Deactivated, Activity::Any] {
        for search in &searches {
            for roles in [&[] as &[_], &["vip"], &["vip", "default"]] {
                for tags in [&[] as &[_], &["x"], &["x", "z"]] {
                    let mut query = friends_of(me);
                    query.search = search.clone();
                    query.roles = roles.iter().map(|name| role(name)).collect();
                    query.tags = texts(tags);
                    let expected = expected(&query, &circle);
                    // Lists of friends know active users only, whatever is asked.
                    query.activity = activity;
                    let listing = house.list(&shop(), query.clone()).await;
                    assert_eq!(uids(&listing.items), uids(&expected), "{query:?}");
                    assert_eq!(listing.items, expected);
                    found += expected.len();
                }
            }
        }
    }
    assert!(found > 500, "the circle is too uniform to tell the filters apart: {found}");
    assert_eq!(house.list(&club(), friends_of(me)).await.total, 0, "keys are of one app");
}

async fn friends_come_newest_first(engine: Engine) {
    const SECOND: i64 = 1_753_000_000_000;
    let house = House::new(engine).await;
    let me = house.insert(&shop(), plain("me")).await.key;
    let births = [
        ("b", SECOND + 999),
        ("a_", SECOND),
        ("late", SECOND + 1000),
        ("early", SECOND - 1),
        ("a", SECOND + 500),
        ("a-", SECOND + 1),
    ];
    let mut keys = Vec::new();
    for (id, at) in births {
        keys.push(house.insert_at(&shop(), plain(id), Millis(at)).await.key);
    }
    // The order of the friendships does not matter.
    for n in [3, 0, 5, 1, 4, 2] {
        house.befriend(&shop(), keys[n], me).await;
    }
    let order = ["a-", "a", "early", "late", "a_", "b"];
    assert_eq!(uids(&house.list(&shop(), friends_of(me)).await.items), order);
    // Seen from the other side of each friendship there is but one.
    let late = house.find(&shop(), "late").await.unwrap().key;
    assert_eq!(uids(&house.list(&shop(), friends_of(late)).await.items), ["me"]);
    // A neighbour of the same uid is counted for nobody.
    for id in ["a", "a-"] {
        house.insert_at(&club(), plain(id), Millis(SECOND)).await;
        house.deactivate(&club(), id).await;
    }
    house.deactivate(&shop(), "a-").await;
    let listing = house
        .list(&shop(), UserQuery { page: Page { number: 1, size: 5 }, ..friends_of(me) })
        .await;
    assert_eq!((uids(&listing.items), listing.total), (vec!["a", "early", "late", "a_", "b"], 5));
}

async fn pages_of_friends_have_no_gap_and_know_the_total(engine: Engine) {
    let (house, me, _) = circle(engine).await;
    let searched = UserQuery {
        search: Some(UserSearch { key: "m".to_owned(), in_uid: true, in_name: true }),
        ..friends_of(me)
    };
    for query in [friends_of(me), searched] {
        let whole = house.list(&shop(), query.clone()).await;
        let total = whole.total;
        assert!(total > 10 && whole.items.len() == usize::try_from(total).unwrap());
        for size in [1, 2, 3, total - 1, total, total + 1] {
            let mut joined = Vec::new();
            let last = (total + size - 1) / size;
            for number in 1..=last + 2 {
                let page = Page { number, size };
                let listing = house.list(&shop(), UserQuery { page, ..query.clone() }).await;
                assert_eq!(listing.total, total, "page {number} of {size}");
                joined.extend(listing.items);
            }
            assert_eq!(joined, whole.items, "pages of {size}");
        }
        for (number, size) in [(i64::MAX, 1), (i64::MAX, 1000), (i64::MAX / 1000, 1000)] {
            let page = Page { number, size };
            let listing = house.list(&shop(), UserQuery { page, ..query.clone() }).await;
            assert_eq!((listing.items.len(), listing.total), (0, total), "page {number} of {size}");
        }
        let page = Page { number: 1, size: i64::MAX };
        assert_eq!(house.list(&shop(), UserQuery { page, ..query.clone() }).await.items, whole.items);
    }
    let nobody = house.insert(&shop(), plain("nobody")).await.key;
    for number in [1, 2] {
        let page = Page { number, size: 5 };
        let listing = house.list(&shop(), UserQuery { page, ..friends_of(nobody) }).await;
        assert_eq!((listing.items.len(), listing.total), (0, 0));
    }
}

async fn a_hundred_roles_and_tags_among_friends(engine: Engine) {
    let (house, me, _) = circle(engine).await;
    let mut query = friends_of(me);
    let everybody = house.list(&shop(), query.clone()).await.total;
    query.roles = (0..97).map(|n| role(&format!("r{n}"))).collect();
    query.tags = (0..96).map(|n| format!("t{n}")).collect();
    assert_eq!(house.list(&shop(), query.clone()).await.total, 0);
    query.roles.extend(["default", "vip", "guest"].map(role));
    assert_eq!(house.list(&shop(), query.clone()).await.total, 0);
    query.tags.extend(texts(&["x", "y", "z", "t"]));
    let tagged = house.list(&shop(), query).await.total;
    assert!(
        tagged > 0 && tagged < everybody,
        "a quarter of the crowd has no tag: {tagged} of {everybody}"
    );
}
