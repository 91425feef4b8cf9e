//! Answers: JSON objects, each with a `message` for people (reference §2).

use axum::response::Response;
use http::StatusCode;
use rollcall_http::answer::json;
use serde::Serialize;

use crate::fault::Fault;

/// What a handler answers.
pub(crate) type Answer = Result<Response, Fault>;

/// The `message` of everything that went well but a creation; the vendor says so of changes too.
pub(crate) const FETCHED: &str = "fetch resource successfully";

/// What was asked for. The vendor knows no other status of success, not even for a creation.
pub(crate) fn ok(body: &impl Serialize) -> Response {
    json(StatusCode::OK, body)
}
