//! Answers: JSON objects, each with a `message` for people (reference §2).

use axum::response::Response;

use crate::fault::Fault;

/// What a handler answers.
pub(crate) type Answer = Result<Response, Fault>;
