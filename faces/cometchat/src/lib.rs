//! CometChat's Chat API v3, under `/v3` and `/v3.0`.
//!
//! Owns: the vendor's exact shapes, errors, authentication and paging. Must not know: SQL, other faces. What is done
//! and what is absent is listed in `docs/faces/cometchat.md`, which a test holds against this router.

mod auth;
mod fault;
mod form;
mod page;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rollcall_directory::Directory;

use fault::Fault;

/// The version prefixes that are answered.
const PREFIXES: [&str; 2] = ["/v3", "/v3.0"];

/// Largest body in bytes. The vendor's 10 KB cannot hold its own field limits.
const MAX_BODY: usize = 32 * 1024;

/// The face's routes, for the root of the server.
pub fn router(directory: Arc<Directory>) -> Router {
    let resources = Router::new()
        .route(
            "/users",
            get(users::list)
                .post(users::create)
                .put(users::reactivate)
                .delete(users::deactivate),
        )
        .route("/users/{uid}", get(users::get).put(users::update).delete(users::delete))
        .fallback(unknown_operation)
        .method_not_allowed_fallback(unknown_operation)
        .with_state(directory);
    PREFIXES
        .into_iter()
        .fold(Router::new(), |router, prefix| router.nest(prefix, resources.clone()))
}

/// Whether a path that no face has a route for belongs to this one: `/v4/users`, `/v2.0/users`.
#[must_use]
pub fn claims(path: &str) -> bool {
    let version = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    version
        .strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The answer to a path that [`claims`] holds for.
pub async fn unknown_version(request: Request) -> Response {
    let path = request.uri().path();
    let known = PREFIXES.iter().any(|prefix| path == *prefix || path == format!("{prefix}/"));
    if known {
        Fault::unknown_operation(request.method(), path)
    } else {
        Fault::unknown_version(path)
    }
    .into_response()
}

async fn unknown_operation(request: Request) -> Fault {
    Fault::unknown_operation(request.method(), request.uri().path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_claimed_and_nothing_else() {
        for path in ["/v4/users", "/v2.0/users/x", "/v3", "/v10"] {
            assert!(claims(path), "{path}");
        }
        for path in ["/", "/vendor", "/users", "/platform/api/v1/users", "/v"] {
            assert!(!claims(path), "{path}");
        }
    }
}
