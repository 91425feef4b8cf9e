//! Which request goes where.

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, any};
use rollcall_directory::Directory;

use crate::auth::Gated;
use crate::{PREFIX, unknown};

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

/// Paths and their operations.
fn table() -> Vec<(&'static str, MethodRouter<Arc<Directory>>)> {
    vec![]
}
