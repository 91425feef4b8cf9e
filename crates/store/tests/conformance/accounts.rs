//! Accounts: numbered once for all, an app's own, and complete when they go.

use rollcall_model::{
    Account, AccountId, AccountPatch, AccountStatus, AgentBotId, AppId, CredentialKind, Document, Millis,
    NewAccount, NewCredential, Patch, Permissible, SealedSecret,
};
use rollcall_store::{Sql, accounts, credentials};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, app, club, shop, texts};

rollcall_testkit::on_both_engines! {
    an_account_is_made_and_found,
    a_number_is_never_used_again,
    a_change_leaves_the_rest_alone,
    what_is_cleared_has_no_value,
    features_are_merged_into_what_is_there,
    an_unknown_account_is_not_changed,
    a_list_is_by_number_and_of_the_app,
    a_platform_app_of_its_own_objects_lists_only_those,
    an_account_takes_its_bots_and_its_permissibles_along,
    an_unknown_account_is_not_deleted,
}

static BOT: Sql = Sql::new(
    "test.bot",
    "insert into agent_bots (app, account, created_at) values ($1, $2, 1) returning id",
);
static BOTS: Sql = Sql::new("test.bots", "select count(*) from agent_bots where app = $1");
static PERMISSIBLES: Sql = Sql::new("test.permissibles", "select count(*) from permissibles where app = $1");

/// A patch, and what it does to an account.
type Change = (AccountPatch, fn(&mut Account));

pub(crate) fn new_account(name: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        locale: "en".to_owned(),
        domain: None,
        support_email: None,
        status: AccountStatus::Active,
        features: Vec::new(),
        limits: Document::stored("{}"),
        custom_attributes: Document::stored("{}"),
    }
}

