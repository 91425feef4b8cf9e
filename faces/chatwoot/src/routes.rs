//! Which request goes where.

use axum::Router;
use axum::routing::{MethodRouter, any, delete, get, post};

use crate::auth::Gated;
use crate::form::{FIELDS, PICTURE};
use crate::{
    Face, PREFIX, account_users, accounts, agent_bots, email_channel_migrations, landing, sign_in, unknown,
    users,
};

/// Every route.
pub(crate) fn router(face: Face) -> Router {
    let mut router = Router::new();
    for (path, operations) in table() {
        router = router.route(&format!("{PREFIX}{path}"), operations.fallback(unknown));
    }
    for (path, operations) in sessions() {
        router = router.route(path, operations.fallback(unknown));
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
        ("/users", post(gated(users::create))),
        (
            "/users/{id}",
            get(gated(users::get))
                .patch(gated(users::update))
                .put(gated(users::update))
                .delete(gated(users::delete)),
        ),
        // Asking for the head alone would make a link that nobody gets.
        ("/users/{id}/login", get(gated(users::login_link)).head(unknown)),
        ("/users/{id}/token", post(gated(users::token))),
        ("/accounts", get(gated(accounts::list)).post(gated(accounts::create))),
        (
            "/accounts/{account_id}",
            get(gated(accounts::get))
                .patch(gated(accounts::update))
                .put(gated(accounts::update))
                .delete(gated(accounts::delete)),
        ),
        (
            "/accounts/{account_id}/account_users",
            get(gated(account_users::list))
                .post(gated(account_users::set))
                .delete(gated(account_users::delete)),
        ),
        (
            "/accounts/{account_id}/email_channel_migrations",
            post(gated(email_channel_migrations::create)),
        ),
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

/// Signing in, which is outside of the Platform API and behind no gate.
fn sessions() -> [(&'static str, MethodRouter<Face>); 4] {
    [
        ("/auth/sign_in", post(sign_in::create)),
        ("/auth/validate_token", get(sign_in::get)),
        ("/auth/sign_out", delete(sign_in::delete)),
        ("/app/login", get(landing::page)),
    ]
}
