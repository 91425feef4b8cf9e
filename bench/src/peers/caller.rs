//! The load that a peer gets: the same loop as Rollcall's, over requests and answers of any make.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::load::{self, Acknowledged, Outcome, Random, Request, Shared, WATCHED, Window};
use crate::records;

/// One in so many requests of a watching connection goes to its user; one in so many answers is looked into.
const SAMPLE: u64 = 32;

/// One kind of request to a peer.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// What each connection says first, where a peer gets to know its caller once and not with each request.
    pub(crate) greeting: Option<Vec<u8>>,
    /// The request, rendered for the first user and revision zero.
    pub(crate) request: Vec<u8>,
    /// The status of an answer, once all of it is there.
    pub(crate) answered: fn(&[u8]) -> anyhow::Result<Option<u16>>,
    /// The status of success.
    pub(crate) success: u16,
    /// Whether the answer holds the user's uid, which is then looked for.
    pub(crate) names_user: bool,
    /// Whether it changes the user.
    pub(crate) writes: bool,
}

/// Whom to ask, and how much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    /// Where the peer listens.
    pub(crate) address: SocketAddr,
    /// How many users it holds.
    pub(crate) users: u32,
    /// Connections kept open, each with one request under way.
    pub(crate) connections: u16,
}

/// Asks about random users for a while; `probe` is called at both ends of the window.
pub(crate) async fn measure<T>(
    crowd: Crowd,
    question: &Question,
    first_revision: u64,
    window: Window,
    probe: impl Fn() -> anyhow::Result<T>,
) -> anyhow::Result<Outcome<T>> {
    let shared = Rc::new(Shared::new(first_revision, crowd.users));
    let talk = |index, stream| Caller::new(question, crowd, index, stream, &shared).at_random();
    load::measure_with(&shared, (crowd.address, crowd.connections), talk, window, probe).await
}

/// Asks about each user once.
pub(crate) async fn each_once(crowd: Crowd, question: &Question) -> anyhow::Result<()> {
    let shared = Rc::new(Shared::new(0, crowd.users));
    let talk = |index, stream| Caller::new(question, crowd, index, stream, &shared).each_once();
    load::finish_with((crowd.address, crowd.connections), talk).await
}

/// Asks once, on a connection of its own, and gives the whole answer as text.
pub(crate) async fn single(
    crowd: Crowd,
    question: &Question,
    user: u32,
    revision: u64,
) -> anyhow::Result<String> {
    let stream = TcpStream::connect(crowd.address).await?;
    let mut caller = Caller::new(question, crowd, 0, stream, &Rc::new(Shared::new(revision, crowd.users)));
    caller.greet(question).await?;
    caller.ask(user).await?;
    Ok(String::from_utf8_lossy(&caller.buffer[..caller.filled]).into_owned())
}

/// One keep-alive connection.
struct Caller {
    question: Question,
    crowd: Crowd,
    index: u32,
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    request: Request,
    random: Random,
    shared: Rc<Shared>,
    sent: u64,
    acknowledged: Option<Acknowledged>,
}

impl Caller {
    fn new(question: &Question, crowd: Crowd, index: u32, stream: TcpStream, shared: &Rc<Shared>) -> Self {
        Self {
            question: question.clone(),
            crowd,
            index,
            stream,
            buffer: vec![0; 8 * 1024],
            filled: 0,
            request: Request::of(question.request.clone()),
            random: Random::new(u64::from(index)),
            shared: Rc::clone(shared),
            sent: 0,
            acknowledged: None,
        }
    }

    async fn at_random(mut self) -> anyhow::Result<Option<Acknowledged>> {
        self.begin().await?;
        let mut begun = Instant::now();
        while !self.shared.stop.get() {
            let user = self.pick();
            self.try_ask(user).await?;
            let ended = Instant::now();
            if self.shared.recording.get() {
                self.shared.histogram.borrow_mut().record(ended - begun);
            }
            begun = ended;
        }
        Ok(self.acknowledged)
    }

    async fn each_once(mut self) -> anyhow::Result<Option<Acknowledged>> {
        self.begin().await?;
        let mut user = self.index;
        while user < self.crowd.users && !self.shared.stop.get() {
            self.try_ask(user).await?;
            user += u32::from(self.crowd.connections);
        }
        Ok(None)
    }

    async fn begin(&mut self) -> anyhow::Result<()> {
        let question = self.question.clone();
        let outcome = self.greet(&question).await;
        self.stop_after(outcome)
    }

    async fn try_ask(&mut self, user: u32) -> anyhow::Result<()> {
        let outcome = self.ask(user).await;
        self.stop_after(outcome)
            .with_context(|| format!("about {}", records::uid(user)))
    }

    fn stop_after(&self, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
        if outcome.is_err() {
            self.shared.stop.set(true);
        }
        outcome
    }

    /// Users that one connection alone writes are few; the last acknowledged write of each is known.
    fn pick(&mut self) -> u32 {
        let users = self.crowd.users;
        if !self.question.writes {
            return self.random.below(users);
        }
        if self.index < WATCHED && self.sent.is_multiple_of(SAMPLE) {
            return self.index;
        }
        WATCHED + self.random.below(users - WATCHED)
    }

    async fn greet(&mut self, question: &Question) -> anyhow::Result<()> {
        let Some(greeting) = &question.greeting else {
            return Ok(());
        };
        self.stream.write_all(greeting).await?;
        self.receive().await.context("the greeting")
    }

    async fn ask(&mut self, user: u32) -> anyhow::Result<()> {
        let revision = self.shared.next_revision.get();
        self.shared.next_revision.set(revision + 1);
        self.stream.write_all(self.request.aim(user, revision)).await?;
        self.receive().await?;
        if self.question.names_user && self.sent.is_multiple_of(SAMPLE) {
            let (uid, answer) = (records::uid(user), &self.buffer[..self.filled]);
            let found = answer.windows(uid.len()).any(|window| window == uid.as_bytes());
            ensure!(found, "the answer is about someone else: {}", String::from_utf8_lossy(answer));
        }
        if self.question.writes && self.index < WATCHED && user == self.index {
            self.acknowledged = Some(Acknowledged { user, revision });
        }
        self.sent += 1;
        Ok(())
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        self.filled = 0;
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
            ensure!(read > 0, "the server closed the connection");
            self.filled += read;
            let answer = &self.buffer[..self.filled];
            if let Some(status) = (self.question.answered)(answer)? {
                let shown = || String::from_utf8_lossy(answer).chars().take(2000).collect::<String>();
                ensure!(status == self.question.success, "answered {status}: {}", shown());
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests;
