//! Agent bots and platform apps of their own objects: who gets at what, and what is written down about it.

use std::sync::Arc;

use rollcall_directory::permissibles::{self, Object, Turn};
use rollcall_directory::{accounts, agent_bot_pictures, agent_bots, apps, credentials, users};
use rollcall_model::{
    AccountId, AccountStatus, Actor, AgentBot, AgentBotId, AgentBotPatch, AppId, AppName, CredentialKind,
    Document, Error, Millis, NewAccount, NewAgentBot, Patch, Permissible, Picture, UserKey, Via, Whom,
};
use rollcall_testkit::Engine;

use crate::house::{House, operator, shop, uid};

rollcall_testkit::on_both_engines! {
    a_change_is_written_down_once,
    nothing_is_written_down_where_nothing_changes,
    an_account_must_be_there_and_within_reach,
    own_objects_are_what_was_made_or_granted,
    unknown_is_told_before_foreign,
    a_late_picture_does_not_replace_a_newer_one,
    a_picture_for_a_bot_that_is_gone_is_refused,
    a_picture_for_a_platform_app_that_is_revoked_is_refused,
    grants_are_the_operators,
    a_grant_needs_an_app_of_its_own_objects_and_an_object,
    what_is_gone_can_still_be_revoked,
    a_revoked_platform_app_takes_its_grants_with_it,
    a_bot_is_not_left_in_an_account_that_goes_meanwhile,
}

fn named(name: &str) -> NewAgentBot {
    NewAgentBot {
        name: Some(name.to_owned()),
        description: None,
        outgoing_url: None,
        account: None,
    }
}

fn gif(rest: &str) -> Picture {
    Picture {
        content_type: "image/gif".to_owned(),
        bytes: format!("GIF89a{rest}").into_bytes(),
    }
}

fn renamed(name: &str) -> AgentBotPatch {
    AgentBotPatch {
        name: Patch::Set(name.to_owned()),
        ..AgentBotPatch::default()
    }
}

fn moved(account: AccountId) -> AgentBotPatch {
    AgentBotPatch { account: Patch::Set(account), ..AgentBotPatch::default() }
}

fn missing(id: AgentBotId) -> Error {
    Error::ObjectNotFound(Permissible::AgentBot(id))
}

fn foreign(id: AgentBotId) -> Error {
    Error::NotPermissible(Permissible::AgentBot(id))
}

impl House {
    async fn make_bot(&self, actor: &Actor, name: &str) -> AgentBot {
        agent_bots::create(&self.directory, actor, named(name), None).await.unwrap()
    }

    async fn make_account(&self, actor: &Actor) -> AccountId {
        let new = NewAccount {
            name: "Desk".to_owned(),
            locale: "en".to_owned(),
            domain: None,
            support_email: None,
            status: AccountStatus::Active,
            features: Vec::new(),
            limits: Document::stored("{}"),
            custom_attributes: Document::stored("{}"),
        };
        accounts::create(&self.directory, actor, new).await.unwrap().id
    }

    /// A platform app as its requests come in.
    async fn platform_app(&self, kind: CredentialKind) -> (i64, Actor) {
        let made = credentials::create(&self.directory, &operator(), kind, "Support")
            .await
            .unwrap();
        let id = made.credential.id;
        let via = Via::Credential { id, kind };
        (id, Actor { app: shop(), via, viewer: None })
    }

    /// Kinds, subjects and fields of the events since this many.
    async fn since(&self, count: usize) -> Vec<(String, String, String)> {
        let events = self.ledger().await.events.into_iter().skip(count);
        events.map(|event| (event.kind, event.subject, event.fields)).collect()
    }

    async fn event_count(&self) -> usize {
        self.ledger().await.events.len()
    }

    async fn picture(&self, id: AgentBotId) -> Option<Picture> {
        let shown = agent_bot_pictures::get(&self.directory, &operator(), id).await.unwrap();
        shown.map(|shown| shown.picture)
    }
}

