//! The index of users in memory: whatever is asked, it says what the database says, of one commit.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod crowds;
mod lives;
mod shapes;
mod shop;
mod torn;
