//! Memberships: set, ended, and hidden with their users.

use rollcall_directory::{accounts, memberships, users};
use rollcall_model::{Account, Actor, Error, MemberRole, Membership, Patch, User, UserKey, Whom};
use rollcall_testkit::Engine;

use crate::accounts::{event, foreign, new_account, no_account};
use crate::house::{House, new_user, operator, uid};
use crate::races::{at_once, failures};

rollcall_testkit::on_both_engines! {
    what_changes_leaves_its_event_and_what_does_not_leaves_none,
    a_member_must_be_an_active_user_of_the_app,
    the_account_is_asked_for_before_the_user,
    the_user_need_not_be_the_platform_apps_own,
    who_is_deactivated_is_hidden_and_comes_back,
    a_deleted_user_is_no_member,
    fifty_at_once_make_one_membership,
    making_and_ending_at_once_is_never_a_failure,
    a_member_deleted_at_the_same_time_must_exist,
}

impl House {
    async fn member(&self, account: &Account, user: &User, role: Patch<MemberRole>) -> Membership {
        memberships::set(&self.directory, &operator(), account.id, user.key, role)
            .await
            .unwrap()
    }

    async fn members(&self, account: &Account) -> Vec<UserKey> {
        let members = memberships::list(&self.directory, &operator(), account.id).await.unwrap();
        members.iter().map(|member| member.user).collect()
    }
}

async fn what_changes_leaves_its_event_and_what_does_not_leaves_none(engine: Engine) {
    let house = House::build(engine).await;
    let (account, mira) = (house.workspace("a").await, house.create("mira").await);
    let made = house.member(&account, &mira, Patch::Keep).await;
    assert_eq!(made.role, Some(MemberRole::Agent));
    house.world.clock.advance(1_000);
    assert_eq!(house.member(&account, &mira, Patch::Keep).await, made);
    assert_eq!(house.member(&account, &mira, Patch::Set(MemberRole::Agent)).await, made);
    let changed = house.member(&account, &mira, Patch::Set(MemberRole::Administrator)).await;
    assert_eq!((changed.id, changed.created_at), (made.id, made.created_at));
    assert!(changed.updated_at > made.updated_at);
    assert_eq!(changed.role, Some(MemberRole::Administrator));
    assert_eq!(house.member(&account, &mira, Patch::Keep).await, changed);
    assert_eq!(house.member(&account, &mira, Patch::Clear).await.role, None);
    for _ in 0..2 {
        memberships::delete(&house.directory, &operator(), account.id, mira.key)
            .await
            .unwrap();
    }
    memberships::delete(&house.directory, &operator(), account.id, UserKey(4_711))
        .await
        .unwrap();
    assert_eq!(house.members(&account).await, []);
    let subject = format!("{}/{}", account.id.0, mira.key.0);
    assert_eq!(
        house.events_from(7).await,
        [
            event("membership.created", &subject, ""),
            event("membership.updated", &subject, "role"),
            event("membership.updated", &subject, "role"),
            event("membership.deleted", &subject, "")
        ]
    );
}

async fn a_member_must_be_an_active_user_of_the_app(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    let account = house.workspace("a").await;
    let club = &house.neighbour().await;
    let theirs = users::create(d, club, new_user("leo"), false).await.unwrap().user;
    let asleep = house.create("mira").await;
    users::deactivate(d, &operator(), uid("mira")).await.unwrap();
    let before = house.ledger().await;
    for user in [theirs.key, asleep.key, UserKey(4_711), UserKey(0), UserKey(-1), UserKey(i64::MAX)] {
        let set = memberships::set(d, &operator(), account.id, user, Patch::Keep).await;
        assert_eq!(set, Err(Error::UserMustExist), "{user:?}");
    }
    assert_eq!(house.ledger().await, before);
    assert_eq!(house.members(&account).await, []);
}

async fn the_account_is_asked_for_before_the_user(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    let (club, own) = (&house.neighbour().await, &house.own_platform_app("own").await);
    let theirs = accounts::create(d, club, new_account("theirs")).await.unwrap().id;
    let strange = house.workspace("strange").await.id;
    let nobody = UserKey(4_711);
    for (actor, account, error) in [
        (&operator(), theirs, no_account(theirs)),
        (own, theirs, no_account(theirs)),
        (own, strange, foreign(strange)),
    ] {
        let error = || Err(error.clone());
        let set = memberships::set(d, actor, account, nobody, Patch::Keep).await;
        assert_eq!(set.map(drop), error());
        assert_eq!(memberships::delete(d, actor, account, nobody).await, error());
        assert_eq!(memberships::reach(d, actor, account).await, error());
        assert_eq!(memberships::list(d, actor, account).await.map(drop), error());
    }
    assert_eq!(memberships::reach(d, &operator(), strange).await, Ok(()));
}

