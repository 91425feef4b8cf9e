//! Marks: the smallest thing to write, and the means to stop a transaction in the middle.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Poll;

use rollcall_store::{Error, Options, Result, Sql, Store, Tx};
use rollcall_testkit::{Engine, Scratch};

static PUT: Sql = Sql::new("put", "insert into installation (name, value) values ($1, 'mark')");
static MARKS: Sql = Sql::new("marks", "select name from installation where value = 'mark' order by name");
static MARK: Sql = Sql::new("mark", "select name from installation where name = $1");

/// Writes a mark. That a mark is there already is an error.
pub(crate) fn put(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    tx.exec(&PUT, &[name.into()])
}

/// All marks.
pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    tx.query(&MARKS, &[], |row| row.text(0).map(str::to_owned))
}

pub(crate) async fn marks(store: &Store) -> Vec<String> {
    store.read("marks", all).await.unwrap()
}

/// Whether there is this mark, as a point read sees it.
pub(crate) async fn has(store: &Store, name: &str) -> bool {
    store.fetch(&MARK, &[name.into()], |_| Ok(())).await.unwrap().is_some()
}

/// Writes a mark in a transaction of its own.
pub(crate) async fn write(store: &Store, name: impl Into<String>) -> Result<()> {
    let name = name.into();
    store.write("mark", move |tx| put(tx, &name)).await
}

/// A use case's refusal.
pub(crate) fn refusal() -> Error {
    rollcall_model::Error::Denied.into()
}

pub(crate) fn is_refusal(outcome: &Result<()>) -> bool {
    matches!(outcome, Err(Error::Rule(rollcall_model::Error::Denied)))
}

pub(crate) fn is_unavailable(outcome: &Result<()>) -> bool {
    matches!(outcome, Err(Error::Unavailable(_)))
}

/// A counter of the store.
pub(crate) fn stat(store: &Store, name: &str) -> u64 {
    let snapshot = store.stats().snapshot();
    let found = snapshot.into_iter().find(|(counter, ..)| *counter == name);
    found.map(|(.., value)| value).unwrap()
}

/// A store with as few threads as there can be, and room for two to wait.
pub(crate) fn narrow(scratch: &Scratch) -> Store {
    let options = Options {
        queue: 2,
        scan_threads: 1,
        transaction_connections: 2,
        read_connections: 1,
        ..Options::default()
    };
    Store::open(scratch.database(), &options).unwrap()
}

/// How many write transactions a narrow store has in hand at once.
pub(crate) fn writers(engine: Engine) -> usize {
    match engine {
        Engine::Sqlite => 1,
        Engine::Postgres => 2,
    }
}

/// An operation that is under way.
pub(crate) type Started<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Starts an operation as far as the queue. One that no held writer stands before may even be done by then.
pub(crate) async fn start<'a, T>(operation: impl Future<Output = Result<T>> + Send + 'a) -> Started<'a, T>
where
    T: Send + 'a,
{
    let mut operation: Started<'a, T> = Box::pin(operation);
    match futures_util::poll!(&mut operation) {
        Poll::Pending => operation,
        Poll::Ready(done) => Box::pin(std::future::ready(done)),
    }
}

/// A closure that stands still in the middle, until this is dropped.
pub(crate) struct Gate(mpsc::Sender<()>);

impl Gate {
    pub(crate) fn open(self) {
        drop(self.0);
    }
}

/// What a closure calls to say that it runs, and to wait at the gate.
pub(crate) struct Stop {
    entered: tokio::sync::mpsc::UnboundedSender<()>,
    gate: mpsc::Receiver<()>,
}

impl Stop {
    pub(crate) fn here(&self) {
        let _reached = self.entered.send(());
        // Ends when the gate is gone.
        let _gone = self.gate.recv();
    }
}

/// A gate, its stop, and what tells that the stop was reached.
pub(crate) fn gate() -> (Gate, Stop, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let (open, gate) = mpsc::channel();
    let (entered, reached) = tokio::sync::mpsc::unbounded_channel();
    (Gate(open), Stop { entered, gate }, reached)
}

/// Keeps one writer busy.
pub(crate) async fn hold(store: &Store) -> (Gate, Started<'_, ()>) {
    let (gate, stop, mut reached) = gate();
    let body = move |_: &mut Tx<'_>| {
        stop.here();
        Ok(())
    };
    let held = start(store.write("hold", body)).await;
    reached.recv().await.unwrap();
    (gate, held)
}
