//! Read connections of the embedded engine: one per thread for point reads, a small pool for scans.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use crossbeam_channel::Receiver;
use rusqlite::Connection;
use thread_local::ThreadLocal;

use crate::job::{Job, Outcome};
use crate::row::{Param, Row};
use crate::sqlite::{SqliteTx, each, error, open_reader};
use crate::tx::{Inner, Tx};
use crate::user_index::UserIndex;
use crate::{Error, Result, Sql};

/// So often a list is tried by the index of users, each time on another snapshot, before it does without.
const SNAPSHOTS: usize = 8;

/// A connection for each thread that reads inline.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    connections: ThreadLocal<RefCell<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, connections: ThreadLocal::new() }
    }

    /// One statement, run on the calling thread: a point read takes less time than handing it over would.
    pub(crate) fn each(
        &self,
        sql: &'static Sql,
        params: &[Param<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let connection = self.connections.get_or_try(|| open_reader(&self.path).map(RefCell::new))?;
        let connection = connection
            .try_borrow()
            .map_err(|_| Error::Broken("a read was started inside a read".to_owned()))?;
        each(&connection, sql, params, visit)
    }
}

/// A thread of the scan pool: runs read closures, each in a snapshot, until the store is closed.
pub(crate) fn scan(connection: &Connection, index: Option<&UserIndex>, queue: &Receiver<Box<dyn Job>>) {
    while let Ok(mut job) = queue.recv() {
        if job.abandoned() {
            continue;
        }
        let failure = read(connection, index, &mut *job).err();
        job.answer(failure);
    }
}

/// Runs a closure on as many snapshots as it takes to meet the index at one.
fn read(connection: &Connection, index: Option<&UserIndex>, job: &mut dyn Job) -> Result<()> {
    if index.is_some() {
        for _ in 0..SNAPSHOTS {
            if !snapshot(connection, index, job)? {
                return Ok(());
            }
        }
    }
    snapshot(connection, None, job).map(|_| ())
}

/// Runs a closure on a snapshot. Answers whether another would do better.
fn snapshot(connection: &Connection, index: Option<&UserIndex>, job: &mut dyn Job) -> Result<bool> {
    connection.execute_batch("begin").map_err(|e| error(&e))?;
    let mut tx = Tx(Inner::Sqlite(SqliteTx { connection, memory: None, index, failed: None }));
    let name = job.name();
    let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx)));
    let end = connection.execute_batch("commit").map_err(|e| error(&e));
    match outcome {
        Ok(Outcome::Keep) => end.and(tx.failure().map_or(Ok(false), Err)),
        Ok(Outcome::Undo) => end.map(|()| false),
        Ok(Outcome::Again(_)) => end.map(|()| true),
        Err(_) => Err(Error::Broken(format!("{name} panicked"))),
    }
}
