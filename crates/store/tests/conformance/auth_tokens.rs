//! Auth tokens: they lead to their active owner, inside one app.

use rollcall_model::{AppId, NewAuthToken, SealedSecret, UserKey};
use rollcall_store::{Error, auth_tokens};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop};

rollcall_testkit::on_both_engines! {
    a_token_leads_to_its_owner,
    a_user_may_have_several,
    a_token_counts_in_its_app_alone,
    a_hash_is_taken_once_in_an_app,
    a_deactivated_owner_is_not_found,
    a_deleted_owner_takes_the_tokens_along,
}

fn token(lookup: &[u8]) -> NewAuthToken {
    NewAuthToken {
        secret: SealedSecret { lookup: lookup.to_vec(), sealed: vec![0, 1, 255] },
    }
}

async fn give(house: &House, app: AppId, user: UserKey, lookup: &[u8]) {
    let token = token(lookup);
    house.run(move |tx| auth_tokens::insert(tx, &app, user, &token, NOW)).await;
}

async fn owner(house: &House, app: AppId, lookup: &[u8]) -> Option<String> {
    let holder = auth_tokens::holder(house, &app, lookup).await.unwrap();
    holder.map(|holder| holder.viewer.uid.to_string())
}

async fn a_token_leads_to_its_owner(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, tom) = (house.insert(&shop(), plain("mira")).await, house.insert(&shop(), plain("tom")).await);
    give(&house, shop(), mira.key, b"\0m\xff").await;
    give(&house, shop(), tom.key, b"\0t\xff").await;
    assert_eq!(owner(&house, shop(), b"\0m\xff").await.as_deref(), Some("mira"));
    assert_eq!(owner(&house, shop(), b"\0t\xff").await.as_deref(), Some("tom"));
    assert_eq!(owner(&house, shop(), b"\0").await, None);
}

async fn a_user_may_have_several(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    for lookup in [b"one", b"two"] {
        give(&house, shop(), mira.key, lookup).await;
    }
    for lookup in [b"one", b"two"] {
        assert_eq!(owner(&house, shop(), lookup).await.as_deref(), Some("mira"));
    }
}

async fn a_token_counts_in_its_app_alone(engine: Engine) {
    let house = House::new(engine).await;
    let here = house.insert(&shop(), plain("mira")).await;
    let there = house.insert(&club(), plain("zoe")).await;
    give(&house, shop(), here.key, b"only here").await;
    assert_eq!(owner(&house, club(), b"only here").await, None);
    give(&house, shop(), here.key, b"both").await;
    give(&house, club(), there.key, b"both").await;
    assert_eq!(owner(&house, shop(), b"both").await.as_deref(), Some("mira"));
    assert_eq!(owner(&house, club(), b"both").await.as_deref(), Some("zoe"));
}

async fn a_hash_is_taken_once_in_an_app(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    give(&house, shop(), mira.key, b"one").await;
    let again = token(b"one");
    let error = house
        .refused(move |tx| auth_tokens::insert(tx, &shop(), mira.key, &again, NOW))
        .await;
    assert!(matches!(&error, Error::Unique(on) if on.contains("lookup")), "{error:?}");
}

async fn a_deactivated_owner_is_not_found(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    give(&house, shop(), mira.key, b"one").await;
    house.deactivate(&shop(), "mira").await;
    assert_eq!(owner(&house, shop(), b"one").await, None);
    house.reactivate(&shop(), "mira").await;
    assert_eq!(owner(&house, shop(), b"one").await.as_deref(), Some("mira"));
}

async fn a_deleted_owner_takes_the_tokens_along(engine: Engine) {
    static COUNT: rollcall_store::Sql =
        rollcall_store::Sql::new("count tokens", "select count(*) from auth_tokens where app = $1");
    let house = House::new(engine).await;
    for (app, lookup) in [(shop(), b"one"), (club(), b"two")] {
        let user = house.insert(&app, plain("mira")).await;
        give(&house, app, user.key, lookup).await;
    }
    assert!(house.delete(&shop(), "mira").await);
    assert_eq!(owner(&house, shop(), b"one").await, None);
    assert_eq!(house.number(&COUNT, &shop()).await, 0);
    assert_eq!(house.number(&COUNT, &club()).await, 1, "the other app's user of that uid keeps hers");
    // A new user of the old uid has none of the old tokens.
    house.insert(&shop(), plain("mira")).await;
    assert_eq!(owner(&house, shop(), b"one").await, None);
}