async fn the_user_need_not_be_the_platform_apps_own(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    let own: &Actor = &house.own_platform_app("own").await;
    let account = accounts::create(d, own, new_account("mine")).await.unwrap();
    let mira = house.create("mira").await;
    let reached = users::find(d, own, &Whom::Key(mira.key)).await;
    assert!(matches!(reached, Err(Error::NotPermissible(_))), "{reached:?}");
    let made = memberships::set(d, own, account.id, mira.key, Patch::Keep).await.unwrap();
    assert_eq!(memberships::list(d, own, account.id).await, Ok(vec![made]));
    memberships::delete(d, own, account.id, mira.key).await.unwrap();
    assert_eq!(house.members(&account).await, []);
}

async fn who_is_deactivated_is_hidden_and_comes_back(engine: Engine) {
    let house = House::build(engine).await;
    let (d, account) = (&house.directory, house.workspace("a").await);
    let (mira, leo) = (house.create("mira").await, house.create("leo").await);
    for user in [&mira, &leo] {
        house.member(&account, user, Patch::Keep).await;
    }
    users::deactivate(d, &operator(), uid("mira")).await.unwrap();
    assert_eq!(house.members(&account).await, [leo.key]);
    users::switch_many(d, &operator(), vec!["mira".to_owned()], users::Switch::On)
        .await
        .unwrap();
    assert_eq!(house.members(&account).await, [mira.key, leo.key]);
    // What was ended meanwhile does not come back.
    users::deactivate(d, &operator(), uid("mira")).await.unwrap();
    memberships::delete(d, &operator(), account.id, mira.key).await.unwrap();
    users::switch_many(d, &operator(), vec!["mira".to_owned()], users::Switch::On)
        .await
        .unwrap();
    assert_eq!(house.members(&account).await, [leo.key]);
}

async fn a_deleted_user_is_no_member(engine: Engine) {
    let house = House::build(engine).await;
    let (d, account) = (&house.directory, house.workspace("a").await);
    let (mira, leo) = (house.create("mira").await, house.create("leo").await);
    for user in [&mira, &leo] {
        house.member(&account, user, Patch::Keep).await;
    }
    users::delete(d, &operator(), uid("mira")).await.unwrap();
    assert_eq!(house.members(&account).await, [leo.key]);
    assert!(accounts::get(d, &operator(), account.id).await.is_ok(), "accounts stay");
    users::delete(d, &operator(), uid("leo")).await.unwrap();
    assert_eq!(house.members(&account).await, []);
}

async fn fifty_at_once_make_one_membership(engine: Engine) {
    let house = House::build(engine).await;
    let (account, mira) = (house.workspace("a").await, house.create("mira").await);
    let (id, user) = (account.id, mira.key);
    let outcomes = at_once(&house, move |directory, _| async move {
        memberships::set(&directory, &operator(), id, user, Patch::Set(MemberRole::Administrator)).await
    });
    let outcomes = outcomes.await;
    let first = outcomes[0].clone().unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Ok(first.clone())), "{outcomes:?}");
    assert_eq!(house.members(&account).await, [user]);
    let subject = format!("{}/{}", id.0, user.0);
    assert_eq!(house.events_from(7).await, [event("membership.created", subject, "")]);
}

async fn making_and_ending_at_once_is_never_a_failure(engine: Engine) {
    let house = House::build(engine).await;
    let (account, mira) = (house.workspace("a").await, house.create("mira").await);
    let (id, user) = (account.id, mira.key);
    let outcomes = at_once(&house, move |directory, number| async move {
        let actor = &operator();
        let role = MemberRole::ALL[number % 2];
        match number % 3 {
            0 => memberships::delete(&directory, actor, id, user).await,
            _ => memberships::set(&directory, actor, id, user, Patch::Set(role)).await.map(drop),
        }
    });
    assert_eq!(failures(&outcomes.await), Vec::<&Error>::new());
    let members = house.members(&account).await;
    assert!(members.is_empty() || members == [user], "{members:?}");
    let events = house.events_from(7).await;
    let count = |kind: &str| events.iter().filter(|event| event.0 == kind).count();
    assert_eq!(count("membership.created"), count("membership.deleted") + members.len());
}

async fn a_member_deleted_at_the_same_time_must_exist(engine: Engine) {
    let house = House::build(engine).await;
    let (account, mira) = (house.workspace("a").await, house.create("mira").await);
    let (id, user) = (account.id, mira.key);
    let outcomes = at_once(&house, move |directory, number| async move {
        match number {
            25 => users::delete(&directory, &operator(), uid("mira")).await,
            _ => memberships::set(&directory, &operator(), id, user, Patch::Keep).await.map(drop),
        }
    });
    let outcomes = outcomes.await;
    assert!(failures(&outcomes).iter().all(|error| **error == Error::UserMustExist), "{outcomes:?}");
    assert_eq!(house.members(&account).await, []);
}
