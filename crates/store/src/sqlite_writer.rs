//! The writer thread of the embedded engine: group commit.
//!
//! It takes what waits, runs each closure in one transaction, commits once and then answers all. A closure that fails
//! takes nothing of its neighbours with it: when it had changed something, the batch starts over with a savepoint
//! around each. There is no timer: while one batch is being flushed to disk, the next one gathers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use rusqlite::Connection;

use crate::changes::Changes;
use crate::job::{Job, Outcome};
use crate::record_cache::RecordCache;
use crate::sqlite::{Memory, SqliteTx, error, gave_up, is_sync_failure, stop_after_sync_failure};
use crate::sqlite_checkpoint::Checkpoints;
use crate::stats::Stats;
use crate::tx::{Inner, Tx};
use crate::user_index::UserIndex;
use crate::{Error, Result, installation};

/// Most operations in one commit.
const MAX_BATCH: usize = 256;
/// Longest time that the first operation of a batch waits for the others to be applied.
const MAX_APPLY: Duration = Duration::from_millis(5);
/// From here on an operation is worth a line in the log.
const SLOW: Duration = Duration::from_millis(250);

/// A closure of the batch and, when the engine rather than the closure failed, what to answer in its place.
struct Entry {
    job: Box<dyn Job>,
    verdict: Option<Error>,
}

pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    pub(crate) queue: Receiver<Box<dyn Job>>,
    pub(crate) checkpoints: Arc<Checkpoints>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) records: Option<Arc<RecordCache>>,
    pub(crate) index: Option<Arc<UserIndex>>,
    /// What the present batch changes of what is remembered.
    pub(crate) changes: Changes,
}