fn full() -> NewAccount {
    NewAccount {
        name: "Søren's Shop 🛒".to_owned(),
        locale: "pt_BR".to_owned(),
        domain: Some("shop.test".to_owned()),
        support_email: Some("Shop <help@shop.test>".to_owned()),
        status: AccountStatus::Suspended,
        features: texts(&["labels", "sla"]),
        limits: Document::stored(r#"{"agents":5}"#),
        custom_attributes: Document::stored(r#"{"plan":"gold","n":1.50}"#),
    }
}

impl House {
    pub(crate) async fn make_account(&self, app: &AppId, new: NewAccount) -> Account {
        let app = app.clone();
        self.run(move |tx| accounts::insert(tx, &app, &new, NOW)).await
    }

    async fn account(&self, app: &AppId, id: AccountId) -> Option<Account> {
        let found = accounts::find(self, app, id).await.unwrap();
        let there = accounts::is_there(self, app, id).await.unwrap();
        let app = app.clone();
        let exists = self.look(move |tx| accounts::exists(tx, &app, id)).await;
        assert_eq!((exists, there), (found.is_some(), found.is_some()));
        found
    }

    async fn change_account(
        &self,
        app: &AppId,
        id: AccountId,
        patch: AccountPatch,
        now: Millis,
    ) -> Option<Account> {
        let app = app.clone();
        self.run(move |tx| accounts::update(tx, &app, id, &patch, now)).await
    }

    pub(crate) async fn delete_account(&self, app: &AppId, id: AccountId) -> bool {
        let app = app.clone();
        self.run(move |tx| accounts::delete(tx, &app, id)).await
    }

    async fn listed(&self, app: &AppId, confined: Option<i64>) -> Vec<AccountId> {
        let app = app.clone();
        let listed = self.look(move |tx| accounts::list(tx, &app, confined)).await;
        listed.iter().map(|account| account.id).collect()
    }

    async fn own_app(&self, app: &AppId, lookup: u8) -> i64 {
        let app = app.clone();
        self.run(move |tx| {
            let secret = SealedSecret { lookup: vec![lookup; 32], sealed: vec![1] };
            let new = NewCredential {
                kind: CredentialKind::OwnPlatform,
                name: "own".to_owned(),
                secret,
            };
            credentials::insert(tx, &app, &new, "operator", NOW)
        })
        .await
    }

    async fn bot_in(&self, app: &AppId, account: Option<AccountId>) -> AgentBotId {
        let app = app.clone();
        let account = account.map(|AccountId(id)| id);
        self.run(move |tx| {
            tx.row(&BOT, &[app.as_str().into(), account.into()], |row| row.int(0).map(AgentBotId))
        })
        .await
    }
}

async fn an_account_is_made_and_found(engine: Engine) {
    let house = House::new(engine).await;
    let plain = house.make_account(&shop(), new_account("Plain")).await;
    let made = house.make_account(&shop(), full()).await;
    assert!(made.id > plain.id && plain.id.0 > 0);
    let NewAccount {
        name,
        locale,
        domain,
        support_email,
        status,
        features,
        limits,
        custom_attributes,
    } = full();
    let expected = Account {
        id: made.id,
        name,
        locale,
        domain,
        support_email,
        status,
        features,
        limits,
        custom_attributes,
        created_at: NOW,
        updated_at: None,
    };
    assert_eq!(made, expected);
    assert_eq!(house.account(&shop(), made.id).await, Some(expected));
    assert_eq!(house.account(&shop(), plain.id).await, Some(plain.clone()));
    assert_eq!(house.account(&club(), made.id).await, None, "another app's is nobody's here");
    assert_eq!(house.account(&shop(), AccountId(i64::MAX)).await, None);
    assert_eq!(house.account(&shop(), AccountId(0)).await, None);
}

async fn a_number_is_never_used_again(engine: Engine) {
    let house = House::new(engine).await;
    let first = house.make_account(&shop(), new_account("a")).await.id;
    assert!(house.delete_account(&shop(), first).await);
    let house = house.reopen();
    let second = house.make_account(&club(), new_account("b")).await.id;
    assert!(second > first);
}

async fn a_change_leaves_the_rest_alone(engine: Engine) {
    let house = House::new(engine).await;
    let mut expected = house.make_account(&shop(), full()).await;
    let neighbour = house.make_account(&shop(), full()).await;
    let id = expected.id;
    let keep = AccountPatch::default;
    let changes: [Change; 7] = [
        (AccountPatch { name: Some("Sønderborg".to_owned()), ..keep() }, |a| {
            a.name = "Sønderborg".to_owned()
        }),
        (AccountPatch { locale: Some("da".to_owned()), ..keep() }, |a| a.locale = "da".to_owned()),
        (AccountPatch { domain: Patch::Set("b.test".to_owned()), ..keep() }, |a| {
            a.domain = Some("b.test".to_owned());
        }),
        (AccountPatch { support_email: Patch::Set("h@b.test".to_owned()), ..keep() }, |a| {
            a.support_email = Some("h@b.test".to_owned());
        }),
        (AccountPatch { status: Some(AccountStatus::Active), ..keep() }, |a| {
            a.status = AccountStatus::Active
        }),
        (AccountPatch { limits: Some(Document::stored("{}")), ..keep() }, |a| {
            a.limits = Document::stored("{}")
        }),
        (
            AccountPatch {
                custom_attributes: Some(Document::stored(r#"{"x":null}"#)),
                ..keep()
            },
            |a| {
                a.custom_attributes = Document::stored(r#"{"x":null}"#);
            },
        ),
    ];
    for (number, (patch, apply)) in (1..).zip(changes) {
        let later = Millis(NOW.0 + number);
        apply(&mut expected);
        expected.updated_at = Some(later);
        assert_eq!(
            house.change_account(&shop(), id, patch, later).await.as_ref(),
            Some(&expected),
            "{number}"
        );
    }
    assert_eq!(house.account(&shop(), id).await, Some(expected));
    assert_eq!(house.account(&shop(), neighbour.id).await, Some(neighbour));
}

async fn what_is_cleared_has_no_value(engine: Engine) {
    let house = House::new(engine).await;
    let mut expected = house.make_account(&shop(), full()).await;
    let patch = AccountPatch {
        domain: Patch::Clear,
        support_email: Patch::Clear,
        ..AccountPatch::default()
    };
    (expected.domain, expected.support_email, expected.updated_at) = (None, None, Some(NOW));
    assert_eq!(house.change_account(&shop(), expected.id, patch, NOW).await, Some(expected));
}

async fn features_are_merged_into_what_is_there(engine: Engine) {
    let house = House::new(engine).await;
    let id = house.make_account(&shop(), full()).await.id;
    let switch = |name: &str, on| (name.to_owned(), on);
    for (switches, expected) in [
        (vec![switch("crm", true), switch("sla", false)], texts(&["crm", "labels"])),
        (vec![switch("crm", true), switch("reports", false)], texts(&["crm", "labels"])),
        (vec![switch("crm", false), switch("labels", false)], texts(&[])),
        (vec![switch("audit_logs", true)], texts(&["audit_logs"])),
    ] {
        let patch = AccountPatch { features: switches, ..AccountPatch::default() };
        let changed = house.change_account(&shop(), id, patch, NOW).await.unwrap();
        assert_eq!(changed.features, expected);
        assert_eq!(house.account(&shop(), id).await.unwrap().features, expected);
    }
}

async fn an_unknown_account_is_not_changed(engine: Engine) {
    let house = House::new(engine).await;
    let theirs = house.make_account(&club(), full()).await;
    let patch = || AccountPatch { name: Some("x".to_owned()), ..AccountPatch::default() };
    for id in [theirs.id, AccountId(theirs.id.0 + 1)] {
        assert_eq!(house.change_account(&shop(), id, patch(), NOW).await, None);
    }
    assert_eq!(house.account(&club(), theirs.id).await, Some(theirs));
}

async fn a_list_is_by_number_and_of_the_app(engine: Engine) {
    let house = House::new(engine).await;
    let mut mine = Vec::new();
    for name in ["c", "a", "b"] {
        mine.push(house.make_account(&shop(), new_account(name)).await.id);
        house.make_account(&club(), new_account(name)).await;
    }
    // What was changed last is not put elsewhere.
    let patch = AccountPatch { name: Some("z".to_owned()), ..AccountPatch::default() };
    house.change_account(&shop(), mine[0], patch, NOW).await;
    assert_eq!(house.listed(&shop(), None).await, mine);
    assert_eq!(house.listed(&app("nobody"), None).await, []);
}

async fn a_platform_app_of_its_own_objects_lists_only_those(engine: Engine) {
    let house = House::new(engine).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(house.make_account(&shop(), new_account(name)).await.id);
    }
    let theirs = house.make_account(&club(), new_account("d")).await.id;
    let (own, other) = (house.own_app(&shop(), 1).await, house.own_app(&shop(), 2).await);
    for id in [ids[2], ids[0]] {
        assert!(house.give(&shop(), own, Permissible::Account(id)).await);
    }
    assert!(house.give(&shop(), other, Permissible::Account(ids[1])).await);
    // Objects of another kind, of another app, or gone, are not among the accounts.
    assert!(house.give(&shop(), own, Permissible::AgentBot(AgentBotId(ids[1].0))).await);
    assert!(house.give(&shop(), own, Permissible::Account(theirs)).await);
    assert!(house.give(&shop(), own, Permissible::Account(AccountId(4_711))).await);
    assert_eq!(house.listed(&shop(), Some(own)).await, [ids[0], ids[2]]);
    assert_eq!(house.listed(&shop(), Some(other)).await, [ids[1]]);
    assert_eq!(house.listed(&shop(), Some(4_711)).await, []);
    assert!(house.delete_account(&shop(), ids[0]).await);
    assert_eq!(house.listed(&shop(), Some(own)).await, [ids[2]]);
}

async fn an_account_takes_its_bots_and_its_permissibles_along(engine: Engine) {
    let house = House::new(engine).await;
    let gone = house.make_account(&shop(), full()).await.id;
    let stays = house.make_account(&shop(), full()).await.id;
    let own = house.own_app(&shop(), 1).await;
    for account in [Some(gone), Some(gone), Some(stays), None] {
        let bot = house.bot_in(&shop(), account).await;
        assert!(house.give(&shop(), own, Permissible::AgentBot(bot)).await);
    }
    for account in [gone, stays] {
        assert!(house.give(&shop(), own, Permissible::Account(account)).await);
    }
    assert!(!house.delete_account(&club(), gone).await, "another app's is nobody's here");
    assert_eq!((house.number(&BOTS, &shop()).await, house.number(&PERMISSIBLES, &shop()).await), (4, 6));
    assert!(house.delete_account(&shop(), gone).await);
    assert_eq!(house.account(&shop(), gone).await, None);
    assert_eq!((house.number(&BOTS, &shop()).await, house.number(&PERMISSIBLES, &shop()).await), (2, 3));
    assert_eq!(house.listed(&shop(), Some(own)).await, [stays]);
}

async fn an_unknown_account_is_not_deleted(engine: Engine) {
    let house = House::new(engine).await;
    let id = house.make_account(&shop(), full()).await.id;
    assert!(!house.delete_account(&shop(), AccountId(id.0 + 1)).await);
    assert!(house.delete_account(&shop(), id).await);
    assert!(!house.delete_account(&shop(), id).await);
}
