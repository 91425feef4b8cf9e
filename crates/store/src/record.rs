//! A user's record as it is read, with the answers that were made of it.

use std::ops::Deref;
use std::sync::OnceLock;

use bytes::Bytes;
use rollcall_model::User;

/// How many kinds of answers are kept of one record.
const ANSWERS: usize = 2;

/// What a kept answer costs beside its text.
pub(crate) const ANSWER_OVERHEAD: usize = 64;

/// A user, and answers that depend on nothing else: whoever has rendered one may have it kept, so that the next one who
/// asks for the same need not (ADR 0016).
#[derive(Debug)]
pub struct Record {
    user: User,
    answers: [OnceLock<Answer>; ANSWERS],
}

#[derive(Debug)]
struct Answer {
    kind: &'static str,
    text: Bytes,
}

impl Record {
    /// A record of which no answers have been made.
    #[must_use]
    pub fn new(user: User) -> Self {
        Self { user, answers: [OnceLock::new(), OnceLock::new()] }
    }

    /// The kept answer of this kind.
    #[must_use]
    pub fn answer(&self, kind: &str) -> Option<Bytes> {
        let kept = self.answers.iter().filter_map(OnceLock::get);
        kept.into_iter()
            .find(|answer| answer.kind == kind)
            .map(|answer| answer.text.clone())
    }

    /// Keeps an answer, if there is room for its kind. Answers whether it was kept now.
    pub(crate) fn keep(&self, kind: &'static str, text: Bytes) -> bool {
        if self.answer(kind).is_some() {
            return false;
        }
        let Some(free) = self.answers.iter().find(|slot| slot.get().is_none()) else {
            return false;
        };
        free.set(Answer { kind, text }).is_ok()
    }

    /// About how many bytes the kept answers take in memory.
    pub(crate) fn answers_size(&self) -> usize {
        self.answers
            .iter()
            .filter_map(OnceLock::get)
            .map(|answer| ANSWER_OVERHEAD + answer.text.len())
            .sum()
    }
}

impl Deref for Record {
    type Target = User;

    fn deref(&self) -> &User {
        &self.user
    }
}

/// Records are equal when the users are.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.user == other.user
    }
}

impl Eq for Record {}

impl PartialEq<User> for Record {
    fn eq(&self, other: &User) -> bool {
        self.user == *other
    }
}
