//! The contract of Chatwoot's face: what goes in, what comes out, to the byte, on both engines.
//!
//! `scripts` plays `tests/scripts`; the other modules hold what is better said as a table: who may touch what, what is
//! done to the other app's objects, many clients at once.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod account_fields;
mod account_users;
mod own_accounts;
mod scripts;
mod shop;
