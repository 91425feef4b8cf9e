//! No secret lies in the database in clear, and another secret key does not open it.

use std::fs;
use std::sync::Arc;

use rollcall_directory::{Directory, SecretKey, credentials, users};
use rollcall_model::{CredentialKind, Error};
use rollcall_testkit::{Engine, SeededEntropy, World};

use crate::dump::{dump, hex};
use crate::house::{House, new_user, operator};

rollcall_testkit::on_both_engines! {
    no_secret_is_stored_in_clear,
    an_auth_token_has_the_documented_form,
    another_secret_key_does_not_open_the_database,
    keys_can_be_shown_again,
}

async fn no_secret_is_stored_in_clear(engine: Engine) {
    let house = House::build(engine).await;
    let made = users::create(&house.directory, &operator(), new_user("mira"), true)
        .await
        .unwrap();
    let extra = credentials::create(&house.directory, &operator(), CredentialKind::AuthOnly, "extra").await;
    let keys = &house.keys;
    let secret_key = World::secret_key().to_hex();
    let secrets = [
        ("REST API key", keys.rest_api_key.clone()),
        ("auth key", keys.auth_key.clone()),
        ("platform token", keys.platform_token.clone()),
        ("klaim key", keys.klaim_key.clone()),
        ("key made later", extra.unwrap().secret),
        ("auth token", made.auth_token.unwrap()),
        ("secret key", secret_key.to_string()),
    ];
    let values = dump(engine, house.directory.store()).await;
    // That the search finds what is there: a name, and a text of the credentials' own row.
    for (place, text) in
        [("users.name", "mira"), ("credentials.name", "Rest API Key"), ("users.tags", "north")]
    {
        assert!(values.iter().any(|(at, value)| at == place && value.contains(&hex(text))), "{place}");
    }
    assert!(values.iter().any(|(at, value)| at == "auth_tokens.sealed" && value.len() > 80));
    for (name, secret) in &secrets {
        // The secret, and its second half, which tells as much; and what a text of hexadecimal digits stands for.
        for form in [hex(secret), hex(&secret[secret.len() / 2..]), secret.to_lowercase()] {
            for (place, value) in &values {
                assert!(!value.contains(&form), "the {name} lies in {place}");
            }
        }
    }
    if engine == Engine::Sqlite {
        for file in fs::read_dir(house.scratch.folder()).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            for (name, secret) in &secrets {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "the {name} lies in {}", path.display());
            }
        }
    }
}

async fn an_auth_token_has_the_documented_form(engine: Engine) {
    let house = House::build(engine).await;
    house.world.clock.advance(1_999);
    let mut tokens = Vec::new();
    for name in ["mira", "a_b-c", "u"] {
        let made = users::create(&house.directory, &operator(), new_user(name), true)
            .await
            .unwrap();
        let token = made.auth_token.unwrap();
        let random = token.strip_prefix(&format!("{name}_1753000001")).unwrap();
        let digits = random.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        assert!(random.len() == 30 && digits, "{token}");
        tokens.push(random.to_owned());
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "random digits came twice");
    let without = users::create(&house.directory, &operator(), new_user("leo"), false)
        .await
        .unwrap();
    assert_eq!(without.auth_token, None);
    assert_eq!(house.ledger().await.tokens, 3);
}

async fn another_secret_key_does_not_open_the_database(engine: Engine) {
    let house = House::build(engine).await;
    let before = house.ledger().await;
    let open = |key: SecretKey| {
        let World { clock, entropy } = house.world.clone();
        let store = house.scratch.store();
        async move { Directory::open(store, &key, clock, entropy).await }
    };
    let stranger = SecretKey::generate(&SeededEntropy::new(2));
    let refusal = open(stranger).await.map(drop).unwrap_err();
    assert!(matches!(&refusal, Error::Unavailable(text) if text.contains("secret key")), "{refusal}");
    let same = Arc::new(open(World::secret_key()).await.unwrap());
    assert!(credentials::verify(&same, &house.keys.auth_key).await.unwrap().is_some());
    assert_eq!(house.ledger().await, before);
}

async fn keys_can_be_shown_again(engine: Engine) {
    let house = House::build(engine).await;
    let extra = credentials::create(&house.directory, &operator(), CredentialKind::Platform, "extra").await;
    let extra = extra.unwrap();
    assert!(extra.secret.len() == 24 && extra.secret.bytes().all(|b| b.is_ascii_alphanumeric()));
    let listed = credentials::list(&house.directory, &operator()).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|c| (c.credential.kind, c.secret.as_str())).collect();
    let keys = &house.keys;
    let expected = [
        (CredentialKind::FullAccess, keys.rest_api_key.as_str()),
        (CredentialKind::AuthOnly, &keys.auth_key),
        (CredentialKind::Platform, &keys.platform_token),
        (CredentialKind::Klaim, &keys.klaim_key),
        (CredentialKind::Platform, &extra.secret),
    ];
    assert_eq!(shown, expected);
    assert_eq!(listed[4], extra);
}
