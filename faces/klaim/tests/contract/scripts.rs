//! Plays `tests/scripts` on both engines.

use std::path::Path;

use rollcall_directory::apps::AppKeys;
use rollcall_testkit::Engine;
use rollcall_testkit::script::{self, Caller};

use crate::shop::Shop;

rollcall_testkit::on_both_engines! { every_case_answers_as_written }

fn with(key: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {key}"))]
}

const CALLERS: [Caller; 7] = [
    ("klaim", |keys: &AppKeys| with(&keys.klaim_key)),
    ("lower case", |keys: &AppKeys| {
        vec![("authorization", format!("bearer  {} ", keys.klaim_key))]
    }),
    ("nobody", |_: &AppKeys| Vec::new()),
    ("stranger", |_: &AppKeys| with("a-key-that-nobody-was-given")),
    ("cometchat", |keys: &AppKeys| with(&keys.rest_api_key)),
    ("platform app", |keys: &AppKeys| with(&keys.platform_token)),
    ("basic", |keys: &AppKeys| vec![("authorization", format!("Basic {}", keys.klaim_key))]),
];

async fn every_case_answers_as_written(engine: Engine) {
    let shop = Shop::open(engine).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    script::play(&shop.0, &folder, &CALLERS).await;
}
