//! Credits: who may read and change them, what is written, what many at once do; and who may walk through all users.

use rollcall_directory::{credits, users};
use rollcall_model::{Actor, CredentialKind, Credits, Error, NewCreditChange, Uid, UserKey, Viewer, Whom};
use rollcall_testkit::Engine;

use crate::house::{House, holder, operator, uid, unknown};
use crate::races::{MANY, at_once, failures};

rollcall_testkit::on_both_engines! {
    a_change_is_answered_written_down_and_told,
    a_change_by_nothing_leaves_nothing,
    what_is_refused_leaves_nothing,
    only_some_may,
    no_change_is_lost,
    a_deletion_does_not_tear_changes,
}

fn by(delta: i64) -> NewCreditChange {
    NewCreditChange {
        delta: Credits(delta),
        description: Some("because".to_owned()),
    }
}

fn mira() -> Whom {
    Whom::UserId("mira".to_owned())
}

async fn change(house: &House, whom: Whom, delta: i64) -> rollcall_model::Result<Credits> {
    credits::change(&house.directory, &holder(CredentialKind::Klaim), whom, by(delta)).await
}

async fn a_change_is_answered_written_down_and_told(engine: Engine) {
    let house = House::build(engine).await;
    let user = house.create("mira").await;
    for (whom, delta, after) in [
        (mira(), 4050, 4050),
        (Whom::UserId(user.klaim_id.as_str().to_owned()), -25, 4025),
        (Whom::Uid(uid("mira")), 1, 4026),
        (Whom::Key(user.key), -4026, 0),
    ] {
        house.world.clock.advance(1);
        assert_eq!(change(&house, whom.clone(), delta).await, Ok(Credits(after)));
        let event = house.ledger().await.events.pop().unwrap();
        assert_eq!((event.kind.as_str(), event.subject.as_str()), ("credits.changed", "mira"));
        assert_eq!((event.actor.as_str(), event.fields.as_str()), ("credential:77", "credit_balance"));
        // By uid it may come from the cache of records.
        for whom in [whom, Whom::Uid(uid("mira"))] {
            let balance = credits::balance(&house.directory, &operator(), &whom).await;
            assert_eq!(balance, Ok(Credits(after)), "{whom}");
        }
    }
    let history = credits::history(&house.directory, &operator(), mira(), None, 2).await.unwrap();
    assert!(history.more);
    let rows: Vec<_> = history
        .items
        .iter()
        .map(|row| (row.delta.0, row.balance.0, row.at.0 % 10))
        .collect();
    assert_eq!(rows, [(-4026, 0, 4), (1, 4026, 3)]);
    assert_eq!(history.items[0].description.as_deref(), Some("because"));
}

async fn a_change_by_nothing_leaves_nothing(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    change(&house, mira(), 7).await.unwrap();
    let before = house.ledger().await;
    assert_eq!(change(&house, mira(), 0).await, Ok(Credits(7)));
    assert_eq!(change(&house, Whom::UserId("ghost".to_owned()), 0).await, Err(unknown("ghost")));
    assert_eq!(house.ledger().await, before);
    let history = credits::history(&house.directory, &operator(), mira(), None, 9).await.unwrap();
    assert_eq!(history.items.len(), 1);
}

async fn what_is_refused_leaves_nothing(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    house.create("leo").await;
    users::deactivate(&house.directory, &operator(), uid("leo")).await.unwrap();
    change(&house, mira(), 7).await.unwrap();
    let before = house.ledger().await;
    for (name, delta, error) in [
        ("mira", -8, Error::NotEnoughCredits),
        ("mira", Credits::MAX.0, Error::TooManyCredits),
        ("ghost", 1, unknown("ghost")),
        ("leo", 1, unknown("leo")),
        ("MIRA", 1, unknown("MIRA")),
    ] {
        assert_eq!(change(&house, Whom::UserId(name.to_owned()), delta).await, Err(error), "{name}");
    }
    for name in ["ghost", "leo"] {
        let whom = Whom::UserId(name.to_owned());
        assert_eq!(credits::balance(&house.directory, &operator(), &whom).await, Err(unknown(name)));
        let history = credits::history(&house.directory, &operator(), whom, None, 9).await;
        assert_eq!(history, Err(unknown(name)));
    }
    assert_eq!(house.ledger().await, before);
}

