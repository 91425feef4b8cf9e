//! Chatwoot's Platform API, under `/platform/api/v1`, and the redemption of its login links.
//!
//! Owns: the vendor's exact shapes, errors and authentication. Must not know: SQL, other faces. What is done and what is
//! absent is listed in `docs/faces/chatwoot.md`, which a test holds against this router.

mod account_users;
mod accounts;
mod agent_bots;
mod answer;
mod auth;
mod email_channel_migrations;
mod fault;
mod form;
mod landing;
mod path;
mod raw;
mod routes;
mod settings;
mod sign_in;
mod timestamp;
mod users;
mod word;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::response::{IntoResponse, Response};
use rollcall_directory::Directory;
use rollcall_http::body;
use rollcall_outbound::Outbound;
use tokio::sync::Semaphore;

use agent_bots::Fetches;
use fault::Fault;
pub use settings::Settings;
use sign_in::attempts::Attempts;

/// The prefix of every operation.
const PREFIX: &str = "/platform/api/v1";

/// Largest body in bytes, pictures apart.
const MAX_BODY: usize = 256 * 1024;

/// Largest picture in bytes (reference §10).
const MAX_PICTURE: usize = 15 << 20;

/// Most bodies with room for a picture that are read and handled at once, each of which may take some 60 MB of memory.
const UPLOADS: usize = 8;

/// What every handler can reach.
#[derive(Clone, Debug)]
struct Face {
    directory: Arc<Directory>,
    settings: Arc<Settings>,
    attempts: Arc<Attempts>,
    fetches: Fetches,
    /// Room for bodies that may hold pictures.
    uploads: Arc<Semaphore>,
}

impl FromRef<Face> for Arc<Directory> {
    fn from_ref(face: &Face) -> Self {
        Self::clone(&face.directory)
    }
}

impl FromRef<Face> for Arc<Settings> {
    fn from_ref(face: &Face) -> Self {
        Self::clone(&face.settings)
    }
}

impl FromRef<Face> for Fetches {
    fn from_ref(face: &Face) -> Self {
        face.fetches.clone()
    }
}

/// The face's routes, for the root of the server. Pictures are fetched through `outbound`.
pub fn router(directory: Arc<Directory>, settings: Arc<Settings>, outbound: Outbound) -> Router {
    routes::router(Face {
        directory,
        settings,
        attempts: Arc::default(),
        fetches: Fetches::new(outbound),
        uploads: Arc::new(Semaphore::new(UPLOADS)),
    })
}

/// Whether a path that no face has a route for belongs to this one.
#[must_use]
pub fn claims(path: &str) -> bool {
    ["/platform", "/auth"].into_iter().any(|prefix| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The answer to a path that [`claims`] holds for, or to a method that its route does not have.
pub async fn unknown(request: Request) -> Response {
    let mut response = Fault::not_found().into_response();
    body::leave_unread(&request, &mut response);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_under_platform_and_auth_is_claimed() {
        for path in ["/platform", "/platform/api/v2/users", "/platform/api/v1/nothing", "/auth/password"] {
            assert!(claims(path), "{path}");
        }
        for path in ["/", "/platforms", "/authors", "/app", "/v3/users", "/klaim/users"] {
            assert!(!claims(path), "{path}");
        }
    }
}
