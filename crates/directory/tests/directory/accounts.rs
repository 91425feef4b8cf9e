//! Accounts: who gets at them, what a change leaves behind, and that changes at once do not undo each other.

use rollcall_directory::{accounts, apps, credentials, memberships, users};
use rollcall_model::{
    Account, AccountId, AccountPatch, AccountStatus, Actor, AppId, AppName, CredentialKind, Document, Error,
    NewAccount, Patch, Permissible, Result, Via,
};
use rollcall_testkit::Engine;

use crate::house::{House, holder, operator, shop, uid};
use crate::races::{MANY, at_once, failures};

rollcall_testkit::on_both_engines! {
    every_use_case_asks_who,
    an_account_is_made_changed_and_removed_with_its_events,
    an_empty_patch_changes_nothing,
    what_is_refused_leaves_nothing,
    a_platform_app_of_its_own_objects_gets_at_those,
    another_apps_account_is_nobodys,
    features_switched_at_once_are_all_kept,
    one_of_fifty_deletes,
    changes_and_a_deletion_do_not_tear,
}

pub(crate) fn new_account(name: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        locale: "en".to_owned(),
        domain: None,
        support_email: None,
        status: AccountStatus::Active,
        features: vec!["labels".to_owned()],
        limits: Document::stored("{}"),
        custom_attributes: Document::stored("{}"),
    }
}

pub(crate) fn renamed_account(name: &str) -> AccountPatch {
    AccountPatch { name: Some(name.to_owned()), ..AccountPatch::default() }
}

pub(crate) fn no_account(id: AccountId) -> Error {
    Error::ObjectNotFound(Permissible::Account(id))
}

pub(crate) fn foreign(id: AccountId) -> Error {
    Error::NotPermissible(Permissible::Account(id))
}

impl House {
    pub(crate) async fn workspace(&self, name: &str) -> Account {
        accounts::create(&self.directory, &operator(), new_account(name)).await.unwrap()
    }

    /// A platform app that gets only at its own objects.
    pub(crate) async fn own_platform_app(&self, name: &str) -> Actor {
        let kind = CredentialKind::OwnPlatform;
        let made = credentials::create(&self.directory, &operator(), kind, name).await.unwrap();
        let via = Via::Credential { id: made.credential.id, kind };
        Actor { app: shop(), via, viewer: None }
    }

    /// The operator of another app.
    pub(crate) async fn neighbour(&self) -> Actor {
        let id = AppId::parse("club").unwrap();
        apps::create(&self.directory, &id, &AppName::parse("Club").unwrap())
            .await
            .unwrap();
        Actor::operator(id)
    }

    /// Kind, subject and fields of the events from number `first` on, the app's own first.
    pub(crate) async fn events_from(&self, first: usize) -> Vec<(String, String, String)> {
        let events = self.ledger().await.events;
        events[first..]
            .iter()
            .map(|e| (e.kind.clone(), e.subject.clone(), e.fields.clone()))
            .collect()
    }
}

pub(crate) fn event(kind: &str, subject: impl ToString, fields: &str) -> (String, String, String) {
    (kind.to_owned(), subject.to_string(), fields.to_owned())
}

async fn every_use_case_asks_who(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    let id = house.workspace("a").await.id;
    let user = house.create("mira").await.key;
    let before = house.ledger().await;
    for kind in [CredentialKind::FullAccess, CredentialKind::AuthOnly, CredentialKind::Klaim] {
        let actor = &holder(kind);
        let outcomes: [Result<()>; 9] = [
            accounts::create(d, actor, new_account("b")).await.map(drop),
            accounts::list(d, actor).await.map(drop),
            accounts::get(d, actor, id).await.map(drop),
            accounts::update(d, actor, id, renamed_account("x")).await.map(drop),
            accounts::delete(d, actor, id).await,
            memberships::list(d, actor, id).await.map(drop),
            memberships::reach(d, actor, id).await,
            memberships::set(d, actor, id, user, Patch::Keep).await.map(drop),
            memberships::delete(d, actor, id, user).await,
        ];
        assert_eq!(outcomes, [const { Err(Error::Denied) }; 9], "{kind}");
    }
    assert_eq!(house.ledger().await, before);
}

