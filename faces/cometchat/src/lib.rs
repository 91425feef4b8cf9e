//! CometChat's Chat API v3, under `/v3` and `/v3.0`.
//!
//! Owns: the vendor's exact shapes, errors, authentication and paging. Must not know: SQL, other faces. What is done
//! and what is absent is listed in `docs/faces/cometchat.md`, which a test holds against this router.

mod answer;
mod api_keys;
mod auth;
mod auth_tokens;
mod blocks;
mod fault;
mod form;
mod friends;
mod me;
mod page;
mod path;
mod permissions;
mod raw;
mod restricted_features;
mod roles;
mod routes;
mod stats;
mod uids;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::response::{IntoResponse, Response};
use rollcall_directory::Directory;
use rollcall_http::body;
use rollcall_http::limits::RateLimits;

use fault::Fault;

/// The version prefixes that are answered.
const PREFIXES: [&str; 2] = ["/v3", "/v3.0"];

/// Largest body in bytes. The vendor's 10 KB cannot hold its own field limits.
const MAX_BODY: usize = 32 * 1024;

/// What every handler can reach.
#[derive(Clone, Debug)]
struct Face {
    directory: Arc<Directory>,
    limits: Arc<RateLimits>,
}

impl FromRef<Face> for Arc<Directory> {
    fn from_ref(face: &Face) -> Self {
        Self::clone(&face.directory)
    }
}

/// What a handler asks for when it wants to do something.
type Core = State<Arc<Directory>>;

/// The face's routes, for the root of the server.
pub fn router(directory: Arc<Directory>, limits: Arc<RateLimits>) -> Router {
    routes::router(Face { directory, limits })
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
    let fault = if served {
        Fault::unknown_operation(request.method(), path)
    } else {
        Fault::unknown_version(path)
    };
    let mut response = fault.into_response();
    body::leave_unread(&request, &mut response);
    response
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
