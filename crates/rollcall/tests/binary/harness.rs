//! What the tests of the binary stand on: an installation to throw away, its server, a client that can misbehave.

mod http;
mod installation;
mod process;
mod server;
mod shim;

use std::time::{Duration, Instant};

pub(crate) use http::{Answer, Client, header_lines};
pub(crate) use installation::{Installation, Keys, Ran};
pub(crate) use process::Process;
pub(crate) use server::Server;
pub(crate) use shim::Shim;

/// How long anything may take that ends by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Looks again and again until there is something to see.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        #[expect(clippy::disallowed_methods, reason = "between two looks at a condition, up to a deadline")]
        std::thread::sleep(Duration::from_millis(2));
    }
}
