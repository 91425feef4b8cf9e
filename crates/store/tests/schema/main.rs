//! The schema: the same on both engines, fitting every statement, brought up to date once.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod catalogue;
mod citus;
mod costs;
mod migrations;
mod parity;
mod plans;
mod scoping;
mod statements;
