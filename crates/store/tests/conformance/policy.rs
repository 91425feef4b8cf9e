//! All that a role says, read at once.

use rollcall_model::{Audience, Feature, Permission, PermissionValue, Role, RoleRules};
use rollcall_store::{permissions, policy, restricted_features, roles};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, bare_role, club, role, shop};

rollcall_testkit::on_both_engines! {
    a_role_with_nothing_has_no_rules,
    everything_comes_at_once_and_nothing_of_others,
    a_role_that_is_not_there_has_no_policy,
}

async fn a_role_with_nothing_has_no_rules(engine: Engine) {
    let house = House::new(engine).await;
    let rules = policy::of(&house, &shop(), &role("default")).await.unwrap();
    assert_eq!(rules, Some(RoleRules::default()));
}

async fn everything_comes_at_once_and_nothing_of_others(engine: Engine) {
    let house = House::new(engine).await;
    let made = Role {
        list_users: Some(Audience::FriendsOnly),
        send_messages_to: Some(Audience::All),
        ..bare_role("vip")
    };
    let value = PermissionValue::List(vec!["vip".to_owned(), "guest".to_owned()]);
    let written = value.clone();
    house
        .run(move |tx| {
            for (app, id) in [(shop(), "vip"), (shop(), "guest"), (club(), "vip")] {
                let new = Role { role: role(id), ..made.clone() };
                roles::insert(tx, &app, &new)?;
            }
            for feature in [Feature::Logout, Feature::Ban] {
                restricted_features::restrict(tx, &shop(), &role("vip"), feature, NOW)?;
            }
            restricted_features::restrict(tx, &shop(), &role("guest"), Feature::GetUser, NOW)?;
            let (deny, friends) = (PermissionValue::Text("deny"), PermissionValue::Text("friends"));
            permissions::set(tx, &shop(), &role("vip"), Permission::ListUsersAllowedRoles, &written, NOW)?;
            permissions::set(tx, &shop(), &role("vip"), Permission::GetUserDetails, &deny, NOW)?;
            permissions::set(tx, &club(), &role("vip"), Permission::ListUsersMode, &friends, NOW)
        })
        .await;
    let mut rules = policy::of(&house, &shop(), &role("vip")).await.unwrap().unwrap();
    rules.restricted.sort_unstable();
    rules.permissions.sort_unstable_by_key(|(permission, _)| *permission);
    let expected = RoleRules {
        list_users: Some(Audience::FriendsOnly),
        send_messages_to: Some(Audience::All),
        restricted: vec![Feature::Ban, Feature::Logout],
        permissions: vec![
            (Permission::ListUsersAllowedRoles, value),
            (Permission::GetUserDetails, PermissionValue::Text("deny")),
        ],
    };
    assert_eq!(rules, expected);
}

async fn a_role_that_is_not_there_has_no_policy(engine: Engine) {
    let house = House::new(engine).await;
    house.make_role(&club(), "vip").await;
    assert_eq!(policy::of(&house, &shop(), &role("vip")).await.unwrap(), None);
}
