//! Checkpoints of the embedded engine: moving pages from the log into the file, beside the writer.
//!
//! A thread with a connection of its own makes passive passes, which wait for nobody and stop nobody. Under
//! constant writing such a pass never quite catches up, so the log cannot start over; once it has grown past a
//! cap, the writer itself makes the last, short pass between two batches.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;

use crate::sqlite::{WRITE, is_sync_failure, stop_after_sync_failure};
use crate::stats::Stats;
use crate::{Error, Result};

/// Pages in the log that make a pass worth while (4 KiB each: 16 MiB).
const ENOUGH: u64 = 4_000;
/// Pages in the log beyond which the writer closes the gap (128 MiB).
const CAP: u64 = 32_000;
/// Passes in a row while each still finds much to do.
const PASSES: usize = 3;

/// What writer and checkpointer know of each other.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    path: PathBuf,
    pages: AtomicU64,
    close_gap: AtomicBool,
    wake: Sender<()>,
    stats: Arc<Stats>,
}

impl Checkpoints {
    pub(crate) fn new(path: PathBuf, stats: Arc<Stats>) -> (Arc<Self>, Receiver<()>) {
        let (wake, woken) = crossbeam_channel::bounded(1);
        let checkpoints = Self {
            path,
            pages: AtomicU64::new(0),
            close_gap: AtomicBool::new(false),
            wake,
            stats,
        };
        (Arc::new(checkpoints), woken)
    }

    /// Has the connection report how long the log is after each of its commits.
    pub(crate) fn watch(self: &Arc<Self>, connection: &mut Connection) -> rusqlite::Result<()> {
        let checkpoints = Arc::clone(self);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            let pages = u64::try_from(pages).unwrap_or(0);
            checkpoints.pages.store(pages, Ordering::Relaxed);
            if pages >= ENOUGH {
                // A full channel means that the thread is awake already.
                let _awake = checkpoints.wake.try_send(());
            }
            Ok(())
        }))
    }

    pub(crate) fn wanted_from_writer(&self) -> bool {
        self.close_gap.swap(false, Ordering::Relaxed)
    }

    /// One passive pass. Answers how many pages of the log are left.
    pub(crate) fn pass(&self, connection: &Connection) -> u64 {
        let outcome = connection.query_row("pragma wal_checkpoint(passive)", [], |row| {
            Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        });
        Stats::add(&self.stats.checkpoints, 1);
        match outcome {
            Ok((log, moved)) => u64::try_from(log - moved).unwrap_or(0),
            Err(error) if is_sync_failure(&error) => stop_after_sync_failure(&self.path, &error),
            Err(error) => {
                tracing::warn!(error = %error, "a checkpoint did not finish; the log keeps growing until one does");
                0
            }
        }
    }

    /// What the thread does when it is woken.
    pub(crate) fn run(&self, connection: &Connection) {
        for _ in 0..PASSES {
            if self.pass(connection) < ENOUGH / 4 {
                break;
            }
        }
        if self.pages.load(Ordering::Relaxed) > CAP {
            self.close_gap.store(true, Ordering::Relaxed);
        }
    }
}

/// Opens the checkpointer's connection.
pub(crate) fn open(path: &std::path::Path) -> Result<Connection> {
    let connection =
        Connection::open_with_flags(path, WRITE).map_err(|e| Error::Unavailable(e.to_string()))?;
    connection
        .execute_batch("pragma synchronous = full; pragma wal_autocheckpoint = 0; pragma cache_size = -1024;")
        .map_err(|e| Error::Unavailable(e.to_string()))?;
    Ok(connection)
}
