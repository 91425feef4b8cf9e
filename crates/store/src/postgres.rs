//! The PostgreSQL engine: connecting, worker threads, errors.
//!
//! Transactions run on threads that own a connection each (`postgres_session`); reads of one statement share a few
//! pipelined connections (`postgres_shared`).

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use crate::engine::{MAX_SCANS, thread};
use crate::error::chain;
use crate::job::Job;
use crate::postgres_session::{Purpose, Session};
use crate::postgres_shared::Shared;
use crate::stats::Stats;
use crate::{Error, Options, Result, migrate};

/// Oldest major version whose behaviour the tests cover.
const OLDEST: i32 = 150_000;

/// How long a connection, its handshake included, may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// How long a round trip may take: a little more than the server allows a statement, for a server that does not
/// answer at all.
pub(crate) const ANSWER_DEADLINE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) writes: Sender<Box<dyn Job>>,
    pub(crate) reads: Sender<Box<dyn Job>>,
    pub(crate) shared: Shared,
}

impl Postgres {
    pub(crate) fn open(
        url: &str,
        options: &Options,
        stats: &Arc<Stats>,
        threads: &mut Vec<JoinHandle<()>>,
    ) -> Result<Self> {
        let mut config: Config = url.parse().map_err(|e| unavailable(&e))?;
        if config.get_application_name().is_none() {
            config.application_name("rollcall");
        }
        prepare_database(&config)?;
        let workers = options.transaction_connections.max(2);
        let scanners = options.scan_threads.max(1);
        let writes = pool("rollcall-write", workers, Purpose::Write, &config, options, stats, threads)?;
        let reads = pool("rollcall-read", scanners, Purpose::Read, &config, options, stats, threads)?;
        Ok(Self {
            writes,
            reads,
            shared: Shared::new(config, options.read_connections.max(1)),
        })
    }
}

fn pool(
    name: &str,
    size: usize,
    purpose: Purpose,
    config: &Config,
    options: &Options,
    stats: &Arc<Stats>,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<Sender<Box<dyn Job>>> {
    let room = match purpose {
        Purpose::Write => options.queue,
        Purpose::Read => options.queue.min(MAX_SCANS),
    };
    let (sender, queue): (_, Receiver<Box<dyn Job>>) = crossbeam_channel::bounded(room);
    for _ in 0..size {
        let (config, stats, queue) = (config.clone(), Arc::clone(stats), queue.clone());
        let session = Session::new(config, purpose, stats)?;
        threads.push(thread(name, move || session.run(&queue))?);
    }
    Ok(sender)
}

/// Checks the server and migrates the database, on a thread of its own: the caller may be inside a runtime.
fn prepare_database(config: &Config) -> Result<()> {
    let config = config.clone();
    std::thread::scope(|scope| {
        let migration = scope.spawn(|| {
            runtime()?.block_on(async {
                let mut client = connect(&config).await?;
                check(&client).await?;
                migrate::postgres(&mut client).await
            })
        });
        migration
            .join()
            .unwrap_or_else(|_| Err(Error::Broken("the migration panicked".to_owned())))
    })
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| Error::Unavailable(format!("cannot start a runtime: {error}")))
}

async fn check(client: &Client) -> Result<()> {
    let row = client
        .query_one(
            "select current_setting('server_version_num')::int4, current_setting('server_encoding')",
            &[],
        )
        .await
        .map_err(|e| unavailable(&e))?;
    let (version, encoding): (i32, String) = (row.get(0), row.get(1));
    if version < OLDEST {
        return Err(Error::Unavailable(format!(
            "PostgreSQL 15 or later is needed; this is {}",
            version / 10_000
        )));
    }
    if encoding != "UTF8" {
        return Err(Error::Unavailable(format!("the database must be encoded in UTF8; this is {encoding}")));
    }
    Ok(())
}

/// Connects and has the connection driven by the present runtime.
pub(crate) async fn connect(config: &Config) -> Result<Client> {
    let connected = tokio::time::timeout(CONNECT_DEADLINE, try_connect(config)).await;
    connected.unwrap_or_else(|_| Err(Error::Unavailable("PostgreSQL: no connection in time".to_owned())))
}

/// As [`connect`], with the number of the server's process behind the connection.
pub(crate) async fn connect_numbered(config: &Config) -> Result<(Client, i64)> {
    let client = connect(config).await?;
    let asked = client.query_one("select cast(pg_backend_pid() as bigint)", &[]);
    let row = tokio::time::timeout(CONNECT_DEADLINE, asked).await;
    let row = row.map_err(|_| Error::Unavailable("PostgreSQL: no answer in time".to_owned()))?;
    let process = row.map_err(|e| unavailable(&e))?.get(0);
    Ok((client, process))
}

async fn try_connect(config: &Config) -> Result<Client> {
    let (client, connection) = config.connect(NoTls).await.map_err(|e| unavailable(&e))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = chain(&error), "a connection to PostgreSQL ended");
        }
    });
    // A server set to confirm before the commit is on disk would make us break our word.
    let setting = client.query_one("select current_setting('synchronous_commit')", &[]).await;
    let setting: String = setting.map_err(|e| unavailable(&e))?.get(0);
    let durable = if setting == "off" {
        "set synchronous_commit = on; "
    } else {
        ""
    };
    client
        .batch_execute(&format!("{durable}set statement_timeout = '15s'; set lock_timeout = '5s'"))
        .await
        .map_err(|e| unavailable(&e))?;
    Ok(client)
}

fn unavailable(error: &tokio_postgres::Error) -> Error {
    Error::Unavailable(told(error))
}

/// An error for the log. Not with everything that the server says: its details quote rows, and so personal data.
fn told(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("PostgreSQL {}: {}", db.code().code(), db.message()),
        None => format!("PostgreSQL: {}", chain(error)),
    }
}

/// Whether the connection is gone: closed, or ended by the server, whose last words arrive as the answer to whatever is
/// asked next (57P: shut down, crashed, not yet up, idle for too long).
pub(crate) fn is_lost(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.code().is_some_and(|code| code.code().starts_with("57P"))
}

fn is_of_users(constraint: Option<&str>) -> bool {
    constraint.is_some_and(|name| matches!(name, "users_email" | "users_user_id"))
}

/// The store's word for an error of the engine.
pub(crate) fn error(error: &tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        return unavailable(error);
    };
    match db.code() {
        // Use cases look before they take an identifier of a user; one that is taken was taken in between.
        &SqlState::UNIQUE_VIOLATION if is_of_users(db.constraint()) => Error::Retry(db.message().to_owned()),
        &SqlState::UNIQUE_VIOLATION => Error::Unique(db.constraint().unwrap_or("unknown").to_owned()),
        // Use cases look before they refer to a row; a missing one was taken away in between, so look again.
        &SqlState::T_R_SERIALIZATION_FAILURE
        | &SqlState::T_R_DEADLOCK_DETECTED
        | &SqlState::FOREIGN_KEY_VIOLATION => Error::Retry(db.message().to_owned()),
        &SqlState::READ_ONLY_SQL_TRANSACTION | &SqlState::LOCK_NOT_AVAILABLE => unavailable(error),
        // Connection, resources, operator intervention, system: the server cannot do it now.
        code if ["08", "53", "57", "58"].iter().any(|class| code.code().starts_with(class)) => {
            unavailable(error)
        }
        _ => Error::Broken(told(error)),
    }
}
