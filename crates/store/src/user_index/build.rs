//! Building the index when a store is opened, beside everything else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rusqlite::Connection;

use super::apps::Apps;
use super::{UserIndex, read};
use crate::sqlite::{SqliteTx, error};
use crate::stats::Stats;
use crate::tx::{Inner, Tx};
use crate::{Error, Result, apps, installation};

/// So many steps of SQLite's machine lie between two looks at whether to stop.
const STEPS: i32 = 10_000;

/// An index that is to be built, of the database behind this connection.
pub(crate) fn open(connection: &Connection, few: u64, stats: &Arc<Stats>) -> Result<Arc<UserIndex>> {
    let version = reading(connection, installation::lists_version)?;
    Ok(Arc::new(UserIndex::new(few, version, Arc::clone(stats))))
}

/// Runs a closure on one snapshot.
fn reading<T>(connection: &Connection, body: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    connection.execute_batch("begin").map_err(|e| error(&e))?;
    let mut tx = Tx(Inner::Sqlite(SqliteTx { connection, memory: None, index: None, failed: None }));
    let outcome = body(&mut tx);
    connection.execute_batch("commit").map_err(|e| error(&e))?;
    outcome
}

/// Reads the index through a connection of its own, and says so when it cannot.
pub(crate) fn build(index: &Arc<UserIndex>, mut connection: Connection) {
    let started = Instant::now();
    // A panic must not leave the index waiting for ever, while changes queue up for it.
    let built = catch_unwind(AssertUnwindSafe(|| {
        let (version, apps) = snapshot(index, &mut connection)?;
        index.built(version, apps);
        Ok(())
    }));
    match built.unwrap_or_else(|_| Err(Error::Broken("building the index of users panicked".to_owned()))) {
        Ok(()) => {
            tracing::debug!(duration_ms = started.elapsed().as_millis(), "lists go by the index of users");
        }
        Err(error) => {
            if !index.is_stopped() {
                tracing::warn!(error = %error, "the index of users was not built; lists do without");
            }
            index.give_up();
        }
    }
}

fn snapshot(index: &Arc<UserIndex>, connection: &mut Connection) -> Result<(i64, Apps)> {
    let watcher = Arc::clone(index);
    let stopped = move || watcher.is_stopped();
    connection.progress_handler(STEPS, Some(stopped)).map_err(|e| error(&e))?;
    reading(connection, |tx| {
        let version = installation::lists_version(tx)?;
        let mut all = Apps::new(index.few);
        for app in apps::list(tx)? {
            all.put(app.id.as_str(), read::app(tx, &app.id, index.few)?);
        }
        Ok((version, all))
    })
}