impl Writer {
    /// Works until the store is closed and the queue is empty.
    pub(crate) fn run(self) {
        while let Ok(first) = self.queue.recv() {
            self.batch(first);
            self.grow_index();
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
        if let Err(error) = self.begin() {
            Stats::add(&self.stats.failures, 1);
            tracing::error!(error = %error, "no transaction could be begun");
            // Whoever waits by now has waited as long as the first one.
            std::iter::once(first)
                .chain(self.queue.try_iter())
                .for_each(|job| job.answer(Some(error.clone())));
            return;
        }
        let started = Instant::now();
        let mut batch: Vec<Entry> = Vec::with_capacity(64);
        let mut careful = false;
        let mut next = Some(first);
        while let Some(job) = next {
            if !job.abandoned() {
                let mut entry = Entry { job, verdict: None };
                let clean = if careful {
                    self.carefully(&mut entry);
                    true
                } else {
                    self.swiftly(&mut entry)
                };
                batch.push(entry);
                if !clean {
                    careful = true;
                    if let Err(error) = self.start_over(&mut batch) {
                        return self.fail(batch, &error);
                    }
                }
            }
            // Nothing of this batch is left to commit.
            if self.connection.is_autocommit() {
                return self.fail(batch, &gave_up());
            }
            let room = batch.len() < MAX_BATCH && started.elapsed() < MAX_APPLY;
            next = if room { self.queue.try_recv().ok() } else { None };
        }
        match self.number().and_then(|number| self.commit().map(|()| number)) {
            Ok(number) => {
                if let (Some(index), Some(number)) = (&self.index, number) {
                    index.committed(number, self.changes.take_listed());
                }
                self.answer(batch);
            }
            Err(error) => {
                self.doubt_index();
                self.fail(batch, &error);
            }
        }
    }

    fn begin(&self) -> Result<()> {
        if !self.connection.is_autocommit() {
            // The present one is to start over, or an earlier one could not be undone when it failed.
            self.command("rollback")?;
        }
        self.command("begin immediate")
    }

    /// Runs a closure without a net. Answers whether the transaction is still clean: a closure that fails before it
    /// has changed anything, as nearly all that fail do, leaves nothing to undo.
    fn swiftly(&self, entry: &mut Entry) -> bool {
        let before = self.connection.total_changes();
        let undo = self.apply(entry);
        !undo || self.connection.total_changes() == before
    }

    /// Runs a closure inside a savepoint: on an error of any kind its work is undone and its neighbours' stays.
    /// A savepoint copies every page that is changed under it, which is why it is not the rule.
    fn carefully(&self, entry: &mut Entry) {
        entry.verdict = self.command("savepoint operation").err();
        if entry.verdict.is_some() {
            return;
        }
        let undo = self.apply(entry);
        if self.connection.is_autocommit() {
            return;
        }
        let undone = if undo {
            self.command("rollback to operation")
        } else {
            Ok(())
        };
        if let Err(error) = undone.and_then(|()| self.command("release operation")) {
            // Half of its work may still be there. Without a transaction the whole batch is refused.
            tracing::error!(error = %error, "a savepoint could not be ended");
            entry.verdict = self.command("rollback").err().or(Some(error));
        }
    }

    /// Undoes the batch and runs it again, carefully.
    fn start_over(&self, batch: &mut [Entry]) -> Result<()> {
        self.begin()?;
        self.changes.undo(0);
        for entry in batch {
            self.carefully(entry);
            if self.connection.is_autocommit() {
                break;
            }
        }
        Ok(())
    }

    /// Runs a closure. Answers whether its work, if it did any, must be undone.
    fn apply(&self, entry: &mut Entry) -> bool {
        let started = Instant::now();
        let memory = self
            .records
            .as_deref()
            .map(|records| Memory { records, changes: &self.changes });
        let mark = self.changes.mark();
        let mut tx = self.tx(memory);
        let name = entry.job.name();
        let outcome = catch_unwind(AssertUnwindSafe(|| entry.job.run(&mut tx)));
        if started.elapsed() > SLOW {
            tracing::warn!(transaction = name, duration_ms = started.elapsed().as_millis(), "slow operation");
        }
        let (undo, verdict) = match outcome {
            Ok(Outcome::Keep) => {
                let failed = tx.failure();
                (failed.is_some(), failed)
            }
            Ok(Outcome::Undo) => (true, None),
            Ok(Outcome::Again(error)) => (true, Some(error)),
            Err(_) => (true, Some(Error::Broken(format!("{name} panicked")))),
        };
        if undo {
            self.changes.undo(mark);
        }
        entry.verdict = verdict;
        undo
    }

    fn tx<'a>(&'a self, memory: Option<Memory<'a>>) -> Tx<'a> {
        let (connection, index) = (&self.connection, self.index.as_deref());
        Tx(Inner::Sqlite(SqliteTx { connection, memory, index, failed: None }))
    }

    /// Gives the transaction its number if it changes lists, so that a snapshot says by itself which commits it shows.
    fn number(&self) -> Result<Option<i64>> {
        let Some(index) = self.index.as_ref().filter(|_| self.changes.any_listed()) else {
            return Ok(None);
        };
        let number = index.next_version();
        let written = installation::set_lists_version(&mut self.tx(None), number);
        if written.is_err() && !self.connection.is_autocommit() {
            self.command("rollback")?;
        }
        written.map(|()| Some(number))
    }

    /// Reads what the index has come to need; nobody waits for it but the next batch.
    fn grow_index(&self) {
        let Some(index) = self.index.as_ref().filter(|index| index.has_grown()) else {
            return;
        };
        let grow = || self.command("begin").and_then(|()| index.grow(&mut self.tx(None)));
        let read = catch_unwind(AssertUnwindSafe(grow)).unwrap_or_else(|_| {
            index.give_up();
            Err(Error::Broken("it panicked; lists do without it from now on".to_owned()))
        });
        let ended = if self.connection.is_autocommit() {
            Ok(())
        } else {
            self.command("commit")
        };
        if let Err(error) = read.and(ended) {
            tracing::warn!(error = %error, "the index of users did not grow");
        }
    }

    /// After a commit that is said to have failed: if its number is in the database all the same, the index has missed it.
    fn doubt_index(&self) {
        let Some(index) = self.index.as_ref().filter(|_| self.changes.any_listed()) else {
            return;
        };
        let read = self
            .command("begin")
            .and_then(|()| installation::lists_version(&mut self.tx(None)));
        let ended = self.command("rollback");
        if !matches!((read, ended), (Ok(version), Ok(())) if version < index.next_version()) {
            index.give_up();
        }
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

    fn answer(&self, batch: Vec<Entry>) {
        if let Some(records) = &self.records {
            records.committed(self.changes.take());
        }
        Stats::add(&self.stats.commits, 1);
        Stats::add(&self.stats.operations, batch.len() as u64);
        for Entry { job, verdict } in batch {
            job.answer(verdict);
        }
    }

    fn fail(&self, batch: Vec<Entry>, error: &Error) {
        if let Some(records) = &self.records {
            records.failed(self.changes.take());
        }
        Stats::add(&self.stats.failures, 1);
        tracing::error!(operations = batch.len(), error = %error, "a commit failed; nothing of it was kept");
        for entry in batch {
            entry.job.answer(Some(error.clone()));
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
