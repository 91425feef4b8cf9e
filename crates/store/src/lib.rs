//! The store: one SQL text, two engines.
//!
//! Owns: statements, transactions, connections, migrations; the only crate that knows SQL. Must not know: who may
//! do what, vendors, HTTP. Every function that reads or writes a noun takes the app first.
//!
//! A use case runs as one plain closure inside [`Store::write`]; see `docs/adr/0001` and `0003`.

mod changes;
mod database;
mod engine;
mod error;
mod job;
mod migrate;
mod postgres;
mod postgres_session;
mod postgres_shared;
mod record;
mod record_cache;
mod row;
mod sql;
mod sqlite;
mod sqlite_checkpoint;
mod sqlite_lock;
mod sqlite_readers;
mod sqlite_writer;
mod stats;
mod tx;
mod user_counts;
mod user_index;

pub mod accounts;
pub mod activity;
pub mod agent_bot_pictures;
pub mod agent_bots;
pub mod apps;
pub mod auth_tokens;
pub mod blocks;
pub mod credentials;
pub mod credits;
pub mod events;
pub mod friends;
pub mod installation;
pub mod login_links;
pub mod memberships;
pub mod permissibles;
pub mod permissions;
pub mod policy;
pub mod restricted_features;
pub mod roles;
pub mod sessions;
pub mod user_list;
pub mod user_walk;
pub mod users;

pub use database::{BadDatabase, Database};
pub use engine::{Options, Store};
pub use error::{Error, Result};
pub use record::Record;
pub use row::{Param, Row};
pub use sql::Sql;
pub use stats::Stats;
pub use tx::Tx;

/// Every statement of every noun, for the tests that prepare them all on both engines.
#[must_use]
pub fn statements() -> Vec<&'static Sql> {
    [
        accounts::STATEMENTS,
        activity::STATEMENTS,
        agent_bot_pictures::STATEMENTS,
        agent_bots::STATEMENTS,
        apps::STATEMENTS,
        auth_tokens::STATEMENTS,
        blocks::STATEMENTS,
        credentials::STATEMENTS,
        credits::STATEMENTS,
        events::STATEMENTS,
        friends::STATEMENTS,
        installation::STATEMENTS,
        login_links::STATEMENTS,
        memberships::STATEMENTS,
        permissibles::STATEMENTS,
        permissions::STATEMENTS,
        policy::STATEMENTS,
        restricted_features::STATEMENTS,
        roles::STATEMENTS,
        sessions::STATEMENTS,
        user_counts::STATEMENTS,
        user_index::STATEMENTS,
        user_walk::STATEMENTS,
    ]
    .concat()
    .into_iter()
    .chain(user_list::statements())
    .chain(users::statements())
    .collect()
}

/// The statements that stand beside others of the registry, or in place of them, on PostgreSQL alone.
#[must_use]
pub fn postgres_statements() -> Vec<&'static Sql> {
    [roles::FOR_POSTGRES, users::FOR_POSTGRES, &[&tx::LOCK, &user_counts::FOLD]].concat()
}
