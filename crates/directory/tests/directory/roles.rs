//! Roles: how many there may be, what a change leaves behind, what a removal takes with it.

use rollcall_directory::{roles, users};
use rollcall_model::{
    Audience, Document, Error, NewRole, Page, Patch, Quota, Result, Role, RoleId, RolePatch, UserPatch,
};
use rollcall_testkit::Engine;

use crate::house::{House, new_user, operator, renamed, uid};
use crate::races::{MANY, at_once, failures};

rollcall_testkit::on_both_engines! {
    twenty_five_of_fifty_find_room,
    one_of_fifty_gets_the_id,
    a_taken_id_is_told_before_a_full_house,
    a_deleted_role_makes_room,
    an_empty_patch_changes_nothing,
    a_role_is_removed_for_its_users_too,
    the_default_role_stays,
    a_user_never_keeps_a_role_that_is_gone,
    what_is_refused_leaves_nothing,
}

pub(crate) fn role(id: &str) -> RoleId {
    RoleId::parse(id).unwrap()
}

pub(crate) fn new_role(id: &str) -> NewRole {
    NewRole {
        role: role(id),
        name: id.to_uppercase(),
        description: Some("for tests".to_owned()),
        metadata: Some(Document::stored("{\"a\":1}")),
        list_users: Some(Audience::All),
        send_messages_to: None,
    }
}

impl House {
    pub(crate) async fn make_role(&self, id: &str) -> Role {
        roles::create(&self.directory, &operator(), new_role(id)).await.unwrap()
    }

    async fn total(&self) -> i64 {
        let page = Page { number: 1, size: 100 };
        roles::list(&self.directory, &operator(), page).await.unwrap().total
    }

    async fn fill(&self) {
        for number in 0..25 {
            self.make_role(&format!("role-{number}")).await;
        }
    }
}

fn full() -> Error {
    Error::QuotaReached(Quota::Roles)
}

async fn twenty_five_of_fifty_find_room(engine: Engine) {
    let house = House::build(engine).await;
    let outcomes = at_once(&house, |directory, number| async move {
        roles::create(&directory, &operator(), new_role(&format!("role-{number}"))).await
    });
    assert_eq!(failures(&outcomes.await), vec![&full(); MANY - 25]);
    assert_eq!(house.total().await, 26, "and the default role");
    let made = house
        .ledger()
        .await
        .events
        .iter()
        .filter(|event| event.kind == "role.created")
        .count();
    assert_eq!(made, 25);
}

async fn one_of_fifty_gets_the_id(engine: Engine) {
    let house = House::build(engine).await;
    let outcomes = at_once(&house, |directory, number| async move {
        let new = NewRole { name: format!("Number {number}"), ..new_role("vip") };
        roles::create(&directory, &operator(), new).await
    });
    let outcomes = outcomes.await;
    assert_eq!(failures(&outcomes), vec![&Error::RoleTaken(role("vip")); MANY - 1]);
    let winner = outcomes.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(roles::get(&house.directory, &operator(), &role("vip")).await, Ok(winner));
}

async fn a_taken_id_is_told_before_a_full_house(engine: Engine) {
    let house = House::build(engine).await;
    house.fill().await;
    let create = async |id: &str| roles::create(&house.directory, &operator(), new_role(id)).await;
    assert_eq!(create("role-3").await, Err(Error::RoleTaken(role("role-3"))));
    assert_eq!(create("DEFAULT").await, Err(Error::RoleTaken(role("default"))));
    assert_eq!(create("one-more").await, Err(full()));
    assert_eq!(house.total().await, 26);
}

async fn a_deleted_role_makes_room(engine: Engine) {
    let house = House::build(engine).await;
    house.fill().await;
    roles::delete(&house.directory, &operator(), role("role-7")).await.unwrap();
    house.make_role("one-more").await;
    let again = roles::create(&house.directory, &operator(), new_role("role-7")).await;
    assert_eq!(again, Err(full()));
}

