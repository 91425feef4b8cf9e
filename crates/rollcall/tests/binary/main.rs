//! The program from outside: its command line, its connections, its signals and what is on disk after a crash.
//!
//! Every test starts the real binary on a scratch database and speaks to it as clients do.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's helper fails the test by panicking"
)]

/// Expands functions that take an `Engine` into one test per engine.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name(rollcall_testkit::Engine::Sqlite);
            })+
        }
        mod postgres {
            $(#[test]
            fn $name() {
                super::$name(rollcall_testkit::Engine::Postgres);
            })+
        }
    };
}

mod harness;

mod app_limits;
mod chatwoot_sdk;
mod demo;
mod disk;
mod first_start;
mod flushed;
mod help;
mod keys;
mod killing;
mod ledger;
mod limits;
mod logged_in;
mod platform_apps;
mod power;
mod races;
mod refusals;
mod request_ids;
mod rude;
mod several;
mod signing_in;
mod stopping;
mod waiting;
