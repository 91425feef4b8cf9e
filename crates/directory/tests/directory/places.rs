//! Behind whom lists of users and friends go on, and whom they say that there is no place behind.

use rollcall_directory::{friends, permissions, users};
use rollcall_model::{
    Activity, Actor, CredentialKind, Error, Listing, Page, Permission, PermissionValue, Presence, Result,
    UserQuery,
};
use rollcall_testkit::Engine;

use crate::friends::add;
use crate::house::{House, holder, new_user, operator, shop, uid, unknown};
use crate::roles::role;

rollcall_testkit::on_both_engines! {
    who_sees_only_some_is_not_told_who_else_there_is,
    every_list_goes_on_behind_whom_it_shows,
    the_place_comes_after_what_the_actor_may,
    the_place_comes_before_an_empty_list,
    whoever_is_gone_is_no_place,
}

const NAMES: [&str; 8] = ["ana", "bo", "leo", "mira", "zoe", "gone", "ghost", "No Uid"];

/// `mira` has the friends `leo` and `zoe`; `zoe` and `ana` are of the role `vip`.
async fn build(engine: Engine) -> House {
    let house = House::build(engine).await;
    house.make_role("vip").await;
    for (name, id) in [
        ("ana", "vip"),
        ("bo", "default"),
        ("gone", "default"),
        ("leo", "default"),
        ("mira", "default"),
        ("zoe", "vip"),
    ] {
        let new = rollcall_model::NewUser { role: Some(role(id)), ..new_user(name) };
        users::create(&house.directory, &operator(), new, false).await.unwrap();
    }
    add(&house, "mira", &["leo", "zoe"]).await.unwrap();
    users::deactivate(&house.directory, &operator(), uid("gone")).await.unwrap();
    house
}

async fn as_mira(house: &House) -> Actor {
    let viewer = users::viewer(&house.directory, &shop(), &uid("mira")).await.unwrap();
    Actor { viewer: Some(viewer), ..holder(CredentialKind::FullAccess) }
}

async fn set(house: &House, values: &[(Permission, PermissionValue)]) {
    for &permission in Permission::ALL {
        permissions::unset(&house.directory, &operator(), role("default"), permission)
            .await
            .unwrap();
    }
    permissions::set(&house.directory, &operator(), role("default"), values.to_vec())
        .await
        .unwrap();
}

fn active() -> UserQuery {
    UserQuery {
        search: None,
        roles: Vec::new(),
        tags: Vec::new(),
        friends_of: None,
        activity: Activity::Active,
        presence: None,
        after: None,
        page: Page { number: 1, size: 1 },
    }
}

fn names(listing: Listing<users::Seen>) -> Vec<String> {
    listing.items.iter().map(|seen| seen.user.uid.to_string()).collect()
}

async fn list(house: &House, actor: &Actor, query: UserQuery, after: Option<&str>) -> Result<Vec<String>> {
    let after = after.map(str::to_owned);
    users::list(&house.directory, actor, query, after).await.map(names)
}

async fn list_friends(house: &House, actor: &Actor, user: &str, after: Option<&str>) -> Result<Vec<String>> {
    let (page, after) = (active().page, after.map(str::to_owned));
    friends::list(&house.directory, actor, uid(user), None, after, page)
        .await
        .map(names)
}

