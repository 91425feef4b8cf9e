//! What all HTTP faces share: bodies, queries and parameters with limits, answers, request ids, logs and metrics.
//!
//! Owns no routes and no vendor's words: a face turns what comes back from here into its own errors.

pub mod answer;
pub mod body;
pub mod limits;
pub mod metrics;
pub mod observe;
pub mod params;
pub mod query;
