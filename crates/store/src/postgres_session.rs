//! A thread of the PostgreSQL engine: it owns a connection, drives it itself, and runs closures on it.
//!
//! Statements whose answer nobody needs are kept back and travel with the next one, the opening of the
//! transaction with the first, so that an update with its event costs two round trips.

use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use futures_util::future::{join, join_all, join3};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Statement};

use crate::job::{Job, Outcome};
use crate::postgres::{ANSWER_DEADLINE, connect_numbered, error, is_lost, runtime};
use crate::row::{OwnedParam, Param};
use crate::stats::Stats;
use crate::tx::{Inner, Tx};
use crate::user_counts::SHARDS;
use crate::{Error, Result, Sql};

/// How often a closure is run again before its conflict is reported.
const ATTEMPTS: usize = 8;

/// What a session's transactions are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Write,
    Read,
}

impl Purpose {
    fn begin(self) -> &'static str {
        match self {
            Self::Write => "begin",
            Self::Read => "begin isolation level repeatable read read only",
        }
    }
}

pub(crate) struct Session {
    runtime: tokio::runtime::Runtime,
    config: Config,
    purpose: Purpose,
    stats: Arc<Stats>,
    connection: Option<Connection>,
}

#[derive(Debug)]
struct Connection {
    client: Client,
    statements: HashMap<usize, Statement>,
    /// From 1 to [`SHARDS`].
    shard: i64,
    /// The server did not answer in time: whatever comes now belongs to a question that nobody waits for.
    stuck: Cell<bool>,
}

impl Session {
    pub(crate) fn new(config: Config, purpose: Purpose, stats: Arc<Stats>) -> Result<Self> {
        Ok(Self {
            runtime: runtime()?,
            config,
            purpose,
            stats,
            connection: None,
        })
    }

    /// Works until the store is closed and the queue is empty.
    pub(crate) fn run(mut self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(mut job) = queue.recv() {
            if job.abandoned() {
                continue;
            }
            let failure = self.transaction(&mut *job).err();
            if failure.is_some() {
                Stats::add(&self.stats.failures, 1);
            }
            job.answer(failure);
        }
    }

    /// Runs the closure in a transaction until it is committed, refused or out of attempts.
    fn transaction(&mut self, job: &mut dyn Job) -> Result<()> {
        let mut attempt = 1;
        loop {
            let conflict = match self.attempt(job) {
                Ok(()) => return Ok(()),
                Err(conflict @ Error::Retry(_)) => conflict,
                Err(error) => return Err(error),
            };
            if attempt == ATTEMPTS {
                return Err(conflict);
            }
            Stats::add(&self.stats.retries, 1);
            // At once it might take the same lock from under those who were woken to have it, and meet them again.
            let pause = Duration::from_millis(1 << attempt);
            self.runtime.block_on(async { tokio::time::sleep(pause).await });
            attempt += 1;
        }
    }

    fn attempt(&mut self, job: &mut dyn Job) -> Result<()> {
        let (purpose, name) = (self.purpose, job.name());
        let connection = match self.connection.take().filter(|c| !c.client.is_closed() && !c.stuck.get()) {
            Some(connection) => connection,
            None => {
                let (client, process) = self.runtime.block_on(connect_numbered(&self.config))?;
                Connection {
                    client,
                    statements: HashMap::new(),
                    shard: 1 + process % SHARDS,
                    stuck: Cell::new(false),
                }
            }
        };
        let connection = self.connection.insert(connection);
        let begin = Some(purpose.begin());
        let inner = PostgresTx {
            runtime: &self.runtime,
            connection,
            begin,
            waiting: Vec::new(),
            failed: None,
        };
        let mut tx = Tx(Inner::Postgres(inner));
        let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx)));
        let Inner::Postgres(tx) = tx.0 else {
            return Err(Error::Broken("another engine".to_owned()));
        };
        match outcome {
            Ok(Outcome::Keep) => {
                tx.commit()?;
                if purpose == Purpose::Write {
                    Stats::add(&self.stats.commits, 1);
                    Stats::add(&self.stats.operations, 1);
                }
                Ok(())
            }
            Ok(Outcome::Undo) => tx.rollback(),
            Ok(Outcome::Again(conflict)) => tx.rollback().and(Err(conflict)),
            Err(_) => tx.rollback().and(Err(Error::Broken(format!("{name} panicked")))),
        }
    }
}

/// The statements of one transaction on one connection.
#[derive(Debug)]
pub(crate) struct PostgresTx<'a> {
    runtime: &'a tokio::runtime::Runtime,
    connection: &'a mut Connection,
    /// The opening statement, until it has travelled.
    begin: Option<&'static str>,
    waiting: Vec<(Statement, Vec<OwnedParam>)>,
    /// The first failure of the engine: the server has given up the transaction, whatever the closure makes of it.
    failed: Option<Error>,
}

