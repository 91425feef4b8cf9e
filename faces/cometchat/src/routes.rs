//! Which request goes where, and what it counts as.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, any, delete, get, post};
use rollcall_http::limits::Class;

use crate::auth::{Gate, admit};
use crate::{
    Face, PREFIXES, api_keys, auth_tokens, blocks, friends, me, permissions, restricted_features, roles,
    stats, unknown, users,
};

/// Every route under every prefix. They are written out: a nested router would be asked a second time on every request.
pub(crate) fn router(face: &Face) -> Router {
    let mut router = Router::new();
    for prefix in PREFIXES {
        for (path, operations) in table(face) {
            router = router.route(&format!("{prefix}{path}"), operations.fallback(unknown));
        }
        router = router
            .route(&format!("{prefix}/{{*rest}}"), any(unknown))
            .route(prefix, any(unknown));
    }
    router.with_state(face.clone())
}

/// Paths and their operations, those that count as core (reference §4) named as such.
fn table(face: &Face) -> Vec<(&'static str, MethodRouter<Face>)> {
    let gated = |class, operations: MethodRouter<Face>| {
        operations.route_layer(from_fn_with_state(Gate { face: face.clone(), class }, admit))
    };
    let core = |operations| gated(Class::Core, operations);
    let standard = |operations| gated(Class::Standard, operations);
    vec![
        ("/me", standard(get(me::get).put(me::update).delete(me::log_out))),
        ("/stats", standard(get(stats::usage))),
        ("/stats/messages", standard(get(stats::messages))),
        ("/apikeys", standard(get(api_keys::list).post(api_keys::create))),
        (
            "/apikeys/{apiKey}",
            standard(get(api_keys::get).put(api_keys::update).delete(api_keys::delete)),
        ),
        (
            "/users",
            core(post(users::create).delete(users::deactivate))
                .merge(standard(get(users::list).put(users::reactivate))),
        ),
        (
            "/users/{uid}",
            core(delete(users::delete)).merge(standard(get(users::get).put(users::update))),
        ),
        (
            "/users/{uid}/auth_tokens",
            core(post(auth_tokens::create))
                .merge(standard(get(auth_tokens::list).delete(auth_tokens::flush))),
        ),
        (
            "/users/{uid}/auth_tokens/{authToken}",
            standard(get(auth_tokens::get).put(auth_tokens::update).delete(auth_tokens::delete)),
        ),
        (
            "/users/{uid}/friends",
            standard(get(friends::list).post(friends::add).delete(friends::remove)),
        ),
        (
            "/users/{uid}/blockedusers",
            standard(get(blocks::list).post(blocks::block).delete(blocks::unblock)),
        ),
        ("/roles", standard(post(roles::create).get(roles::list))),
        ("/roles/{role}", standard(get(roles::get).put(roles::update).delete(roles::delete))),
        (
            "/roles/{role}/restrictedfeatures",
            standard(
                post(restricted_features::restrict)
                    .get(restricted_features::list)
                    .delete(restricted_features::allow),
            ),
        ),
        ("/roles/{role}/permissions", standard(get(permissions::list).put(permissions::set))),
        ("/roles/{role}/permissions/{permission}", standard(delete(permissions::unset))),
    ]
}