async fn an_empty_patch_changes_nothing(engine: Engine) {
    let house = House::build(engine).await;
    let made = house.make_role("vip").await;
    house.world.clock.advance(5_000);
    let before = house.ledger().await;
    let update =
        async |id: &str| roles::update(&house.directory, &operator(), role(id), RolePatch::default()).await;
    assert_eq!(update("vip").await, Ok(made));
    assert_eq!(update("ghost").await, Err(Error::RoleNotFound("ghost".to_owned())));
    assert_eq!(house.ledger().await, before);
}

async fn a_role_is_removed_for_its_users_too(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    house.make_role("vip").await;
    let mut new = new_user("mira");
    new.role = Some(role("vip"));
    users::create(d, &operator(), new, false).await.unwrap();
    roles::delete(d, &operator(), role("vip")).await.unwrap();
    assert_eq!(users::get(d, &operator(), &uid("mira")).await.unwrap().user.role, role("default"));
    let again = roles::delete(d, &operator(), role("vip")).await;
    assert_eq!(again, Err(Error::RoleNotFound("vip".to_owned())));
}

async fn the_default_role_stays(engine: Engine) {
    let house = House::build(engine).await;
    let before = house.ledger().await;
    let deleted = roles::delete(&house.directory, &operator(), role("default")).await;
    assert_eq!(deleted, Err(Error::RoleProtected(role("default"))));
    assert_eq!(house.ledger().await, before);
    let patch = RolePatch {
        list_users: Patch::Set(Audience::FriendsOnly),
        ..RolePatch::default()
    };
    let changed = roles::update(&house.directory, &operator(), role("default"), patch)
        .await
        .unwrap();
    assert_eq!(changed.list_users, Some(Audience::FriendsOnly));
}

/// Users come to the role, leave it and are born with it while it is removed and made again.
async fn a_user_never_keeps_a_role_that_is_gone(engine: Engine) {
    let house = House::build(engine).await;
    house.make_role("vip").await;
    house.create("mira").await;
    let outcomes = at_once(&house, |directory, number| async move {
        match number % 5 {
            0 => roles::delete(&directory, &operator(), role("vip")).await,
            1 => roles::create(&directory, &operator(), new_role("vip")).await.map(drop),
            2 => {
                let mut new = new_user(&format!("user-{number}"));
                new.role = Some(role("vip"));
                users::create(&directory, &operator(), new, false).await.map(drop)
            }
            3 => {
                let patch = UserPatch { role: Patch::Set(role("vip")), ..UserPatch::default() };
                users::update(&directory, &operator(), uid("mira"), patch).await.map(drop)
            }
            _ => users::update(&directory, &operator(), uid("mira"), renamed("Mira"))
                .await
                .map(drop),
        }
    });
    for error in failures(&outcomes.await) {
        let known = [Error::RoleNotFound("vip".to_owned()), Error::RoleTaken(role("vip"))];
        assert!(known.contains(error), "{error:?}");
    }
    // Whatever is left, nobody has a role that is not there: removing it once more leaves nobody with it.
    let last = roles::delete(&house.directory, &operator(), role("vip")).await;
    assert!(matches!(last, Ok(()) | Err(Error::RoleNotFound(_))), "{last:?}");
    for number in (0..MANY).filter(|number| number % 5 == 2) {
        let found = users::get(&house.directory, &operator(), &uid(&format!("user-{number}"))).await;
        if let Ok(seen) = found {
            assert_eq!(seen.user.role, role("default"));
        }
    }
    let mira = users::get(&house.directory, &operator(), &uid("mira")).await.unwrap();
    assert_eq!(mira.user.role, role("default"));
}

async fn what_is_refused_leaves_nothing(engine: Engine) {
    let house = House::build(engine).await;
    let (d, actor) = (&house.directory, &operator());
    house.fill().await;
    let before = house.ledger().await;
    let patch = || RolePatch { name: Patch::Set("x".to_owned()), ..RolePatch::default() };
    roles::create(d, actor, new_role("one-more")).await.unwrap_err();
    roles::create(d, actor, new_role("role-0")).await.unwrap_err();
    roles::update(d, actor, role("ghost"), patch()).await.unwrap_err();
    roles::delete(d, actor, role("ghost")).await.unwrap_err();
    roles::get(d, actor, &role("ghost")).await.unwrap_err();
    assert_eq!(house.ledger().await, before);
    assert_eq!(house.total().await, 26);
}
