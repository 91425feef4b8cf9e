//! Klaim's users API, under `/klaim`.
//!
//! Owns: the vendor's exact shapes, errors, authentication and paging. Must not know: SQL, other faces. What is done and
//! what is absent is listed in `docs/faces/klaim.md`, which a test holds against this router.

mod answer;
mod auth;
mod credits;
mod fault;
mod form;
mod page;
mod path;
mod raw;
mod routes;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use rollcall_directory::Directory;
use rollcall_http::body;

use fault::Fault;

/// The prefix of every operation.
const PREFIX: &str = "/klaim";

/// Largest body in bytes.
const MAX_BODY: usize = 256 * 1024;

/// What every handler can reach.
type Core = axum::extract::State<Arc<Directory>>;

/// The face's routes, for the root of the server.
pub fn router(directory: Arc<Directory>) -> Router {
    routes::router(directory)
}

/// Whether a path that no face has a route for belongs to this one.
#[must_use]
pub fn claims(path: &str) -> bool {
    path.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer to a path that [`claims`] holds for, or to a method that its route does not have.
pub async fn unknown(request: Request) -> Response {
    let mut response = Fault::unknown_operation(request.method(), request.uri().path()).into_response();
    body::leave_unread(&request, &mut response);
    response
}
