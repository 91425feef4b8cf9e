//! The events of every use case: what, about whom, by whom, which fields; and none where nothing changed.

use rollcall_directory::credentials;
use rollcall_directory::users::{self, Switch};
use rollcall_model::{Clock, CredentialKind, Document, Email, Patch, UserPatch};
use rollcall_store::Sql;
use rollcall_testkit::{Engine, FixedClock};

use crate::house::{House, holder, new_user, operator, renamed, uid};

rollcall_testkit::on_both_engines! {
    every_change_leaves_its_event,
    what_changes_nothing_leaves_no_event,
    events_carry_the_moment_and_the_app,
}

static MOMENTS: Sql = Sql::new("test.moments", "select app, at from events order by seq");

type Row = (&'static str, &'static str, &'static str, &'static str);

/// Holds the events after those of the app's birth against rows of kind, subject, actor and fields.
async fn assert_events(house: &House, expected: &[Row]) {
    let events = house.ledger().await.events;
    let rows: Vec<_> = events[5..]
        .iter()
        .map(|e| (e.kind.as_str(), e.subject.as_str(), e.actor.as_str(), e.fields.as_str()))
        .collect();
    assert_eq!(rows, expected);
}

async fn every_change_leaves_its_event(engine: Engine) {
    let house = House::build(engine).await;
    let (d, key) = (&house.directory, &holder(CredentialKind::FullAccess));
    let birth: Vec<_> = house
        .ledger()
        .await
        .events
        .into_iter()
        .map(|e| (e.kind, e.subject, e.actor))
        .collect();
    let mut expected = vec![("app.created".to_owned(), "shop".to_owned(), "operator".to_owned())];
    let credentials_of_app = credentials::list(d, &operator()).await.unwrap();
    expected.extend(
        credentials_of_app
            .iter()
            .map(|c| ("credential.created".to_owned(), c.credential.id.to_string(), "operator".to_owned())),
    );
    assert_eq!(birth, expected);

    users::create(d, key, new_user("mira"), true).await.unwrap();
    users::create(d, &holder(CredentialKind::AuthOnly), new_user("leo"), false)
        .await
        .unwrap();
    users::update(d, key, uid("mira"), renamed("Mira Horvat")).await.unwrap();
    let everything = UserPatch {
        name: Patch::Set("Mira".to_owned()),
        avatar: Patch::Clear,
        link: Patch::Set("https://example.org/m".to_owned()),
        status_message: Patch::Clear,
        role: Patch::Clear,
        metadata: Patch::Set(Document::stored(r#"{"a":1}"#)),
        tags: Patch::Clear,
        email: Patch::Set(Email::stored("m@shop.test")),
        user_id: Some("member-1".to_owned()),
        display_name: Patch::Clear,
        custom_attributes: Some(Document::stored(r#"{"a":1}"#)),
        password_hash: Some("x".to_owned()),
        klaim_metadata: Patch::Clear,
    };
    users::update(d, &operator(), uid("mira"), everything).await.unwrap();
    users::deactivate(d, key, uid("mira")).await.unwrap();
    let named = ["ghost", "mira", "leo", "LEO"].map(str::to_owned).to_vec();
    users::switch_many(d, key, named.clone(), Switch::Off).await.unwrap();
    users::switch_many(d, key, named, Switch::On).await.unwrap();
    users::delete(d, key, uid("leo")).await.unwrap();
    assert_events(
        &house,
        &[
            ("user.created", "mira", "credential:77", ""),
            ("auth_token.created", "mira", "credential:77", ""),
            ("user.created", "leo", "credential:77", ""),
            ("user.updated", "mira", "credential:77", "name"),
            ("user.updated", "mira", "operator", "name,avatar,link,status_message,role,metadata,tags,email,user_id,display_name,custom_attributes,password,klaim_metadata"),
            ("user.deactivated", "mira", "credential:77", ""),
            ("user.deactivated", "leo", "credential:77", ""),
            // Together they are switched in the order of their uids.
            ("user.reactivated", "leo", "credential:77", ""),
            ("user.reactivated", "mira", "credential:77", ""),
            ("user.deleted", "leo", "credential:77", ""),
        ],
    )
    .await;

    let made = credentials::create(d, key, CredentialKind::Klaim, "extra").await.unwrap();
    credentials::revoke(d, &operator(), made.credential.id).await.unwrap();
    let events = house.ledger().await.events;
    let last: Vec<_> = events[15..]
        .iter()
        .map(|e| (e.kind.as_str(), e.subject.clone(), e.actor.as_str()))
        .collect();
    let id = made.credential.id.to_string();
    assert_eq!(
        last,
        [
            ("credential.created", id.clone(), "credential:77"),
            ("credential.revoked", id, "operator")
        ]
    );
    let numbers: Vec<_> = events.iter().map(|e| e.seq).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
}

async fn what_changes_nothing_leaves_no_event(engine: Engine) {
    let house = House::build(engine).await;
    let (d, actor) = (&house.directory, &operator());
    house.create("mira").await;
    house.create("leo").await;
    users::deactivate(d, actor, uid("leo")).await.unwrap();
    let before = house.ledger().await;

    users::update(d, actor, uid("mira"), UserPatch::default()).await.unwrap();
    let named = ["leo", "ghost", "no uid"].map(str::to_owned).to_vec();
    users::switch_many(d, actor, named, Switch::Off).await.unwrap();
    users::switch_many(d, actor, vec!["mira".to_owned()], Switch::On).await.unwrap();
    users::create(d, actor, new_user("mira"), true).await.unwrap_err();
    users::create(d, actor, new_user("leo"), true).await.unwrap_err();
    users::update(d, actor, uid("leo"), renamed("x")).await.unwrap_err();
    users::update(d, actor, uid("ghost"), renamed("x")).await.unwrap_err();
    users::deactivate(d, actor, uid("leo")).await.unwrap_err();
    users::delete(d, actor, uid("ghost")).await.unwrap_err();
    credentials::revoke(d, actor, 4_711).await.unwrap_err();
    users::get(d, actor, &uid("mira")).await.unwrap();
    assert_eq!(house.ledger().await, before);
}

async fn events_carry_the_moment_and_the_app(engine: Engine) {
    let house = House::build(engine).await;
    house.world.clock.advance(1_234);
    house.create("mira").await;
    let read = |tx: &mut rollcall_store::Tx<'_>| {
        tx.query(&MOMENTS, &[], |row| Ok((row.text(0)?.to_owned(), row.int(1)?)))
    };
    let moments = house.directory.store().read("test.moments", read).await.unwrap();
    assert_eq!(moments.len(), 6);
    assert!(moments[..5].iter().all(|(app, at)| app == "shop" && *at == FixedClock::START.0));
    assert_eq!(moments[5], ("shop".to_owned(), house.world.clock.now().0));
}
