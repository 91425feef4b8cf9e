//! The contract of the CometChat face: what goes in, what comes out, to the byte, on both engines.
//!
//! `fixtures` replays `tests/fixtures`; the other modules hold what is better said as a table: limits at their edges,
//! who may call, and what hostile clients send.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod authentication;
mod authorisation;
mod conformance;
mod faults;
mod field_limits;
mod fixtures;
mod hostile_fields;
mod hostile_requests;
mod ledger;
mod random_bodies;
mod rate_limits;
mod request_limits;
mod routes;
mod shop;
mod tenants;
