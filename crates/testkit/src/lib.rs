//! What tests stand on: both engines, a fixed world, an app in the same process.
//!
//! Used by tests only. A missing engine is an error and never a skipped test.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's helper fails the test by panicking"
)]

mod app;
mod engine;
pub mod script;
mod traces;
mod world;

pub use app::{Answer, TestApp};
pub use engine::{Engine, Scratch};
pub use traces::Traces;
pub use world::{FixedClock, SeededEntropy, World};

/// Expands async test functions that take an [`Engine`] into one test per engine.
///
/// ```text
/// rollcall_testkit::on_both_engines! { a_uid_is_unique, tags_are_kept }
///
/// async fn a_uid_is_unique(engine: Engine) { … }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::Engine::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::Engine::Postgres).await;
            })+
        }
    };
}
