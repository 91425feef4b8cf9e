//! Blocks: what is told of each, what is kept.

use rollcall_directory::{blocks, friends, users};
use rollcall_model::{Error, EventKind, Page, Result};
use rollcall_testkit::{Engine, FixedClock};

use crate::friends::{event, events, texts, with};
use crate::house::{House, operator, uid, unknown};

rollcall_testkit::on_both_engines! {
    each_block_is_told_once_in_the_order_asked,
    blocking_again_keeps_the_time,
    unblocking_whom_nobody_blocked_is_fine,
    a_deactivated_user_can_be_unblocked,
    without_the_user_nothing_happens,
    a_list_shows_both_directions,
}

async fn block(house: &House, user: &str, named: &[&str]) -> Result<Vec<(String, Result<()>)>> {
    blocks::block(&house.directory, &operator(), uid(user), texts(named)).await
}

async fn unblock(house: &House, user: &str, named: &[&str]) -> Result<Vec<(String, Result<()>)>> {
    blocks::unblock(&house.directory, &operator(), uid(user), texts(named)).await
}

/// Whom a user has blocked, how many milliseconds after the start, and whether they have blocked back.
async fn listed(house: &House, user: &str) -> Vec<(String, i64, bool)> {
    let page = Page { number: 1, size: 1000 };
    let listing = blocks::list(&house.directory, &operator(), uid(user), page).await.unwrap();
    assert_eq!(listing.items.len(), usize::try_from(listing.total).unwrap());
    let row = |seen: &users::Seen| {
        let at = seen.relation.blocked_at.unwrap().0 - FixedClock::START.0;
        (seen.user.uid.to_string(), at, seen.relation.has_blocked_me)
    };
    listing.items.iter().map(row).collect()
}

fn told(name: &str, result: Result<()>) -> (String, Result<()>) {
    (name.to_owned(), result)
}

fn row(name: &str, at: i64, back: bool) -> (String, i64, bool) {
    (name.to_owned(), at, back)
}

async fn each_block_is_told_once_in_the_order_asked(engine: Engine) {
    let (house, start) = with(engine, &["ana", "leo", "mira", "gone"]).await;
    users::deactivate(&house.directory, &operator(), uid("gone")).await.unwrap();
    let asked = ["LEO", "*", "mira", "ghost", "gone", "Ana", "leo", "No Uid"];
    let outcomes = block(&house, "mira", &asked).await.unwrap();
    let expected = [
        told("leo", Ok(())),
        told("*", Err(unknown("*"))),
        told("mira", Err(Error::OwnBlock)),
        told("ghost", Err(unknown("ghost"))),
        told("gone", Err(unknown("gone"))),
        told("ana", Ok(())),
        told("No Uid", Err(unknown("no uid"))),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(listed(&house, "mira").await, [row("leo", 0, false), row("ana", 0, false)]);
    assert_eq!(listed(&house, "leo").await, []);
    let asked = ["ghost", "mira", "leo", "*", "ANA"];
    let outcomes = unblock(&house, "mira", &asked).await.unwrap();
    let expected = [
        told("ghost", Err(unknown("ghost"))),
        told("mira", Ok(())),
        told("leo", Ok(())),
        told("*", Err(unknown("*"))),
        told("ana", Ok(())),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(listed(&house, "mira").await, []);
    let expected = [
        event(EventKind::UserDeactivated, "gone"),
        event(EventKind::UserBlocked, "mira/ana"),
        event(EventKind::UserBlocked, "mira/leo"),
        event(EventKind::UserUnblocked, "mira/ana"),
        event(EventKind::UserUnblocked, "mira/leo"),
    ];
    assert_eq!(events(&house, start).await, expected);
}

async fn blocking_again_keeps_the_time(engine: Engine) {
    let (house, start) = with(engine, &["ana", "leo", "mira"]).await;
    block(&house, "mira", &["leo"]).await.unwrap();
    house.world.clock.advance(5_000);
    let again = block(&house, "mira", &["leo", "ana"]).await.unwrap();
    assert_eq!(again, [told("leo", Ok(())), told("ana", Ok(()))]);
    assert_eq!(listed(&house, "mira").await, [row("ana", 5_000, false), row("leo", 0, false)]);
    let expected = [event(EventKind::UserBlocked, "mira/leo"), event(EventKind::UserBlocked, "mira/ana")];
    assert_eq!(events(&house, start).await, expected, "none for the second time");
}

async fn unblocking_whom_nobody_blocked_is_fine(engine: Engine) {
    let (house, _) = with(engine, &["leo", "mira"]).await;
    block(&house, "leo", &["mira"]).await.unwrap();
    let before = house.ledger().await;
    assert_eq!(unblock(&house, "mira", &["leo"]).await, Ok(vec![told("leo", Ok(()))]));
    assert_eq!(house.ledger().await, before);
    assert_eq!(listed(&house, "leo").await, [row("mira", 0, false)], "the other's block is the other's");
}

async fn a_deactivated_user_can_be_unblocked(engine: Engine) {
    let (house, _) = with(engine, &["ana", "leo", "mira"]).await;
    block(&house, "mira", &["ana", "leo"]).await.unwrap();
    for name in ["ana", "leo"] {
        users::deactivate(&house.directory, &operator(), uid(name)).await.unwrap();
    }
    assert_eq!(listed(&house, "mira").await, []);
    assert_eq!(unblock(&house, "mira", &["leo"]).await, Ok(vec![told("leo", Ok(()))]));
    let on = texts(&["ana", "leo"]);
    users::switch_many(&house.directory, &operator(), on, users::Switch::On)
        .await
        .unwrap();
    assert_eq!(listed(&house, "mira").await, [row("ana", 0, false)]);
}

async fn without_the_user_nothing_happens(engine: Engine) {
    let (house, _) = with(engine, &["gone", "leo"]).await;
    block(&house, "gone", &["leo"]).await.unwrap();
    users::deactivate(&house.directory, &operator(), uid("gone")).await.unwrap();
    let before = house.ledger().await;
    for name in ["gone", "ghost"] {
        assert_eq!(block(&house, name, &["leo", "ghost"]).await, Err(unknown(name)));
        assert_eq!(unblock(&house, name, &["leo"]).await, Err(unknown(name)));
        let page = Page { number: 1, size: 10 };
        let list = blocks::list(&house.directory, &operator(), uid(name), page).await;
        assert_eq!(list.unwrap_err(), unknown(name));
    }
    assert_eq!(house.ledger().await, before);
}

async fn a_list_shows_both_directions(engine: Engine) {
    let (house, _) = with(engine, &["ana", "leo", "mira"]).await;
    friends::add(&house.directory, &operator(), uid("mira"), texts(&["leo"]))
        .await
        .unwrap();
    house.world.clock.advance(700);
    block(&house, "mira", &["ana"]).await.unwrap();
    house.world.clock.advance(700);
    block(&house, "mira", &["leo"]).await.unwrap();
    block(&house, "leo", &["mira"]).await.unwrap();
    assert_eq!(listed(&house, "mira").await, [row("leo", 1_400, true), row("ana", 700, false)]);
    assert_eq!(crate::friends::listed(&house, "mira").await, ["leo"], "blocking ends no friendship");
}
