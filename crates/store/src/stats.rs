//! Counters of the store, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the store has done since it was opened. Read with [`Stats::snapshot`].
#[derive(Debug, Default)]
pub struct Stats {
    /// Operations that were committed.
    pub(crate) operations: AtomicU64,
    /// Commits; operations divided by commits is how well group commit works.
    pub(crate) commits: AtomicU64,
    /// Commits that failed.
    pub(crate) failures: AtomicU64,
    /// Operations turned away because the queue was full.
    pub(crate) rejected: AtomicU64,
    /// Closures run again after a conflict.
    pub(crate) retries: AtomicU64,
    /// Passes of the checkpointer (SQLite only).
    pub(crate) checkpoints: AtomicU64,
    /// Lists and counts of users that the index answered (SQLite only).
    pub(crate) indexed: AtomicU64,
}

impl Stats {
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }

    /// Name, help text and present value of each counter.
    #[must_use]
    pub fn snapshot(&self) -> [(&'static str, &'static str, u64); 7] {
        let Self {
            operations,
            commits,
            failures,
            rejected,
            retries,
            checkpoints,
            indexed,
        } = self;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("store_operations", "Write operations committed", read(operations)),
            ("store_commits", "Commits; one may carry many operations", read(commits)),
            ("store_commit_failures", "Commits that failed", read(failures)),
            ("store_rejected", "Operations refused because the queue was full", read(rejected)),
            ("store_retries", "Operations run again after a conflict", read(retries)),
            ("store_checkpoints", "Checkpoint passes of the embedded engine", read(checkpoints)),
            (
                "store_indexed_lists",
                "Lists and counts of users answered by their index in memory",
                read(indexed),
            ),
        ]
    }
}
