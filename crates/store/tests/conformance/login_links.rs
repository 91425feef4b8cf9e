//! Login links: each lets its active user in once, inside one app.

use rollcall_model::{AppId, Email, Millis, NewUser, UserKey};
use rollcall_store::{login_links, users};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop, uid};

rollcall_testkit::on_both_engines! {
    a_link_is_taken_once,
    a_link_ends_at_its_moment,
    a_link_is_its_users_in_its_app,
    a_deactivated_user_is_not_let_in,
    what_is_too_old_is_purged_in_one_app,
    a_deleted_user_takes_the_links_along,
}

const END: Millis = Millis(NOW.0 + 1000);

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn with_email(name: &str) -> NewUser {
    NewUser {
        email: Some(email(&format!("{name}@shop.test"))),
        ..plain(name)
    }
}

async fn give(house: &House, app: AppId, user: UserKey, lookup: &'static [u8]) {
    house.run(move |tx| login_links::insert(tx, &app, user, lookup, END)).await;
}

async fn take(
    house: &House,
    app: AppId,
    lookup: &'static [u8],
    address: &str,
    at: Millis,
) -> Option<UserKey> {
    let address = email(address);
    house.run(move |tx| login_links::take(tx, &app, lookup, &address, at)).await
}

async fn a_link_is_taken_once(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), with_email("mira")).await;
    give(&house, shop(), mira.key, b"one").await;
    give(&house, shop(), mira.key, b"two").await;
    assert_eq!(take(&house, shop(), b"one", "MIRA@shop.test", NOW).await, Some(mira.key));
    assert_eq!(take(&house, shop(), b"one", "mira@shop.test", NOW).await, None);
    assert_eq!(login_links::app(&house, b"one").await.unwrap(), None);
    assert_eq!(login_links::app(&house, b"two").await.unwrap(), Some(shop()));
}

async fn a_link_ends_at_its_moment(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), with_email("mira")).await;
    give(&house, shop(), mira.key, b"one").await;
    assert_eq!(take(&house, shop(), b"one", "mira@shop.test", END).await, None);
    let just_before = Millis(END.0 - 1);
    assert_eq!(take(&house, shop(), b"one", "mira@shop.test", just_before).await, Some(mira.key));
}

async fn a_link_is_its_users_in_its_app(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), with_email("mira")).await;
    house.insert(&shop(), with_email("tom")).await;
    house.insert(&club(), with_email("mira")).await;
    give(&house, shop(), mira.key, b"one").await;
    assert_eq!(take(&house, shop(), b"one", "tom@shop.test", NOW).await, None);
    assert_eq!(take(&house, club(), b"one", "mira@shop.test", NOW).await, None);
    assert_eq!(take(&house, shop(), b"on", "mira@shop.test", NOW).await, None);
    assert_eq!(take(&house, shop(), b"one", "mira@shop.test", NOW).await, Some(mira.key));
}

async fn a_deactivated_user_is_not_let_in(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), with_email("mira")).await;
    give(&house, shop(), mira.key, b"one").await;
    house.run(|tx| users::deactivate(tx, &shop(), &uid("mira"), NOW)).await;
    assert_eq!(take(&house, shop(), b"one", "mira@shop.test", NOW).await, None);
}

async fn what_is_too_old_is_purged_in_one_app(engine: Engine) {
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        let mira = house.insert(&app, with_email("mira")).await;
        let lookup: &[u8] = if app == shop() { b"shop" } else { b"club" };
        give(&house, app, mira.key, lookup).await;
    }
    house.run(|tx| login_links::purge(tx, &shop(), Millis(END.0 - 1))).await;
    assert!(login_links::app(&house, b"shop").await.unwrap().is_some());
    house.run(|tx| login_links::purge(tx, &shop(), END)).await;
    assert!(login_links::app(&house, b"shop").await.unwrap().is_none());
    assert!(login_links::app(&house, b"club").await.unwrap().is_some());
}

async fn a_deleted_user_takes_the_links_along(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), with_email("mira")).await;
    give(&house, shop(), mira.key, b"one").await;
    assert!(house.run(|tx| users::delete(tx, &shop(), &uid("mira"))).await.is_some());
    assert_eq!(login_links::app(&house, b"one").await.unwrap(), None);
}
