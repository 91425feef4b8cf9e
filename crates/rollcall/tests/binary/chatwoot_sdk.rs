//! The Chatwoot face, driven by a client that others wrote: `@figuro/chatwoot-sdk` from npm, which `scripts/test` installs.

use std::path::Path;
use std::process::Command;

use rollcall_testkit::Engine;

use crate::harness::{Installation, Ran};

on_both_engines! { a_client_of_chatwoots_gets_what_it_expects }

fn a_client_of_chatwoots_gets_what_it_expects(engine: Engine) {
    let (_installation, server, keys) = Installation::with_shop(engine);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/chatwoot-sdk");
    assert!(folder.join("node_modules").exists(), "run scripts/test-clients: it installs the client");
    let mut node = Command::new("node");
    node.arg("drive.cjs")
        .current_dir(&folder)
        .env("ROLLCALL_URL", format!("http://{}", server.address))
        .env("ROLLCALL_PLATFORM_TOKEN", &keys.platform);
    let ran = Ran::of(node);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "every answer was right\n"), "{}", ran.err);
}