async fn a_change_is_written_down_once(engine: Engine) {
    let house = House::build(engine).await;
    let (before, directory, actor) = (house.event_count().await, &house.directory, operator());
    let bot = agent_bots::create(directory, &actor, named("a"), Some(gif("1")))
        .await
        .unwrap()
        .id;
    agent_bots::update(directory, &actor, bot, renamed("b"), None).await.unwrap();
    agent_bots::update(directory, &actor, bot, renamed("c"), Some(gif("2")))
        .await
        .unwrap();
    agent_bots::update(directory, &actor, bot, AgentBotPatch::default(), Some(gif("3")))
        .await
        .unwrap();
    assert_eq!(house.picture(bot).await, Some(gif("3")));
    agent_bot_pictures::remove(directory, &actor, bot).await.unwrap();
    assert_eq!(house.picture(bot).await, None);
    agent_bots::delete(directory, &actor, bot).await.unwrap();
    let told = |kind: &str, fields: &str| (format!("agent_bot.{kind}"), bot.0.to_string(), fields.to_owned());
    let expected = [
        told("created", ""),
        told("updated", "name"),
        told("updated", "name,picture"),
        told("updated", "picture"),
        told("updated", "picture"),
        told("deleted", ""),
    ];
    assert_eq!(house.since(before).await, expected);
}

async fn nothing_is_written_down_where_nothing_changes(engine: Engine) {
    let house = House::build(engine).await;
    let (directory, actor) = (&house.directory, operator());
    let bot = house.make_bot(&actor, "a").await;
    let before = house.ledger().await;
    let same = agent_bots::update(directory, &actor, bot.id, AgentBotPatch::default(), None).await;
    assert_eq!(same, Ok(bot.clone()));
    assert_eq!(agent_bot_pictures::remove(directory, &actor, bot.id).await, Ok(bot.clone()));
    let nothing = AgentBotId(bot.id.0 + 1);
    for refused in [
        agent_bots::get(directory, &actor, nothing).await,
        agent_bots::update(directory, &actor, nothing, renamed("b"), Some(gif(""))).await,
        agent_bots::update(directory, &actor, nothing, AgentBotPatch::default(), None).await,
        agent_bot_pictures::remove(directory, &actor, nothing).await,
    ] {
        assert_eq!(refused, Err(missing(nothing)));
    }
    assert_eq!(agent_bots::delete(directory, &actor, nothing).await, Err(missing(nothing)));
    assert_eq!(house.ledger().await, before);
}

async fn an_account_must_be_there_and_within_reach(engine: Engine) {
    let house = House::build(engine).await;
    let directory = &house.directory;
    let club = AppName::parse("Club").unwrap();
    let other = AppId::parse("club").unwrap();
    apps::create(directory, &other, &club).await.unwrap();
    let theirs = house.make_account(&Actor::operator(other)).await;
    let (_, wide) = house.platform_app(CredentialKind::Platform).await;
    let (number, own) = house.platform_app(CredentialKind::OwnPlatform).await;
    let ours = house.make_account(&wide).await;
    let bound = |account| NewAgentBot { account: Some(account), ..named("a") };
    let bot = house.make_bot(&own, "free").await.id;
    let before = house.ledger().await;
    for (actor, account) in [
        (&wide, AccountId(0)),
        (&wide, theirs),
        (&own, ours),
        (&own, theirs),
        (&own, AccountId(-1)),
    ] {
        let refused = Err(Error::AccountMustExist);
        let made = agent_bots::create(directory, actor, bound(account), Some(gif(""))).await;
        assert_eq!(made, refused, "{account:?}");
        let changed = agent_bots::update(directory, actor, bot, moved(account), Some(gif(""))).await;
        assert_eq!(changed, refused, "{account:?}");
    }
    assert_eq!(house.ledger().await, before);
    assert_eq!(house.picture(bot).await, None, "all or nothing");
    assert!(agent_bots::create(directory, &wide, bound(ours), None).await.is_ok());
    let turn = permissibles::grant(directory, &shop(), number, Object::Account(ours)).await;
    assert_eq!(turn, Ok(Turn { object: Permissible::Account(ours), changed: true }));
    let changed = agent_bots::update(directory, &own, bot, moved(ours), None).await.unwrap();
    assert_eq!(changed.account, Some(ours));
    accounts::delete(directory, &wide, ours).await.unwrap();
    assert!(
        agent_bots::list(directory, &wide).await.unwrap().is_empty(),
        "they went with their account"
    );
    assert!(permissibles::list(directory, &shop(), number).await.unwrap().is_empty());
}

