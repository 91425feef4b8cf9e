//! The contract of Klaim's face: what goes in, what comes out, to the byte, on both engines.
//!
//! `scripts` plays `tests/scripts`; the other modules hold what is better said as a table: limits at their edges, what
//! hostile clients send, many clients at once, the other apps and the other faces of the same users.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod faults;
mod fields;
mod names;
mod neighbours;
mod races;
mod scripts;
mod shop;
mod walk;
