//! What the use cases of users answer and keep, in a world in which time stands still.

use rollcall_directory::users::{self, Switch, Switches};
use rollcall_model::{Activity, Clock, Document, Error, Page, Patch, Presence, RoleId, UserPatch, UserQuery};
use rollcall_testkit::{Engine, FixedClock};

use crate::house::{House, new_user, operator, renamed, shop, uid, unknown};

rollcall_testkit::on_both_engines! {
    a_new_user_bears_the_moment_of_its_making,
    an_update_answers_what_is_kept,
    a_refused_creation_leaves_nothing,
    a_deactivated_user_is_not_found,
    a_deleted_user_takes_everything_along,
    switching_many_answers_each_once,
    a_viewer_must_be_an_active_user,
    nobody_is_available_yet,
}

fn everybody() -> UserQuery {
    UserQuery {
        search: None,
        roles: Vec::new(),
        tags: Vec::new(),
        friends_of: None,
        activity: Activity::Any,
        presence: None,
        after: None,
        page: Page { number: 1, size: 10 },
    }
}

async fn a_new_user_bears_the_moment_of_its_making(engine: Engine) {
    let house = House::build(engine).await;
    house.world.clock.advance(4_321);
    let user = house.create("mira").await;
    assert_eq!(user.created_at, house.world.clock.now());
    assert_eq!((user.updated_at, user.deactivated_at, user.last_active_at), (None, None, None));
    assert_eq!(
        (user.role.as_str(), user.tags.as_slice()),
        ("default", ["north", "beta"].map(str::to_owned).as_slice())
    );
    let read = users::get(&house.directory, &operator(), &uid("mira")).await.unwrap();
    assert_eq!(*read.user, user);
}

