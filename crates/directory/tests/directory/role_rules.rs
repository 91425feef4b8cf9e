//! What a role says about its holders: restricted features, permissions, and the policy that comes of them.

use rollcall_directory::permissions::{self, Effective};
use rollcall_directory::policy::{Circle, Policy};
use rollcall_directory::restricted_features::{self as features, Allowed};
use rollcall_directory::{Directory, roles};
use rollcall_model::{
    Actor, AppId, Audience, CredentialKind, Error, Feature, Millis, Page, Patch, Permission, PermissionValue,
    Result, RolePatch, UserKey, Viewer,
};
use rollcall_testkit::{Engine, FixedClock};

use crate::house::{House, holder, operator, shop, uid};
use crate::races::{at_once, failures};
use crate::roles::{new_role, role};

rollcall_testkit::on_both_engines! {
    every_change_of_a_role_leaves_its_event,
    what_changes_nothing_leaves_no_event,
    permissions_come_with_their_defaults,
    a_permission_knows_when_it_was_set,
    an_unknown_role_has_no_rules,
    many_at_once_do_not_wait_in_a_ring,
    roles_are_for_full_access_and_for_no_user,
    a_policy_is_what_the_role_says,
    a_role_that_is_gone_leaves_the_policy_of_the_default_role,
}

const ALL: Page = Page { number: 1, size: 100 };
const DENY: PermissionValue = PermissionValue::Text("deny");

fn value(effective: &Effective, permission: Permission) -> &PermissionValue {
    let found = effective.iter().find(|(known, _)| *known == permission);
    &found.unwrap().1
}

async fn set(house: &House, id: &str, values: &[(Permission, PermissionValue)]) -> Result<Effective> {
    permissions::set(&house.directory, &operator(), role(id), values.to_vec()).await
}

async fn unset(house: &House, id: &str, permission: Permission) -> Result<Effective> {
    permissions::unset(&house.directory, &operator(), role(id), permission).await
}

async fn restrict(house: &House, id: &str, named: &[Feature]) -> Result<()> {
    features::restrict(&house.directory, &operator(), role(id), named.to_vec()).await
}

async fn allow(house: &House, id: &str, allowed: Allowed) -> Result<()> {
    features::allow(&house.directory, &operator(), role(id), allowed).await
}

async fn every_change_of_a_role_leaves_its_event(engine: Engine) {
    let house = House::build(engine).await;
    house.make_role("vip").await;
    let patch = RolePatch {
        name: Patch::Set("x".to_owned()),
        description: Patch::Clear,
        metadata: Patch::Clear,
        list_users: Patch::Set(Audience::All),
        send_messages_to: Patch::Clear,
    };
    roles::update(&house.directory, &holder(CredentialKind::FullAccess), role("vip"), patch)
        .await
        .unwrap();
    restrict(&house, "vip", &[Feature::Unban, Feature::Ban, Feature::Unban])
        .await
        .unwrap();
    restrict(&house, "vip", &[Feature::Logout, Feature::Ban, Feature::GetUser])
        .await
        .unwrap();
    allow(&house, "vip", Allowed::Some(vec![Feature::ListUsers, Feature::Ban]))
        .await
        .unwrap();
    allow(&house, "vip", Allowed::All).await.unwrap();
    let friends = PermissionValue::Text("friends");
    let values = [(Permission::ListUsersMode, friends), (Permission::ListUsers, DENY)];
    set(&house, "vip", &values).await.unwrap();
    let allow_again =
        [(Permission::ListUsers, PermissionValue::Text("allow")), (Permission::JoinGroup, DENY)];
    set(&house, "vip", &allow_again).await.unwrap();
    unset(&house, "vip", Permission::JoinGroup).await.unwrap();
    roles::delete(&house.directory, &operator(), role("vip")).await.unwrap();
    let events = house.ledger().await.events;
    let rows: Vec<_> = events[5..]
        .iter()
        .map(|e| (e.kind.as_str(), e.subject.as_str(), e.actor.as_str(), e.fields.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("role.created", "vip", "operator", ""),
            (
                "role.updated",
                "vip",
                "credential:77",
                "name,description,metadata,list_users,send_messages_to"
            ),
            ("role.features_restricted", "vip", "operator", "ban,unban"),
            ("role.features_restricted", "vip", "operator", "getUser,logout"),
            ("role.features_allowed", "vip", "operator", "ban"),
            ("role.features_allowed", "vip", "operator", "getUser,logout,unban"),
            ("role.permissions_set", "vip", "operator", "listUsers,listUsers.mode"),
            ("role.permissions_set", "vip", "operator", "listUsers,joinGroup"),
            ("role.permission_unset", "vip", "operator", "joinGroup"),
            ("role.deleted", "vip", "operator", ""),
        ]
    );
}

