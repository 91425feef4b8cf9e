//! Which request goes where, and what it counts as.

use axum::Router;
use axum::routing::{MethodRouter, any, delete, get};
use rollcall_http::limits::Class;

use crate::auth::Gated;
use crate::{
    Face, PREFIXES, api_keys, auth_tokens, blocks, friends, me, permissions, restricted_features, roles,
    stats, unknown, users,
};

/// Every route under every prefix. They are written out: a nested router would be asked a second time on every request.
pub(crate) fn router(face: Face) -> Router {
    let mut router = Router::new();
    for prefix in PREFIXES {
        for (path, operations) in table() {
            router = router.route(&format!("{prefix}{path}"), operations.fallback(unknown));
        }
        router = router
            .route(&format!("{prefix}/{{*rest}}"), any(unknown))
            .route(prefix, any(unknown));
    }
    router.with_state(face)
}

/// Counts as core (reference §4): logging in, and making and removing users.
fn core<H>(handler: H) -> Gated<H> {
    Gated { class: Class::Core, handler }
}

/// Counts with everything else.
fn standard<H>(handler: H) -> Gated<H> {
    Gated { class: Class::Standard, handler }
}

/// Paths and their operations.
fn table() -> Vec<(&'static str, MethodRouter<Face>)> {
    vec![
        ("/me", get(standard(me::get)).put(standard(me::update)).delete(standard(me::log_out))),
        ("/stats", get(standard(stats::usage))),
        ("/stats/messages", get(standard(stats::messages))),
        ("/apikeys", get(standard(api_keys::list)).post(standard(api_keys::create))),
        (
            "/apikeys/{apiKey}",
            get(standard(api_keys::get))
                .put(standard(api_keys::update))
                .delete(standard(api_keys::delete)),
        ),
        (
            "/users",
            get(standard(users::list))
                .post(core(users::create))
                .put(standard(users::reactivate))
                .delete(core(users::deactivate)),
        ),
        (
            "/users/{uid}",
            get(standard(users::get))
                .put(standard(users::update))
                .delete(core(users::delete)),
        ),
        (
            "/users/{uid}/auth_tokens",
            get(standard(auth_tokens::list))
                .post(core(auth_tokens::create))
                .delete(standard(auth_tokens::flush)),
        ),
        (
            "/users/{uid}/auth_tokens/{authToken}",
            get(standard(auth_tokens::get))
                .put(standard(auth_tokens::update))
                .delete(standard(auth_tokens::delete)),
        ),
        (
            "/users/{uid}/friends",
            get(standard(friends::list))
                .post(standard(friends::add))
                .delete(standard(friends::remove)),
        ),
        (
            "/users/{uid}/blockedusers",
            get(standard(blocks::list))
                .post(standard(blocks::block))
                .delete(standard(blocks::unblock)),
        ),
        ("/roles", get(standard(roles::list)).post(standard(roles::create))),
        (
            "/roles/{role}",
            get(standard(roles::get))
                .put(standard(roles::update))
                .delete(standard(roles::delete)),
        ),
        (
            "/roles/{role}/restrictedfeatures",
            get(standard(restricted_features::list))
                .post(standard(restricted_features::restrict))
                .delete(standard(restricted_features::allow)),
        ),
        (
            "/roles/{role}/permissions",
            get(standard(permissions::list)).put(standard(permissions::set)),
        ),
        ("/roles/{role}/permissions/{permission}", delete(standard(permissions::unset))),
    ]
}
