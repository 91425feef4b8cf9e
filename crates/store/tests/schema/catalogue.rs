//! What a migrated database says of itself, in words that both engines can be compared by.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_testkit::{Engine, Scratch};

/// A column: name, class of type, whether it may be null, default.
pub(crate) type Column = (String, &'static str, bool, Option<String>);

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Vec<String>,
    /// Whether the database numbers the rows and never uses a number again, whatever is deleted.
    pub(crate) numbered: bool,
    /// Tables referred to, and whether a row goes with the row that it refers to.
    pub(crate) references: BTreeSet<(String, bool)>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Catalogue {
    pub(crate) tables: BTreeMap<String, Table>,
    /// Definitions of the indexes that are no primary keys, bare of all in which the engines' spellings differ.
    pub(crate) indexes: BTreeMap<String, String>,
}

/// A fresh migrated database of each engine.
pub(crate) async fn both() -> (Catalogue, Catalogue) {
    let (file, server) = (Scratch::new(Engine::Sqlite), Scratch::new(Engine::Postgres));
    for scratch in [&file, &server] {
        drop(scratch.store());
    }
    (sqlite(&open_file(&file)), postgres(&connect(&server).await).await)
}

pub(crate) fn open_file(scratch: &Scratch) -> rusqlite::Connection {
    let path = scratch.address().strip_prefix("sqlite:").map(str::to_owned).unwrap();
    rusqlite::Connection::open(path).unwrap()
}

pub(crate) async fn connect(scratch: &Scratch) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(&scratch.address(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

fn type_class(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "text" => "text",
        "integer" | "bigint" => "integer",
        "blob" | "bytea" => "bytes",
        other => panic!("{other} is not of the house's dialect"),
    }
}

/// An index definition without quotes, brackets, blanks and PostgreSQL's own words.
fn bare(definition: &str) -> String {
    let text = definition
        .to_ascii_lowercase()
        .replace("using btree", "")
        .replace("public.", "");
    text.chars().filter(|c| !c.is_whitespace() && !"()\"".contains(*c)).collect()
}

pub(crate) fn sqlite(db: &rusqlite::Connection) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let mut master = db
        .prepare("select type, name, sql from sqlite_schema where name not like 'sqlite\\_%' escape '\\'")
        .unwrap();
    let mut rows = master.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (kind, name, sql): (String, String, String) = row.try_into().unwrap();
        if kind == "index" {
            catalogue.indexes.insert(name, bare(&sql));
            continue;
        }
        assert_eq!(kind, "table", "{name}");
        let table = Table {
            numbered: sql.contains("autoincrement"),
            ..sqlite_table(db, &name)
        };
        assert!(sql.ends_with("strict") || sql.contains("strict, "), "{name} is not strict");
        catalogue.tables.insert(name, table);
    }
    catalogue
}

fn sqlite_table(db: &rusqlite::Connection, name: &str) -> Table {
    let mut table = Table::default();
    let mut key = BTreeMap::new();
    db.pragma(None, "table_xinfo", name, |row| {
        let column: String = row.get(1)?;
        let position: i64 = row.get(5)?;
        // A primary key of a strict table is never null, declared so or not.
        let nullable = row.get::<_, i64>(3)? == 0 && position == 0;
        let class = type_class(&row.get::<_, String>(2)?);
        table.columns.push((column.clone(), class, nullable, row.get(4)?));
        if position > 0 {
            key.insert(position, column);
        }
        Ok(())
    })
    .unwrap();
    db.pragma(None, "foreign_key_list", name, |row| {
        let deleted: String = row.get(6)?;
        table.references.insert((row.get(2)?, deleted == "CASCADE"));
        Ok(())
    })
    .unwrap();
    table.primary_key = key.into_values().collect();
    table
}

pub(crate) async fn postgres(db: &tokio_postgres::Client) -> Catalogue {
    const COLUMNS: &str = "
        select table_name::text, column_name::text, data_type::text, is_nullable = 'YES', column_default::text,
            identity_generation = 'ALWAYS'
        from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position";
    const KEYS: &str = "
        select conrelid::regclass::text, attname::text
        from pg_constraint, unnest(conkey) with ordinality as part (number, position), pg_attribute
        where contype = 'p' and connamespace = 'public'::regnamespace and attrelid = conrelid and attnum = number
        order by conrelid, position";
    const REFERENCES: &str = "
        select conrelid::regclass::text, confrelid::regclass::text, confdeltype = 'c'
        from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace";
    const INDEXES: &str = "
        select indexname::text, indexdef from pg_indexes
        where schemaname = 'public' and indexname not in (select conname from pg_constraint where contype = 'p')";
    let mut catalogue = Catalogue::default();
    for row in db.query(COLUMNS, &[]).await.unwrap() {
        let table = catalogue.tables.entry(row.get(0)).or_default();
        let default = row.get::<_, Option<String>>(4).map(|text| text.replace("::text", ""));
        table.columns.push((row.get(1), type_class(row.get(2)), row.get(3), default));
        table.numbered |= row.get::<_, Option<bool>>(5).unwrap_or_default();
    }
    for row in db.query(KEYS, &[]).await.unwrap() {
        let table: String = row.get(0);
        catalogue.tables.get_mut(&table).unwrap().primary_key.push(row.get(1));
    }
    for row in db.query(REFERENCES, &[]).await.unwrap() {
        let table: String = row.get(0);
        catalogue
            .tables
            .get_mut(&table)
            .unwrap()
            .references
            .insert((row.get(1), row.get(2)));
    }
    for row in db.query(INDEXES, &[]).await.unwrap() {
        catalogue.indexes.insert(row.get(0), bare(row.get(1)));
    }
    catalogue
}
