//! Opening a store and giving it work.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError};

use crate::changes::Changes;
use crate::job::{Job, job};
use crate::postgres::Postgres;
use crate::record_cache::RecordCache;
use crate::row::{Param, Row};
use crate::sqlite_checkpoint::{self, Checkpoints};
use crate::sqlite_readers::{Readers, scan};
use crate::sqlite_writer::Writer;
use crate::stats::Stats;
use crate::user_index::{self, UserIndex};
use crate::{Database, Error, Result, Sql, Tx, migrate, sqlite, sqlite_lock};

/// Most lists and searches that may wait: one waits for those before it, and is better refused at once than answered too
/// late.
pub(crate) const MAX_SCANS: usize = 256;

/// How a store is sized. The defaults suit a machine of 2 to 8 cores.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most operations that may wait for a transaction before new ones are refused.
    pub queue: usize,
    /// Threads for scans, on PostgreSQL each with a connection: lists and searches, which take longer than a point read.
    pub scan_threads: usize,
    /// Threads, each with a connection, for transactions (PostgreSQL).
    pub transaction_connections: usize,
    /// Connections that share the point reads (PostgreSQL).
    pub read_connections: usize,
    /// Whether this process serves the database: on SQLite only one may at a time, and others, such as commands, may
    /// write anything but users.
    pub serving: bool,
    /// Bytes for users read a moment ago, where this process is the only one that writes them: on SQLite, serving.
    pub record_cache: usize,
    /// What so many users of an app share, or fewer, is asked of the database; what more share is kept in the index of
    /// users, on SQLite when serving. Without a number there is no index.
    pub few_users: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 4096,
            scan_threads: 2,
            transaction_connections: 16,
            read_connections: 4,
            serving: false,
            record_cache: 0,
            few_users: Some(1024),
        }
    }
}

/// A database, migrated and ready.
#[derive(Debug)]
pub struct Store {
    engine: Engine,
    stats: Arc<Stats>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
enum Engine {
    Sqlite {
        writes: Sender<Box<dyn Job>>,
        scans: Sender<Box<dyn Job>>,
        readers: Box<Readers>,
        records: Option<Arc<RecordCache>>,
        index: Option<Arc<UserIndex>>,
    },
    Postgres(Box<Postgres>),
    Closed,
}

impl Store {
    /// Opens the database, creating the file when there is none (SQLite), and brings its schema up to date.
    /// Blocks; call it before the server starts to listen.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be reached, is too old or was made by a newer program.
    pub fn open(database: &Database, options: &Options) -> Result<Self> {
        let stats = Arc::new(Stats::default());
        let mut threads = Vec::new();
        let engine = match database {
            Database::Sqlite(path) => {
                let mut connection = sqlite::open_writer(path)?;
                let records = if options.serving {
                    Some(Arc::new(RecordCache::new(sqlite_lock::alone(path)?, options.record_cache)))
                } else {
                    None
                };
                migrate::sqlite(&mut connection)?;
                let few = options.few_users.filter(|_| options.serving);
                let index = few.map(|few| user_index::open(&connection, few, &stats)).transpose()?;
                let (checkpoints, woken) = Checkpoints::new(path.clone(), Arc::clone(&stats));
                checkpoints.watch(&mut connection).map_err(|e| sqlite::error(&e))?;
                let (writes, queue) = crossbeam_channel::bounded(options.queue);
                let (scans, scan_queue) = crossbeam_channel::bounded(options.queue.min(MAX_SCANS));
                let checkpoint_connection = sqlite_checkpoint::open(path)?;
                let shared = Arc::downgrade(&checkpoints);
                threads.push(thread("rollcall-checkpoint", move || {
                    // Held weakly between passes, or the thread would keep its own alarm clock alive for ever.
                    while woken.recv().is_ok() {
                        let Some(checkpoints) = shared.upgrade() else { return };
                        checkpoints.run(&checkpoint_connection);
                    }
                })?);
                for _ in 0..options.scan_threads.max(1) {
                    let (connection, queue) = (sqlite::open_reader(path)?, scan_queue.clone());
                    let index = index.clone();
                    threads
                        .push(thread("rollcall-scan", move || scan(&connection, index.as_deref(), &queue))?);
                }
                if let Some(index) = index.clone() {
                    let connection = sqlite::open_reader(path)?;
                    threads.push(thread("rollcall-index", move || user_index::build(&index, connection))?);
                }
                let writer = Writer {
                    connection,
                    path: path.clone(),
                    queue,
                    checkpoints,
                    stats: Arc::clone(&stats),
                    records: records.clone(),
                    index: index.clone(),
                    changes: Changes::default(),
                };
                threads.push(thread("rollcall-writer", move || writer.run())?);
                let readers = Box::new(Readers::new(path.clone()));
                Engine::Sqlite { writes, scans, readers, records, index }
            }
            Database::Postgres(url) => {
                Engine::Postgres(Box::new(Postgres::open(url, options, &stats, &mut threads)?))
            }
        };
        Ok(Self { engine, stats, threads })
    }

