//! One connection's loop, and the checks on what it is answered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::op::{PAGE, Proof};
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
    /// The next user to make.
    pub(crate) next_user: Cell<u32>,
}

impl Shared {
    /// The state before a run.
    pub(crate) fn new(first_revision: u64, first_new: u32) -> Self {
        Self {
            stop: Cell::new(false),
            recording: Cell::new(false),
            histogram: RefCell::new(Histogram::new()),
            next_revision: Cell::new(first_revision),
            next_user: Cell::new(first_new),
        }
    }
}

/// One keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    plan: Rc<Plan>,
    index: u32,
    stream: TcpStream,
    reader: Reader,
    requests: Vec<Request>,
    random: Random,
    shared: Rc<Shared>,
    sent: u64,
    acknowledged: Option<Acknowledged>,
}

/// What comes next.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// Which request of the operation.
    step: usize,
    /// Which user or page, counted from zero.
    thing: u32,
    /// Which app, when there are several.
    app: usize,
}

impl Connection {
    /// A connection that has not sent anything.
    pub(crate) fn new(plan: &Rc<Plan>, index: u32, stream: TcpStream, shared: &Rc<Shared>) -> Self {
        Self {
            plan: Rc::clone(plan),
            index,
            stream,
            reader: Reader::new(),
            requests: Request::all(plan.op, &plan.target, plan.tags),
            random: Random::new(u64::from(index)),
            shared: Rc::clone(shared),
            sent: 0,
            acknowledged: None,
        }
    }

    /// Asks for random users until told to stop.
    pub(crate) async fn at_random(mut self) -> anyhow::Result<Option<Acknowledged>> {
        let mut begun = Instant::now();
        while !self.shared.stop.get() {
            let turn = self.pick();
            self.ask(turn).await?;
            let ended = Instant::now();
            if self.shared.recording.get() {
                self.shared.histogram.borrow_mut().record(ended - begun);
            }
            begun = ended;
        }
        Ok(self.acknowledged)
    }

    /// Asks for this connection's share of the users of all apps, each once.
    pub(crate) async fn each_once(mut self) -> anyhow::Result<Option<Acknowledged>> {
        let plan = &self.plan;
        let (users, connections) = (plan.users, u32::from(plan.connections));
        let all = users * plan.apps.len().max(1) as u32;
        let mut next = self.index;
        while next < all && !self.shared.stop.get() {
            let turn = Turn { step: 0, thing: next % users, app: (next / users) as usize };
            self.ask(turn).await?;
            next += connections;
        }
        Ok(None)
    }

    fn pick(&mut self) -> Turn {
        let plan = &self.plan;
        let random = &mut self.random;
        let app = if plan.apps.is_empty() {
            0
        } else {
            random.below(plan.apps.len() as u32) as usize
        };
        let step = match plan.op {
            Op::Mix => usize::from(random.below(10) == 0),
            Op::Bulk => (self.sent % 2) as usize,
            _ => 0,
        };
        let pages = plan.users.div_ceil(PAGE);
        let thing = match plan.op {
            Op::ListPage => random.below(pages),
            Op::ListLast => pages - 1,
            // Its own users, so that what one connection deactivates no other reactivates.
            Op::Bulk => self.index % (plan.users / records::BULK) * records::BULK,
            Op::New => {
                let new = self.shared.next_user.get();
                self.shared.next_user.set(new + 1);
                new
            }
            op if !op.is_watched() => random.below(plan.users),
            _ if self.index < WATCHED && self.sent.is_multiple_of(SAMPLE) => self.index,
            _ => WATCHED + random.below(plan.users - WATCHED),
        };
        Turn { step, thing, app }
    }

    async fn ask(&mut self, turn: Turn) -> anyhow::Result<()> {
        let outcome = self.exchange(turn).await;
        if outcome.is_err() {
            self.shared.stop.set(true);
        }
        outcome.with_context(|| format!("{:?} of {}", self.plan.op, records::uid(turn.thing)))
    }

    async fn exchange(&mut self, turn: Turn) -> anyhow::Result<()> {
        let plan = &self.plan;
        let revision = self.shared.next_revision.get();
        self.shared.next_revision.set(revision + 1);
        let request = &mut self.requests[turn.step];
        if let Some((id, key)) = plan.apps.get(turn.app) {
            request.enter(id, key);
        }
        self.stream.write_all(request.aim(turn.thing, revision)).await?;
        let answer = self.reader.answer(&mut self.stream).await?;
        check_head(plan.op, plan.body_lengths, &answer)?;
        if self.sent.is_multiple_of(SAMPLE) {
            check_body(plan.op.proof(), turn.thing, &answer)?;
        }
        if plan.op.is_watched() && self.index < WATCHED && turn.thing == self.index {
            self.acknowledged = Some(Acknowledged { user: turn.thing, revision });
        }
        self.sent += 1;
        Ok(())
    }
}

fn check_head(op: Op, lengths: Option<[usize; 2]>, answer: &Answer<'_>) -> anyhow::Result<()> {
    let success = answer.status == 200 || (matches!(op, Op::Create | Op::New) && answer.status == 201);
    let body = || String::from_utf8_lossy(answer.body).chars().take(2000).collect::<String>();
    if !success {
        bail!("answered {}: {}", answer.status, body());
    }
    let Some(expected) = lengths else { return Ok(()) };
    ensure!(
        expected.contains(&answer.body.len()),
        "a body of {} bytes, not {expected:?}: {}",
        answer.body.len(),
        body()
    );
    Ok(())
}

fn check_body(proof: Proof, thing: u32, answer: &Answer<'_>) -> anyhow::Result<()> {
    let found = match proof {
        Proof::Uid => {
            let mut uid = *b"bench-00000000\"";
            let digits = records::UID_PREFIX.len()..uid.len() - 1;
            write_digits(&mut uid[digits], u64::from(records::FIRST_USER + thing));
            holds(answer.body, &uid)
        }
        Proof::Number => holds(answer.body, format!("\"id\":{},", thing + 1).as_bytes()),
        Proof::Text(text) => holds(answer.body, text.as_bytes()),
    };
    ensure!(found, "the answer is about something else: {}", String::from_utf8_lossy(answer.body));
    Ok(())
}

fn holds(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
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
        assert!(check_head(Op::Get, Some([1, text.len()]), &answer).is_ok());
        assert!(check_head(Op::Get, Some([1, text.len() + 1]), &answer).is_err());
        assert!(check_body(Proof::Uid, 0, &answer).is_ok());
        assert!(check_body(Proof::Uid, 1, &answer).is_err());
    }

    #[test]
    fn an_answer_about_something_else_does_not_pass() {
        let answer = Answer { status: 200, body: b"{\"id\":42,\"credit_balance\":1}" };
        assert!(check_body(Proof::Number, 41, &answer).is_ok());
        assert!(check_body(Proof::Number, 4, &answer).is_err());
        assert!(check_body(Proof::Text("\"credit_balance\":"), 0, &answer).is_ok());
        assert!(check_body(Op::ListFirst.proof(), 0, &answer).is_err());
    }
}
