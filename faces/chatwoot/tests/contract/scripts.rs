//! The scripts of `tests/scripts`, on both engines.

use std::path::Path;

use rollcall_testkit::Engine;
use rollcall_testkit::script::{Caller, play};

use crate::shop::Shop;

rollcall_testkit::on_both_engines! { every_script_is_played }

const CALLERS: [Caller; 5] = [
    ("platform", |keys| vec![("api_access_token", keys.platform_token.clone())]),
    ("dashed", |keys| vec![("API-Access-Token", keys.platform_token.clone())]),
    ("klaim", |keys| vec![("api_access_token", keys.klaim_key.clone())]),
    ("bearer", |keys| vec![("authorization", format!("Bearer {}", keys.platform_token))]),
    ("nobody", |_| Vec::new()),
];

async fn every_script_is_played(engine: Engine) {
    let Shop(app) = Shop::open(engine).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    play(&app, &folder, &CALLERS).await;
}
