//! Many at once on the same friendships and blocks: counted exactly, told truly, and nobody waits in a ring.

use std::future::Future;
use std::sync::Arc;

use rollcall_directory::{Directory, blocks, friends, users};
use rollcall_model::{Error, MAX_FRIENDS, Result};
use rollcall_testkit::Engine;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::friends::{add, befriend_many, listed, texts, with};
use crate::house::{House, operator, uid};

rollcall_testkit::on_both_engines! {
    a_friendship_is_made_once_from_both_sides,
    one_of_two_has_the_last_place,
    crossing_calls_do_not_wait_for_each_other,
    a_friend_who_is_deleted_meanwhile_is_no_fault,
    one_of_many_blocks,
}

/// Starts these at one moment and collects what came of them.
async fn at_once<T, F>(
    house: &House,
    many: usize,
    use_case: impl Fn(Arc<Directory>, usize) -> F,
) -> Vec<Result<T>>
where
    F: Future<Output = Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let start = Arc::new(Barrier::new(many));
    let mut tasks = JoinSet::new();
    for number in 0..many {
        let (start, attempt) = (Arc::clone(&start), use_case(Arc::clone(&house.directory), number));
        tasks.spawn(async move {
            start.wait().await;
            attempt.await
        });
    }
    tasks.join_all().await
}

async fn events_of(house: &House, kind: &str) -> usize {
    house.ledger().await.events.iter().filter(|event| event.kind == kind).count()
}

async fn a_friendship_is_made_once_from_both_sides(engine: Engine) {
    let (house, _) = with(engine, &["leo", "mira"]).await;
    let outcomes = at_once(&house, 20, |directory, number| async move {
        let (user, other) = if number % 2 == 0 {
            ("leo", "mira")
        } else {
            ("mira", "leo")
        };
        friends::add(&directory, &operator(), uid(user), texts(&[other])).await
    })
    .await;
    let outcomes: Vec<_> = outcomes.into_iter().flat_map(Result::unwrap).collect();
    let made = outcomes.iter().filter(|(_, result)| result.is_ok()).count();
    assert_eq!((outcomes.len(), made), (20, 1), "{outcomes:?}");
    for (name, result) in outcomes.into_iter().filter(|(_, result)| result.is_err()) {
        assert_eq!(result, Err(Error::AlreadyFriend(uid(&name))));
    }
    assert_eq!(events_of(&house, "friend.added").await, 1);
    assert_eq!(
        (listed(&house, "leo").await, listed(&house, "mira").await),
        (texts(&["mira"]), texts(&["leo"]))
    );
}

async fn one_of_two_has_the_last_place(engine: Engine) {
    let (house, _) = with(engine, &["ana", "leo", "mira"]).await;
    befriend_many(&house, "mira", MAX_FRIENDS - 1).await;
    // One asks for `mira`, the other is asked for by her.
    let outcomes = at_once(&house, 2, |directory, number| async move {
        let (user, other) = [("ana", "mira"), ("mira", "leo")][number];
        friends::add(&directory, &operator(), uid(user), texts(&[other])).await
    })
    .await;
    let results: Vec<_> = outcomes
        .into_iter()
        .flat_map(Result::unwrap)
        .map(|(_, result)| result)
        .collect();
    let full = Err(Error::TooManyFriends(uid("mira")));
    assert!(results.contains(&Ok(())) && results.contains(&full), "{results:?}");
    assert_eq!(listed(&house, "mira").await.len(), 1000);
    assert_eq!(events_of(&house, "friend.added").await, 1);
}

async fn crossing_calls_do_not_wait_for_each_other(engine: Engine) {
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    let (house, _) = with(engine, &NAMES).await;
    for _ in 0..3 {
        let outcomes = at_once(&house, 12, |directory, number| async move {
            // Each names all others, half of them backwards.
            let mut named: Vec<_> = (0..6).filter(|n| *n != number % 6).map(|n| NAMES[n]).collect();
            if number % 2 == 0 {
                named.reverse();
            }
            friends::add(&directory, &operator(), uid(NAMES[number % 6]), texts(&named)).await
        })
        .await;
        let outcomes: Vec<_> = outcomes.into_iter().flat_map(Result::unwrap).collect();
        let made = outcomes.iter().filter(|(_, result)| result.is_ok()).count();
        assert_eq!((outcomes.len(), made), (60, 15), "each of the fifteen pairs once");
        let outcomes = at_once(&house, 6, |directory, number| async move {
            let named: Vec<_> = (0..6).rev().filter(|n| *n != number).map(|n| NAMES[n]).collect();
            friends::remove(&directory, &operator(), uid(NAMES[number]), texts(&named)).await
        })
        .await;
        // The first to come ends its own five; then nobody else has all the friends it names.
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        for name in NAMES {
            let named = listed(&house, name).await;
            if !named.is_empty() {
                friends::remove(&house.directory, &operator(), uid(name), named).await.unwrap();
            }
        }
    }
    assert_eq!(events_of(&house, "friend.added").await, 45);
    assert_eq!(events_of(&house, "friend.removed").await, 45);
    assert_eq!(house.directory.store().stats().snapshot()[4].2, 0, "no closure had to run again");
}

async fn a_friend_who_is_deleted_meanwhile_is_no_fault(engine: Engine) {
    let (house, _) = with(engine, &["mira"]).await;
    for round in 0..10 {
        let name = format!("leo-{round}");
        house.create(&name).await;
        let outcomes = at_once(&house, 3, |directory, number| {
            let name = name.clone();
            async move {
                match number {
                    0 => users::delete(&directory, &operator(), uid(&name)).await,
                    1 => friends::add(&directory, &operator(), uid("mira"), vec![name]).await.map(drop),
                    _ => blocks::block(&directory, &operator(), uid("mira"), vec![name]).await.map(drop),
                }
            }
        })
        .await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }
    assert_eq!(listed(&house, "mira").await, [] as [&str; 0]);
    let ghost = add(&house, "mira", &["leo-0"]).await.unwrap();
    assert!(ghost[0].1.is_err());
}

async fn one_of_many_blocks(engine: Engine) {
    let (house, _) = with(engine, &["ana", "leo", "mira"]).await;
    let outcomes = at_once(&house, 20, |directory, number| async move {
        let named = if number % 2 == 0 {
            ["ana", "leo"]
        } else {
            ["leo", "ana"]
        };
        blocks::block(&directory, &operator(), uid("mira"), texts(&named)).await
    })
    .await;
    let fine = outcomes
        .into_iter()
        .flat_map(Result::unwrap)
        .filter(|(_, result)| result.is_ok());
    assert_eq!(fine.count(), 40);
    assert_eq!(events_of(&house, "user.blocked").await, 2, "an event only where something changed");
}
