//! One connection's loop, and the checks on what it is answered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::random::Random;
use super::request::{Request, write_digits};
use super::response::{Answer, Reader};
use super::{Histogram, Op, Plan};
use crate::records;

/// So many users are written by one connection only, so that the last acknowledged write of each is known.
pub(crate) const WATCHED: u32 = 8;
/// One in so many requests of a watching connection goes to its user; one in so many answers is looked into.
const SAMPLE: u64 = 32;

/// The last write to a user that the server answered with success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    /// The user, counted from zero.
    pub(crate) user: u32,
    /// The revision written.
    pub(crate) revision: u64,
}

/// What all connections of a run share; they run on one thread.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Set to end the run; every connection still waits for its answer.
    pub(crate) stop: Cell<bool>,
    /// Whether latencies are being recorded.
    pub(crate) recording: Cell<bool>,
    /// Latencies recorded.
    pub(crate) histogram: RefCell<Histogram>,
    /// The next revision to write.
    pub(crate) next_revision: Cell<u64>,
}

impl Shared {
    /// The state before a run.
    pub(crate) fn new(first_revision: u64) -> Self {
        Self {
            stop: Cell::new(false),
            recording: Cell::new(false),
            histogram: RefCell::new(Histogram::new()),
            next_revision: Cell::new(first_revision),
        }
    }
}

/// One keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    index: u32,
    connections: u32,
    users: u32,
    op: Op,
    body_length: Option<usize>,
    stream: TcpStream,
    reader: Reader,
    request: Request,
    random: Random,
    shared: Rc<Shared>,
    sent: u64,
    acknowledged: Option<Acknowledged>,
}

impl Connection {
    /// A connection that has not sent anything.
    pub(crate) fn new(plan: &Plan, index: u32, stream: TcpStream, shared: Rc<Shared>) -> Self {
        Self {
            index,
            connections: u32::from(plan.connections),
            users: plan.users,
            op: plan.op,
            body_length: plan.body_length,
            stream,
            reader: Reader::new(),
            request: Request::new(plan.op, &plan.target),
            random: Random::new(u64::from(index)),
            shared,
            sent: 0,
            acknowledged: None,
        }
    }

    /// Asks for random users until told to stop.
    pub(crate) async fn at_random(mut self) -> anyhow::Result<Option<Acknowledged>> {
        let mut begun = Instant::now();
        while !self.shared.stop.get() {
            let user = self.pick();
            self.ask(user).await?;
            let ended = Instant::now();
            if self.shared.recording.get() {
                self.shared.histogram.borrow_mut().record(ended - begun);
            }
            begun = ended;
        }
        Ok(self.acknowledged)
    }

    /// Asks for this connection's share of the users, each once.
    pub(crate) async fn each_once(mut self) -> anyhow::Result<Option<Acknowledged>> {
        let mut user = self.index;
        while user < self.users && !self.shared.stop.get() {
            self.ask(user).await?;
            user += self.connections;
        }
        Ok(None)
    }

    fn pick(&mut self) -> u32 {
        if self.op == Op::Get {
            return self.random.below(self.users);
        }
        if self.index < WATCHED && self.sent.is_multiple_of(SAMPLE) {
            return self.index;
        }
        WATCHED + self.random.below(self.users - WATCHED)
    }

    async fn ask(&mut self, user: u32) -> anyhow::Result<()> {
        let outcome = self.exchange(user).await;
        if outcome.is_err() {
            self.shared.stop.set(true);
        }
        outcome.with_context(|| format!("{:?} of {}", self.op, records::uid(user)))
    }

    async fn exchange(&mut self, user: u32) -> anyhow::Result<()> {
        let revision = self.shared.next_revision.get();
        self.shared.next_revision.set(revision + 1);
        self.stream.write_all(self.request.aim(user, revision)).await?;
        let answer = self.reader.answer(&mut self.stream).await?;
        check_head(self.op, self.body_length, &answer)?;
        if self.sent.is_multiple_of(SAMPLE) {
            check_body(user, &answer)?;
        }
        if self.op != Op::Get && self.index < WATCHED && user == self.index {
            self.acknowledged = Some(Acknowledged { user, revision });
        }
        self.sent += 1;
        Ok(())
    }
}

fn check_head(op: Op, length: Option<usize>, answer: &Answer<'_>) -> anyhow::Result<()> {
    let success = answer.status == 200 || (op == Op::Create && answer.status == 201);
    let body = || String::from_utf8_lossy(answer.body).chars().take(2000).collect::<String>();
    if !success {
        bail!("answered {}: {}", answer.status, body());
    }
    let Some(expected) = length else { return Ok(()) };
    ensure!(
        answer.body.len() == expected,
        "a body of {} bytes, not {expected}: {}",
        answer.body.len(),
        body()
    );
    Ok(())
}

fn check_body(user: u32, answer: &Answer<'_>) -> anyhow::Result<()> {
    let mut uid = *b"\"uid\":\"bench-0000000\"";
    let digits = uid.len() - 8..uid.len() - 1;
    write_digits(&mut uid[digits], u64::from(records::FIRST_USER + user));
    let found = answer.body.windows(uid.len()).any(|window| window == uid);
    ensure!(found, "the answer is about someone else: {}", String::from_utf8_lossy(answer.body));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_passes() {
        let answer = Answer { status: 503, body: b"{\"error\":{\"code\":\"BUSY\"}}" };
        let error = check_head(Op::Get, None, &answer).unwrap_err().to_string();
        assert!(error.contains("503") && error.contains("BUSY"), "{error}");
        assert!(check_head(Op::Get, None, &Answer { status: 201, body: b"" }).is_err());
        assert!(check_head(Op::Create, None, &Answer { status: 201, body: b"" }).is_ok());
    }

    #[test]
    fn a_body_of_another_length_or_user_does_not_pass() {
        let text = records::built_in_answer();
        let answer = Answer { status: 200, body: text.as_bytes() };
        assert!(check_head(Op::Get, Some(text.len()), &answer).is_ok());
        assert!(check_head(Op::Get, Some(text.len() + 1), &answer).is_err());
        assert!(check_body(0, &answer).is_ok());
        assert!(check_body(1, &answer).is_err());
    }
}
