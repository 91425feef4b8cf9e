//! Agent bots, their pictures, and whose they are.

use rollcall_model::{
    AccountId, AccountStatus, AgentBot, AgentBotId, AgentBotPatch, AppId, CredentialKind, Document, Millis,
    NewAccount, NewAgentBot, NewCredential, Patch, Permissible, Picture, SealedSecret,
};
use rollcall_store::{accounts, agent_bot_pictures, agent_bots, credentials, permissibles};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, shop};

rollcall_testkit::on_both_engines! {
    a_bot_is_made_and_found,
    a_bot_may_have_nothing_at_all,
    a_change_leaves_the_rest_alone,
    another_apps_bot_is_not_there,
    a_list_is_by_number_and_may_be_a_platform_apps_own,
    a_deleted_bot_takes_everything_with_it,
    a_deleted_account_takes_its_bots_with_it,
    a_picture_is_replaced_by_a_newer_one_alone,
    a_large_picture_comes_back_whole,
    what_a_platform_app_has_goes_with_it,
}

const LATER: Millis = Millis(NOW.0 + 7);

fn named(name: &str) -> NewAgentBot {
    NewAgentBot {
        name: Some(name.to_owned()),
        description: None,
        outgoing_url: None,
        account: None,
    }
}

fn picture(content: &[u8]) -> Picture {
    Picture {
        content_type: "image/gif".to_owned(),
        bytes: content.to_owned(),
    }
}

impl House {
    async fn add_bot(&self, app: AppId, new: NewAgentBot) -> AgentBot {
        self.run(move |tx| agent_bots::insert(tx, &app, &new, NOW)).await
    }

    async fn bot(&self, app: &AppId, id: AgentBotId) -> Option<AgentBot> {
        let found = agent_bots::get(self, app, id).await.unwrap();
        let app = app.clone();
        let again = self.look(move |tx| agent_bots::find(tx, &app, id)).await;
        assert_eq!(found, again, "found alike in a transaction and outside");
        found
    }

    async fn change_bot(&self, app: &AppId, id: AgentBotId, patch: AgentBotPatch) -> Option<AgentBot> {
        let app = app.clone();
        self.run(move |tx| agent_bots::update(tx, &app, id, &patch, LATER)).await
    }

    async fn delete_bot(&self, app: &AppId, id: AgentBotId) -> bool {
        let app = app.clone();
        self.run(move |tx| agent_bots::delete(tx, &app, id)).await
    }

    async fn bots(&self, app: &AppId, held_by: Option<i64>) -> Vec<AgentBotId> {
        let app = app.clone();
        let bots = self.look(move |tx| agent_bots::list(tx, &app, held_by)).await;
        bots.into_iter().map(|bot| bot.id).collect()
    }

    async fn put(&self, app: &AppId, id: AgentBotId, picture: Picture, now: Millis) -> bool {
        let app = app.clone();
        self.run(move |tx| agent_bot_pictures::put(tx, &app, id, &picture, now)).await
    }

    async fn picture(&self, app: &AppId, id: AgentBotId) -> Option<Picture> {
        let app = app.clone();
        self.look(move |tx| agent_bot_pictures::find(tx, &app, id)).await
    }

    async fn account_of(&self, app: AppId) -> AccountId {
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
        self.run(move |tx| accounts::insert(tx, &app, &new, NOW)).await.id
    }

    async fn bot_app(&self, app: AppId, name: &'static str) -> i64 {
        let (lookup, sealed) = (name.as_bytes().to_vec(), b"sealed".to_vec());
        let new = NewCredential {
            kind: CredentialKind::OwnPlatform,
            name: name.to_owned(),
            secret: SealedSecret { lookup, sealed },
        };
        self.run(move |tx| credentials::insert(tx, &app, &new, "operator", NOW)).await
    }

    pub(crate) async fn give(&self, app: &AppId, credential: i64, object: Permissible) -> bool {
        let app = app.clone();
        self.run(move |tx| permissibles::grant(tx, &app, credential, object, NOW)).await
    }

    async fn held(&self, app: &AppId, credential: i64) -> Vec<Permissible> {
        let app = app.clone();
        self.look(move |tx| permissibles::list(tx, &app, credential)).await
    }
}

async fn a_bot_is_made_and_found(engine: Engine) {
    let house = House::new(engine).await;
    let account = house.account_of(shop()).await;
    let new = NewAgentBot {
        name: Some("Helferin 🤖".to_owned()),
        description: Some(String::new()),
        outgoing_url: Some("https://bot.test/hook?a=1&b=2".to_owned()),
        account: Some(account),
    };
    let made = house.add_bot(shop(), new).await;
    assert!(made.id.0 > 0);
    let expected = AgentBot {
        id: made.id,
        name: Some("Helferin 🤖".to_owned()),
        description: Some(String::new()),
        outgoing_url: Some("https://bot.test/hook?a=1&b=2".to_owned()),
        account: Some(account),
        created_at: NOW,
        updated_at: None,
    };
    assert_eq!(made, expected);
    assert_eq!(house.bot(&shop(), made.id).await, Some(expected));
    let number = house.bot_app(shop(), "support").await;
    let app = shop();
    let kinds = house
        .look(move |tx| Ok([credentials::kind(tx, &app, number)?, credentials::kind(tx, &club(), number)?]));
    assert_eq!(kinds.await, [Some(CredentialKind::OwnPlatform), None]);
}