impl PostgresTx<'_> {
    /// The shard of the connection.
    pub(crate) fn shard(&self) -> i64 {
        self.connection.shard
    }

    /// Runs a statement, after all that were kept back.
    pub(crate) fn query(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
    ) -> Result<Vec<tokio_postgres::Row>> {
        let outcome = self.send(sql, params);
        self.note(outcome)
    }

    /// Keeps a statement back until the next one is run.
    pub(crate) fn defer(&mut self, sql: &'static Sql, params: &[Param<'_>]) -> Result<()> {
        let statement = self.statement(sql);
        let statement = self.note(statement)?;
        self.waiting
            .push((statement, params.iter().map(|param| OwnedParam::from(*param)).collect()));
        Ok(())
    }

    /// Waits for the server, but not for ever.
    fn wait<F: Future>(&self, answer: F) -> Result<F::Output> {
        let answered = self
            .runtime
            .block_on(async { tokio::time::timeout(ANSWER_DEADLINE, answer).await });
        answered.map_err(|_| {
            self.connection.stuck.set(true);
            Error::Unavailable("PostgreSQL: no answer in time".to_owned())
        })
    }

    fn note<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if let Err(error) = &outcome {
            self.failed.get_or_insert_with(|| error.clone());
        }
        outcome
    }

    fn send(&mut self, sql: &'static Sql, params: &[Param<'_>]) -> Result<Vec<tokio_postgres::Row>> {
        let statement = self.statement(sql)?;
        let begin = self.begin.take();
        let waiting = std::mem::take(&mut self.waiting);
        let client = &self.connection.client;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        // Each future sends its message when it is first polled, and they are polled in this order.
        let (opened, earlier, rows) = self.wait(join3(
            open(client, begin),
            join_all(waiting.iter().map(|(statement, params)| execute(client, statement, params))),
            client.query(&statement, &params),
        ))?;
        // A connection that died while idle shows it now; nothing has happened, so the closure may start over.
        opened.map_err(|e| if is_lost(&e) { lost() } else { error(&e) })?;
        earlier
            .into_iter()
            .try_for_each(|outcome| outcome.map(drop).map_err(|e| error(&e)))?;
        rows.map_err(|e| error(&e))
    }

    fn statement(&mut self, sql: &'static Sql) -> Result<Statement> {
        if let Some(statement) = self.connection.statements.get(&sql.identity()) {
            return Ok(statement.clone());
        }
        let prepared = self.wait(self.connection.client.prepare(sql.text()))?;
        let unopened = self.begin.is_some();
        let statement = prepared.map_err(|e| if unopened && is_lost(&e) { lost() } else { error(&e) })?;
        self.connection.statements.insert(sql.identity(), statement.clone());
        Ok(statement)
    }

    fn commit(self) -> Result<()> {
        if let Some(error) = self.failed.clone() {
            // The closure went on after a failure: the server would answer COMMIT with a silent ROLLBACK.
            return self.rollback().and(Err(error));
        }
        if self.begin.is_some() && self.waiting.is_empty() {
            return Ok(());
        }
        let client = &self.connection.client;
        let (opened, (earlier, committed)) = self.wait(join(
            open(client, self.begin),
            join(
                join_all(
                    self.waiting
                        .iter()
                        .map(|(statement, params)| execute(client, statement, params)),
                ),
                client.batch_execute("commit"),
            ),
        ))?;
        // The server's last words in place of the first answer: nothing was done. Silence could mean anything.
        opened.map_err(|e| {
            if is_lost(&e) && !e.is_closed() {
                lost()
            } else {
                error(&e)
            }
        })?;
        earlier
            .into_iter()
            .try_for_each(|outcome| outcome.map(drop).map_err(|e| error(&e)))?;
        committed.map_err(|e| error(&e))
    }

    fn rollback(self) -> Result<()> {
        if self.begin.is_some() || self.connection.stuck.get() {
            return Ok(());
        }
        match self.wait(self.connection.client.batch_execute("rollback"))? {
            // Without its connection the server undoes the transaction by itself.
            Err(e) if is_lost(&e) => Ok(()),
            outcome => outcome.map_err(|e| error(&e)),
        }
    }
}

/// The connection was lost before the transaction had begun.
fn lost() -> Error {
    Error::Retry("the connection was lost".to_owned())
}

async fn open(client: &Client, begin: Option<&str>) -> std::result::Result<(), tokio_postgres::Error> {
    match begin {
        Some(text) => client.batch_execute(text).await,
        None => Ok(()),
    }
}

async fn execute(
    client: &Client,
    statement: &Statement,
    params: &[OwnedParam],
) -> std::result::Result<u64, tokio_postgres::Error> {
    client.execute_raw(statement, params.iter().map(OwnedParam::borrow)).await
}
