//! Many at once: one wins, the others are told so, and nothing is done twice.

use std::future::Future;
use std::sync::Arc;

use rollcall_directory::{Directory, users};
use rollcall_model::{Error, Result};
use rollcall_testkit::Engine;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::house::{House, new_user, operator, renamed, uid, unknown};

rollcall_testkit::on_both_engines! {
    one_of_fifty_makes_the_user,
    one_of_fifty_deactivates,
    one_of_fifty_deletes,
    updates_and_a_deletion_do_not_tear,
}

pub(crate) const MANY: usize = 50;

/// Starts the same use case this many times at one moment and collects what came of it.
pub(crate) async fn at_once<T, F>(
    house: &House,
    use_case: impl Fn(Arc<Directory>, usize) -> F,
) -> Vec<Result<T>>
where
    F: Future<Output = Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let start = Arc::new(Barrier::new(MANY));
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        let (start, attempt) = (Arc::clone(&start), use_case(Arc::clone(&house.directory), number));
        tasks.spawn(async move {
            start.wait().await;
            attempt.await
        });
    }
    tasks.join_all().await
}

pub(crate) fn failures<T>(outcomes: &[Result<T>]) -> Vec<&Error> {
    outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect()
}

async fn events_of(house: &House, kind: &str) -> usize {
    house.ledger().await.events.iter().filter(|event| event.kind == kind).count()
}

async fn one_of_fifty_makes_the_user(engine: Engine) {
    let house = House::build(engine).await;
    let outcomes = at_once(&house, |directory, number| async move {
        let mut new = new_user("mira");
        new.name = Some(format!("Mira {number}"));
        users::create(&directory, &operator(), new, true).await
    });
    let outcomes = outcomes.await;
    assert_eq!(failures(&outcomes), vec![&Error::UidTaken(uid("mira")); MANY - 1]);
    let winner = outcomes.into_iter().find_map(Result::ok).unwrap();
    let kept = users::get(&house.directory, &operator(), &uid("mira")).await.unwrap();
    assert_eq!(*kept.user, winner.user);
    let ledger = house.ledger().await;
    assert_eq!((ledger.users, ledger.tags, ledger.tokens), (1, 2, 1));
    assert_eq!(
        (events_of(&house, "user.created").await, events_of(&house, "auth_token.created").await),
        (1, 1)
    );
}

async fn one_of_fifty_deactivates(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    let outcomes = at_once(&house, |directory, _| async move {
        users::deactivate(&directory, &operator(), uid("mira")).await
    });
    assert_eq!(failures(&outcomes.await), vec![&unknown("mira"); MANY - 1]);
    assert_eq!(events_of(&house, "user.deactivated").await, 1);
}

async fn one_of_fifty_deletes(engine: Engine) {
    let house = House::build(engine).await;
    users::create(&house.directory, &operator(), new_user("mira"), true)
        .await
        .unwrap();
    let outcomes =
        at_once(
            &house,
            |directory, _| async move { users::delete(&directory, &operator(), uid("mira")).await },
        );
    assert_eq!(failures(&outcomes.await), vec![&unknown("mira"); MANY - 1]);
    let ledger = house.ledger().await;
    assert_eq!((ledger.users, ledger.tags, ledger.tokens), (0, 0, 0));
    assert_eq!(events_of(&house, "user.deleted").await, 1);
}

async fn updates_and_a_deletion_do_not_tear(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    let outcomes = at_once(&house, |directory, number| async move {
        if number == MANY / 2 {
            return users::delete(&directory, &operator(), uid("mira")).await;
        }
        let mut patch = renamed(&format!("Mira {number}"));
        patch.tags = rollcall_model::Patch::Set(vec![format!("tag-{number}"), "common".to_owned()]);
        users::update(&directory, &operator(), uid("mira"), patch).await.map(drop)
    });
    let outcomes = outcomes.await;
    assert!(failures(&outcomes).iter().all(|error| **error == unknown("mira")), "{outcomes:?}");
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(events_of(&house, "user.updated").await + 1, done, "an event for each that was told yes");
    assert_eq!(
        house.ledger().await.events.last().unwrap().kind,
        "user.deleted",
        "none came after the deletion"
    );
    let ledger = house.ledger().await;
    assert_eq!((ledger.users, ledger.tags), (0, 0));
}
