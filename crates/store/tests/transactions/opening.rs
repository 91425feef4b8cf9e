//! What cannot be opened is said to be so, in words.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rollcall_store::{Database, Error, Options, Store};
use rollcall_testkit::{Engine, Scratch};

fn refused(database: &Database, why: &str) {
    match Store::open(database, &Options::default()) {
        Err(Error::Unavailable(text)) => assert!(text.contains(why), "{text:?} does not say {why:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_must_be_a_database_in_a_folder() {
    let scratch = Scratch::new(Engine::Sqlite);
    let missing = scratch.folder().join("no folder/r.db");
    refused(&Database::Sqlite(missing.clone()), &missing.display().to_string());
    let text = scratch.folder().join("text.db");
    std::fs::write(&text, "this is a letter to my grandmother, and not a database at all").unwrap();
    refused(&Database::Sqlite(text.clone()), &text.display().to_string());
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("this is a letter"), "left alone");
    refused(&Database::Sqlite(scratch.folder().to_owned()), "cannot open");
}

/// Whatever its name looks like, and for its owner only: it holds personal data.
#[test]
fn a_new_file_is_made() {
    let scratch = Scratch::new(Engine::Sqlite);
    for name in ["new 🗂 file.db", "what?mode=memory", "file:x.db?mode=memory", "100%25.db", "#1"] {
        let path = scratch.folder().join(name);
        let store = Store::open(&Database::Sqlite(path.clone()), &Options::default()).unwrap();
        for file in [path.clone(), Path::new(&format!("{}-wal", path.display())).to_owned()] {
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
        drop(store);
    }
}

/// Inside a runtime and outside of one: opening brings its own.
#[test]
fn a_server_must_be_there_and_have_the_database() {
    let scratch = Scratch::new(Engine::Postgres);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    refused(&Database::Postgres(format!("postgres://u@{nobody}/x")), "refused");
    refused(&Database::Postgres(format!("{}_missing", scratch.address())), "does not exist");
}

#[tokio::test]
async fn a_server_can_be_opened_inside_a_runtime() {
    let scratch = Scratch::new(Engine::Postgres);
    let store = scratch.store();
    assert!(crate::marks::marks(&store).await.is_empty());
    refused(&Database::Postgres(format!("{}_missing", scratch.address())), "does not exist");
}
