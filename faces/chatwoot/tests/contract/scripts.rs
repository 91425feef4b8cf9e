//! The scripts of `tests/scripts`, on both engines, with the settings as they are shipped.

use std::path::Path;

use rollcall_face_chatwoot::Settings;
use rollcall_testkit::Engine;
use rollcall_testkit::script::{Caller, play};

use crate::shop::Shop;

rollcall_testkit::on_both_engines! { every_script_is_played }

const CALLERS: [Caller; 3] = [
    ("platform", |keys| vec![("api_access_token", keys.platform_token.clone())]),
    ("klaim", |keys| vec![("api_access_token", keys.klaim_key.clone())]),
    ("nobody", |_| Vec::new()),
];

async fn every_script_is_played(engine: Engine) {
    let Shop(app) = Shop::open_with(engine, Settings::default()).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    play(&app, &folder, &CALLERS).await;
}
