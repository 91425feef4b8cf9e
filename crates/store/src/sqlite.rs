//! The embedded engine: connections, statements, errors.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};

use crate::changes::{Changes, Latest};
use crate::record::Record;
use crate::record_cache::RecordCache;
use crate::row::{Param, Row};
use crate::user_index::UserIndex;
use crate::{Error, Result, Sql};

/// More than the number of statements, so that none is ever prepared twice on a connection.
const STATEMENT_CACHE: usize = 512;

/// Flags of connections that write. Paths are paths, never URIs.
pub(crate) const WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE
    .union(OpenFlags::SQLITE_OPEN_CREATE)
    .union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// How long a lock that another process holds is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens the connection that writes, creating the file when there is none.
pub(crate) fn open_writer(path: &Path) -> Result<Connection> {
    private_file(path)?;
    let connection = Connection::open_with_flags(path, WRITE).map_err(|e| cannot_open(path, &e))?;
    // Checkpoints run on a thread of their own (sqlite_checkpoint), so commits never pay for one.
    connection.busy_timeout(PATIENCE).map_err(|e| cannot_open(path, &e))?;
    let mode: String = connection
        .query_row("pragma journal_mode = wal", [], |row| row.get(0))
        .map_err(|e| cannot_open(path, &e))?;
    if mode != "wal" {
        let why = format!("{} cannot have a write-ahead log here (journal mode {mode})", path.display());
        return Err(Error::Unavailable(why));
    }
    configure(
        &connection,
        "pragma synchronous = full;
         pragma foreign_keys = on;
         pragma temp_store = memory;
         pragma cache_size = -16384;
         pragma mmap_size = 0;
         pragma wal_autocheckpoint = 0;
         pragma journal_size_limit = 67108864;",
    )
    .map_err(|e| cannot_open(path, &e))?;
    Ok(connection)
}

/// Makes the file, if there is none, for its owner only: it holds personal data. SQLite gives its log the same rights.
fn private_file(path: &Path) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(Error::Unavailable(format!("cannot make the database {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Opens a connection that only reads. A small cache: every commit of the writer makes a reader drop it anyway.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| cannot_open(path, &e))?;
    configure(
        &connection,
        "pragma cache_size = -4096; pragma mmap_size = 0; pragma temp_store = memory;",
    )
    .map_err(|e| cannot_open(path, &e))?;
    Ok(connection)
}

fn configure(connection: &Connection, pragmas: &str) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    // Plans hang on the schema alone. Otherwise a statement whose plan might hang on a parameter is prepared again each time
    // that one is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    connection.execute_batch(pragmas)
}

fn cannot_open(path: &Path, error: &rusqlite::Error) -> Error {
    Error::Unavailable(format!("cannot open the database {}: {error}", path.display()))
}

/// What is remembered of records: as of the last commit, and what the transactions since have changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory<'a> {
    pub(crate) records: &'a RecordCache,
    pub(crate) changes: &'a Changes,
}

impl Memory<'_> {
    /// The record of this name as the open transaction would find it, if it is known.
    pub(crate) fn record(&self, name: &str) -> Option<Arc<Record>> {
        match self.changes.latest(name) {
            Latest::Unchanged => self.records.get(name),
            Latest::Is(record) => Some(record),
            Latest::Unknown => None,
        }
    }
}

/// The statements of one transaction on one connection.
#[derive(Debug)]
pub(crate) struct SqliteTx<'a> {
    pub(crate) connection: &'a Connection,
    /// What is remembered beside the database, where something is.
    pub(crate) memory: Option<Memory<'a>>,
    /// The index of users, where there is one: a transaction that writes tells it what it changes, one that only reads
    /// asks it.
    pub(crate) index: Option<&'a UserIndex>,
    /// The first failure of a statement: the work is undone, whatever the closure makes of it, as PostgreSQL does.
    pub(crate) failed: Option<Error>,
}

impl SqliteTx<'_> {
    pub(crate) fn each(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        // Outside of a transaction a statement would be kept by itself, whatever is answered.
        if self.connection.is_autocommit() {
            return Err(gave_up());
        }
        let mut refused = false;
        let outcome = each(self.connection, sql, params, &mut |row| {
            let visited = visit(row);
            refused = visited.is_err();
            visited
        });
        if let (Err(error), false) = (&outcome, refused) {
            self.failed.get_or_insert_with(|| error.clone());
        }
        outcome
    }
}

/// SQLite undoes the whole transaction on some failures, such as a full disk.
pub(crate) fn gave_up() -> Error {
    Error::Unavailable("the database gave up the transaction".to_owned())
}

/// Runs one statement and shows each row to `visit`.
pub(crate) fn each(
    connection: &Connection,
    sql: &'static Sql,
    params: &[Param<'_>],
    visit: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql.sqlite_text()).map_err(|e| error(&e))?;
    for (position, param) in params.iter().enumerate() {
        statement.raw_bind_parameter(position + 1, param).map_err(|e| error(&e))?;
    }
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|e| error(&e))? {
        visit(&Row::Sqlite(row))?;
    }
    Ok(())
}

/// The store's word for an error of the engine.
pub(crate) fn error(error: &rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return Error::Broken(error.to_string());
    };
    let text = message.as_deref().unwrap_or_default();
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
            Error::Unique(text.trim_start_matches("UNIQUE constraint failed: ").to_owned())
        }
        _ => match failure.code {
            rusqlite::ErrorCode::DatabaseBusy
            | rusqlite::ErrorCode::DatabaseLocked
            | rusqlite::ErrorCode::DiskFull
            | rusqlite::ErrorCode::SystemIoFailure
            | rusqlite::ErrorCode::OutOfMemory
            | rusqlite::ErrorCode::CannotOpen
            | rusqlite::ErrorCode::ReadOnly => Error::Unavailable(format!("SQLite: {error}")),
            _ => Error::Broken(format!("SQLite: {error}")),
        },
    }
}

/// Whether the disk refused to confirm a write. What was written since the last success is then in an unknown
/// state, and asking again would be answered with a false yes.
pub(crate) fn is_sync_failure(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::SqliteFailure(failure, _)
            if matches!(failure.extended_code, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    )
}

/// Ends the process: after a failed fsync only a fresh start, which reads what the disk really holds, is honest.
pub(crate) fn stop_after_sync_failure(path: &Path, error: &rusqlite::Error) -> ! {
    let message = format!(
        "the disk did not confirm a write to {} ({error}); stopping, because what it holds is now uncertain. \
         Nothing that was confirmed to a client is affected. Check the disk, then start again.",
        path.display()
    );
    tracing::error!("{message}");
    eprintln!("rollcall: {message}");
    std::process::exit(EXIT_IO)
}

/// `EX_IOERR` of `sysexits.h`.
const EXIT_IO: i32 = 74;

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn no_statement_is_prepared_again_for_other_values() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.db");
        let mut writer = open_writer(&path).unwrap();
        crate::migrate::sqlite(&mut writer).unwrap();
        let reader = open_reader(&path).unwrap();
        for sql in crate::statements() {
            for connection in [&writer, &reader] {
                let mut statement = connection.prepare(sql.sqlite_text()).unwrap();
                for value in [1, 2] {
                    for position in 1..=statement.parameter_count() {
                        statement.raw_bind_parameter(position, value).unwrap();
                    }
                    // Most have a fault to find with these values, or with a connection that only reads.
                    let _outcome = statement.raw_query().next().map(|_| ());
                }
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{}", sql.name());
            }
        }
    }
}
