//! The load generator: one thread, keep-alive connections, each with exactly one request under way.

pub(crate) mod command;
mod connection;
mod histogram;
pub(crate) mod op;
mod random;
mod request;
mod response;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, LocalSet};

use connection::Connection;
pub(crate) use connection::{Acknowledged, Shared, WATCHED};
pub(crate) use histogram::{Histogram, Latency};
pub(crate) use op::Op;
pub(crate) use random::Random;
pub(crate) use request::Request;
use response::Reader;
pub(crate) use response::{Head, parse};

/// Whom to ask, and as whom.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// The app.
    pub(crate) app_id: String,
    /// Its key for the face that is asked.
    pub(crate) api_key: String,
}

/// One run of the generator.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Whom to ask.
    pub(crate) target: Target,
    /// What to ask.
    pub(crate) op: Op,
    /// How many users each app has.
    pub(crate) users: u32,
    /// Ids and keys of apps that requests are spread over, all of one length; none for the target's own.
    pub(crate) apps: Rc<[(String, String)]>,
    /// How many tags users have between them, one each; none for two that all have.
    pub(crate) tags: Option<u32>,
    /// How many connections.
    pub(crate) connections: u16,
    /// Revisions written start here; a value never used before tells this run's writes from earlier ones.
    pub(crate) first_revision: u64,
    /// Users that are made while measuring start here, counted from zero.
    pub(crate) first_new: u32,
    /// Lengths that a body may have.
    pub(crate) body_lengths: Option<[usize; 2]>,
}

/// When to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Load before measuring.
    pub(crate) warmup: Duration,
    /// Load measured.
    pub(crate) measured: Duration,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    /// Requests answered inside the window.
    pub(crate) requests: u64,
    /// Length of the window.
    pub(crate) seconds: f64,
    /// Their latencies.
    pub(crate) latency: Latency,
    /// The probe's value at the start of the window.
    pub(crate) before: T,
    /// The probe's value at its end.
    pub(crate) after: T,
    /// Last write that the server acknowledged, for the users watched.
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// First revision that was not used.
    pub(crate) next_revision: u64,
    /// First user that was not made.
    pub(crate) next_new: u32,
}

impl Plan {
    /// A plan for the target's own app, that accepts answers of any length.
    pub(crate) fn new(target: Target, op: Op, users: u32, connections: u16) -> Self {
        Self {
            target,
            op,
            users,
            apps: Rc::new([]),
            tags: None,
            connections,
            first_revision: 1,
            first_new: users,
            body_lengths: None,
        }
    }
}

/// A window is made longer until so many requests were answered: those under way at its ends blur what one costs.
const ENOUGH: u64 = 64;
/// But not longer than this.
const LONGEST: Duration = Duration::from_secs(20);

/// Sends random requests for a while; `probe` is called at both ends of the window.
pub(crate) async fn measure<T>(
    plan: &Plan,
    window: Window,
    probe: impl Fn() -> anyhow::Result<T>,
) -> anyhow::Result<Outcome<T>> {
    let shared = Rc::new(Shared::new(plan.first_revision, plan.first_new));
    let plan = Rc::new(plan.clone());
    let talk = |index, stream| Connection::new(&plan, index, stream, &shared).at_random();
    measure_with(&shared, (plan.target.address, plan.connections), talk, window, probe).await
}

/// Lets so many connections to an address talk for a while, each as `talk` has it; `probe` as above.
pub(crate) async fn measure_with<T, F: Talk>(
    shared: &Shared,
    crowd: (SocketAddr, u16),
    talk: impl Fn(u32, TcpStream) -> F,
    window: Window,
    probe: impl Fn() -> anyhow::Result<T>,
) -> anyhow::Result<Outcome<T>> {
    let local = LocalSet::new();
    let work = async {
        let tasks = connect(crowd, talk).await?;
        nap(window.warmup, shared).await;
        let before = probe()?;
        shared.recording.set(true);
        let begun = Instant::now();
        nap(window.measured, shared).await;
        while shared.histogram.borrow().total() < ENOUGH && begun.elapsed() < LONGEST && !shared.stop.get() {
            nap(Duration::from_millis(50), shared).await;
        }
        shared.recording.set(false);
        let seconds = begun.elapsed().as_secs_f64();
        let after = probe()?;
        shared.stop.set(true);
        let acknowledged = finish(tasks, Duration::from_secs(60)).await?;
        let histogram = shared.histogram.borrow();
        if histogram.total() == 0 {
            bail!("no request was answered in {seconds:.1} s");
        }
        Ok(Outcome {
            requests: histogram.total(),
            seconds,
            latency: histogram.latency(),
            before,
            after,
            acknowledged,
            next_revision: shared.next_revision.get(),
            next_new: shared.next_user.get(),
        })
    };
    local.run_until(work).await
}

