//! Sessions: each leads to its holder, and only the newest stay.

use rollcall_model::{AppId, Millis, UserKey};
use rollcall_store::sessions::{self, Holder, NewSession};
use rollcall_store::users;
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop, uid};

rollcall_testkit::on_both_engines! {
    a_session_leads_to_its_holder,
    the_newest_stay,
    a_new_session_removes_those_that_have_ended,
    a_session_is_ended_in_its_app_once,
    a_deleted_user_takes_the_sessions_along,
}

fn session(name: &str) -> NewSession {
    NewSession {
        lookup: name.as_bytes().to_vec(),
        client: format!("client {name}"),
        expires_at: Millis(NOW.0 + 1000),
    }
}

async fn begin(house: &House, app: &AppId, user: UserKey, name: &str, at: Millis) {
    let (app, session) = (app.clone(), session(name));
    house.run(move |tx| sessions::insert(tx, &app, user, &session, at)).await;
}

async fn is_there(house: &House, name: &str) -> bool {
    sessions::holder(house, name.as_bytes()).await.unwrap().is_some()
}

async fn a_session_leads_to_its_holder(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    begin(&house, &shop(), mira.key, "a", NOW).await;
    let holder = sessions::holder(&house, b"a").await.unwrap();
    let expires_at = Millis(NOW.0 + 1000);
    assert_eq!(holder, Some(Holder { app: shop(), user: mira.key, expires_at }));
    assert!(!is_there(&house, "b").await);
}

async fn the_newest_stay(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, tom) = (house.insert(&shop(), plain("mira")).await, house.insert(&shop(), plain("tom")).await);
    begin(&house, &shop(), tom.key, "toms", NOW).await;
    for (name, later) in [("b", 2), ("a", 1), ("d", 4), ("c", 3)] {
        begin(&house, &shop(), mira.key, name, Millis(NOW.0 + later)).await;
    }
    let key = mira.key;
    house.run(move |tx| sessions::keep(tx, &shop(), key, 2)).await;
    for (name, stays) in [("a", false), ("b", false), ("c", true), ("d", true), ("toms", true)] {
        assert_eq!(is_there(&house, name).await, stays, "{name}");
    }
    house.run(move |tx| sessions::keep(tx, &club(), key, 0)).await;
    assert!(is_there(&house, "d").await);
}

async fn a_new_session_removes_those_that_have_ended(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    begin(&house, &shop(), mira.key, "a", NOW).await;
    begin(&house, &shop(), mira.key, "b", Millis(NOW.0 + 999)).await;
    assert!(is_there(&house, "a").await);
    begin(&house, &shop(), mira.key, "c", Millis(NOW.0 + 1000)).await;
    assert!(!is_there(&house, "a").await);
}

async fn a_session_is_ended_in_its_app_once(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    begin(&house, &shop(), mira.key, "a", NOW).await;
    assert_eq!(house.run(|tx| sessions::delete(tx, &club(), b"a")).await, None);
    assert_eq!(house.run(|tx| sessions::delete(tx, &shop(), b"a")).await, Some(mira.key));
    assert_eq!(house.run(|tx| sessions::delete(tx, &shop(), b"a")).await, None);
}

async fn a_deleted_user_takes_the_sessions_along(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    begin(&house, &shop(), mira.key, "a", NOW).await;
    assert!(house.run(|tx| users::delete(tx, &shop(), &uid("mira"))).await.is_some());
    assert!(!is_there(&house, "a").await);
}
