//! Verified credentials are remembered, but never longer than they are good for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rollcall_directory::{Directory, Verified, apps, credentials};
use rollcall_model::{Actor, AppId, AppName, CredentialKind, Error, Limits};
use rollcall_testkit::Engine;

use crate::house::{House, operator, shop};

rollcall_testkit::on_both_engines! {
    a_genuine_secret_says_whose_it_is,
    a_revoked_key_is_refused_at_once,
    a_key_revoked_elsewhere_is_refused_once_that_call_returned,
    a_key_made_elsewhere_works_at_once,
    an_app_revokes_only_its_own_keys,
}

async fn verify(directory: &Directory, secret: &str) -> Option<Verified> {
    credentials::verify(directory, secret).await.unwrap()
}

async fn id_of(directory: &Directory, secret: &str) -> i64 {
    let all = credentials::list(directory, &operator()).await.unwrap();
    all.into_iter().find(|c| c.secret == secret).unwrap().credential.id
}

async fn a_genuine_secret_says_whose_it_is(engine: Engine) {
    let house = House::build(engine).await;
    let keys = &house.keys;
    for (secret, kind) in [
        (&keys.rest_api_key, CredentialKind::FullAccess),
        (&keys.auth_key, CredentialKind::AuthOnly),
        (&keys.platform_token, CredentialKind::Platform),
        (&keys.klaim_key, CredentialKind::Klaim),
    ] {
        let expected = Verified {
            app: shop(),
            id: id_of(&house.directory, secret).await,
            kind,
            limits: Limits::default(),
        };
        // From the database, then from memory.
        for _ in 0..2 {
            assert_eq!(verify(&house.directory, secret).await.as_ref(), Some(&expected));
        }
        for wrong in [&secret[1..], &format!("{secret}0"), &format!(" {secret}"), &secret[..secret.len() - 1]]
        {
            assert_eq!(verify(&house.directory, wrong).await, None, "{wrong:?}");
        }
    }
    for wrong in ["", "\0", &"k".repeat(256), &"k".repeat(100_000)] {
        assert_eq!(verify(&house.directory, wrong).await, None);
    }
}

async fn a_revoked_key_is_refused_at_once(engine: Engine) {
    let house = House::build(engine).await;
    let key = house.keys.rest_api_key.as_str();
    let id = id_of(&house.directory, key).await;
    assert!(verify(&house.directory, key).await.is_some());
    credentials::revoke(&house.directory, &operator(), id).await.unwrap();
    assert_eq!(verify(&house.directory, key).await, None);
    let again = credentials::revoke(&house.directory, &operator(), id).await;
    assert_eq!(again, Err(Error::CredentialNotFound));
    assert!(verify(&house.directory, &house.keys.auth_key).await.is_some(), "others stay good");
}

async fn a_key_revoked_elsewhere_is_refused_once_that_call_returned(engine: Engine) {
    let house = House::build(engine).await;
    let other = house.beside().await;
    let key = house.keys.rest_api_key.clone();
    let id = id_of(&other, &key).await;
    assert!(verify(&house.directory, &key).await.is_some());
    // Somebody who keeps asking keeps the memory warm; it must not help him.
    let done = Arc::new(AtomicBool::new(false));
    let asker = {
        let (directory, key, done) = (Arc::clone(&house.directory), key.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut late = 0;
            while late < 200 {
                let returned = done.load(Ordering::SeqCst);
                let accepted = verify(&directory, &key).await.is_some();
                assert!(!(returned && accepted), "accepted after the revocation had returned");
                late += u32::from(returned);
                tokio::task::yield_now().await;
            }
        })
    };
    credentials::revoke(&other, &operator(), id).await.unwrap();
    done.store(true, Ordering::SeqCst);
    assert_eq!(verify(&house.directory, &key).await, None);
    asker.await.unwrap();
}

async fn a_key_made_elsewhere_works_at_once(engine: Engine) {
    let house = House::build(engine).await;
    let other = house.beside().await;
    // The epoch was looked at a moment ago and the keyring is in use.
    assert!(verify(&house.directory, &house.keys.auth_key).await.is_some());
    let made = credentials::create(&other, &operator(), CredentialKind::FullAccess, "new")
        .await
        .unwrap();
    let verified = verify(&house.directory, &made.secret).await.unwrap();
    assert_eq!((verified.id, verified.kind), (made.credential.id, CredentialKind::FullAccess));
    let name = AppName::parse("Second").unwrap();
    let second = apps::create(&other, &AppId::parse("second").unwrap(), &name).await.unwrap();
    let verified = verify(&house.directory, &second.klaim_key).await.unwrap();
    assert_eq!(verified.app.as_str(), "second");
}

async fn an_app_revokes_only_its_own_keys(engine: Engine) {
    let house = House::build(engine).await;
    let app = AppId::parse("second").unwrap();
    apps::create(&house.directory, &app, &AppName::parse("Second").unwrap())
        .await
        .unwrap();
    let id = id_of(&house.directory, &house.keys.auth_key).await;
    let stranger = Actor::operator(app);
    let refusal = credentials::revoke(&house.directory, &stranger, id).await;
    assert_eq!(refusal, Err(Error::CredentialNotFound));
    assert!(verify(&house.directory, &house.keys.auth_key).await.is_some());
    let nowhere = Actor::operator(AppId::parse("nowhere").unwrap());
    let missing = Error::AppNotFound(nowhere.app.clone());
    assert_eq!(credentials::list(&house.directory, &nowhere).await, Err(missing.clone()));
    let made = credentials::create(&house.directory, &nowhere, CredentialKind::Klaim, "x").await;
    assert_eq!(made, Err(missing));
    let twice = apps::create(&house.directory, &shop(), &AppName::parse("x").unwrap()).await;
    assert_eq!(twice, Err(Error::AppExists(shop())));
}
