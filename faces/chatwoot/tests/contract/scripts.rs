//! The scripts of `tests/scripts`, on both engines.

use std::path::Path;

use http::HeaderName;
use rollcall_face_chatwoot::Settings;
use rollcall_testkit::script::{Caller, play};
use rollcall_testkit::{Engine, TestApp};

use crate::{PUBLIC, mounted};

rollcall_testkit::on_both_engines! { every_script_is_played }

const CALLERS: [Caller; 6] = [
    ("platform", |keys| vec![("api_access_token", keys.platform_token.clone())]),
    ("hyphens", |keys| vec![("API-Access-Token", keys.platform_token.clone())]),
    ("cometchat", |keys| vec![("api_access_token", keys.rest_api_key.clone())]),
    ("auth_only", |keys| vec![("api_access_token", keys.auth_key.clone())]),
    ("klaim", |keys| vec![("api_access_token", keys.klaim_key.clone())]),
    ("nobody", |_| Vec::new()),
];

async fn every_script_is_played(engine: Engine) {
    let settings = Settings {
        frontend_url: "https://chat.shop.test".to_owned(),
        client_address_header: Some(HeaderName::from_static("x-forwarded-for")),
        ..Settings::default()
    };
    let app = TestApp::start(engine, |directory, _| mounted(directory, settings, PUBLIC)).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    play(&app, &folder, &CALLERS).await;
}
