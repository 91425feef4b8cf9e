//! `docs/operating/citus.sql` fits the schema: run on a migrated database in which Citus's functions only take notes, and
//! then held against what Citus asks of a table.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_testkit::{Engine, Scratch};
use tokio_postgres::Client;

use crate::catalogue::connect;

const FILE: &str = include_str!("../../../../docs/operating/citus.sql");
const PAGE: &str = include_str!("../../../../docs/operating/scale-out.md");

/// In place of Citus: the order of the calls, and what they were about.
const NOTES: &str = "
    create schema notes;
    create table notes.calls (number int generated always as identity, name text, col text, with_table text);
    create function create_distributed_table(name regclass, col text, colocate_with text) returns void language sql as
        'insert into notes.calls (name, col, with_table) values (name::text, col, colocate_with)';
    create function create_reference_table(name regclass) returns void language sql as
        'insert into notes.calls (name) values (name::text)';";

/// A table as the file has it.
#[derive(Debug)]
struct Placed {
    order: usize,
    /// The column by which it is distributed; none for a reference table.
    column: Option<String>,
    colocated_with: Option<String>,
}

async fn texts(db: &Client, sql: &str) -> Vec<Vec<String>> {
    let rows = db.query(sql, &[]).await.unwrap();
    let text = |row: &tokio_postgres::Row, i| row.get::<_, Option<String>>(i).unwrap_or_default();
    rows.iter().map(|row| (0..row.len()).map(|i| text(row, i)).collect()).collect()
}

/// A migrated database after the file, with where it puts each table.
async fn placed() -> (Scratch, Client, BTreeMap<String, Placed>) {
    let scratch = Scratch::new(Engine::Postgres);
    drop(scratch.store());
    let db = connect(&scratch).await;
    db.batch_execute(NOTES).await.unwrap();
    db.batch_execute(FILE).await.unwrap();
    let calls = texts(&db, "select name, col, with_table from notes.calls order by number").await;
    let mut placed = BTreeMap::new();
    for (order, call) in calls.into_iter().enumerate() {
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let table = Placed {
            order,
            column: given(&call[1]),
            colocated_with: given(&call[2]),
        };
        assert!(placed.insert(call[0].clone(), table).is_none(), "{} twice", call[0]);
    }
    (scratch, db, placed)
}

#[tokio::test]
async fn every_table_has_its_place() {
    let (_scratch, db, placed) = placed().await;
    let tables = texts(
        &db,
        "select relname::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    )
    .await;
    let tables: BTreeSet<_> = tables.into_iter().flatten().collect();
    assert_eq!(placed.keys().cloned().collect::<BTreeSet<_>>(), tables);
    let columns = texts(&db, "select table_name::text, column_name::text from information_schema.columns where table_schema = 'public'").await;
    for (name, table) in &placed {
        let has_app = columns.contains(&vec![name.clone(), "app".to_owned()]);
        match table.column.as_deref() {
            Some("app") => assert_eq!(table.colocated_with.as_deref(), Some("apps"), "{name}"),
            Some(column) => assert_eq!((name.as_str(), column), ("apps", "id")),
            None => {
                assert!(!has_app, "{name} belongs to apps");
                assert!(
                    FILE.contains(&format!("\n-- {name}: ")),
                    "{name} is a reference table without a reason"
                );
            }
        }
    }
    let lone: Vec<_> = placed
        .iter()
        .filter(|(_, table)| table.column.as_deref() == Some("id"))
        .collect();
    assert_eq!(lone.len(), 1, "{lone:?}");
}

/// Citus refuses a table with a unique index that does not hold the distribution column.
#[tokio::test]
async fn every_unique_key_holds_the_app() {
    const KEYS: &str = "
        select indrelid::regclass::text, indexrelid::regclass::text,
            (select string_agg(attname, ',') from pg_attribute where attrelid = indrelid and attnum = any (indkey))
        from pg_index join pg_class on pg_class.oid = indrelid
        where indisunique and relnamespace = 'public'::regnamespace";
    let (_scratch, db, placed) = placed().await;
    let keys = texts(&db, KEYS).await;
    assert!(keys.len() > 25, "{}", keys.len());
    for key in keys {
        if let Some(column) = &placed[&key[0]].column {
            assert!(key[2].split(',').any(|part| part == column), "{key:?} does not hold {column}");
        }
    }
}

/// What the file takes away comes back under its own name, on the same columns, and the page says so.
#[tokio::test]
async fn only_the_known_indexes_are_changed() {
    const INDEXES: &str = "select indexname::text, replace(indexdef, 'UNIQUE ', '') from pg_indexes where schemaname = 'public'";
    const UNIQUE: &str = "select indexrelid::regclass::text from pg_index where indisunique and indrelid in
        (select oid from pg_class where relnamespace = 'public'::regnamespace)";
    let scratch = Scratch::new(Engine::Postgres);
    drop(scratch.store());
    let before = connect(&scratch).await;
    let (_scratch, after, _) = placed().await;
    let set = |rows: Vec<Vec<String>>| rows.into_iter().collect::<BTreeSet<_>>();
    let (was, is) = (set(texts(&before, INDEXES).await), set(texts(&after, INDEXES).await));
    assert_eq!(was.difference(&is).count(), 0);
    let added: Vec<_> = is.difference(&was).map(|index| index[0].as_str()).collect();
    assert_eq!(added, ["credentials_app_lookup"]);
    let (was, is) = (set(texts(&before, UNIQUE).await), set(texts(&after, UNIQUE).await));
    let relaxed: Vec<_> = was.difference(&is).map(|index| index[0].as_str()).collect();
    assert_eq!(relaxed, ["credentials_lookup", "login_links_lookup", "sessions_lookup"]);
    for index in relaxed {
        assert!(PAGE.contains(&format!("`{index}`")), "{index}");
    }
}

/// A reference between two distributed tables is checked on one node: both sides name the app, at the same place.
#[tokio::test]
async fn every_reference_stays_within_the_app() {
    const REFERENCES: &str = "
        select conrelid::regclass::text, confrelid::regclass::text,
            (select string_agg(attname, ',' order by position) from unnest(conkey) with ordinality as part (number, position)
                join pg_attribute on attrelid = conrelid and attnum = number),
            (select string_agg(attname, ',' order by position) from unnest(confkey) with ordinality as part (number, position)
                join pg_attribute on attrelid = confrelid and attnum = number)
        from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace";
    let (_scratch, db, placed) = placed().await;
    let references = texts(&db, REFERENCES).await;
    assert!(references.len() > 15, "{}", references.len());
    for reference in references {
        let (from, to) = (&placed[&reference[0]], &placed[&reference[1]]);
        assert!(to.order < from.order, "{reference:?}: the one that is referred to comes first");
        let (Some(from), Some(to)) = (&from.column, &to.column) else {
            panic!("{reference:?}: a reference table takes part");
        };
        let mut pairs = reference[2].split(',').zip(reference[3].split(','));
        assert!(pairs.any(|pair| pair == (from, to)), "{reference:?}");
    }
}

/// Statements that name no app ask every node; the page says which.
#[test]
fn the_page_names_every_statement_that_asks_all_nodes() {
    for name in super::scoping::UNSCOPED {
        let short = name.trim_start_matches("rollcall_store::");
        assert!(PAGE.contains(&format!("`{short}`")), "{short}");
    }
}
