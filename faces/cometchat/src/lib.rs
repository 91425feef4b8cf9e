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
use axum::routing::{any, get};
use rollcall_directory::Directory;

use fault::Fault;

/// The version prefixes that are answered.
const PREFIXES: [&str; 2] = ["/v3", "/v3.0"];

/// Largest body in bytes. The vendor's 10 KB cannot hold its own field limits.
const MAX_BODY: usize = 32 * 1024;

/// The face's routes, for the root of the server. They are written out under each prefix: a nested router would be
/// asked a second time on every request.
pub fn router(directory: Arc<Directory>) -> Router {
    let mut router = Router::new();
    for prefix in PREFIXES {
        let many = get(users::list)
            .post(users::create)
            .put(users::reactivate)
            .delete(users::deactivate);
        let one = get(users::get).put(users::update).delete(users::delete);
        router = router
            .route(&format!("{prefix}/users"), many.fallback(unknown))
            .route(&format!("{prefix}/users/{{uid}}"), one.fallback(unknown))
            .route(&format!("{prefix}/{{*rest}}"), any(unknown))
            .route(prefix, any(unknown));
    }
    router.with_state(directory)
}

/// Whether a path that no face has a route for belongs to this one: `/v4/users`, `/v2.0/users`.
#[must_use]
pub fn claims(path: &str) -> bool {
    version(path).is_some()
}

/// The answer to a path that [`claims`] holds for, or to a method that its route does not have.
pub async fn unknown(request: Request) -> Response {
    let path = request.uri().path();
    let served = version(path).is_some_and(|version| PREFIXES.contains(&version));
    if served {
        Fault::unknown_operation(request.method(), path)
    } else {
        Fault::unknown_version(path)
    }
    .into_response()
}

/// The first segment of a path, slash included, if it is a version: `/v`, a digit, anything.
fn version(path: &str) -> Option<&str> {
    let end = path.get(1..)?.find('/').map_or(path.len(), |end| end + 1);
    let digits = path[..end].strip_prefix("/v")?;
    digits.starts_with(|c: char| c.is_ascii_digit()).then_some(&path[..end])
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