async fn a_bot_may_have_nothing_at_all(engine: Engine) {
    let house = House::new(engine).await;
    let new = NewAgentBot { name: None, ..named("") };
    let made = house.add_bot(shop(), new.clone()).await;
    assert_eq!(
        (&made.name, &made.description, &made.outgoing_url, made.account),
        (&None, &None, &None, None)
    );
    // Another one just like it, and a number that was used is not used again.
    let second = house.add_bot(shop(), new.clone()).await;
    assert!(second.id > made.id);
    assert!(house.delete_bot(&shop(), second.id).await);
    assert!(house.add_bot(club(), new).await.id > second.id);
}

async fn a_change_leaves_the_rest_alone(engine: Engine) {
    let house = House::new(engine).await;
    let (account, other) = (house.account_of(shop()).await, house.account_of(shop()).await);
    let new = NewAgentBot {
        name: Some("Helper".to_owned()),
        description: Some("helps".to_owned()),
        outgoing_url: Some("https://bot.test".to_owned()),
        account: Some(account),
    };
    let mut expected = house.add_bot(shop(), new).await;
    let (id, keep) = (expected.id, AgentBotPatch::default);
    expected.updated_at = Some(LATER);
    let set = |text: &str| Patch::Set(text.to_owned());
    for patch in [
        AgentBotPatch { name: set("n"), ..keep() },
        AgentBotPatch { description: set(""), ..keep() },
        AgentBotPatch { outgoing_url: set("u"), ..keep() },
        AgentBotPatch { account: Patch::Set(other), ..keep() },
        AgentBotPatch { name: Patch::Clear, ..keep() },
        AgentBotPatch { description: Patch::Clear, ..keep() },
        AgentBotPatch { outgoing_url: Patch::Clear, ..keep() },
        AgentBotPatch { account: Patch::Clear, ..keep() },
    ] {
        let AgentBotPatch { name, description, outgoing_url, account } = patch.clone();
        expected.name = name.apply(expected.name);
        expected.description = description.apply(expected.description);
        expected.outgoing_url = outgoing_url.apply(expected.outgoing_url);
        expected.account = account.apply(expected.account);
        assert_eq!(house.change_bot(&shop(), id, patch.clone()).await.as_ref(), Some(&expected), "{patch:?}");
        assert_eq!(house.bot(&shop(), id).await.as_ref(), Some(&expected), "{patch:?}");
    }
}

async fn another_apps_bot_is_not_there(engine: Engine) {
    let house = House::new(engine).await;
    let bot = house.add_bot(shop(), named("Helper")).await;
    assert!(house.put(&shop(), bot.id, picture(b"GIF89a"), NOW).await);
    let patch = AgentBotPatch { name: Patch::Clear, ..AgentBotPatch::default() };
    assert_eq!(house.bot(&club(), bot.id).await, None);
    assert_eq!(house.picture(&club(), bot.id).await, None);
    assert_eq!(house.change_bot(&club(), bot.id, patch).await, None);
    assert!(house.bots(&club(), None).await.is_empty());
    assert!(!house.delete_bot(&club(), bot.id).await);
    assert!(!house.run(move |tx| agent_bot_pictures::delete(tx, &club(), bot.id)).await);
    assert_eq!(house.bot(&shop(), bot.id).await, Some(bot.clone()));
    assert!(house.picture(&shop(), bot.id).await.is_some());
}

async fn a_list_is_by_number_and_may_be_a_platform_apps_own(engine: Engine) {
    let house = House::new(engine).await;
    let mut ids = Vec::new();
    for name in ["c", "a", "b"] {
        ids.push(house.add_bot(shop(), named(name)).await.id);
    }
    let foreign = house.add_bot(club(), named("x")).await.id;
    let (one, other) = (house.bot_app(shop(), "one").await, house.bot_app(shop(), "other").await);
    for bot in [ids[2], ids[0]] {
        assert!(house.give(&shop(), one, Permissible::AgentBot(bot)).await);
        assert!(!house.give(&shop(), one, Permissible::AgentBot(bot)).await, "twice is once");
    }
    // Neither another app's bot, nor one that is gone, nor an object of another kind with a bot's number.
    house.give(&shop(), one, Permissible::AgentBot(foreign)).await;
    house.give(&shop(), one, Permissible::AgentBot(AgentBotId(999))).await;
    house.give(&shop(), one, Permissible::Account(AccountId(ids[1].0))).await;
    assert_eq!(house.bots(&shop(), None).await, ids);
    assert_eq!(house.bots(&shop(), Some(one)).await, [ids[0], ids[2]]);
    assert!(house.bots(&shop(), Some(other)).await.is_empty());
    assert!(house.bots(&club(), Some(one)).await.is_empty());
}