    /// Runs a closure as one transaction that writes, and answers once it is committed to disk. The closure may
    /// run more than once, so it must not reach outside.
    ///
    /// # Errors
    /// What the closure says, with everything undone; [`Error::Busy`] when too much is waiting;
    /// [`Error::Unavailable`] when the commit is not confirmed.
    pub async fn write<T, F>(&self, name: &'static str, body: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (job, answer) = job(name, body);
        let sent = match &self.engine {
            Engine::Sqlite { writes, .. } => writes.try_send(job),
            Engine::Postgres(postgres) => postgres.writes.try_send(job),
            Engine::Closed => return Err(closed()),
        };
        self.accepted(sent)?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Runs a closure on one unchanging snapshot, off the caller's thread. For lists and everything else that may
    /// take longer than a point read.
    ///
    /// # Errors
    /// What the closure says; [`Error::Busy`] when too much is waiting.
    pub async fn read<T, F>(&self, name: &'static str, body: F) -> Result<T>
    where
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (job, answer) = job(name, body);
        let sent = match &self.engine {
            Engine::Sqlite { scans, .. } => scans.try_send(job),
            Engine::Postgres(postgres) => postgres.reads.try_send(job),
            Engine::Closed => return Err(closed()),
        };
        self.accepted(sent)?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// One statement that answers a row or none: a point read, inline on SQLite, pipelined on PostgreSQL.
    ///
    /// # Errors
    /// What the engine or `map` says.
    pub async fn fetch<T>(
        &self,
        sql: &'static Sql,
        params: &[Param<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.fetch_all(sql, params, map).await?.into_iter().next())
    }

    /// As [`Store::fetch`], for a statement that answers a few rows.
    ///
    /// # Errors
    /// What the engine or `map` says.
    pub async fn fetch_all<T>(
        &self,
        sql: &'static Sql,
        params: &[Param<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        match &self.engine {
            Engine::Sqlite { readers, .. } => {
                let mut items = Vec::new();
                readers.each(sql, params, &mut |row| {
                    items.push(map(row)?);
                    Ok(())
                })?;
                Ok(items)
            }
            Engine::Postgres(postgres) => {
                // In a box of its own, so that the futures of the embedded engine, which moves them often, stay small.
                let rows = Box::pin(postgres.shared.query(sql, params)).await?;
                rows.iter().map(|row| map(&Row::Postgres(row))).collect()
            }
            Engine::Closed => Err(closed()),
        }
    }

    /// The cache of users, where this process alone writes them.
    pub(crate) fn records(&self) -> Option<&RecordCache> {
        match &self.engine {
            Engine::Sqlite { records, .. } => records.as_deref(),
            Engine::Postgres(_) | Engine::Closed => None,
        }
    }

    /// Waits until the index of users has been built, where there is one: for tests and measurements, as everything works
    /// without. Answers whether lists go by it.
    #[must_use]
    pub fn wait_for_index(&self) -> bool {
        match &self.engine {
            Engine::Sqlite { index: Some(index), .. } => index.wait(),
            Engine::Sqlite { index: None, .. } | Engine::Postgres(_) | Engine::Closed => false,
        }
    }

    /// The store's counters.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    fn accepted(&self, sent: std::result::Result<(), TrySendError<Box<dyn Job>>>) -> Result<()> {
        sent.map_err(|error| match error {
            TrySendError::Full(_) => {
                Stats::add(&self.stats.rejected, 1);
                Error::Busy
            }
            TrySendError::Disconnected(_) => closed(),
        })
    }
}

impl Drop for Store {
    /// Finishes what is queued, then lets the connections go; SQLite empties its log with the last of them.
    fn drop(&mut self) {
        if let Engine::Sqlite { index: Some(index), .. } = &self.engine {
            index.stop();
        }
        self.engine = Engine::Closed;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store had panicked");
            }
        }
    }
}

fn closed() -> Error {
    Error::Unavailable("the database is closed".to_owned())
}

/// Starts a named thread of the store.
pub(crate) fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|error| Error::Unavailable(format!("cannot start a thread: {error}")))
}
