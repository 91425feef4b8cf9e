//! Auth tokens: whose they are, for how long, and that using one is noticed without a write.

use std::collections::BTreeSet;
use std::sync::Arc;

use rollcall_directory::users::{self, Switch};
use rollcall_directory::{Directory, activity, auth_tokens};
use rollcall_model::{Actor, Error, Millis, Page, Via, Viewer};
use rollcall_testkit::{Engine, FixedClock};
use tokio::task::JoinSet;

use crate::house::{House, operator, shop, uid, unknown};

rollcall_testkit::on_both_engines! {
    a_token_is_good_until_it_is_deleted,
    a_token_rests_while_its_user_does,
    without_force_the_newest_will_do,
    only_the_newest_hundred_are_good_however_many_log_in,
    logging_out_ends_that_login_alone,
    being_active_is_written_down_later,
}

async fn log_in(house: &House, name: &str) -> String {
    auth_tokens::create(&house.directory, &operator(), uid(name), true)
        .await
        .unwrap()
        .text
}

async fn holder(directory: &Directory, text: &str) -> Option<(Viewer, i64)> {
    let holder = auth_tokens::verify(directory, &shop(), text).await.unwrap();
    holder.map(|holder| (holder.viewer, holder.token))
}

async fn is_good(house: &House, text: &str) -> bool {
    holder(&house.directory, text).await.is_some()
}

async fn actor(house: &House, text: &str) -> Actor {
    let (viewer, id) = holder(&house.directory, text).await.unwrap();
    Actor {
        app: shop(),
        via: Via::AuthToken { id },
        viewer: Some(viewer),
    }
}

async fn a_token_is_good_until_it_is_deleted(engine: Engine) {
    let house = House::build(engine).await;
    let mira = house.create("mira").await;
    let (first, second) = (log_in(&house, "mira").await, log_in(&house, "mira").await);
    let (viewer, _) = holder(&house.directory, &first).await.unwrap();
    assert_eq!(viewer, Viewer { uid: uid("mira"), key: mira.key, role: mira.role });
    for wrong in [&first[1..], &first.to_uppercase(), "", &"m".repeat(300)] {
        assert_eq!(holder(&house.directory, wrong).await, None, "{wrong}");
    }
    auth_tokens::delete(&house.directory, &operator(), uid("mira"), &first)
        .await
        .unwrap();
    let other = house.beside().await;
    assert_eq!((is_good(&house, &first).await, is_good(&house, &second).await), (false, true));
    assert_eq!(holder(&other, &first).await, None, "another process does not take it either");
    auth_tokens::flush(&house.directory, &operator(), uid("mira")).await.unwrap();
    assert!(!is_good(&house, &second).await);
    let before = house.ledger().await;
    auth_tokens::flush(&house.directory, &operator(), uid("mira")).await.unwrap();
    assert_eq!(house.ledger().await, before, "nothing was there to flush");
}

async fn a_token_rests_while_its_user_does(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    let token = log_in(&house, "mira").await;
    let d = &house.directory;
    users::deactivate(d, &operator(), uid("mira")).await.unwrap();
    assert!(!is_good(&house, &token).await);
    let page = Page { number: 1, size: 9 };
    let gone = unknown("mira");
    assert_eq!(auth_tokens::get(d, &operator(), &uid("mira"), &token).await.unwrap_err(), gone);
    assert_eq!(auth_tokens::list(d, &operator(), uid("mira"), page).await.unwrap_err(), gone);
    assert_eq!(auth_tokens::create(d, &operator(), uid("mira"), true).await.unwrap_err(), gone);
    assert_eq!(auth_tokens::delete(d, &operator(), uid("mira"), &token).await, Err(gone.clone()));
    assert_eq!(auth_tokens::flush(d, &operator(), uid("mira")).await, Err(gone));
    users::switch_many(d, &operator(), vec!["mira".to_owned()], Switch::On)
        .await
        .unwrap();
    assert!(is_good(&house, &token).await);
}

async fn without_force_the_newest_will_do(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    let first = auth_tokens::create(&house.directory, &operator(), uid("mira"), false)
        .await
        .unwrap();
    house.world.clock.advance(5_000);
    let forced = auth_tokens::create(&house.directory, &operator(), uid("mira"), true)
        .await
        .unwrap();
    assert_ne!(first.text, forced.text);
    let before = house.ledger().await;
    let again = auth_tokens::create(&house.directory, &operator(), uid("mira"), false)
        .await
        .unwrap();
    assert_eq!((again, house.ledger().await), (forced, before));
}

