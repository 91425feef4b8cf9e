//! A thread of the PostgreSQL engine: it owns a connection, drives it itself, and runs closures on it.
//!
//! Statements whose answer nobody needs are kept back and travel with the next one, the opening of the
//! transaction with the first, the commit with one that is said to be the last. A transaction of a single statement is
//! that statement and nothing else: one round trip (ADR 0015).

use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use futures_util::TryStreamExt;
use futures_util::future::{join, join_all, join3};
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
            only_looked: true,
            phase: Phase::Open,
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

/// How far a transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Statements may be run.
    Open,
    /// The last statement was run; the commit is still to be sent.
    Over,
    /// The commit has travelled with the last statement, which has changed something or not.
    Sent { changed: bool },
}

/// The statements of one transaction on one connection.
#[derive(Debug)]
pub(crate) struct PostgresTx<'a> {
    runtime: &'a tokio::runtime::Runtime,
    connection: &'a mut Connection,
    /// The opening statement, until it has travelled.
    begin: Option<&'static str>,
    waiting: Vec<(Statement, Vec<OwnedParam>)>,
    /// Whether no statement so far has changed anything.
    only_looked: bool,
    phase: Phase,
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

    /// Runs a statement after which no other may come, and commits with it if the others only looked.
    pub(crate) fn last(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
    ) -> Result<Vec<tokio_postgres::Row>> {
        let outcome = if self.only_looked {
            self.send_with_commit(sql, params)
        } else {
            let rows = self.send(sql, params);
            self.phase = Phase::Over;
            rows
        };
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
        // Each future sends its message when it is first polled, and they are polled in this order.
        let (opened, earlier, rows) = self.wait(join3(
            open(client, begin),
            join_all(waiting.iter().map(|(statement, params)| execute(client, statement, params))),
            query(client, &statement, params),
        ))?;
        // A connection that died while idle shows it now; nothing has happened, so the closure may start over.
        opened.map_err(|e| if is_lost(&e) { lost() } else { error(&e) })?;
        first_error(earlier)?;
        rows.map_err(|e| error(&e))
    }

    fn send_with_commit(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
    ) -> Result<Vec<tokio_postgres::Row>> {
        let statement = self.statement(sql)?;
        let waiting = std::mem::take(&mut self.waiting);
        let is_alone = self.begin.is_some() && waiting.is_empty();
        if is_alone && self.is_dead() {
            return Err(lost());
        }
        let begin = self.begin.take().filter(|_| !is_alone);
        self.phase = Phase::Sent { changed: false };
        let client = &self.connection.client;
        let rows = if is_alone {
            self.wait(commit_alone(client, &statement, params))??
        } else {
            let (opened, (earlier, (rows, committed))) = self.wait(join(
                open(client, begin),
                join(
                    join_all(waiting.iter().map(|(statement, params)| execute(client, statement, params))),
                    join(query(client, &statement, params), client.batch_execute("commit")),
                ),
            ))?;
            opened.map_err(|e| nothing_done(&e))?;
            first_error(earlier)?;
            let rows = rows.map_err(|e| error(&e))?;
            committed.map_err(|e| error(&e))?;
            rows
        };
        self.phase = Phase::Sent { changed: !rows.is_empty() };
        Ok(rows)
    }

    /// Looks whether the server has ended the connection while it was idle. A statement that commits by itself cannot tell
    /// afterwards whether it was lost before or behind the commit.
    fn is_dead(&self) -> bool {
        self.runtime.block_on(async {
            // The first turn reads what has arrived, the second lets the connection's own task see it.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        self.connection.client.is_closed()
    }

    fn statement(&mut self, sql: &'static Sql) -> Result<Statement> {
        if self.phase != Phase::Open {
            return Err(Error::Broken(format!("{} came after the last statement", sql.name())));
        }
        self.only_looked &= sql.only_looks();
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
        let is_sent = matches!(self.phase, Phase::Sent { .. });
        if let Some(error) = self.failed.clone() {
            if is_sent {
                return Err(error);
            }
            // The closure went on after a failure: the server would answer COMMIT with a silent ROLLBACK.
            return self.rollback().and(Err(error));
        }
        if is_sent || self.begin.is_some() && self.waiting.is_empty() {
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
        opened.map_err(|e| nothing_done(&e))?;
        first_error(earlier)?;
        committed.map_err(|e| error(&e))
    }

    fn rollback(self) -> Result<()> {
        match self.phase {
            Phase::Open | Phase::Over => {}
            Phase::Sent { changed: false } => return Ok(()),
            Phase::Sent { changed: true } => {
                return Err(Error::Broken(
                    "a closure failed after its last statement was committed".to_owned(),
                ));
            }
        }
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

/// What the failure of the very first message means: after the server's last words in place of an answer, nothing was
/// done. Silence could mean anything.
fn nothing_done(failure: &tokio_postgres::Error) -> Error {
    if is_lost(failure) && !failure.is_closed() {
        lost()
    } else {
        error(failure)
    }
}

fn first_error(outcomes: Vec<std::result::Result<u64, tokio_postgres::Error>>) -> Result<()> {
    outcomes
        .into_iter()
        .try_for_each(|outcome| outcome.map(drop).map_err(|e| error(&e)))
}

/// Runs a statement that is a transaction of its own. It is committed when the server is ready for the next one, which is
/// what the end of its rows stands for.
async fn commit_alone(
    client: &Client,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<Vec<tokio_postgres::Row>> {
    let begun = client.query_raw(statement, params.iter().copied()).await;
    let rows = begun.map_err(|e| nothing_done(&e))?;
    rows.try_collect().await.map_err(|e| error(&e))
}

async fn query(
    client: &Client,
    statement: &Statement,
    params: &[Param<'_>],
) -> std::result::Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
    client.query_raw(statement, params.iter().copied()).await?.try_collect().await
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
