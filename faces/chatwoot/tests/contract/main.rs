//! The contract of Chatwoot's face: what goes in, what comes out, to the byte, on both engines.
//!
//! `scripts` plays `tests/scripts`; the other modules hold what is better said as a table: limits at their edges, who may
//! touch what, pictures, many clients at once.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod accounts;
mod agent_bots;
mod scripts;
mod users;

use std::sync::Arc;

use axum::Router;
use rollcall_directory::Directory;
use rollcall_face_chatwoot::{self as face, Settings};
use rollcall_outbound::{Outbound, Policy};

/// The face as the server mounts it.
fn mounted(directory: Arc<Directory>, settings: Settings, policy: Policy) -> Router {
    let outbound = Outbound::new(policy).unwrap();
    face::router(directory, Arc::new(settings), outbound).fallback(face::unknown)
}

/// No fetch may leave the machine, nor stay on it.
const PUBLIC: Policy = Policy { allow_private: false };
