//! Agent bots through the face, on both engines: what goes in, what comes out, and their pictures.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod contract;
mod fetching;
mod pictures;
mod shop;
mod tenants;
