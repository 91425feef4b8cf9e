//! Which request goes where.

use axum::Router;
use axum::routing::{MethodRouter, any, get};

use crate::auth::Gated;
use crate::form::{FIELDS, PICTURE};
use crate::{Face, PREFIX, agent_bots, unknown};

/// Every route.
pub(crate) fn router(face: Face) -> Router {
    let mut router = Router::new();
    for (path, operations) in table() {
        router = router.route(&format!("{PREFIX}{path}"), operations.fallback(unknown));
    }
    router
        .route(&format!("{PREFIX}/{{*rest}}"), any(unknown))
        .route(PREFIX, any(unknown))
        .with_state(face)
}

/// Behind the gate.
fn gated<H>(handler: H) -> Gated<H> {
    Gated { limits: FIELDS, handler }
}

/// Behind the gate, with room for a picture.
fn pictured<H>(handler: H) -> Gated<H> {
    Gated { limits: PICTURE, handler }
}

/// Paths and their operations.
fn table() -> Vec<(&'static str, MethodRouter<Face>)> {
    vec![
        ("/agent_bots", get(gated(agent_bots::list)).post(pictured(agent_bots::create))),
        (
            "/agent_bots/{id}",
            get(gated(agent_bots::get))
                .patch(pictured(agent_bots::update))
                .put(pictured(agent_bots::update))
                .delete(gated(agent_bots::delete)),
        ),
        (
            "/agent_bots/{id}/avatar",
            get(gated(agent_bots::picture)).delete(gated(agent_bots::remove_picture)),
        ),
    ]
}