async fn what_changes_nothing_leaves_no_event(engine: Engine) {
    let house = House::build(engine).await;
    house.make_role("vip").await;
    restrict(&house, "vip", &[Feature::Ban]).await.unwrap();
    let before = house.ledger().await;
    restrict(&house, "vip", &[Feature::Ban]).await.unwrap();
    restrict(&house, "vip", &[]).await.unwrap();
    allow(&house, "vip", Allowed::Some(vec![Feature::Unban])).await.unwrap();
    allow(&house, "default", Allowed::All).await.unwrap();
    set(&house, "vip", &[]).await.unwrap();
    set(&house, "vip", &[(Permission::ListUsers, PermissionValue::Text("allow"))])
        .await
        .unwrap();
    unset(&house, "vip", Permission::ListUsers).await.unwrap();
    assert_eq!(house.ledger().await, before);
}

async fn permissions_come_with_their_defaults(engine: Engine) {
    let house = House::build(engine).await;
    house.make_role("vip").await;
    let types = PermissionValue::List(vec!["text".to_owned()]);
    let wanted = [(Permission::SendMessageAllowedMessageTypes, types.clone()), (Permission::ListUsers, DENY)];
    let effective = set(&house, "vip", &wanted).await.unwrap();
    let ids: Vec<_> = effective.iter().map(|(permission, _)| *permission).collect();
    assert_eq!(ids, Permission::ALL);
    for (permission, value) in &effective {
        let expected = match permission {
            Permission::ListUsers => DENY,
            Permission::SendMessageAllowedMessageTypes => types.clone(),
            other => other.default_value(),
        };
        assert_eq!(*value, expected, "{permission:?}");
    }
    let left = unset(&house, "vip", Permission::ListUsers).await.unwrap();
    assert_eq!(*value(&left, Permission::ListUsers), PermissionValue::Text("allow"));
    assert_eq!(*value(&left, Permission::SendMessageAllowedMessageTypes), types);
}

async fn a_permission_knows_when_it_was_set(engine: Engine) {
    let house = House::build(engine).await;
    house.world.clock.advance(1_000);
    house.make_role("vip").await;
    house.world.clock.advance(1_000);
    set(&house, "vip", &[(Permission::GetUserDetails, DENY)]).await.unwrap();
    let listing = permissions::list(&house.directory, &operator(), role("vip"), ALL)
        .await
        .unwrap();
    assert_eq!(listing.total, 30);
    let (made, changed) = (Millis(FixedClock::START.0 + 1_000), Millis(FixedClock::START.0 + 2_000));
    for (held, &permission) in listing.items.iter().zip(Permission::ALL) {
        let updated_at = if permission == Permission::GetUserDetails {
            changed
        } else {
            made
        };
        assert_eq!((held.permission, held.created_at, held.updated_at), (permission, made, updated_at));
    }
    for (page, count) in [((2, 20), 10), ((3, 20), 0), ((1, 1), 1), ((i64::MAX, 1000), 0)] {
        let page = Page { number: page.0, size: page.1 };
        let listing = permissions::list(&house.directory, &operator(), role("vip"), page)
            .await
            .unwrap();
        assert_eq!((listing.items.len(), listing.total), (count, 30), "{page:?}");
    }
}

async fn an_unknown_role_has_no_rules(engine: Engine) {
    let house = House::build(engine).await;
    let before = house.ledger().await;
    let d = &house.directory;
    let missing = Error::RoleNotFound("ghost".to_owned());
    for refused in [
        restrict(&house, "ghost", &[Feature::Ban]).await,
        restrict(&house, "ghost", &[]).await,
        allow(&house, "ghost", Allowed::All).await,
        features::list(d, &operator(), role("ghost"), ALL).await.map(drop),
        permissions::list(d, &operator(), role("ghost"), ALL).await.map(drop),
        set(&house, "ghost", &[(Permission::ListUsers, DENY)]).await.map(drop),
        set(&house, "ghost", &[]).await.map(drop),
        unset(&house, "ghost", Permission::ListUsers).await.map(drop),
    ] {
        assert_eq!(refused, Err(missing.clone()));
    }
    assert_eq!(house.ledger().await, before);
}

/// Each names the same things in another order, while the role is removed and made again.
async fn many_at_once_do_not_wait_in_a_ring(engine: Engine) {
    let house = House::build(engine).await;
    house.make_role("vip").await;
    let outcomes = at_once(&house, |directory, number| async move {
        let (d, actor) = (&directory, &operator());
        let mut named = Feature::ALL[..8].to_vec();
        named.rotate_left(number % 8);
        let mut values: Vec<_> = [Permission::ListUsers, Permission::JoinGroup, Permission::SendMessage]
            .map(|permission| (permission, DENY))
            .to_vec();
        values.rotate_left(number % 3);
        match number % 8 {
            0 => roles::delete(d, actor, role("vip")).await,
            1 => roles::create(d, actor, new_role("vip")).await.map(drop),
            2 | 3 => features::allow(d, actor, role("vip"), Allowed::Some(named)).await,
            4 | 5 => features::restrict(d, actor, role("vip"), named).await,
            _ => permissions::set(d, actor, role("vip"), values).await.map(drop),
        }
    });
    for error in failures(&outcomes.await) {
        let known = [Error::RoleNotFound("vip".to_owned()), Error::RoleTaken(role("vip"))];
        assert!(known.contains(error), "{error:?}");
    }
}

