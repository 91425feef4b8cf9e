//! Friendships: both ways, inside one app, as long as both users are there.

use rollcall_model::{AppId, UserKey};
use rollcall_store::{Sql, friends};
use rollcall_testkit::Engine;

use crate::house::{House, club, everyone, plain, shop, uids};

rollcall_testkit::on_both_engines! {
    a_friendship_holds_both_ways,
    it_ends_both_ways,
    a_user_has_many,
    apps_do_not_mix,
    a_deactivated_friend_is_hidden_and_comes_back,
    a_removed_user_takes_friendships_along,
}

static ROWS: Sql = Sql::new("count friends", "select count(*) from friends where app = $1");

async fn are(house: &House, a: UserKey, b: UserKey) -> bool {
    let are = friends::are(house, &shop(), a, b).await.unwrap();
    assert_eq!(house.look(move |tx| friends::are_in(tx, &shop(), a, b)).await, are);
    are
}

async fn count(house: &House, user: UserKey) -> i64 {
    house.look(move |tx| friends::count(tx, &shop(), user)).await
}

async fn part(house: &House, app: AppId, a: UserKey, b: UserKey) -> bool {
    house.run(move |tx| friends::remove(tx, &app, a, b)).await
}

async fn three(house: &House) -> [UserKey; 3] {
    let mut keys = [UserKey(0); 3];
    for (key, id) in keys.iter_mut().zip(["mira", "leo", "ana"]) {
        *key = house.insert(&shop(), plain(id)).await.key;
    }
    keys
}

async fn listed(house: &House, user: UserKey) -> Vec<String> {
    let mut query = everyone();
    query.friends_of = Some(user);
    let items = house.list(&shop(), query).await.items;
    uids(&items).into_iter().map(str::to_owned).collect()
}

async fn a_friendship_holds_both_ways(engine: Engine) {
    let house = House::new(engine).await;
    let [mira, leo, ana] = three(&house).await;
    assert!(!are(&house, mira, leo).await);
    assert!(house.befriend(&shop(), mira, leo).await);
    for (a, b) in [(mira, leo), (leo, mira)] {
        assert!(are(&house, a, b).await);
        assert!(!house.befriend(&shop(), a, b).await, "they are already");
    }
    for (a, b) in [(mira, ana), (ana, leo), (mira, mira)] {
        assert!(!are(&house, a, b).await);
    }
    assert_eq!((count(&house, mira).await, count(&house, leo).await, count(&house, ana).await), (1, 1, 0));
    assert_eq!(
        (listed(&house, mira).await, listed(&house, leo).await),
        (vec!["leo".into()], vec!["mira".into()])
    );
    assert_eq!(house.number(&ROWS, &shop()).await, 2);
}

async fn it_ends_both_ways(engine: Engine) {
    let house = House::new(engine).await;
    let [mira, leo, ana] = three(&house).await;
    for (a, b) in [(mira, leo), (leo, ana), (ana, mira)] {
        assert!(house.befriend(&shop(), a, b).await);
    }
    assert!(part(&house, shop(), leo, mira).await);
    assert!(!are(&house, mira, leo).await && !are(&house, leo, mira).await);
    for (a, b) in [(leo, mira), (mira, leo), (mira, mira)] {
        assert!(!part(&house, shop(), a, b).await, "nothing is left to end");
    }
    assert!(are(&house, leo, ana).await && are(&house, mira, ana).await, "the others stay");
    assert_eq!(house.number(&ROWS, &shop()).await, 4);
    assert!(house.befriend(&shop(), mira, leo).await);
}

async fn a_user_has_many(engine: Engine) {
    let house = House::new(engine).await;
    let [mira, leo, _] = three(&house).await;
    for n in 0..30 {
        let other = house.insert(&shop(), plain(&format!("u{n}"))).await.key;
        assert!(house.befriend(&shop(), mira, other).await);
        assert_eq!(count(&house, mira).await, n + 1);
        assert_eq!(count(&house, other).await, 1);
    }
    assert_eq!(count(&house, leo).await, 0);
}

async fn apps_do_not_mix(engine: Engine) {
    let house = House::new(engine).await;
    let [mira, leo, _] = three(&house).await;
    let theirs = house.insert(&club(), plain("mira")).await.key;
    assert!(house.befriend(&shop(), mira, leo).await);
    assert!(!friends::are(&house, &club(), mira, leo).await.unwrap());
    assert!(!part(&house, club(), mira, leo).await);
    // No friendship is made in an app that does not have both.
    assert!(!house.befriend(&club(), mira, leo).await);
    for (a, b) in [(mira, theirs), (theirs, mira), (mira, mira)] {
        assert!(!house.befriend(&shop(), a, b).await);
    }
    assert_eq!((house.number(&ROWS, &shop()).await, house.number(&ROWS, &club()).await), (2, 0));
    let mut query = everyone();
    query.friends_of = Some(mira);
    assert_eq!(house.list(&club(), query).await.total, 0);
}

async fn a_deactivated_friend_is_hidden_and_comes_back(engine: Engine) {
    let house = House::new(engine).await;
    let [mira, leo, ana] = three(&house).await;
    house.befriend(&shop(), mira, leo).await;
    house.befriend(&shop(), mira, ana).await;
    house.deactivate(&shop(), "leo").await;
    assert_eq!(listed(&house, mira).await, ["ana"]);
    assert_eq!(count(&house, mira).await, 2, "the friendship is kept");
    assert!(are(&house, mira, leo).await);
    house.reactivate(&shop(), "leo").await;
    assert_eq!(listed(&house, mira).await, ["ana", "leo"]);
    // It can be ended meanwhile.
    house.deactivate(&shop(), "leo").await;
    assert!(part(&house, shop(), mira, leo).await);
    house.reactivate(&shop(), "leo").await;
    assert_eq!(listed(&house, mira).await, ["ana"]);
}

async fn a_removed_user_takes_friendships_along(engine: Engine) {
    let house = House::new(engine).await;
    let [mira, leo, ana] = three(&house).await;
    for (a, b) in [(mira, leo), (leo, ana), (ana, mira)] {
        house.befriend(&shop(), a, b).await;
    }
    assert!(house.delete(&shop(), "leo").await);
    assert_eq!(house.number(&ROWS, &shop()).await, 2);
    assert_eq!((count(&house, mira).await, count(&house, leo).await), (1, 0));
    let again = house.insert(&shop(), plain("leo")).await.key;
    assert!(!are(&house, mira, again).await, "another user of the old uid is no friend");
}
