//! Deactivated, reactivated, removed.

use rollcall_model::{Activity, Millis, NewAuthToken, SealedSecret};
use rollcall_store::users::{Switched, active, deactivate, delete};
use rollcall_store::{Sql, auth_tokens};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, everyone, plain, shop, texts, uid};

rollcall_testkit::on_both_engines! {
    a_deactivated_user_is_not_found_and_comes_back_unchanged,
    switching_says_what_came_of_it,
    the_moment_of_deactivation_is_kept,
    a_removed_user_takes_tags_and_tokens_along,
    an_inactive_user_can_be_removed,
    a_removed_uid_is_free_for_another_user,
    an_undone_removal_removed_nothing,
}

static TAGS: Sql = Sql::new("count tags", "select count(*) from user_tags where app = $1");
static TOKENS: Sql = Sql::new("count tokens", "select count(*) from auth_tokens where app = $1");

async fn a_deactivated_user_is_not_found_and_comes_back_unchanged(engine: Engine) {
    let house = House::new(engine).await;
    let mut new = plain("mira");
    new.tags = texts(&["a"]);
    let made = house.insert(&shop(), new).await;
    assert_eq!(house.deactivate(&shop(), "mira").await, Switched::Done);
    assert_eq!(house.find(&shop(), "mira").await, None);
    assert_eq!(house.look(|tx| active(tx, &shop(), &uid("mira"))).await, None);
    assert_eq!(house.number(&TAGS, &shop()).await, 1, "tags stay");
    assert_eq!(house.reactivate(&shop(), "mira").await, Switched::Done);
    assert_eq!(house.find(&shop(), "mira").await, Some(made));
}

async fn switching_says_what_came_of_it(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    assert_eq!(house.reactivate(&shop(), "mira").await, Switched::Already);
    assert_eq!(house.deactivate(&shop(), "mira").await, Switched::Done);
    assert_eq!(house.deactivate(&shop(), "mira").await, Switched::Already);
    assert_eq!(house.reactivate(&shop(), "mira").await, Switched::Done);
    for (app, id) in [(shop(), "tom"), (club(), "mira")] {
        assert_eq!(house.deactivate(&app, id).await, Switched::Unknown);
        assert_eq!(house.reactivate(&app, id).await, Switched::Unknown);
    }
    assert!(house.find(&shop(), "mira").await.is_some());
}

async fn the_moment_of_deactivation_is_kept(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    for now in [Millis(NOW.0 + 7), Millis(NOW.0 + 9)] {
        house.run(move |tx| deactivate(tx, &shop(), &uid("mira"), now)).await;
    }
    let mut query = everyone();
    query.activity = Activity::Deactivated;
    let listed = house.list(&shop(), query).await.items;
    assert_eq!(listed[0].deactivated_at, Some(Millis(NOW.0 + 7)), "the second time changes nothing");
    assert_eq!(listed[0].updated_at, None);
}

async fn a_removed_user_takes_tags_and_tokens_along(engine: Engine) {
    let house = House::new(engine).await;
    for (app, id) in [(shop(), "mira"), (shop(), "tom"), (club(), "mira")] {
        let mut new = plain(id);
        new.tags = texts(&["a", "b"]);
        let user = house.insert(&app, new).await;
        let lookup = [app.as_str().as_bytes(), id.as_bytes()].concat();
        let token = NewAuthToken { secret: SealedSecret { lookup, sealed: vec![1] } };
        house.run(move |tx| auth_tokens::insert(tx, &app, user.key, &token, NOW)).await;
    }
    assert!(house.delete(&shop(), "mira").await);
    assert_eq!(house.find(&shop(), "mira").await, None);
    assert_eq!((house.number(&TAGS, &shop()).await, house.number(&TOKENS, &shop()).await), (2, 1));
    assert_eq!((house.number(&TAGS, &club()).await, house.number(&TOKENS, &club()).await), (2, 1));
    assert_eq!(
        auth_tokens::holder(&house, &shop(), b"shoptom")
            .await
            .unwrap()
            .unwrap()
            .viewer
            .uid,
        uid("tom")
    );
    assert!(!house.delete(&shop(), "mira").await);
}

async fn an_inactive_user_can_be_removed(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    house.deactivate(&shop(), "mira").await;
    assert!(house.delete(&shop(), "mira").await);
    assert_eq!(house.reactivate(&shop(), "mira").await, Switched::Unknown);
}

async fn a_removed_uid_is_free_for_another_user(engine: Engine) {
    let house = House::new(engine).await;
    let mut old = plain("mira");
    old.name = Some("Old".to_owned());
    old.tags = texts(&["a"]);
    let old = house.insert(&shop(), old).await;
    house.delete(&shop(), "mira").await;
    let new = house.insert(&shop(), plain("mira")).await;
    assert_ne!(new.key, old.key);
    assert_eq!((new.name, new.tags.len()), (None, 0));
    assert_eq!(house.number(&TAGS, &shop()).await, 0);
}

async fn an_undone_removal_removed_nothing(engine: Engine) {
    let house = House::new(engine).await;
    let mut new = plain("mira");
    new.tags = texts(&["a", "b"]);
    let made = house.insert(&shop(), new).await;
    house
        .refused(|tx| {
            assert!(delete(tx, &shop(), &uid("mira"))?.is_some());
            Err::<(), _>(rollcall_model::Error::Denied.into())
        })
        .await;
    assert_eq!(house.find(&shop(), "mira").await, Some(made));
    assert_eq!(house.number(&TAGS, &shop()).await, 2);
}