async fn only_some_may(engine: Engine) {
    let house = House::build(engine).await;
    let user = house.create("mira").await;
    let directory = &house.directory;
    let before = house.ledger().await;
    let viewer = Viewer {
        uid: uid("mira"),
        key: UserKey(user.key.0),
        role: user.role.clone(),
    };
    let acting = |actor: Actor| Actor { viewer: Some(viewer.clone()), ..actor };
    for (actor, error) in [
        (holder(CredentialKind::FullAccess), Error::Denied),
        (holder(CredentialKind::AuthOnly), Error::Denied),
        (holder(CredentialKind::Platform), Error::Denied),
        (holder(CredentialKind::OwnPlatform), Error::Denied),
        (acting(holder(CredentialKind::Klaim)), Error::Forbidden),
        (acting(operator()), Error::Forbidden),
    ] {
        assert_eq!(credits::balance(directory, &actor, &mira()).await, Err(error.clone()), "{actor:?}");
        assert_eq!(credits::change(directory, &actor, mira(), by(1)).await, Err(error.clone()), "{actor:?}");
        assert_eq!(credits::change(directory, &actor, mira(), by(0)).await, Err(error.clone()), "{actor:?}");
        assert_eq!(credits::history(directory, &actor, mira(), None, 9).await, Err(error), "{actor:?}");
    }
    assert_eq!(house.ledger().await, before);
    for (actor, met) in [
        (holder(CredentialKind::Klaim), Ok(1)),
        (operator(), Ok(1)),
        (holder(CredentialKind::AuthOnly), Err(Error::Denied)),
        (holder(CredentialKind::Platform), Err(Error::Denied)),
        (holder(CredentialKind::OwnPlatform), Err(Error::Denied)),
        // A role may narrow what a user sees in lists; this one would not.
        (acting(holder(CredentialKind::FullAccess)), Err(Error::Forbidden)),
    ] {
        let walk = users::walk(directory, &actor, None, 9).await;
        assert_eq!(walk.map(|walk| walk.items.len()), met, "{actor:?}");
    }
}

async fn no_change_is_lost(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    change(&house, mira(), 1000).await.unwrap();
    let outcomes = at_once(&house, |directory, number| async move {
        let delta = if number % 2 == 0 { 29 } else { -13 };
        credits::change(&directory, &operator(), mira(), by(delta)).await
    });
    assert_eq!(failures(&outcomes.await), Vec::<&Error>::new());
    let half = i64::try_from(MANY / 2).unwrap();
    let balance = credits::balance(&house.directory, &operator(), &mira()).await;
    assert_eq!(balance, Ok(Credits(1000 + half * 29 - half * 13)));
    let history = credits::history(&house.directory, &operator(), mira(), None, 1000)
        .await
        .unwrap();
    assert_eq!(history.items.len(), MANY + 1);
    for pair in history.items.windows(2) {
        assert_eq!(pair[0].balance.0, pair[1].balance.0 + pair[0].delta.0);
    }
}

async fn a_deletion_does_not_tear_changes(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    let outcomes = at_once(&house, |directory, number| async move {
        if number == MANY / 2 {
            return users::delete(&directory, &operator(), Uid::stored("mira")).await;
        }
        credits::change(&directory, &operator(), mira(), by(1)).await.map(drop)
    });
    let outcomes = outcomes.await;
    assert!(failures(&outcomes).iter().all(|error| **error == unknown("mira")), "{outcomes:?}");
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let events = house.ledger().await.events;
    let changed = events.iter().filter(|event| event.kind == "credits.changed").count();
    assert_eq!((changed + 1, events.last().unwrap().kind.as_str()), (done, "user.deleted"));
}
