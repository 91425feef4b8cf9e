//! Every statement of the registry fits the schema of both engines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rollcall_store::{postgres_statements, statements};
use rollcall_testkit::{Engine, Scratch};

use crate::catalogue::{connect, open_file};

#[tokio::test]
async fn every_statement_is_prepared_on_both_engines() {
    let (file, server) = (Scratch::new(Engine::Sqlite), Scratch::new(Engine::Postgres));
    for scratch in [&file, &server] {
        drop(scratch.store());
    }
    let (sqlite, postgres) = (open_file(&file), connect(&server).await);
    for sql in statements() {
        let here = sqlite
            .prepare(sql.sqlite_text())
            .unwrap_or_else(|e| panic!("{}: {e}", sql.name()));
        let there = postgres
            .prepare(sql.text())
            .await
            .unwrap_or_else(|e| panic!("{}: {e:?}", sql.name()));
        assert_eq!(here.parameter_count(), there.params().len(), "parameters of {}", sql.name());
        let columns: Vec<_> = there.columns().iter().map(|column| column.name()).collect();
        // A count or a number has no name of its own, and each engine gives it another.
        if columns != ["count"] && columns != ["?column?"] {
            assert!(here.column_names().eq(columns), "columns of {}", sql.name());
        }
        for kind in there
            .params()
            .iter()
            .chain(there.columns().iter().map(tokio_postgres::Column::type_))
        {
            let known = ["text", "int8", "int4", "bytea"].contains(&kind.name());
            assert!(known, "{} of {} is none of the house's types", kind.name(), sql.name());
        }
    }
}

/// Those that SQLite cannot have: changes with their event or counts in one statement, locks by name and of rows.
#[tokio::test]
async fn every_statement_for_postgres_alone_is_prepared_there() {
    let (file, server) = (Scratch::new(Engine::Sqlite), Scratch::new(Engine::Postgres));
    for scratch in [&file, &server] {
        drop(scratch.store());
    }
    let (sqlite, postgres) = (open_file(&file), connect(&server).await);
    assert_eq!(postgres_statements().len(), 7);
    for sql in postgres_statements() {
        assert!(sqlite.prepare(sql.sqlite_text()).is_err(), "{} could be one of both engines", sql.name());
        let there = postgres
            .prepare(sql.text())
            .await
            .unwrap_or_else(|e| panic!("{}: {e:?}", sql.name()));
        for kind in there.params() {
            let known = ["text", "int8", "int4", "bytea"].contains(&kind.name());
            assert!(known, "{} of {} is none of the house's types", kind.name(), sql.name());
        }
    }
}

#[test]
fn the_registry_holds_every_list_and_no_statement_twice() {
    let mut names = BTreeMap::new();
    let mut texts = BTreeSet::new();
    for sql in statements() {
        *names.entry(sql.name()).or_insert(0) += 1;
        // A search in neither field is no search, so its texts are there twice: once under each shape's count.
        texts.insert(sql.text());
    }
    assert_eq!(names.remove("user_list"), Some(396));
    assert!(names.values().all(|&count| count == 1), "{names:?}");
    assert_eq!(texts.len(), 396 + names.len());
}

/// A noun that is missing in `lib.rs` would escape the test above.
#[test]
fn the_registry_knows_every_noun_with_statements() {
    let registered: BTreeSet<_> = statements()
        .into_iter()
        .filter_map(|sql| sql.name().split("::").nth(1))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let declares = std::fs::read_to_string(&path)
            .unwrap()
            .lines()
            .any(|line| line == "statements! {");
        if declares {
            found.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), registered);
}

#[test]
fn parameters_are_positional_on_sqlite() {
    for sql in statements() {
        assert!(!sql.sqlite_text().contains('$'), "{}", sql.name());
        assert!(!sql.text().contains('?'), "{} would be understood as a parameter", sql.name());
    }
}