/// Those of all names that are a place; every other is unknown.
async fn places(ask: impl AsyncFn(&'static str) -> Result<Vec<String>>) -> Vec<&'static str> {
    let mut places = Vec::new();
    for name in NAMES {
        match ask(name).await {
            Ok(_) => places.push(name),
            Err(refusal) => assert_eq!(refusal, unknown(&name.to_lowercase())),
        }
    }
    places
}

const DENY: PermissionValue = PermissionValue::Text("deny");
const FRIENDS: PermissionValue = PermissionValue::Text("friends");

fn vip() -> PermissionValue {
    PermissionValue::List(vec!["vip".to_owned()])
}

async fn who_sees_only_some_is_not_told_who_else_there_is(engine: Engine) {
    use Permission::{
        GetUserDetails, GetUserDetailsAllowedRoles, GetUserDetailsMode, ListUsersAllowedRoles, ListUsersMode,
    };
    let house = build(engine).await;
    let mira = &as_mira(&house).await;
    let everybody: &[&str] = &["ana", "bo", "leo", "mira", "zoe"];
    let cases: [(&[_], &[&str], &[&str]); 6] = [
        (&[], everybody, everybody),
        (&[(ListUsersMode, FRIENDS)], &["leo", "mira", "zoe"], everybody),
        (
            &[(ListUsersMode, FRIENDS), (GetUserDetailsMode, FRIENDS)],
            &["leo", "mira", "zoe"],
            &["leo", "mira", "zoe"],
        ),
        (
            &[(ListUsersAllowedRoles, vip()), (GetUserDetailsAllowedRoles, vip())],
            &["ana", "mira", "zoe"],
            &["ana", "leo", "mira", "zoe"],
        ),
        (
            &[(ListUsersAllowedRoles, vip()), (ListUsersMode, FRIENDS), (GetUserDetails, DENY)],
            &["mira", "zoe"],
            &["leo", "mira", "zoe"],
        ),
        (&[(GetUserDetails, DENY)], everybody, everybody),
    ];
    for (rules, in_users, in_friends) in cases {
        set(&house, rules).await;
        let listed = places(async |name| list(&house, mira, active(), Some(name)).await).await;
        assert_eq!(listed, in_users, "{rules:?}");
        let listed = places(async |name| list_friends(&house, mira, "mira", Some(name)).await).await;
        assert_eq!(listed, in_friends, "{rules:?}");
    }
    let key = &holder(CredentialKind::FullAccess);
    let all = ["ana", "bo", "leo", "mira", "zoe", "gone"];
    assert_eq!(places(async |name| list(&house, key, active(), Some(name)).await).await, all);
    assert_eq!(places(async |name| list_friends(&house, key, "mira", Some(name)).await).await, all);
}

/// All of a list, a user at a time.
async fn walk(ask: impl AsyncFn(Option<&str>) -> Result<Vec<String>>) -> Vec<String> {
    let mut met: Vec<String> = Vec::new();
    while let Some(name) = ask(met.last().map(String::as_str)).await.unwrap().pop() {
        met.push(name);
    }
    met
}

async fn every_list_goes_on_behind_whom_it_shows(engine: Engine) {
    use Permission::{GetUserDetails, ListUsers, ListUsersAllowedRoles, ListUsersMode};
    let house = build(engine).await;
    let mira = &as_mira(&house).await;
    let cases: [(&[_], &[&str]); 4] = [
        (&[], &["zoe", "mira", "leo", "bo", "ana"]),
        (&[(ListUsersMode, FRIENDS)], &["zoe", "leo"]),
        (&[(ListUsersAllowedRoles, vip())], &["zoe", "ana"]),
        (&[(ListUsersAllowedRoles, vip()), (ListUsersMode, FRIENDS)], &["zoe"]),
    ];
    for (rules, expected) in cases {
        set(&house, rules).await;
        assert_eq!(walk(async |after| list(&house, mira, active(), after).await).await, expected);
    }
    // Nothing but the names of one's own friends is left, and these can still be walked.
    set(&house, &[(ListUsers, DENY), (GetUserDetails, DENY)]).await;
    let met = walk(async |after| list_friends(&house, mira, "mira", after).await).await;
    assert_eq!(met, ["zoe", "leo"]);
    let met = places(async |name| list_friends(&house, mira, "mira", Some(name)).await).await;
    assert_eq!(met, ["leo", "mira", "zoe"]);
}

async fn the_place_comes_after_what_the_actor_may(engine: Engine) {
    let house = build(engine).await;
    let (mira, weak) = (&as_mira(&house).await, &holder(CredentialKind::AuthOnly));
    for name in NAMES {
        let any = UserQuery { activity: Activity::Any, ..active() };
        assert_eq!(list(&house, mira, any, Some(name)).await, Err(Error::Forbidden), "{name}");
        assert_eq!(list(&house, weak, active(), Some(name)).await, Err(Error::Denied), "{name}");
        let friends = list_friends(&house, mira, "leo", Some(name)).await;
        assert_eq!(friends, Err(Error::Forbidden), "{name}");
        assert_eq!(list_friends(&house, weak, "mira", Some(name)).await, Err(Error::Denied), "{name}");
        let nobodys = list_friends(&house, &operator(), "nobody", Some(name)).await;
        assert_eq!(nobodys, Err(unknown("nobody")), "{name}");
    }
    set(&house, &[(Permission::ListUsers, DENY)]).await;
    for name in NAMES {
        assert_eq!(list(&house, mira, active(), Some(name)).await, Err(Error::Forbidden), "{name}");
    }
}

async fn the_place_comes_before_an_empty_list(engine: Engine) {
    let house = build(engine).await;
    let mira = &as_mira(&house).await;
    set(&house, &[(Permission::ListUsersAllowedRoles, vip())]).await;
    let available = UserQuery { presence: Some(Presence::Available), ..active() };
    let disjoint = UserQuery { roles: vec![role("default")], ..active() };
    for query in [available.clone(), disjoint] {
        let ask = async |name| {
            let found = list(&house, mira, query.clone(), Some(name)).await?;
            assert_eq!(found, [] as [&str; 0], "{name}");
            Ok(found)
        };
        assert_eq!(places(ask).await, ["ana", "mira", "zoe"], "{query:?}");
        assert_eq!(list(&house, mira, query, None).await, Ok(vec![]));
    }
    let ask = async |name| list(&house, &operator(), available.clone(), Some(name)).await;
    assert_eq!(places(ask).await, ["ana", "bo", "leo", "mira", "zoe", "gone"]);
}

/// The walk cannot go on behind the last user of a page who is gone: it is told, and is not taken for the end.
async fn whoever_is_gone_is_no_place(engine: Engine) {
    let house = build(engine).await;
    let (mira, key) = (&as_mira(&house).await, &operator());
    let d = &house.directory;
    assert_eq!(list(&house, mira, active(), Some("leo")).await, Ok(vec!["bo".to_owned()]));
    users::deactivate(d, key, uid("leo")).await.unwrap();
    assert_eq!(list(&house, mira, active(), Some("leo")).await, Err(unknown("leo")));
    assert_eq!(list_friends(&house, mira, "mira", Some("leo")).await, Err(unknown("leo")));
    assert_eq!(list(&house, key, active(), Some("leo")).await, Ok(vec!["bo".to_owned()]));
    users::delete(d, key, uid("leo")).await.unwrap();
    assert_eq!(list(&house, key, active(), Some("leo")).await, Err(unknown("leo")));
    // Behind one who still is, the walk goes on where it was.
    assert_eq!(list(&house, key, active(), Some("mira")).await, Ok(vec!["bo".to_owned()]));
}