async fn an_account_is_made_changed_and_removed_with_its_events(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    let actor = &holder(CredentialKind::Platform);
    let made = accounts::create(d, actor, new_account("Shop")).await.unwrap();
    assert_eq!(accounts::get(d, actor, made.id).await.as_ref(), Ok(&made));
    assert_eq!(accounts::list(d, actor).await, Ok(vec![made.clone()]));
    house.world.clock.advance(1_000);
    let patch = AccountPatch {
        name: Some("Store".to_owned()),
        locale: Some("da".to_owned()),
        domain: Patch::Set("store.test".to_owned()),
        support_email: Patch::Clear,
        status: Some(AccountStatus::Suspended),
        features: vec![("labels".to_owned(), false), ("sla".to_owned(), true)],
        limits: Some(Document::stored(r#"{"agents":1}"#)),
        custom_attributes: Some(Document::stored(r#"{"a":1}"#)),
    };
    let changed = accounts::update(d, actor, made.id, patch).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.locale.as_str()), ("Store", "da"));
    assert_eq!(
        (changed.features.as_slice(), changed.status),
        (&["sla".to_owned()][..], AccountStatus::Suspended)
    );
    assert!(changed.updated_at > Some(made.created_at));
    assert_eq!(accounts::get(d, actor, made.id).await.as_ref(), Ok(&changed));
    accounts::delete(d, actor, made.id).await.unwrap();
    assert_eq!(accounts::get(d, actor, made.id).await, Err(no_account(made.id)));
    assert_eq!(accounts::list(d, actor).await, Ok(Vec::new()));
    let id = made.id.0;
    let fields = "name,locale,domain,support_email,status,features,limits,custom_attributes";
    assert_eq!(
        house.events_from(5).await,
        [
            event("account.created", id, ""),
            event("account.updated", id, fields),
            event("account.deleted", id, "")
        ]
    );
}

async fn an_empty_patch_changes_nothing(engine: Engine) {
    let house = House::build(engine).await;
    let made = house.workspace("a").await;
    let before = house.ledger().await;
    house.world.clock.advance(1_000);
    let (d, actor, unknown) = (&house.directory, &operator(), AccountId(4_711));
    assert_eq!(accounts::update(d, actor, made.id, AccountPatch::default()).await, Ok(made));
    assert_eq!(
        accounts::update(d, actor, unknown, AccountPatch::default()).await,
        Err(no_account(unknown))
    );
    assert_eq!(house.ledger().await, before);
}

async fn what_is_refused_leaves_nothing(engine: Engine) {
    let house = House::build(engine).await;
    let (d, actor, id) = (&house.directory, &operator(), AccountId(4_711));
    let before = house.ledger().await;
    assert_eq!(accounts::get(d, actor, id).await, Err(no_account(id)));
    assert_eq!(accounts::update(d, actor, id, renamed_account("x")).await, Err(no_account(id)));
    assert_eq!(accounts::delete(d, actor, id).await, Err(no_account(id)));
    assert_eq!(house.ledger().await, before);
}

async fn a_platform_app_of_its_own_objects_gets_at_those(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    let (own, other) = (&house.own_platform_app("own").await, &house.own_platform_app("other").await);
    let stranger = house.workspace("stranger").await;
    let mine = accounts::create(d, own, new_account("mine")).await.unwrap();
    assert_eq!(accounts::list(d, own).await, Ok(vec![mine.clone()]));
    assert_eq!(accounts::list(d, other).await, Ok(Vec::new()));
    assert_eq!(accounts::list(d, &operator()).await.unwrap().len(), 2);
    let before = house.ledger().await;
    for (actor, id) in [(own, stranger.id), (other, mine.id)] {
        assert_eq!(accounts::get(d, actor, id).await, Err(foreign(id)));
        assert_eq!(accounts::update(d, actor, id, renamed_account("x")).await, Err(foreign(id)));
        assert_eq!(accounts::update(d, actor, id, AccountPatch::default()).await, Err(foreign(id)));
        assert_eq!(accounts::delete(d, actor, id).await, Err(foreign(id)));
        let unknown = AccountId(4_711);
        assert_eq!(accounts::get(d, actor, unknown).await, Err(no_account(unknown)));
    }
    assert_eq!(house.ledger().await, before);
    assert!(accounts::update(d, own, mine.id, renamed_account("still mine")).await.is_ok());
    accounts::delete(d, own, mine.id).await.unwrap();
    assert_eq!(
        accounts::get(d, own, mine.id).await,
        Err(no_account(mine.id)),
        "gone, and no longer foreign"
    );
    assert_eq!(accounts::list(d, own).await, Ok(Vec::new()));
}

async fn another_apps_account_is_nobodys(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    let club = &house.neighbour().await;
    let theirs = accounts::create(d, club, new_account("theirs")).await.unwrap();
    let missing = Err(no_account(theirs.id));
    for actor in [&operator(), &house.own_platform_app("own").await] {
        assert_eq!(accounts::get(d, actor, theirs.id).await.map(drop), missing);
        assert_eq!(accounts::update(d, actor, theirs.id, renamed_account("x")).await.map(drop), missing);
        assert_eq!(accounts::delete(d, actor, theirs.id).await, missing);
        assert_eq!(accounts::list(d, actor).await, Ok(Vec::new()));
    }
    assert_eq!(accounts::get(d, club, theirs.id).await, Ok(theirs));
}

async fn features_switched_at_once_are_all_kept(engine: Engine) {
    let house = House::build(engine).await;
    let id = house.workspace("a").await.id;
    let outcomes = at_once(&house, move |directory, number| async move {
        let features = vec![(format!("feature-{number:02}"), true)];
        let patch = AccountPatch { features, ..AccountPatch::default() };
        accounts::update(&directory, &operator(), id, patch).await
    });
    assert_eq!(failures(&outcomes.await), Vec::<&Error>::new());
    let mut expected: Vec<String> = (0..MANY).map(|number| format!("feature-{number:02}")).collect();
    expected.push("labels".to_owned());
    assert_eq!(accounts::get(&house.directory, &operator(), id).await.unwrap().features, expected);
}

async fn one_of_fifty_deletes(engine: Engine) {
    let house = House::build(engine).await;
    let id = house.workspace("a").await.id;
    let outcomes =
        at_once(
            &house,
            move |directory, _| async move { accounts::delete(&directory, &operator(), id).await },
        );
    assert_eq!(failures(&outcomes.await), vec![&no_account(id); MANY - 1]);
    assert_eq!(
        house.events_from(5).await,
        [event("account.created", id.0, ""), event("account.deleted", id.0, "")]
    );
}

async fn changes_and_a_deletion_do_not_tear(engine: Engine) {
    let house = House::build(engine).await;
    let id = house.workspace("a").await.id;
    let mira = house.create("mira").await;
    let user = mira.key;
    let outcomes = at_once(&house, move |directory, number| async move {
        let actor = &operator();
        match number % 3 {
            0 if number == 24 => accounts::delete(&directory, actor, id).await,
            0 => accounts::update(&directory, actor, id, renamed_account("x")).await.map(drop),
            1 => memberships::set(&directory, actor, id, user, Patch::Keep).await.map(drop),
            _ => memberships::delete(&directory, actor, id, user).await,
        }
    });
    let outcomes = outcomes.await;
    assert!(failures(&outcomes).iter().all(|error| **error == no_account(id)), "{outcomes:?}");
    assert_eq!(memberships::of_user(&house.directory, &shop(), &mira).await, Ok(Vec::new()));
    assert_eq!(house.ledger().await.events.last().unwrap().kind, "account.deleted");
    assert!(users::get(&house.directory, &operator(), &uid("mira")).await.is_ok(), "users stay");
}