async fn an_update_answers_what_is_kept(engine: Engine) {
    let house = House::build(engine).await;
    let before = house.create("mira").await;
    house.world.clock.advance(5_000);
    let untouched = users::update(&house.directory, &operator(), uid("mira"), UserPatch::default())
        .await
        .unwrap();
    assert_eq!(*untouched, before, "an empty patch changes nothing");
    let patch = UserPatch {
        avatar: Patch::Set("https://example.org/a.png".to_owned()),
        metadata: Patch::Set(Document::stored(r#"{"a":1}"#)),
        tags: Patch::Set(vec!["south".to_owned()]),
        ..renamed("Mira Horvat")
    };
    let changed = users::update(&house.directory, &operator(), uid("mira"), patch).await.unwrap();
    let mut expected = before;
    expected.name = Some("Mira Horvat".to_owned());
    expected.avatar = Some("https://example.org/a.png".to_owned());
    expected.metadata = Some(Document::stored(r#"{"a":1}"#));
    expected.tags = vec!["south".to_owned()];
    expected.updated_at = Some(house.world.clock.now());
    assert_eq!(*changed, expected);
    let read = users::get(&house.directory, &operator(), &uid("mira")).await.unwrap();
    assert_eq!(*read.user, expected);
    assert_eq!(house.ledger().await.tags, 1);
}

async fn a_refused_creation_leaves_nothing(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    let before = house.ledger().await;
    let mut wizard = new_user("leo");
    wizard.role = Some(RoleId::parse("wizard").unwrap());
    let refusal = users::create(&house.directory, &operator(), wizard, true).await.unwrap_err();
    assert_eq!(refusal, Error::RoleNotFound("wizard".to_owned()));
    let refusal = users::create(&house.directory, &operator(), new_user("mira"), true)
        .await
        .unwrap_err();
    assert_eq!(refusal, Error::UidTaken(uid("mira")));
    let mut role = renamed("x");
    role.role = Patch::Set(RoleId::parse("wizard").unwrap());
    for (name, error) in [("mira", Error::RoleNotFound("wizard".to_owned())), ("ghost", unknown("ghost"))] {
        let refusal = users::update(&house.directory, &operator(), uid(name), role.clone())
            .await
            .unwrap_err();
        assert_eq!(refusal, error);
    }
    assert_eq!(house.ledger().await, before);
}

async fn a_deactivated_user_is_not_found(engine: Engine) {
    let house = House::build(engine).await;
    let (d, actor) = (&house.directory, &operator());
    let before = house.create("mira").await;
    // Read once, so that a record that is remembered would be found out.
    users::get(d, actor, &uid("mira")).await.unwrap();
    house.world.clock.advance(9_000);
    users::deactivate(d, actor, uid("mira")).await.unwrap();
    assert_eq!(users::get(d, actor, &uid("mira")).await, Err(unknown("mira")));
    assert_eq!(users::update(d, actor, uid("mira"), renamed("x")).await, Err(unknown("mira")));
    assert_eq!(users::update(d, actor, uid("mira"), UserPatch::default()).await, Err(unknown("mira")));
    assert_eq!(users::deactivate(d, actor, uid("mira")).await, Err(unknown("mira")));
    let listed = users::list(d, actor, everybody(), None).await.unwrap().items;
    assert_eq!(listed[0].user.deactivated_at, Some(house.world.clock.now()));
    assert_eq!(listed[0].user.updated_at, None, "deactivating is no change of the record");
    let on = users::switch_many(d, actor, vec!["mira".to_owned()], Switch::On).await.unwrap();
    assert_eq!(on.done, ["mira"]);
    assert_eq!(*users::get(d, actor, &uid("mira")).await.unwrap().user, before);
}

async fn a_deleted_user_takes_everything_along(engine: Engine) {
    let house = House::build(engine).await;
    let (d, actor) = (&house.directory, &operator());
    let first = users::create(d, actor, new_user("mira"), true).await.unwrap().user;
    users::get(d, actor, &uid("mira")).await.unwrap();
    users::delete(d, actor, uid("mira")).await.unwrap();
    let ledger = house.ledger().await;
    assert_eq!((ledger.users, ledger.tags, ledger.tokens), (0, 0, 0));
    assert_eq!(users::get(d, actor, &uid("mira")).await, Err(unknown("mira")));
    assert_eq!(users::delete(d, actor, uid("mira")).await, Err(unknown("mira")));
    let second = house.create("mira").await;
    assert!(second.key > first.key, "a number is never used again");
}

async fn switching_many_answers_each_once(engine: Engine) {
    let house = House::build(engine).await;
    for name in ["ana", "leo", "mira"] {
        house.create(name).await;
    }
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let asked = names(&["Mira", "ghost", "leo", "mira", "no uid", "GHOST", "no uid", "mira"]);
    let off = users::switch_many(&house.directory, &operator(), asked.clone(), Switch::Off)
        .await
        .unwrap();
    let unknown = names(&["ghost", "no uid"]);
    assert_eq!(
        off,
        Switches {
            done: names(&["mira", "leo"]),
            already: vec![],
            unknown: unknown.clone()
        }
    );
    let again = users::switch_many(&house.directory, &operator(), asked, Switch::Off)
        .await
        .unwrap();
    assert_eq!(again, Switches { done: vec![], already: names(&["mira", "leo"]), unknown });
    let none = users::switch_many(&house.directory, &operator(), vec![], Switch::On)
        .await
        .unwrap();
    assert_eq!(none, Switches::default());
}

async fn a_viewer_must_be_an_active_user(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    house.create("mira").await;
    house.create("leo").await;
    let viewer = async |name: &str| users::viewer(d, &shop(), &uid(name)).await.map(|viewer| viewer.uid);
    assert_eq!(viewer("leo").await, Ok(uid("leo")));
    users::deactivate(d, &operator(), uid("leo")).await.unwrap();
    for name in ["leo", "ghost"] {
        assert_eq!(viewer(name).await, Err(unknown(name)));
    }
}

async fn nobody_is_available_yet(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    for (presence, total) in [(None, 1), (Some(Presence::Offline), 1), (Some(Presence::Available), 0)] {
        let query = UserQuery { presence, ..everybody() };
        assert_eq!(users::count(&house.directory, &operator(), query.clone()).await, Ok(total));
        let listing = users::list(&house.directory, &operator(), query, None).await.unwrap();
        assert_eq!((listing.total, listing.items.len()), (total, total as usize));
    }
    assert_eq!(house.world.clock.now(), FixedClock::START, "nothing moves the clock but the test");
}
