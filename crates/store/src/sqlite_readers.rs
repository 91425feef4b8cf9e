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
use crate::{Error, Result, Sql};

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
pub(crate) fn scan(connection: &Connection, queue: &Receiver<Box<dyn Job>>) {
    while let Ok(mut job) = queue.recv() {
        if job.abandoned() {
            continue;
        }
        let failure = snapshot(connection, &mut *job).err();
        job.answer(failure);
    }
}

fn snapshot(connection: &Connection, job: &mut dyn Job) -> Result<()> {
    connection.execute_batch("begin").map_err(|e| error(&e))?;
    let mut tx = Tx(Inner::Sqlite(SqliteTx { connection, memory: None, failed: None }));
    let name = job.name();
    let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx)));
    let end = connection.execute_batch("commit").map_err(|e| error(&e));
    match outcome {
        Ok(Outcome::Keep) => end.and(tx.failure().map_or(Ok(()), Err)),
        Ok(Outcome::Undo | Outcome::Again(_)) => end,
        Err(_) => Err(Error::Broken(format!("{name} panicked"))),
    }
}