/// Every use case about roles.
async fn attempts(d: &Directory, actor: &Actor) -> Vec<Result<()>> {
    let patch = RolePatch { name: Patch::Set("x".to_owned()), ..RolePatch::default() };
    let values = vec![(Permission::ListUsers, DENY)];
    vec![
        roles::create(d, actor, new_role("guest")).await.map(drop),
        roles::list(d, actor, ALL).await.map(drop),
        roles::get(d, actor, &role("vip")).await.map(drop),
        roles::update(d, actor, role("vip"), patch).await.map(drop),
        roles::update(d, actor, role("vip"), RolePatch::default()).await.map(drop),
        features::restrict(d, actor, role("vip"), vec![Feature::Ban]).await,
        features::list(d, actor, role("vip"), ALL).await.map(drop),
        features::allow(d, actor, role("vip"), Allowed::All).await,
        permissions::list(d, actor, role("vip"), ALL).await.map(drop),
        permissions::set(d, actor, role("vip"), values).await.map(drop),
        permissions::unset(d, actor, role("vip"), Permission::ListUsers).await.map(drop),
        roles::delete(d, actor, role("vip")).await,
        // Neither what is protected nor what is not there is told to whoever may not ask.
        roles::delete(d, actor, role("default")).await.or_else(spared),
        roles::get(d, actor, &role("ghost")).await.map(drop).or_else(spared),
    ]
}

fn spared(error: Error) -> Result<()> {
    match error {
        Error::RoleProtected(_) | Error::RoleNotFound(_) => Ok(()),
        other => Err(other),
    }
}

async fn roles_are_for_full_access_and_for_no_user(engine: Engine) {
    let house = House::build(engine).await;
    house.make_role("vip").await;
    let d = &house.directory;
    let viewer = Viewer { uid: uid("mira"), key: UserKey(1), role: role("default") };
    let as_user = Actor { viewer: Some(viewer), ..holder(CredentialKind::FullAccess) };
    let before = house.ledger().await;
    for kind in [CredentialKind::AuthOnly, CredentialKind::Platform, CredentialKind::Klaim] {
        for refused in attempts(d, &holder(kind)).await {
            assert_eq!(refused, Err(Error::Denied), "{kind:?}");
        }
    }
    for refused in attempts(d, &as_user).await {
        assert_eq!(refused, Err(Error::Forbidden));
    }
    assert_eq!(house.ledger().await, before);
    for done in attempts(d, &holder(CredentialKind::FullAccess)).await {
        assert_eq!(done, Ok(()));
    }
}

async fn policy(house: &House, app: &AppId, id: &str) -> Result<Policy> {
    Policy::of(&house.directory, app, &role(id)).await
}

async fn a_policy_is_what_the_role_says(engine: Engine) {
    let house = House::build(engine).await;
    house.make_role("vip").await;
    let everybody = Circle { friends_only: false, roles: Vec::new() };
    assert_eq!(policy(&house, &shop(), "vip").await.unwrap().listing(), Ok(everybody.clone()));
    let patch = RolePatch {
        list_users: Patch::Set(Audience::FriendsOnly),
        ..RolePatch::default()
    };
    roles::update(&house.directory, &operator(), role("vip"), patch).await.unwrap();
    let roles = PermissionValue::List(vec!["default".to_owned()]);
    set(&house, "vip", &[(Permission::ListUsersAllowedRoles, roles)]).await.unwrap();
    let seen = policy(&house, &shop(), "vip").await.unwrap();
    assert_eq!(seen.listing(), Ok(Circle { friends_only: true, roles: vec![role("default")] }));
    assert_eq!(seen.details(), Ok(everybody));
    assert!(seen.friendship_decides());
    restrict(&house, "vip", &[Feature::ListUsers, Feature::Logout]).await.unwrap();
    let seen = policy(&house, &shop(), "vip").await.unwrap();
    assert_eq!(seen.listing(), Err(Error::Forbidden));
    assert_eq!(seen.require_feature(Feature::Logout), Err(Error::Forbidden));
    assert_eq!(seen.require_feature(Feature::GetMyDetails), Ok(()));
    allow(&house, "vip", Allowed::All).await.unwrap();
    assert!(policy(&house, &shop(), "vip").await.unwrap().listing().is_ok());
}

async fn a_role_that_is_gone_leaves_the_policy_of_the_default_role(engine: Engine) {
    let house = House::build(engine).await;
    restrict(&house, "default", &[Feature::Logout]).await.unwrap();
    let seen = policy(&house, &shop(), "gone").await.unwrap();
    assert_eq!(seen.require_feature(Feature::Logout), Err(Error::Forbidden));
    let nowhere = AppId::parse("nowhere").unwrap();
    let missing = Error::RoleNotFound("default".to_owned());
    assert_eq!(policy(&house, &nowhere, "vip").await, Err(missing));
}
