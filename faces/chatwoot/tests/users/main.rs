//! Users and signing in through the face, on both engines.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod contract;
mod landing;
mod parallel;
mod sessions;
mod shop;
mod tenants;
