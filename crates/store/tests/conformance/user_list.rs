//! Lists of users: every combination of filters against a plain reading of what they mean.

use rollcall_model::{Activity, Millis, RoleId, User, UserQuery, UserSearch, fold};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, everyone, plain, role, shop, texts, uids};

rollcall_testkit::on_both_engines! {
    every_combination_of_filters_means_what_it_says,
    roles_one_several_and_a_hundred,
    activity_in_three_kinds,
    an_app_without_users_has_an_empty_list,
}

/// Users that differ in everything that a filter looks at, in two apps.
pub(crate) async fn crowd(engine: Engine) -> House {
    const NAMES: [Option<&str>; 6] =
        [Some("Mira"), Some("MIKE"), None, Some("mi"), Some("Straße"), Some("a%b")];
    const TAGS: [&[&str]; 4] = [&[], &["x"], &["y", "x"], &["z"]];
    const ROLES: [&str; 3] = ["default", "vip", "guest"];
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        for name in &ROLES[1..] {
            house.make_role(&app, name).await;
        }
        for n in 0..36_usize {
            let head = ["mi", "m", "a", "mi-"][n / 9];
            let mut new = plain(&format!("{head}{n}"));
            new.name = NAMES[n % 6].map(str::to_owned);
            new.tags = texts(TAGS[n % 4]);
            new.role = Some(role(ROLES[n % 3]));
            let second = i64::try_from(n % 5).unwrap() * 700;
            house.insert_at(&app, new, Millis(NOW.0 + second)).await;
            if n % 7 < 2 {
                house.deactivate(&app, &format!("{head}{n}")).await;
            }
        }
    }
    house
}

fn wanted(query: &UserQuery, user: &User) -> bool {
    let active = user.deactivated_at.is_none();
    let activity = match query.activity {
        Activity::Active => active,
        Activity::Deactivated => !active,
        Activity::Any => true,
    };
    let search = query.search.as_ref().is_none_or(|UserSearch { key, in_uid, in_name }| {
        let key = fold(key);
        let name = user.name.as_deref().is_some_and(|name| fold(name).starts_with(&key));
        let anywhere = !in_uid && !in_name;
        anywhere || *in_uid && user.uid.as_str().starts_with(&key) || *in_name && name
    });
    let roles = query.roles.is_empty() || query.roles.contains(&user.role);
    let tags = query.tags.is_empty() || query.tags.iter().any(|tag| user.tags.contains(tag));
    activity && search && roles && tags
}

pub(crate) fn expected(query: &UserQuery, all: &[User]) -> Vec<User> {
    let mut users: Vec<_> = all.iter().filter(|user| wanted(query, user)).cloned().collect();
    users.sort_by_key(|user| std::cmp::Reverse(user.key));
    users
}

/// 432 queries, which use all 315 statements of lists that are not of friends, as every list is asked for in both ways.
async fn every_combination_of_filters_means_what_it_says(engine: Engine) {
    let house = crowd(engine).await;
    let mut any = everyone();
    any.activity = Activity::Any;
    let all = house.list(&shop(), any).await.items;
    assert_eq!(all.len(), 36);
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
                    let mut query = everyone();
                    query.activity = activity;
                    query.search = search.clone();
                    query.roles = roles.iter().map(|name| role(name)).collect();
                    query.tags = texts(tags);
                    let listing = house.list(&shop(), query.clone()).await;
                    let expected = expected(&query, &all);
                    assert_eq!(uids(&listing.items), uids(&expected), "{query:?}");
                    assert_eq!(listing.items, expected);
                    found += expected.len();
                }
            }
        }
    }
    assert!(found > 500, "the crowd is too uniform to tell the filters apart: {found}");
}

async fn roles_one_several_and_a_hundred(engine: Engine) {
    let house = crowd(engine).await;
    let total = async |roles: Vec<RoleId>| {
        let mut query = everyone();
        query.activity = Activity::Any;
        query.roles = roles;
        house.list(&shop(), query).await.total
    };
    assert_eq!(total(vec![role("vip")]).await, 12);
    assert_eq!(total(vec![role("vip"), role("guest")]).await, 24);
    assert_eq!(total(vec![role("vip"), role("vip"), role("unknown")]).await, 12);
    assert_eq!(total(vec![role("unknown")]).await, 0);
    let mut hundred: Vec<_> = (0..99).map(|n| role(&format!("r{n}"))).collect();
    assert_eq!(total(hundred.clone()).await, 0);
    hundred.push(role("guest"));
    assert_eq!(total(hundred).await, 12);
}

async fn activity_in_three_kinds(engine: Engine) {
    let house = crowd(engine).await;
    let list = async |activity| {
        let mut query = everyone();
        query.activity = activity;
        house.list(&shop(), query).await
    };
    let (active, inactive) = (list(Activity::Active).await, list(Activity::Deactivated).await);
    assert_eq!((active.total, inactive.total), (25, 11));
    assert_eq!(list(Activity::Any).await.total, 36);
    assert!(active.items.iter().all(|user| user.deactivated_at.is_none()));
    assert!(inactive.items.iter().all(|user| user.deactivated_at == Some(NOW)));
}

async fn an_app_without_users_has_an_empty_list(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&club(), plain("mira")).await;
    let listing = house.list(&shop(), everyone()).await;
    assert_eq!((listing.items.len(), listing.total), (0, 0));
}
