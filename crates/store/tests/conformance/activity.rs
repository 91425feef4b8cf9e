//! Activity: the last time only moves forward, and days are counted in their app.

use rollcall_model::{AppId, Millis};
use rollcall_store::activity;
use rollcall_testkit::Engine;

use crate::house::{House, club, plain, shop};

rollcall_testkit::on_both_engines! {
    the_last_time_is_on_the_record_and_only_moves_forward,
    users_are_counted_once_between_two_moments,
    a_night_is_two_days,
    apps_are_counted_apart,
    what_was_counted_outlives_the_user,
}

/// Midnight of UTC.
const DAY: i64 = 20_300 * 86_400_000;

async fn note(house: &House, app: AppId, id: &str, first: i64, last: i64) {
    let user = house.find(&app, id).await.unwrap();
    house
        .run(move |tx| activity::note(tx, &app, &user.uid, user.key, Millis(first), Millis(last)))
        .await;
}

async fn count(house: &House, app: AppId, from: i64, to: i64) -> i64 {
    house.look(move |tx| activity::count(tx, &app, Millis(from), Millis(to))).await
}

async fn last(house: &House, id: &str) -> Option<i64> {
    house.find(&shop(), id).await.unwrap().last_active_at.map(|at| at.0)
}

async fn the_last_time_is_on_the_record_and_only_moves_forward(engine: Engine) {
    let house = House::new(engine).await;
    let before = house.insert(&shop(), plain("mira")).await;
    house.insert(&shop(), plain("tom")).await;
    note(&house, shop(), "mira", DAY, DAY + 5).await;
    assert_eq!(last(&house, "mira").await, Some(DAY + 5));
    note(&house, shop(), "mira", DAY + 1, DAY + 2).await;
    assert_eq!(last(&house, "mira").await, Some(DAY + 5), "another process was slower");
    note(&house, shop(), "mira", DAY + 6, DAY + 9).await;
    assert_eq!((last(&house, "mira").await, last(&house, "tom").await), (Some(DAY + 9), None));
    let after = house.find(&shop(), "mira").await.unwrap();
    assert_eq!(after.updated_at, before.updated_at, "being active is no change of the record");
}

async fn users_are_counted_once_between_two_moments(engine: Engine) {
    let house = House::new(engine).await;
    for id in ["mira", "tom", "zoe"] {
        house.insert(&shop(), plain(id)).await;
    }
    note(&house, shop(), "mira", DAY + 10, DAY + 20).await;
    note(&house, shop(), "mira", DAY + 30, DAY + 30).await;
    note(&house, shop(), "mira", DAY + 3 * 86_400_000, DAY + 3 * 86_400_000).await;
    note(&house, shop(), "tom", DAY + 20, DAY + 20).await;
    for (from, to, expected) in [
        (DAY, DAY + 9, 0),
        (DAY, DAY + 10, 1),
        (DAY + 10, DAY + 20, 2),
        (DAY + 21, DAY + 29, 1),
        (DAY + 30, DAY + 30, 1),
        (DAY + 31, DAY + 86_400_000, 0),
        (DAY, DAY + 9 * 86_400_000, 2),
        (DAY + 2 * 86_400_000, DAY + 9 * 86_400_000, 1),
        (0, DAY - 1, 0),
    ] {
        assert_eq!(count(&house, shop(), from, to).await, expected, "{} to {}", from - DAY, to - DAY);
    }
}

async fn a_night_is_two_days(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    note(&house, shop(), "mira", DAY - 1, DAY + 1).await;
    assert_eq!(count(&house, shop(), DAY - 86_400_000, DAY - 1).await, 1, "before midnight");
    assert_eq!(count(&house, shop(), DAY, DAY + 1).await, 1, "after midnight");
    assert_eq!(count(&house, shop(), DAY - 86_400_000, DAY + 1).await, 1, "once");
    assert_eq!(last(&house, "mira").await, Some(DAY + 1));
}

async fn apps_are_counted_apart(engine: Engine) {
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        house.insert(&app, plain("mira")).await;
    }
    note(&house, club(), "mira", DAY, DAY).await;
    assert_eq!((count(&house, shop(), 0, 2 * DAY).await, count(&house, club(), 0, 2 * DAY).await), (0, 1));
    assert_eq!(last(&house, "mira").await, None);
}

async fn what_was_counted_outlives_the_user(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    note(&house, shop(), "mira", DAY, DAY).await;
    assert!(house.delete(&shop(), "mira").await);
    // One more request was on its way.
    house
        .run(move |tx| activity::note(tx, &shop(), &mira.uid, mira.key, Millis(DAY + 1), Millis(DAY + 1)))
        .await;
    assert_eq!(house.find(&shop(), "mira").await, None);
    assert_eq!(count(&house, shop(), DAY, DAY + 1).await, 1);
}
