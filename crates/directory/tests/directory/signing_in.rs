//! Login links, sessions and passwords: what they write, and what they refuse.

use rollcall_directory::{login_links, passwords, sessions, users};
use rollcall_model::{CredentialKind, Email, Error, EventKind, Identity, NewUser, User};
use rollcall_testkit::Engine;
use tokio::task::JoinSet;

use crate::house::{House, holder, operator, uid};

rollcall_testkit::on_both_engines! {
    signing_in_leaves_events_without_secrets,
    only_platform_apps_make_links,
    adoption_is_an_event,
    a_flood_of_passwords_is_turned_away,
}

async fn mira(house: &House) -> User {
    let new = NewUser {
        email: Some(Email::parse("mira@shop.test").unwrap()),
        ..NewUser::of(Identity::Uid(uid("mira")))
    };
    users::create(&house.directory, &operator(), new, false).await.unwrap().user
}

async fn signing_in_leaves_events_without_secrets(engine: Engine) {
    let house = House::build(engine).await;
    let user = mira(&house).await;
    let actor = holder(CredentialKind::Platform);
    let before = house.ledger().await.events.len();
    let link = login_links::create(&house.directory, &actor, user.key).await.unwrap();
    assert!(link.token.len() == 64 && link.token.bytes().all(|b| b.is_ascii_hexdigit()));
    let entered = login_links::redeem(&house.directory, "mira@shop.test", &link.token)
        .await
        .unwrap();
    sessions::end(&house.directory, &entered).await.unwrap();
    let again = sessions::end(&house.directory, &entered).await;
    assert_eq!(again, Err(Error::LoginRefused));

    let events = house.ledger().await.events.split_off(before);
    let told: Vec<_> = events
        .iter()
        .map(|stored| (stored.kind.as_str(), stored.subject.as_str(), stored.actor.as_str()))
        .collect();
    let expected = [
        (EventKind::LoginLinkCreated.as_str(), "mira", "credential:77"),
        (EventKind::SessionCreated.as_str(), "mira", "session for mira"),
        (EventKind::SessionDeleted.as_str(), "mira", "session for mira"),
    ];
    assert_eq!(told, expected);
    let text = format!("{events:?}");
    for secret in [&link.token, &entered.session.token, &entered.session.client] {
        assert!(!text.contains(secret.as_str()));
    }
}

async fn only_platform_apps_make_links(engine: Engine) {
    let house = House::build(engine).await;
    let user = mira(&house).await;
    for kind in CredentialKind::ALL {
        let made = login_links::create(&house.directory, &holder(kind), user.key).await.map(|_| ());
        let expected = match kind {
            CredentialKind::Platform => Ok(()),
            CredentialKind::OwnPlatform => {
                Err(Error::NotPermissible(rollcall_model::Permissible::User(user.key)))
            }
            CredentialKind::FullAccess | CredentialKind::AuthOnly | CredentialKind::Klaim => {
                Err(Error::Denied)
            }
        };
        assert_eq!(made, expected, "{kind}");
    }
}

async fn adoption_is_an_event(engine: Engine) {
    let house = House::build(engine).await;
    let user = mira(&house).await;
    assert_eq!(user.confirmed_at, None);
    let actor = holder(CredentialKind::Platform);
    let before = house.ledger().await;
    let nobody = Email::parse("tom@shop.test").unwrap();
    assert_eq!(users::adopt(&house.directory, &actor, &nobody).await, Ok(None));
    assert_eq!(house.ledger().await, before);
    let email = Email::parse("MIRA@shop.test").unwrap();
    let adopted = users::adopt(&house.directory, &actor, &email).await.unwrap().unwrap();
    assert_eq!(adopted.key, user.key);
    assert!(adopted.confirmed_at.is_some());
    let last = house.ledger().await.events.pop().unwrap();
    assert_eq!((last.kind.as_str(), last.fields.as_str()), ("user.updated", "confirmed_at"));
}

async fn a_flood_of_passwords_is_turned_away(engine: Engine) {
    let house = House::build(engine).await;
    let mut flood = JoinSet::new();
    for _ in 0..80 {
        let directory = house.directory.clone();
        flood.spawn(async move { passwords::hash(&directory, "Secret1!".to_owned()).await });
    }
    let outcomes = flood.join_all().await;
    let busy = outcomes.iter().filter(|outcome| **outcome == Err(Error::Busy)).count();
    assert!((1..=16).contains(&busy), "{busy}");
    let hashes: std::collections::BTreeSet<_> =
        outcomes.iter().filter_map(|hash| hash.as_ref().ok()).collect();
    assert_eq!(hashes.len(), 80 - busy, "each has its own salt");
    assert!(passwords::hash(&house.directory, "Secret1!".to_owned()).await.is_ok());
}