async fn own_objects_are_what_was_made_or_granted(engine: Engine) {
    let house = House::build(engine).await;
    let directory = &house.directory;
    let (_, wide) = house.platform_app(CredentialKind::Platform).await;
    let (one, first) = house.platform_app(CredentialKind::OwnPlatform).await;
    let (two, second) = house.platform_app(CredentialKind::OwnPlatform).await;
    let (a, b, c) = (
        house.make_bot(&wide, "a").await,
        house.make_bot(&first, "b").await,
        house.make_bot(&second, "c").await,
    );
    let list = async |actor: &Actor| agent_bots::list(directory, actor).await.unwrap();
    assert_eq!(list(&wide).await, [a.clone(), b.clone(), c.clone()]);
    assert_eq!((list(&first).await, list(&second).await), (vec![b.clone()], vec![c.clone()]));
    permissibles::grant(directory, &shop(), two, Object::AgentBot(b.id))
        .await
        .unwrap();
    assert_eq!(list(&second).await, [b.clone(), c.clone()]);
    let renamed = agent_bots::update(directory, &second, b.id, renamed("B"), None).await.unwrap();
    assert_eq!(agent_bots::get(directory, &first, b.id).await, Ok(renamed), "two may hold one");
    let revoked = permissibles::revoke(directory, &shop(), one, Object::AgentBot(b.id))
        .await
        .unwrap();
    assert!(revoked.changed);
    assert_eq!(agent_bots::get(directory, &first, b.id).await, Err(foreign(b.id)));
    agent_bots::delete(directory, &second, b.id).await.unwrap();
    assert_eq!(agent_bots::get(directory, &second, b.id).await, Err(missing(b.id)));
    let held = permissibles::list(directory, &shop(), two).await;
    assert_eq!(held, Ok(vec![Permissible::AgentBot(c.id)]));
}

async fn unknown_is_told_before_foreign(engine: Engine) {
    let house = House::build(engine).await;
    let directory = &house.directory;
    let (_, own) = house.platform_app(CredentialKind::OwnPlatform).await;
    let theirs = house.make_bot(&operator(), "a").await.id;
    let unknown = AgentBotId(theirs.0 + 1);
    let before = house.ledger().await;
    for (id, refusal) in [(theirs, foreign(theirs)), (unknown, missing(unknown))] {
        for refused in [
            agent_bots::get(directory, &own, id).await.map(drop),
            agent_bots::update(directory, &own, id, renamed("b"), None).await.map(drop),
            agent_bots::update(directory, &own, id, AgentBotPatch::default(), None)
                .await
                .map(drop),
            agent_bots::delete(directory, &own, id).await,
            agent_bot_pictures::get(directory, &own, id).await.map(drop),
            agent_bot_pictures::put(directory, &own, id, gif(""), Millis(i64::MAX))
                .await
                .map(drop),
            agent_bot_pictures::remove(directory, &own, id).await.map(drop),
        ] {
            assert_eq!(refused, Err(refusal.clone()));
        }
    }
    assert_eq!(house.ledger().await, before);
}

async fn a_late_picture_does_not_replace_a_newer_one(engine: Engine) {
    let house = House::build(engine).await;
    let (directory, actor) = (&house.directory, operator());
    let bot = house.make_bot(&actor, "a").await.id;
    let first = agent_bot_pictures::asked(directory);
    house.world.clock.advance(5);
    let second = agent_bot_pictures::asked(directory);
    house.world.clock.advance(5);
    let put = async |name, asked| agent_bot_pictures::put(directory, &actor, bot, gif(name), asked).await;
    assert_eq!(put("second", second).await, Ok(true));
    let before = house.event_count().await;
    assert_eq!(put("first", first).await, Ok(false));
    assert_eq!(house.event_count().await, before);
    assert_eq!(house.picture(bot).await, Some(gif("second")));
    agent_bots::update(directory, &actor, bot, AgentBotPatch::default(), Some(gif("third")))
        .await
        .unwrap();
    assert_eq!(put("second", second).await, Ok(false));
    // A clock that is set back, or another server's, does not keep an upload out.
    house.world.clock.advance(-60_000);
    agent_bots::update(directory, &actor, bot, AgentBotPatch::default(), Some(gif("fourth")))
        .await
        .unwrap();
    let shown = agent_bot_pictures::get(directory, &actor, bot).await.unwrap().unwrap();
    assert_eq!(shown.picture, gif("fourth"));
    assert_eq!(shown.digest.len(), 64);
}