async fn only_the_newest_hundred_are_good_however_many_log_in(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    for _ in 0..95 {
        log_in(&house, "mira").await;
    }
    let last = Page { number: 95, size: 1 };
    let listing = auth_tokens::list(&house.directory, &operator(), uid("mira"), last)
        .await
        .unwrap();
    let oldest = listing.items[0].text.clone();
    house.world.clock.advance(1_000);
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let directory = Arc::clone(&house.directory);
        tasks.spawn(async move {
            auth_tokens::create(&directory, &operator(), uid("mira"), true)
                .await
                .unwrap()
                .text
        });
    }
    let fresh: BTreeSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(fresh.len(), 20);
    for token in &fresh {
        assert!(is_good(&house, token).await, "a fresh token");
    }
    assert!(!is_good(&house, &oldest).await);
    // Whoever logs in alone sees the others and tidies up after them.
    log_in(&house, "mira").await;
    assert_eq!(house.ledger().await.tokens, 100);
}

async fn logging_out_ends_that_login_alone(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    let (phone, desk) = (log_in(&house, "mira").await, log_in(&house, "mira").await);
    let on_phone = actor(&house, &phone).await;
    let d = &house.directory;
    for text in [&desk, &phone] {
        let outcome = auth_tokens::get(d, &on_phone, &uid("mira"), text).await.map(|token| token.text);
        let expected = if *text == phone {
            Ok(phone.clone())
        } else {
            Err(Error::AuthTokenElsewhere)
        };
        assert_eq!(outcome, expected);
    }
    let refused = auth_tokens::delete(d, &on_phone, uid("mira"), &desk).await;
    assert_eq!(refused, Err(Error::AuthTokenElsewhere));
    assert!(is_good(&house, &desk).await, "a refused deletion is undone");
    auth_tokens::log_out(d, &on_phone, uid("mira")).await.unwrap();
    assert_eq!((is_good(&house, &phone).await, is_good(&house, &desk).await), (false, true));
    assert_eq!(auth_tokens::log_out(d, &on_phone, uid("mira")).await, Err(Error::AuthTokenNotFound));
    assert_eq!(auth_tokens::log_out(d, &operator(), uid("mira")).await, Err(Error::Forbidden));
}

async fn last_active(house: &House, name: &str) -> Option<Millis> {
    users::get(&house.directory, &operator(), &uid(name))
        .await
        .unwrap()
        .user
        .last_active_at
}

async fn being_active_is_written_down_later(engine: Engine) {
    let house = House::build(engine).await;
    house.create("mira").await;
    let token = log_in(&house, "mira").await;
    let before = house.ledger().await;
    for _ in 0..3 {
        assert!(is_good(&house, &token).await);
    }
    assert_eq!(last_active(&house, "mira").await, None, "a request writes nothing");
    activity::flush(&house.directory).await.unwrap();
    assert_eq!(last_active(&house, "mira").await, Some(FixedClock::START));
    house.world.clock.advance(59_999);
    assert!(is_good(&house, &token).await);
    activity::flush(&house.directory).await.unwrap();
    assert_eq!(
        last_active(&house, "mira").await,
        Some(FixedClock::START),
        "within a minute it is not worth it"
    );
    house.world.clock.advance(1);
    assert!(is_good(&house, &token).await);
    activity::flush(&house.directory).await.unwrap();
    assert_eq!(last_active(&house, "mira").await, Some(Millis(FixedClock::START.0 + 60_000)));
    assert_eq!(house.ledger().await.events, before.events, "it is no change of anything");
    let count = activity::count(&house.directory, &operator(), FixedClock::START, FixedClock::START).await;
    assert_eq!(count, Ok(1));
}

/// On PostgreSQL: only there do two processes serve one database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_note_the_same_users() {
    let house = House::build(Engine::Postgres).await;
    let other = house.beside().await;
    let mut tokens = Vec::new();
    for number in 0..300 {
        let name = format!("user-{number}");
        house.create(&name).await;
        tokens.push(log_in(&house, &name).await);
    }
    for (number, token) in tokens.iter().enumerate() {
        // Each of them in an order of its own.
        assert!(is_good(&house, token).await);
        assert!(holder(&other, &tokens[tokens.len() - 1 - number]).await.is_some());
    }
    let (one, two) = tokio::join!(activity::flush(&house.directory), activity::flush(&other));
    assert_eq!((one, two), (Ok(()), Ok(())));
    let count = activity::count(&house.directory, &operator(), FixedClock::START, FixedClock::START).await;
    assert_eq!(count, Ok(300));
}
