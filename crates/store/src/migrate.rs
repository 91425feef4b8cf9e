//! Bringing a database's schema up to date.
//!
//! Migrations have the same numbers and names on both engines and are compiled in. Each runs in a transaction,
//! once, and is written down in `schema_migrations`.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::chain;
use crate::{Error, Result, sqlite};

struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        }),+]
    };
}

static MIGRATIONS: &[Migration] =
    migrations![1 "0001_house", 2 "0002_identity", 3 "0003_faces", 4 "0004_order"];

/// Keeps two processes from migrating one PostgreSQL database at once.
const LOCK: i64 = 0x0072_6f6c_6c63_616c;

fn latest() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

/// Which migrations are still to run, given the highest number that has.
fn pending(done: i64) -> Result<impl Iterator<Item = &'static Migration>> {
    if done > latest() {
        return Err(Error::Unavailable(format!(
            "the database has schema {done}, this program knows {}: it was used by a newer Rollcall. Install that one",
            latest()
        )));
    }
    Ok(MIGRATIONS.iter().filter(move |migration| migration.number > done))
}

/// Migrates an embedded database.
pub(crate) fn sqlite(connection: &mut Connection) -> Result<()> {
    let failed = |error: &rusqlite::Error| sqlite::error(error);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|e| failed(&e))?;
    transaction
        .execute_batch(
            "create table if not exists schema_migrations (
                 number integer not null primary key,
                 name   text    not null
             ) strict",
        )
        .map_err(|e| failed(&e))?;
    let done = transaction
        .query_row("select coalesce(max(number), 0) from schema_migrations", [], |row| row.get(0))
        .map_err(|e| failed(&e))?;
    for migration in pending(done)? {
        transaction.execute_batch(migration.sqlite).map_err(|e| failed(&e))?;
        transaction
            .execute(
                "insert into schema_migrations (number, name) values (?1, ?2)",
                (migration.number, migration.name),
            )
            .map_err(|e| failed(&e))?;
    }
    transaction.commit().map_err(|e| failed(&e))
}

/// Migrates a PostgreSQL database.
pub(crate) async fn postgres(client: &mut tokio_postgres::Client) -> Result<()> {
    let failed = |error: tokio_postgres::Error| {
        Error::Unavailable(format!("cannot migrate the PostgreSQL database: {}", chain(&error)))
    };
    let transaction = client.transaction().await.map_err(failed)?;
    // A migration may take as long as it takes, and so may the one of another process that it waits for.
    transaction
        .batch_execute("set local statement_timeout = 0; set local lock_timeout = 0")
        .await
        .map_err(failed)?;
    // Held until the transaction ends; also keeps `create table if not exists` from racing with itself.
    transaction
        .execute("select pg_advisory_xact_lock($1)", &[&LOCK])
        .await
        .map_err(failed)?;
    transaction
        .batch_execute(
            "create table if not exists schema_migrations (
                 number bigint not null primary key,
                 name   text   not null
             )",
        )
        .await
        .map_err(failed)?;
    let done: i64 = transaction
        .query_one("select coalesce(max(number), 0) from schema_migrations", &[])
        .await
        .map_err(failed)?
        .get(0);
    for migration in pending(done)? {
        transaction.batch_execute(migration.postgres).await.map_err(failed)?;
        transaction
            .execute(
                "insert into schema_migrations (number, name) values ($1, $2)",
                &[&migration.number, &migration.name],
            )
            .await
            .map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_by_one_and_match_the_names() {
        for (position, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number, i64::try_from(position).unwrap() + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.number)), "{}", migration.name);
        }
    }

    #[test]
    fn a_database_from_the_future_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        sqlite(&mut connection).unwrap();
        sqlite(&mut connection).unwrap();
        connection
            .execute("insert into schema_migrations values (9999, 'later')", [])
            .unwrap();
        let error = sqlite(&mut connection).unwrap_err().to_string();
        assert!(error.contains("newer Rollcall"), "{error}");
    }
}