async fn a_picture_for_a_bot_that_is_gone_is_refused(engine: Engine) {
    let house = House::build(engine).await;
    let (directory, actor) = (&house.directory, operator());
    let bot = house.make_bot(&actor, "a").await.id;
    let asked = agent_bot_pictures::asked(directory);
    agent_bots::delete(directory, &actor, bot).await.unwrap();
    let late = agent_bot_pictures::put(directory, &actor, bot, gif(""), asked).await;
    assert_eq!(late, Err(missing(bot)));
}

async fn a_picture_for_a_platform_app_that_is_revoked_is_refused(engine: Engine) {
    let house = House::build(engine).await;
    let directory = &house.directory;
    for kind in CredentialKind::PLATFORM_APPS {
        let (number, app) = house.platform_app(kind).await;
        let bot = house.make_bot(&app, "Helper").await.id;
        let asked = agent_bot_pictures::asked(directory);
        credentials::revoke(directory, &operator(), number).await.unwrap();
        let late = agent_bot_pictures::put(directory, &app, bot, gif(""), asked).await;
        assert_eq!(late, Err(Error::Denied), "{kind}");
        assert_eq!(house.picture(bot).await, None, "{kind}");
    }
}

async fn grants_are_the_operators(engine: Engine) {
    let house = House::build(engine).await;
    let (directory, app) = (&house.directory, shop());
    let (number, own) = house.platform_app(CredentialKind::OwnPlatform).await;
    let mira = house.create("mira").await;
    let UserKey(key) = mira.key;
    let object = Permissible::User(mira.key);
    let before = house.event_count().await;
    let by_uid = || Object::User(Whom::Uid(uid("mira")));
    let by_number = || Object::User(Whom::Key(mira.key));
    assert_eq!(
        users::find(directory, &own, &Whom::Key(mira.key)).await,
        Err(Error::NotPermissible(object))
    );
    let grant = async |object| permissibles::grant(directory, &app, number, object).await;
    assert_eq!(grant(by_uid()).await, Ok(Turn { object, changed: true }));
    assert_eq!(grant(by_number()).await, Ok(Turn { object, changed: false }));
    assert!(users::find(directory, &own, &Whom::Key(mira.key)).await.is_ok());
    assert_eq!(permissibles::list(directory, &app, number).await, Ok(vec![object]));
    let revoke = async |object| permissibles::revoke(directory, &app, number, object).await;
    assert_eq!(revoke(by_number()).await, Ok(Turn { object, changed: true }));
    assert_eq!(revoke(by_uid()).await, Ok(Turn { object, changed: false }));
    assert_eq!(
        users::find(directory, &own, &Whom::Key(mira.key)).await,
        Err(Error::NotPermissible(object))
    );
    let subject = format!("{number}/user/{key}");
    let told = |kind: &str| (format!("permissible.{kind}"), subject.clone(), String::new());
    assert_eq!(house.since(before).await, [told("granted"), told("revoked")]);
}

