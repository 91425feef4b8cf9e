//! Everything that lies in a database, as it lies there.

use rollcall_store::{Result, Sql, Store, Tx};
use rollcall_testkit::Engine;

/// Every value of every column of every table: where it lies, and its bytes in hexadecimal digits.
pub(crate) async fn dump(engine: Engine, store: &Store) -> Vec<(String, String)> {
    store.read("test.dump", move |tx| values(engine, tx)).await.unwrap()
}

fn values(engine: Engine, tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    let tables = match engine {
        Engine::Sqlite => "select name from sqlite_master where type = 'table'",
        Engine::Postgres => "select cast(tablename as text) from pg_tables where schemaname = 'public'",
    };
    let mut all = Vec::new();
    for table in texts(tx, tables.to_owned())? {
        let columns = match engine {
            Engine::Sqlite => format!("select name from pragma_table_info('{table}')"),
            Engine::Postgres => format!(
                "select cast(column_name as text) from information_schema.columns
                 where table_schema = 'public' and table_name = '{table}'"
            ),
        };
        for column in texts(tx, columns)? {
            let values = match engine {
                Engine::Sqlite => format!("select coalesce(hex({column}), '') from {table}"),
                // Text as its bytes; bytea, written as text, is `\x` and its digits.
                Engine::Postgres => format!(
                    "select coalesce(case when cast(pg_typeof({column}) as text) = 'bytea'
                        then substr(cast({column} as text), 3)
                        else encode(convert_to(cast({column} as text), 'UTF8'), 'hex') end, '')
                     from {table}"
                ),
            };
            for value in texts(tx, values)? {
                all.push((format!("{table}.{column}"), value.to_lowercase()));
            }
        }
    }
    Ok(all)
}

fn texts(tx: &mut Tx<'_>, text: String) -> Result<Vec<String>> {
    let sql: &'static Sql = Box::leak(Box::new(Sql::new("test.dump", text.leak())));
    tx.query(sql, &[], |row| row.text(0).map(str::to_owned))
}

/// Lower-case hexadecimal digits of a text.
pub(crate) fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}