async fn a_deleted_bot_takes_everything_with_it(engine: Engine) {
    let house = House::new(engine).await;
    let (bot, kept) =
        (house.add_bot(shop(), named("a")).await.id, house.add_bot(shop(), named("b")).await.id);
    let credential = house.bot_app(shop(), "one").await;
    let held = [
        Permissible::Account(AccountId(bot.0)),
        Permissible::AgentBot(bot),
        Permissible::AgentBot(kept),
    ];
    for object in held {
        house.give(&shop(), credential, object).await;
    }
    for bot in [bot, kept] {
        assert!(house.put(&shop(), bot, picture(b"GIF89a"), NOW).await);
    }
    assert_eq!(house.held(&shop(), credential).await, held);
    assert!(house.delete_bot(&shop(), bot).await);
    assert!(!house.delete_bot(&shop(), bot).await);
    assert_eq!((house.bot(&shop(), bot).await, house.picture(&shop(), bot).await), (None, None));
    assert_eq!(house.held(&shop(), credential).await, [held[0], held[2]]);
    assert!(house.picture(&shop(), kept).await.is_some());
}

async fn a_deleted_account_takes_its_bots_with_it(engine: Engine) {
    let house = House::new(engine).await;
    let account = house.account_of(shop()).await;
    let bound = house
        .add_bot(shop(), NewAgentBot { account: Some(account), ..named("a") })
        .await
        .id;
    let free = house.add_bot(shop(), named("b")).await.id;
    let credential = house.bot_app(shop(), "one").await;
    for bot in [bound, free] {
        house.put(&shop(), bot, picture(b"GIF89a"), NOW).await;
        house.give(&shop(), credential, Permissible::AgentBot(bot)).await;
    }
    let app = shop();
    assert!(house.run(move |tx| accounts::delete(tx, &app, account)).await);
    assert_eq!(house.bots(&shop(), None).await, [free]);
    assert_eq!(house.picture(&shop(), bound).await, None);
    assert_eq!(house.held(&shop(), credential).await, [Permissible::AgentBot(free)]);
}

async fn a_picture_is_replaced_by_a_newer_one_alone(engine: Engine) {
    let house = House::new(engine).await;
    let bot = house.add_bot(shop(), named("a")).await.id;
    assert_eq!(house.picture(&shop(), bot).await, None);
    assert!(house.put(&shop(), bot, picture(b"GIF89a one"), LATER).await);
    assert!(!house.put(&shop(), bot, picture(b"GIF89a late"), NOW).await);
    assert_eq!(house.picture(&shop(), bot).await, Some(picture(b"GIF89a one")));
    let other = Picture {
        content_type: "image/png".to_owned(),
        bytes: b"\x89PNG\0\xff".to_vec(),
    };
    assert!(house.put(&shop(), bot, other.clone(), LATER).await, "of the same moment, the last stays");
    assert_eq!(house.picture(&shop(), bot).await, Some(other));
    let remove = async || house.run(move |tx| agent_bot_pictures::delete(tx, &shop(), bot)).await;
    assert!(remove().await);
    assert!(!remove().await);
    assert_eq!(house.picture(&shop(), bot).await, None);
    assert!(house.bot(&shop(), bot).await.is_some());
}

async fn a_large_picture_comes_back_whole(engine: Engine) {
    let house = House::new(engine).await;
    let bot = house.add_bot(shop(), named("a")).await.id;
    let large = picture(&(0..15_u32 << 20).map(|i| (i % 251) as u8).collect::<Vec<_>>());
    assert!(house.put(&shop(), bot, large.clone(), NOW).await);
    assert!(house.picture(&shop(), bot).await == Some(large), "15 MiB came back otherwise");
}

async fn what_a_platform_app_has_goes_with_it(engine: Engine) {
    let house = House::new(engine).await;
    let bot = house.add_bot(shop(), named("a")).await.id;
    let (gone, kept) = (house.bot_app(shop(), "gone").await, house.bot_app(shop(), "kept").await);
    for credential in [gone, kept] {
        house.give(&shop(), credential, Permissible::AgentBot(bot)).await;
    }
    assert!(house.run(move |tx| credentials::delete(tx, &shop(), gone)).await);
    assert!(house.held(&shop(), gone).await.is_empty());
    assert_eq!(house.held(&shop(), kept).await, [Permissible::AgentBot(bot)]);
    assert!(house.bot(&shop(), bot).await.is_some(), "what it made stays");
}
