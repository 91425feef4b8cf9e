//! Users: made and found, each identifier once in an app.

use rollcall_model::{Creator, Credits, DEFAULT_ROLE, Document, Email, KlaimId, User, UserPatch};
use rollcall_store::users::{Taken, active};
use rollcall_store::{Sql, events};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, everyone, plain, role, shop, texts, uid, uids};

rollcall_testkit::on_both_engines! {
    a_full_user_is_read_as_it_was_made,
    a_plain_user_has_nothing_but_defaults,
    a_uid_is_unique_in_its_app,
    a_deactivated_user_keeps_the_uid,
    a_uid_is_refused_that_is_a_user_id,
    a_uid_is_refused_that_is_a_klaim_id,
    a_klaim_id_that_is_taken_is_told_apart,
    a_refused_user_leaves_nothing_behind,
    many_may_want_one_uid_at_once,
    the_same_uid_in_two_apps_never_meets,
    the_creator_is_kept,
}

async fn a_full_user_is_read_as_it_was_made(engine: Engine) {
    let house = House::new(engine).await;
    house.make_role(&shop(), "vip").await;
    let mut new = plain("mira");
    new.name = Some("Mira".to_owned());
    new.avatar = Some("https://a.example/m.png".to_owned());
    new.link = Some("https://a.example/m".to_owned());
    new.status_message = Some("hello".to_owned());
    new.role = Some(role("vip"));
    new.metadata = Some(Document::parse(r#"{"b":1,"a":[1.10]}"#).unwrap());
    new.tags = texts(&["z", "a"]);
    new.email = Some(Email::parse("Mira@shop.test").unwrap());
    new.display_name = Some("Mi".to_owned());
    new.custom_attributes = Some(Document::parse(r#"{"plan":"gold"}"#).unwrap());
    new.confirmed = true;
    new.klaim_metadata = Some(Document::parse(r#"{"tier":"silver"}"#).unwrap());
    new.creator = Creator::Console;
    let klaim_id = KlaimId::new(NOW, "abcde");
    let made = house.try_insert_as(&shop(), new.clone(), klaim_id.clone(), NOW).await.unwrap();
    let expected = User {
        key: made.key,
        uid: uid("mira"),
        user_id: "mira".to_owned(),
        klaim_id,
        name: new.name,
        email: new.email,
        avatar: new.avatar,
        link: new.link,
        status_message: new.status_message,
        role: role("vip"),
        metadata: new.metadata,
        tags: texts(&["z", "a"]),
        last_active_at: None,
        created_at: NOW,
        updated_at: None,
        deactivated_at: None,
        display_name: Some("Mi".to_owned()),
        custom_attributes: Some(Document::parse(r#"{"plan":"gold"}"#).unwrap()),
        confirmed_at: Some(NOW),
        pubsub_generation: 0,
        klaim_metadata: Some(Document::parse(r#"{"tier":"silver"}"#).unwrap()),
        credit_balance: Credits(0),
        creator: Creator::Console,
    };
    assert!(made.key.0 > 0);
    assert_eq!(made, expected);
    assert_eq!(house.find(&shop(), "mira").await, Some(expected));
}

async fn a_plain_user_has_nothing_but_defaults(engine: Engine) {
    let house = House::new(engine).await;
    let made = house.insert(&shop(), plain("mira")).await;
    assert_eq!(made.role, role(DEFAULT_ROLE));
    assert_eq!((&made.name, &made.avatar, &made.link, &made.status_message), (&None, &None, &None, &None));
    assert_eq!((&made.metadata, made.tags.len()), (&None, 0));
    assert_eq!(house.find(&shop(), "mira").await, Some(made));
    assert!(house.look(|tx| active(tx, &shop(), &uid("mira"))).await.is_some());
    for absent in ["mir", "mira_", "mirb", ""] {
        assert_eq!(house.find(&shop(), absent).await, None, "{absent}");
    }
}

async fn a_uid_is_unique_in_its_app(engine: Engine) {
    let house = House::new(engine).await;
    let first = house.insert(&shop(), plain("mira")).await;
    assert_eq!(house.try_insert(&shop(), plain("mira")).await, Err(Taken::Uid));
    assert_eq!(house.find(&shop(), "mira").await, Some(first));
}

async fn a_deactivated_user_keeps_the_uid(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    house.deactivate(&shop(), "mira").await;
    assert_eq!(house.try_insert(&shop(), plain("mira")).await, Err(Taken::Uid));
}

async fn a_uid_is_refused_that_is_a_user_id(engine: Engine) {
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        house.insert(&app, plain("mira")).await;
    }
    let renamed = UserPatch { user_id: Some("tom".to_owned()), ..UserPatch::default() };
    house.update(&shop(), "mira", renamed, NOW).await.unwrap();
    assert_eq!(house.try_insert(&shop(), plain("tom")).await, Err(Taken::UserId));
    assert_eq!(house.find(&shop(), "tom").await, None);
    // Not so where nobody bears that user_id.
    house.insert(&club(), plain("tom")).await;
    // The uid stays taken although the user_id moved away from it.
    assert_eq!(house.try_insert(&shop(), plain("mira")).await, Err(Taken::Uid));
}

async fn a_uid_is_refused_that_is_a_klaim_id(engine: Engine) {
    let house = House::new(engine).await;
    let klaim_id = KlaimId::stored("1753000000500_abcde");
    house.try_insert_as(&shop(), plain("mira"), klaim_id, NOW).await.unwrap();
    assert_eq!(house.try_insert(&shop(), plain("1753000000500_abcde")).await, Err(Taken::UserId));
    house.insert(&club(), plain("1753000000500_abcde")).await;
}

async fn a_klaim_id_that_is_taken_is_told_apart(engine: Engine) {
    let house = House::new(engine).await;
    let klaim_id = KlaimId::new(NOW, "abcde");
    house
        .try_insert_as(&shop(), plain("mira"), klaim_id.clone(), NOW)
        .await
        .unwrap();
    let outcome = house.try_insert_as(&shop(), plain("tom"), klaim_id.clone(), NOW).await;
    assert_eq!(outcome, Err(Taken::KlaimId));
    // Both at once: the uid is what the caller can do something about.
    let outcome = house.try_insert_as(&shop(), plain("mira"), klaim_id.clone(), NOW).await;
    assert_eq!(outcome, Err(Taken::Uid));
    assert!(house.try_insert_as(&club(), plain("tom"), klaim_id, NOW).await.is_ok());
}

async fn a_refused_user_leaves_nothing_behind(engine: Engine) {
    static TAGS: Sql = Sql::new("count tags", "select count(*) from user_tags where app = $1");
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    let mut again = plain("mira");
    again.tags = texts(&["a", "b"]);
    assert_eq!(house.try_insert(&shop(), again).await, Err(Taken::Uid));
    assert_eq!(house.number(&TAGS, &shop()).await, 0);
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["mira"]);
}

async fn many_may_want_one_uid_at_once(engine: Engine) {
    let house = House::new(engine).await;
    let app = shop();
    let attempt = || house.try_insert(&app, plain("mira"));
    let (a, b, c, d, e) = tokio::join!(attempt(), attempt(), attempt(), attempt(), attempt());
    let outcomes = [a, b, c, d, e];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(Taken::Uid)).count(), 4);
}

async fn the_same_uid_in_two_apps_never_meets(engine: Engine) {
    let house = House::new(engine).await;
    let mut ours = plain("mira");
    ours.name = Some("Ours".to_owned());
    ours.tags = texts(&["vip"]);
    let mut theirs = plain("mira");
    theirs.name = Some("Theirs".to_owned());
    theirs.tags = texts(&["vip"]);
    let ours = house.insert(&shop(), ours).await;
    let theirs = house.insert(&club(), theirs).await;
    assert_ne!(ours.key, theirs.key);

    let patch = rollcall_model::UserPatch {
        name: rollcall_model::Patch::Set("New".to_owned()),
        tags: rollcall_model::Patch::Clear,
        ..Default::default()
    };
    assert!(house.update(&shop(), "mira", patch, NOW).await.is_some());
    assert_eq!(house.find(&club(), "mira").await.as_ref(), Some(&theirs));
    let mut tagged = everyone();
    tagged.tags = texts(&["vip"]);
    assert_eq!(house.list(&shop(), tagged.clone()).await.total, 0);
    assert_eq!(house.list(&club(), tagged.clone()).await.items, std::slice::from_ref(&theirs));

    house.deactivate(&shop(), "mira").await;
    assert_eq!(house.find(&shop(), "mira").await, None);
    assert_eq!(house.look(|tx| active(tx, &shop(), &uid("mira"))).await, None);
    assert!(house.look(|tx| active(tx, &club(), &uid("mira"))).await.is_some());
    assert_eq!(house.list(&shop(), everyone()).await.total, 0);
    assert_eq!(house.list(&club(), everyone()).await.items, std::slice::from_ref(&theirs));

    assert!(house.delete(&shop(), "mira").await);
    assert_eq!(house.find(&club(), "mira").await.as_ref(), Some(&theirs));
    assert_eq!(house.list(&club(), tagged).await.items, [theirs]);
    assert!(!house.delete(&shop(), "mira").await);
    assert!(house.look(|tx| events::after(tx, &club(), 0, 9)).await.is_empty());
}

async fn the_creator_is_kept(engine: Engine) {
    static SOURCE: Sql = Sql::new(
        "count creators",
        "select count(*) from users
         where app = $1 and (uid = 'api' and acquisition_source = 'api'
                             or uid = 'console' and acquisition_source = 'member_manual')",
    );
    let house = House::new(engine).await;
    house.insert(&shop(), plain("api")).await;
    let mut new = plain("console");
    new.creator = Creator::Console;
    house.insert(&shop(), new).await;
    assert_eq!(house.number(&SOURCE, &shop()).await, 2);
}