async fn a_grant_needs_an_app_of_its_own_objects_and_an_object(engine: Engine) {
    let house = House::build(engine).await;
    let directory = &house.directory;
    let other = AppId::parse("club").unwrap();
    apps::create(directory, &other, &AppName::parse("Club").unwrap()).await.unwrap();
    let (own, _) = house.platform_app(CredentialKind::OwnPlatform).await;
    let (wide, _) = house.platform_app(CredentialKind::Platform).await;
    let (klaim, _) = house.platform_app(CredentialKind::Klaim).await;
    let bot = house.make_bot(&operator(), "a").await.id;
    let theirs = house.make_bot(&Actor::operator(other.clone()), "b").await.id;
    house.create("gone").await;
    users::deactivate(directory, &operator(), uid("gone")).await.unwrap();
    let before = house.ledger().await;
    for number in [wide, klaim, 0, -1, own + 100] {
        let refused = permissibles::grant(directory, &shop(), number, Object::AgentBot(bot)).await;
        assert_eq!(refused, Err(Error::CredentialNotFound), "{number}");
        let refused = permissibles::revoke(directory, &shop(), number, Object::AgentBot(bot)).await;
        assert_eq!(refused, Err(Error::CredentialNotFound), "{number}");
        let refused = permissibles::list(directory, &shop(), number).await;
        assert_eq!(refused, Err(Error::CredentialNotFound), "{number}");
    }
    let refused = permissibles::grant(directory, &other, own, Object::AgentBot(theirs)).await;
    assert_eq!(refused, Err(Error::CredentialNotFound), "another app's platform app");
    let nowhere = AppId::parse("nowhere").unwrap();
    let refused = permissibles::grant(directory, &nowhere, own, Object::AgentBot(bot)).await;
    assert_eq!(refused, Err(Error::AppNotFound(nowhere)));
    let account = AccountId(4);
    for (object, refusal) in [
        (Object::AgentBot(theirs), missing(theirs)),
        (Object::Account(account), Error::ObjectNotFound(Permissible::Account(account))),
        (Object::User(Whom::Uid(uid("gone"))), Error::UserNotFound("gone".to_owned())),
        (Object::User(Whom::Key(UserKey(0))), Error::UserNotFound("0".to_owned())),
    ] {
        let refused = permissibles::grant(directory, &shop(), own, object.clone()).await;
        assert_eq!(refused, Err(refusal), "{object:?}");
    }
    assert_eq!(house.ledger().await, before);
}

async fn what_is_gone_can_still_be_revoked(engine: Engine) {
    let house = House::build(engine).await;
    let (directory, app) = (&house.directory, shop());
    let (number, _) = house.platform_app(CredentialKind::OwnPlatform).await;
    let mira = house.create("mira").await;
    let named = || Object::User(Whom::Uid(uid("mira")));
    permissibles::grant(directory, &app, number, named()).await.unwrap();
    users::deactivate(directory, &operator(), uid("mira")).await.unwrap();
    let turn = permissibles::revoke(directory, &app, number, named()).await;
    assert_eq!(turn, Ok(Turn { object: Permissible::User(mira.key), changed: true }));
    let bot = Object::AgentBot(AgentBotId(77));
    let turn = permissibles::revoke(directory, &app, number, bot).await.unwrap();
    assert!(!turn.changed);
    let nobody = permissibles::revoke(directory, &app, number, Object::User(Whom::Uid(uid("nobody")))).await;
    assert_eq!(nobody, Err(Error::UserNotFound("nobody".to_owned())));
}

async fn a_revoked_platform_app_takes_its_grants_with_it(engine: Engine) {
    let house = House::build(engine).await;
    let (number, own) = house.platform_app(CredentialKind::OwnPlatform).await;
    let bot = house.make_bot(&own, "a").await;
    credentials::revoke(&house.directory, &operator(), number).await.unwrap();
    let gone = permissibles::list(&house.directory, &shop(), number).await;
    assert_eq!(gone, Err(Error::CredentialNotFound));
    assert_eq!(agent_bots::get(&house.directory, &own, bot.id).await, Err(foreign(bot.id)));
    assert_eq!(agent_bots::get(&house.directory, &operator(), bot.id).await, Ok(bot), "it stays");
}

/// Bots are made in an account while it is deleted: each is gone with it or refused.
async fn a_bot_is_not_left_in_an_account_that_goes_meanwhile(engine: Engine) {
    let house = House::build(engine).await;
    for _ in 0..5 {
        let account = house.make_account(&operator()).await;
        let makers: Vec<_> = (0..8)
            .map(|_| {
                let (directory, new) =
                    (Arc::clone(&house.directory), NewAgentBot { account: Some(account), ..named("a") });
                tokio::spawn(async move { agent_bots::create(&directory, &operator(), new, None).await })
            })
            .collect();
        accounts::delete(&house.directory, &operator(), account).await.unwrap();
        for maker in makers {
            match maker.await.unwrap() {
                Ok(_) | Err(Error::AccountMustExist) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert!(agent_bots::list(&house.directory, &operator()).await.unwrap().is_empty());
    }
}
