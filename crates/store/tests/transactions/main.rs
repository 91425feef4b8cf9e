//! What a transaction promises: all or nothing, on disk before the answer, one beside the other.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod answers;
mod batches;
mod closing;
mod conflicts;
mod connections;
mod failures;
mod last;
mod log;
mod marks;
mod neighbours;
mod opening;
mod proxy;
mod queue;
mod snapshots;
mod undo;
