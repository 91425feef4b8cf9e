//! Which request goes where.

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, any, get, post};
use rollcall_directory::Directory;

use crate::auth::Gated;
use crate::{PREFIX, credits, unknown, users};

/// Every route.
pub(crate) fn router(directory: Arc<Directory>) -> Router {
    let mut router = Router::new();
    for (path, operations) in table() {
        router = router.route(&format!("{PREFIX}{path}"), operations.fallback(unknown));
    }
    router
        .route(&format!("{PREFIX}/{{*rest}}"), any(unknown))
        .route(PREFIX, any(unknown))
        .with_state(directory)
}

/// Behind the gate.
fn gated<H>(handler: H) -> Gated<H> {
    Gated { handler }
}

/// Paths and their operations. The vendor prints its two reads as POST; both methods read, whatever the body is.
fn table() -> Vec<(&'static str, MethodRouter<Arc<Directory>>)> {
    vec![
        ("/users", post(gated(users::create)).get(gated(users::list))),
        (
            "/users/{user_id}",
            get(gated(users::get)).post(gated(users::get)).put(gated(users::update)),
        ),
        (
            "/users/{user_id}/credits",
            get(gated(credits::get)).post(gated(credits::get)).put(gated(credits::change)),
        ),
        ("/users/{user_id}/credits/history", get(gated(credits::history))),
    ]
}
