//! Auth tokens: they lead to their active owner, inside one app.

use rollcall_model::{
    AppId, AuthTokenPatch, Document, Millis, NewAuthToken, Page, Patch, SealedSecret, UserKey,
};
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
    only_the_newest_hundred_stay,
    tokens_are_listed_newest_first,
    a_token_is_changed_field_by_field,
    a_token_is_its_owners_in_its_app,
    flushing_takes_all_of_one_user,
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

async fn list(house: &House, app: AppId, user: UserKey, number: i64, size: i64) -> (Vec<i64>, i64) {
    let page = Page { number, size };
    let listing = house.look(move |tx| auth_tokens::list(tx, &app, user, page)).await;
    (listing.items.iter().map(|token| token.id).collect(), listing.total)
}

async fn only_the_newest_hundred_stay(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, tom) = (house.insert(&shop(), plain("mira")).await, house.insert(&shop(), plain("tom")).await);
    give(&house, shop(), tom.key, b"toms").await;
    // The clock stands still for some and is an hour behind for the last, whose token must be good all the same.
    for number in 0..102_i64 {
        let (token, at) = (
            token(format!("m{number}").as_bytes()),
            Millis(NOW.0 + number / 3 - i64::from(number == 101) * 3_600_000),
        );
        house
            .run(move |tx| auth_tokens::insert(tx, &shop(), mira.key, &token, at))
            .await;
    }
    for (number, stays) in [(0, false), (1, false), (2, true), (50, true), (100, true), (101, true)] {
        let lookup = format!("m{number}");
        assert_eq!(owner(&house, shop(), lookup.as_bytes()).await.is_some(), stays, "{lookup}");
    }
    assert_eq!(list(&house, shop(), mira.key, 1, 1).await.1, 100);
    assert!(owner(&house, shop(), b"toms").await.is_some());
}

async fn tokens_are_listed_newest_first(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    let mut ids = Vec::new();
    for (lookup, at) in [(b"a", 5), (b"b", 7), (b"c", 7), (b"d", 6)] {
        let token = token(lookup);
        ids.push(
            house
                .run(move |tx| auth_tokens::insert(tx, &shop(), mira.key, &token, Millis(at)))
                .await,
        );
    }
    let [a, b, c, d] = ids[..] else { panic!("four tokens") };
    assert_eq!(list(&house, shop(), mira.key, 1, 9).await, (vec![c, b, d, a], 4));
    assert_eq!(list(&house, shop(), mira.key, 2, 3).await, (vec![a], 4));
    assert_eq!(list(&house, shop(), mira.key, 3, 3).await, (vec![], 4));
    assert_eq!(list(&house, club(), mira.key, 1, 9).await, (vec![], 0));
    let newest = house.look(move |tx| auth_tokens::newest(tx, &shop(), mira.key)).await;
    assert_eq!(newest.map(|token| token.id), Some(c));
}

async fn a_token_is_changed_field_by_field(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    give(&house, shop(), mira.key, b"one").await;
    let update = async |patch: AuthTokenPatch| {
        let changed = house
            .run(move |tx| auth_tokens::update(tx, &shop(), mira.key, b"one", &patch, NOW))
            .await;
        let changed = changed.unwrap();
        let read = auth_tokens::find(&house, &shop(), mira.key, b"one").await.unwrap();
        assert_eq!(read.as_ref(), Some(&changed));
        let text = changed.app_info.map(|document| document.as_str().to_owned());
        [changed.platform, changed.user_agent, text]
    };
    let set = |text: &str| Patch::Set(text.to_owned());
    let all = AuthTokenPatch {
        platform: set("ios"),
        user_agent: set("Shop/7 ✓"),
        app_info: Patch::Set(Document::stored(r#"{"v":1}"#)),
    };
    let texts = |texts: [&str; 3]| texts.map(|text| (!text.is_empty()).then(|| text.to_owned()));
    assert_eq!(update(all).await, texts(["ios", "Shop/7 ✓", r#"{"v":1}"#]));
    let one = AuthTokenPatch { platform: set("web"), ..AuthTokenPatch::default() };
    assert_eq!(update(one).await, texts(["web", "Shop/7 ✓", r#"{"v":1}"#]));
    let clear = AuthTokenPatch {
        user_agent: Patch::Clear,
        app_info: Patch::Clear,
        ..AuthTokenPatch::default()
    };
    assert_eq!(update(clear).await, texts(["web", "", ""]));
}

async fn a_token_is_its_owners_in_its_app(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, tom) = (house.insert(&shop(), plain("mira")).await, house.insert(&shop(), plain("tom")).await);
    give(&house, shop(), mira.key, b"one").await;
    for (app, user) in [(shop(), tom.key), (club(), mira.key)] {
        assert_eq!(auth_tokens::find(&house, &app, user, b"one").await.unwrap(), None);
        let patch = AuthTokenPatch {
            platform: Patch::Set("x".to_owned()),
            ..AuthTokenPatch::default()
        };
        let changed = house.run(move |tx| {
            let changed = auth_tokens::update(tx, &app, user, b"one", &patch, NOW)?.is_some();
            let deleted = auth_tokens::delete(tx, &app, user, b"one")?;
            let numbers: Vec<bool> = (1..9)
                .map(|id| auth_tokens::delete_numbered(tx, &app, user, id))
                .collect::<Result<_, _>>()?;
            Ok(changed || deleted || numbers.contains(&true))
        });
        assert!(!changed.await);
    }
    let kept = auth_tokens::find(&house, &shop(), mira.key, b"one").await.unwrap().unwrap();
    assert_eq!(kept.platform, None);
    assert!(
        house
            .run(move |tx| auth_tokens::delete_numbered(tx, &shop(), mira.key, kept.id))
            .await
    );
    assert_eq!(owner(&house, shop(), b"one").await, None);
}

async fn flushing_takes_all_of_one_user(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, tom) = (house.insert(&shop(), plain("mira")).await, house.insert(&shop(), plain("tom")).await);
    for (user, lookup) in [(mira.key, b"one"), (mira.key, b"two"), (tom.key, b"tom")] {
        give(&house, shop(), user, lookup).await;
    }
    assert_eq!(house.run(move |tx| auth_tokens::flush(tx, &club(), mira.key)).await, 0);
    assert_eq!(house.run(move |tx| auth_tokens::flush(tx, &shop(), mira.key)).await, 2);
    assert_eq!(house.run(move |tx| auth_tokens::flush(tx, &shop(), mira.key)).await, 0);
    assert_eq!(owner(&house, shop(), b"one").await, None);
    assert!(owner(&house, shop(), b"tom").await.is_some());
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