/// Sends one request for each user, in order; gives the first revision that was not used.
pub(crate) async fn each_once(plan: &Plan) -> anyhow::Result<u64> {
    let shared = Rc::new(Shared::new(plan.first_revision, plan.first_new));
    let plan = Rc::new(plan.clone());
    let talk = |index, stream| Connection::new(&plan, index, stream, &shared).each_once();
    finish_with((plan.target.address, plan.connections), talk).await?;
    Ok(shared.next_revision.get())
}

/// Lets so many connections to an address talk until all have said what they had to.
pub(crate) async fn finish_with<F: Talk>(
    crowd: (SocketAddr, u16),
    talk: impl Fn(u32, TcpStream) -> F,
) -> anyhow::Result<()> {
    let local = LocalSet::new();
    let work = async {
        let tasks = connect(crowd, talk).await?;
        finish(tasks, Duration::from_secs(1800)).await
    };
    local.run_until(work).await.map(drop)
}

/// What one connection does from its first request to its last.
pub(crate) trait Talk: Future<Output = anyhow::Result<Option<Acknowledged>>> + 'static {}

impl<F: Future<Output = anyhow::Result<Option<Acknowledged>>> + 'static> Talk for F {}

type Task = JoinHandle<anyhow::Result<Option<Acknowledged>>>;

async fn connect<F: Talk>(
    (address, connections): (SocketAddr, u16),
    talk: impl Fn(u32, TcpStream) -> F,
) -> anyhow::Result<Vec<Task>> {
    let mut streams = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await;
        let stream = stream.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let start = |(index, stream)| tokio::task::spawn_local(talk(index, stream));
    Ok((0..).zip(streams).map(start).collect())
}

/// Sleeps, but not past a failure.
async fn nap(length: Duration, shared: &Shared) {
    let end = Instant::now() + length;
    while !shared.stop.get() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        tokio::time::sleep(left.min(Duration::from_millis(250))).await;
    }
}

async fn finish(tasks: Vec<Task>, patience: Duration) -> anyhow::Result<Vec<Acknowledged>> {
    let all = async {
        let mut acknowledged = Vec::new();
        let mut failures = Vec::new();
        for task in tasks {
            match task.await? {
                Ok(write) => acknowledged.extend(write),
                Err(failure) => failures.push(failure),
            }
        }
        let count = failures.len();
        match failures.into_iter().next() {
            Some(first) if count > 1 => {
                Err(first.context(format!("{count} connections failed, one of them")))
            }
            Some(first) => Err(first),
            None => Ok(acknowledged),
        }
    };
    tokio::time::timeout(patience, all)
        .await
        .context("some requests were never answered")?
}

/// Asks once about one user, on a connection of its own, and gives the body.
pub(crate) async fn single(target: &Target, op: Op, user: u32, revision: u64) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(target.address).await?;
    let mut request = Request::all(op, target, None).into_iter().next().context("no request")?;
    stream.write_all(request.aim(user, revision)).await?;
    let mut reader = Reader::new();
    let answer = tokio::time::timeout(Duration::from_secs(20), reader.answer(&mut stream)).await;
    let answer = answer.with_context(|| format!("no answer to {op:?}"))??;
    let body = String::from_utf8_lossy(answer.body).into_owned();
    ensure!(
        answer.status == 200,
        "{op:?} of {} answered {}: {body}",
        crate::records::uid(user),
        answer.status
    );
    Ok(body)
}
