//! The writer thread of the embedded engine: group commit.
//!
//! It takes what waits, runs each closure inside a savepoint of one transaction, commits once and then answers
//! all. There is no timer: while one batch is being flushed to disk, the next one gathers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use rusqlite::Connection;

use crate::job::{Job, Outcome};
use crate::sqlite::{SqliteTx, error, is_sync_failure, stop_after_sync_failure};
use crate::sqlite_checkpoint::Checkpoints;
use crate::stats::Stats;
use crate::tx::{Inner, Tx};
use crate::{Error, Result};

/// Most operations in one commit.
const MAX_BATCH: usize = 256;
/// Longest time that the first operation of a batch waits for the others to be applied.
const MAX_APPLY: Duration = Duration::from_millis(5);
/// From here on an operation is worth a line in the log.
const SLOW: Duration = Duration::from_millis(250);

pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    pub(crate) queue: Receiver<Box<dyn Job>>,
    pub(crate) checkpoints: Arc<Checkpoints>,
    pub(crate) stats: Arc<Stats>,
}

impl Writer {
    /// Works until the store is closed and the queue is empty.
    pub(crate) fn run(self) {
        while let Ok(first) = self.queue.recv() {
            self.batch(first);
            if self.checkpoints.wanted_from_writer() {
                self.checkpoints.pass(&self.connection);
            }
        }
        // Leaves one tidy file behind. A reader that is still open may keep the log; the next start takes it up.
        let tidied = self.connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
        if let Err(failure) = tidied {
            tracing::warn!(error = %failure, "the log was not emptied at the end");
        }
    }

    fn batch(&self, first: Box<dyn Job>) {
        if let Err(error) = self.command("begin immediate") {
            Stats::add(&self.stats.failures, 1);
            first.answer(Some(error));
            return;
        }
        let started = Instant::now();
        let mut done = Vec::with_capacity(64);
        let mut next = Some(first);
        while let Some(mut job) = next {
            if !job.abandoned() {
                let verdict = self.apply(&mut *job);
                done.push((job, verdict));
            }
            // SQLite undoes the whole transaction on some failures: nothing of this batch is left to commit.
            if self.connection.is_autocommit() {
                let lost = "the database gave up the transaction";
                return self.fail(done, &Error::Unavailable(lost.to_owned()));
            }
            let room = done.len() < MAX_BATCH && started.elapsed() < MAX_APPLY;
            next = if room { self.queue.try_recv().ok() } else { None };
        }
        match self.commit() {
            Ok(()) => self.answer(done),
            Err(error) => self.fail(done, &error),
        }
    }

    /// Runs one closure; on an error of any kind its work is undone and that of its neighbours stays.
    fn apply(&self, job: &mut dyn Job) -> Option<Error> {
        let started = Instant::now();
        if let Err(error) = self.command("savepoint operation") {
            return Some(error);
        }
        let mut tx = Tx(Inner::Sqlite(SqliteTx { connection: &self.connection }));
        let name = job.name();
        let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx)));
        if started.elapsed() > SLOW {
            tracing::warn!(transaction = name, duration_ms = started.elapsed().as_millis(), "slow operation");
        }
        let (undo, verdict) = match outcome {
            Ok(Outcome::Keep) => (false, None),
            Ok(Outcome::Undo) => (true, None),
            Ok(Outcome::Again(error)) => (true, Some(error)),
            Err(_) => (true, Some(Error::Broken(format!("{name} panicked")))),
        };
        if self.connection.is_autocommit() {
            return verdict;
        }
        let end = if undo {
            self.command("rollback to operation")
        } else {
            Ok(())
        };
        let end = end.and_then(|()| self.command("release operation"));
        verdict.or(end.err())
    }

    fn commit(&self) -> Result<()> {
        let outcome = self.connection.prepare_cached("commit").and_then(|mut s| s.raw_execute());
        let Err(failure) = outcome else { return Ok(()) };
        if is_sync_failure(&failure) {
            stop_after_sync_failure(&self.path, &failure);
        }
        if !self.connection.is_autocommit() {
            self.command("rollback")?;
        }
        Err(Error::Unavailable(format!("the commit failed: {}", error(&failure))))
    }

    fn answer(&self, done: Vec<(Box<dyn Job>, Option<Error>)>) {
        Stats::add(&self.stats.commits, 1);
        self.stats.operations.fetch_add(done.len() as u64, Ordering::Relaxed);
        for (job, verdict) in done {
            job.answer(verdict);
        }
    }

    fn fail(&self, done: Vec<(Box<dyn Job>, Option<Error>)>, error: &Error) {
        Stats::add(&self.stats.failures, 1);
        tracing::error!(operations = done.len(), error = %error, "a commit failed; nothing of it was kept");
        for (job, _) in done {
            job.answer(Some(error.clone()));
        }
    }

    fn command(&self, text: &str) -> Result<()> {
        let outcome = self.connection.prepare_cached(text).and_then(|mut s| s.raw_execute());
        match outcome {
            Ok(_) => Ok(()),
            Err(failure) if is_sync_failure(&failure) => stop_after_sync_failure(&self.path, &failure),
            Err(failure) => Err(error(&failure)),
        }
    }
}
