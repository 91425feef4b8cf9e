//! API keys: so many and no more, never by themselves, and a new scope holds everywhere at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use rollcall_directory::api_keys::{self, ApiKeyQuery};
use rollcall_directory::credentials;
use rollcall_model::{Actor, CredentialKind, CredentialPatch, Error, Quota, Via};
use rollcall_testkit::Engine;
use tokio::task::JoinSet;

use crate::house::{House, operator, shop};

rollcall_testkit::on_both_engines! {
    there_are_never_more_than_the_quota,
    other_kinds_do_not_count,
    a_key_does_nothing_to_itself,
    a_new_scope_holds_everywhere_at_once,
    keys_of_other_faces_are_no_api_keys,
}

async fn api_keys(house: &House) -> Vec<String> {
    let keys = api_keys::list(&house.directory, &operator(), &ApiKeyQuery::default())
        .await
        .unwrap();
    keys.into_iter().map(|key| key.secret).collect()
}

async fn there_are_never_more_than_the_quota(engine: Engine) {
    let house = House::build(engine).await;
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let directory = Arc::clone(&house.directory);
        let kind = CredentialKind::API_KEYS[number % 2];
        tasks.spawn(async move { credentials::create(&directory, &operator(), kind, "x").await.map(drop) });
    }
    let outcomes = tasks.join_all().await;
    let refused = Err(Error::QuotaReached(Quota::ApiKeys));
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == refused).count(), 27);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 23);
    let keys = api_keys(&house).await;
    assert_eq!((keys.len(), keys.iter().collect::<BTreeSet<_>>().len()), (25, 25));
    api_keys::delete(&house.directory, &operator(), &keys[3]).await.unwrap();
    let again = credentials::create(&house.directory, &operator(), CredentialKind::AuthOnly, "x").await;
    assert!(again.is_ok());
}

async fn other_kinds_do_not_count(engine: Engine) {
    let house = House::build(engine).await;
    for kind in [CredentialKind::Klaim, CredentialKind::Platform] {
        for _ in 0..26 {
            credentials::create(&house.directory, &operator(), kind, "x").await.unwrap();
        }
    }
    assert_eq!(api_keys(&house).await.len(), 2);
}

async fn a_key_does_nothing_to_itself(engine: Engine) {
    let house = House::build(engine).await;
    let (d, key) = (&house.directory, &house.keys.rest_api_key);
    let verified = credentials::verify(d, key).await.unwrap().unwrap();
    let via = Via::Credential { id: verified.id, kind: verified.kind };
    let itself = Actor { app: shop(), via, viewer: None };
    let before = house.ledger().await;
    for patch in [
        CredentialPatch::default(),
        CredentialPatch { name: Some("x".to_owned()), kind: None },
        CredentialPatch { name: None, kind: Some(CredentialKind::AuthOnly) },
    ] {
        let outcome = api_keys::update(d, &itself, key, patch).await;
        assert_eq!(outcome.unwrap_err(), Error::OwnCredential);
    }
    assert_eq!(api_keys::delete(d, &itself, key).await, Err(Error::OwnCredential));
    assert_eq!(house.ledger().await, before);
    assert_eq!(api_keys::delete(d, &itself, &house.keys.auth_key).await, Ok(()));
}

async fn a_new_scope_holds_everywhere_at_once(engine: Engine) {
    let house = House::build(engine).await;
    let other = house.beside().await;
    let key = &house.keys.auth_key;
    let kind = async |directory| credentials::verify(directory, key).await.unwrap().unwrap().kind;
    for scope in [CredentialKind::FullAccess, CredentialKind::AuthOnly] {
        // Both processes remember it by now.
        kind(&house.directory).await;
        kind(&other).await;
        let patch = CredentialPatch { name: None, kind: Some(scope) };
        let changed = api_keys::update(&house.directory, &operator(), key, patch).await.unwrap();
        assert_eq!(changed.credential.kind, scope);
        assert_eq!((kind(&house.directory).await, kind(&other).await), (scope, scope));
    }
    let events = house.ledger().await.events;
    let last = events.last().unwrap();
    assert_eq!((last.kind.as_str(), last.fields.as_str()), ("credential.updated", "kind"));
}

async fn keys_of_other_faces_are_no_api_keys(engine: Engine) {
    let house = House::build(engine).await;
    let before = house.ledger().await;
    for secret in [house.keys.klaim_key.as_str(), &house.keys.platform_token, "", "nothing"] {
        let patch = CredentialPatch { name: Some("x".to_owned()), kind: None };
        let d = &house.directory;
        assert_eq!(api_keys::get(d, &operator(), secret).await.unwrap_err(), Error::CredentialNotFound);
        let outcome = api_keys::update(d, &operator(), secret, patch).await;
        assert_eq!(outcome.unwrap_err(), Error::CredentialNotFound);
        assert_eq!(api_keys::delete(d, &operator(), secret).await, Err(Error::CredentialNotFound));
    }
    assert_eq!(house.ledger().await, before);
}
