//! Credentials: found by their keyed hash, numbered once, withdrawn for good.

use rollcall_model::{
    AppId, Credential, CredentialKind, CredentialPatch, Limits, Millis, NewCredential, SealedSecret,
};
use rollcall_store::{Error, credentials};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, shop};

rollcall_testkit::on_both_engines! {
    a_credential_is_found_by_its_hash,
    every_kind_is_read_back,
    hashes_are_unique_in_the_installation,
    lists_hold_the_app_alone_oldest_first,
    a_deleted_credential_is_gone_and_its_number_with_it,
    another_app_deletes_nothing,
    an_app_must_exist,
    a_credential_is_changed_where_asked,
    two_kinds_are_counted_in_their_app,
}

fn credential(lookup: &[u8], kind: CredentialKind) -> NewCredential {
    let secret = SealedSecret {
        lookup: lookup.to_vec(),
        sealed: [&[0, 255, 0], lookup].concat(),
    };
    NewCredential { kind, name: format!("key {kind} ✓"), secret }
}

async fn add(house: &House, app: AppId, lookup: &'static [u8], now: Millis) -> i64 {
    let new = credential(lookup, CredentialKind::FullAccess);
    house.run(move |tx| credentials::insert(tx, &app, &new, "operator", now)).await
}

async fn a_credential_is_changed_where_asked(engine: Engine) {
    let house = House::new(engine).await;
    let id = add(&house, shop(), b"one", NOW).await;
    let before = credentials::find(&house, &shop(), b"one").await.unwrap().unwrap();
    assert_eq!(credentials::find(&house, &club(), b"one").await.unwrap(), None);
    for (name, kind) in [(Some("Süd ✓"), None), (None, Some(CredentialKind::AuthOnly)), (None, None)] {
        let patch = CredentialPatch { name: name.map(str::to_owned), kind };
        let elsewhere = patch.clone();
        let other = house.run(move |tx| credentials::update(tx, &club(), id, &elsewhere, Millis(9)));
        assert_eq!(other.await, None);
        let changed = house
            .run(move |tx| credentials::update(tx, &shop(), id, &patch, Millis(9)))
            .await;
        assert_eq!(changed, credentials::find(&house, &shop(), b"one").await.unwrap());
    }
    let after = credentials::find(&house, &shop(), b"one").await.unwrap().unwrap();
    let expected = Credential {
        name: "Süd ✓".to_owned(),
        kind: CredentialKind::AuthOnly,
        ..before
    };
    assert_eq!(after, expected);
}

async fn two_kinds_are_counted_in_their_app(engine: Engine) {
    let house = House::new(engine).await;
    for kind in CredentialKind::ALL {
        let new = credential(kind.as_str().as_bytes(), kind);
        house
            .run(move |tx| credentials::insert(tx, &shop(), &new, "operator", NOW))
            .await;
    }
    let count = async |app: AppId| {
        house
            .look(move |tx| credentials::count(tx, &app, CredentialKind::API_KEYS))
            .await
    };
    assert_eq!((count(shop()).await, count(club()).await), (2, 0));
}

async fn a_credential_is_found_by_its_hash(engine: Engine) {
    let house = House::new(engine).await;
    let lookup: &[u8] = &[0, 1, 0, 255, 128];
    let id = add(&house, shop(), lookup, NOW).await;
    assert!(id > 0);
    let found = credentials::by_lookup(&house, lookup).await.unwrap();
    let expected = Credential {
        app: shop(),
        id,
        kind: CredentialKind::FullAccess,
        name: "key fullAccess ✓".to_owned(),
        sealed: vec![0, 255, 0, 0, 1, 0, 255, 128],
        created_at: NOW,
    };
    assert_eq!(found, Some((expected, Limits::default())));
    for other in [&lookup[..4], b"", &[0, 1, 0, 255, 129]] {
        assert_eq!(credentials::by_lookup(&house, other).await.unwrap(), None);
    }
}

async fn every_kind_is_read_back(engine: Engine) {
    let house = House::new(engine).await;
    for kind in CredentialKind::ALL {
        let new = credential(kind.as_str().as_bytes(), kind);
        house
            .run(move |tx| credentials::insert(tx, &shop(), &new, "operator", NOW))
            .await;
        let found = credentials::by_lookup(&house, kind.as_str().as_bytes()).await.unwrap();
        assert_eq!(found.map(|(found, _)| found.kind), Some(kind));
    }
}

async fn hashes_are_unique_in_the_installation(engine: Engine) {
    let house = House::new(engine).await;
    add(&house, shop(), b"same", NOW).await;
    let new = credential(b"same", CredentialKind::Klaim);
    let error = house
        .refused(move |tx| credentials::insert(tx, &club(), &new, "operator", NOW))
        .await;
    assert!(matches!(&error, Error::Unique(on) if on.contains("lookup")), "{error:?}");
    assert!(house.look(|tx| credentials::list(tx, &club())).await.is_empty());
}

async fn lists_hold_the_app_alone_oldest_first(engine: Engine) {
    let house = House::new(engine).await;
    let late = add(&house, shop(), b"late", Millis(20)).await;
    let twin = add(&house, shop(), b"twin", Millis(20)).await;
    let early = add(&house, shop(), b"early", Millis(10)).await;
    add(&house, club(), b"other", Millis(1)).await;
    let listed = house.look(|tx| credentials::list(tx, &shop())).await;
    assert_eq!(listed.iter().map(|c| c.id).collect::<Vec<_>>(), [early, late, twin]);
    assert!(listed.iter().all(|c| c.app == shop()));
}

async fn a_deleted_credential_is_gone_and_its_number_with_it(engine: Engine) {
    let house = House::new(engine).await;
    let id = add(&house, shop(), b"one", NOW).await;
    assert!(house.run(move |tx| credentials::delete(tx, &shop(), id)).await);
    assert!(!house.run(move |tx| credentials::delete(tx, &shop(), id)).await);
    assert_eq!(credentials::by_lookup(&house, b"one").await.unwrap(), None);
    assert!(add(&house, shop(), b"two", NOW).await > id, "the newest number was free, and stays so");
}

async fn another_app_deletes_nothing(engine: Engine) {
    let house = House::new(engine).await;
    let id = add(&house, shop(), b"one", NOW).await;
    assert!(!house.run(move |tx| credentials::delete(tx, &club(), id)).await);
    assert!(credentials::by_lookup(&house, b"one").await.unwrap().is_some());
}

async fn an_app_must_exist(engine: Engine) {
    let house = House::new(engine).await;
    let new = credential(b"lost", CredentialKind::Klaim);
    let nowhere = AppId::parse("nowhere").unwrap();
    house
        .refused(move |tx| credentials::insert(tx, &nowhere, &new, "operator", NOW))
        .await;
    assert_eq!(credentials::by_lookup(&house, b"lost").await.unwrap(), None);
}
