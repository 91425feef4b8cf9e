//! Who is active: remembered in memory and written down now and then, so that a request costs no write.
//!
//! What was not written down when the process is killed is lost: at most the time between two calls of [`flush`]. It is a
//! figure about requests, never the answer to one (ADR 0009).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use rollcall_model::{Actor, AppId, Millis, Result, Uid, UserKey, Viewer};
use rollcall_store::activity as store;

use crate::Directory;
use crate::authz::{Action, require};

/// Milliseconds for which a moment that is written down is good enough.
const GRAIN: i64 = 60_000;
/// Most users in one transaction.
const CHUNK: usize = 200;
/// Most users that are remembered between two flushes; the others are noted with their next request.
const MOST: usize = 100_000;

type Notes = HashMap<(AppId, UserKey), Noted>;

/// What is not written down yet.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    notes: Mutex<Notes>,
    /// Held while notes are written down: whoever counts then waits for them.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Noted {
    uid: Uid,
    first: Millis,
    last: Millis,
}

impl Noted {
    /// The two put together.
    fn with(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Activity {
    /// A user was active just now; the record says when that was last written down.
    pub(crate) fn note(&self, app: &AppId, viewer: &Viewer, written: Option<Millis>, now: Millis) {
        if written.is_some_and(|written| is_good_enough(written, now)) {
            return;
        }
        let noted = Noted { uid: viewer.uid.clone(), first: now, last: now };
        put(
            &mut self.notes.lock().unwrap_or_else(PoisonError::into_inner),
            (app.clone(), viewer.key),
            noted,
        );
    }

    fn take(&self) -> Vec<((AppId, UserKey), Noted)> {
        let notes = std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        let mut all: Vec<_> = notes.into_iter().collect();
        // In one order, so that two processes that write down the same users never wait for each other in a ring.
        all.sort_unstable_by(|(who, _), (other, _)| who.cmp(other));
        all
    }

    /// Takes back what could not be written down.
    fn keep(&self, left: &[((AppId, UserKey), Noted)]) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        for (who, noted) in left {
            put(&mut notes, who.clone(), noted.clone());
        }
    }
}

fn put(notes: &mut Notes, who: (AppId, UserKey), noted: Noted) {
    let is_full = notes.len() >= MOST;
    match notes.entry(who) {
        Entry::Occupied(mut known) => known.get_mut().with(&noted),
        Entry::Vacant(_) if is_full => {}
        Entry::Vacant(place) => {
            place.insert(noted);
        }
    }
}

/// Whether there is nothing to write down: the same minute, on the same day, by a clock that was not set back.
fn is_good_enough(written: Millis, now: Millis) -> bool {
    (0..GRAIN).contains(&(now.0 - written.0)) && store::day(written) == store::day(now)
}

/// Writes down who was active since the last call. To be called every few seconds, and at the end.
///
/// # Errors
/// What the store says; what was to be written is remembered for the next call.
pub async fn flush(directory: &Directory) -> Result<()> {
    let activity = &directory.activity;
    let _one_at_a_time = activity.writing.lock().await;
    let mut left = activity.take();
    while !left.is_empty() {
        let chunk = left[..left.len().min(CHUNK)].to_vec();
        let written = chunk.len();
        let outcome = directory
            .store
            .write("activity.flush", move |tx| {
                chunk.iter().try_for_each(|((app, key), Noted { uid, first, last })| {
                    store::note(tx, app, uid, *key, *first, *last)
                })
            })
            .await;
        if let Err(error) = outcome {
            activity.keep(&left);
            return Err(error.into());
        }
        left.drain(..written);
    }
    Ok(())
}

/// The present moment, for figures that reach up to it.
///
/// # Errors
/// [`rollcall_model::Error::Denied`] or [`rollcall_model::Error::Forbidden`].
pub fn now(directory: &Directory, actor: &Actor) -> Result<Millis> {
    require(actor, Action::ReadStats)?;
    Ok(directory.clock.now())
}

/// How many users were active between two moments, both included.
///
/// # Errors
/// [`rollcall_model::Error::Denied`], [`rollcall_model::Error::Forbidden`], or what the store says.
pub async fn count(directory: &Directory, actor: &Actor, from: Millis, to: Millis) -> Result<i64> {
    require(actor, Action::ReadStats)?;
    flush(directory).await?;
    let app = actor.app.clone();
    Ok(directory
        .store
        .read("activity.count", move |tx| store::count(tx, &app, from, to))
        .await?)
}

#[cfg(test)]
mod tests {
    use rollcall_model::RoleId;

    use super::*;

    const MIDNIGHT: i64 = 20_300 * 86_400_000;

    #[test]
    fn a_minute_is_good_enough_but_not_over_midnight_and_not_in_the_future() {
        for (written, now, expected) in [
            (0, 0, true),
            (0, 59_999, true),
            (0, 60_000, false),
            (MIDNIGHT - 1, MIDNIGHT, false),
            (MIDNIGHT, MIDNIGHT + 1, true),
            (1_000, 0, false),
        ] {
            assert_eq!(is_good_enough(Millis(written), Millis(now)), expected, "{written} {now}");
        }
    }

    #[test]
    fn what_is_taken_back_is_put_together_with_what_came_meanwhile() {
        let (activity, app) = (Activity::default(), AppId::stored("shop"));
        let viewer = Viewer {
            uid: Uid::stored("mira"),
            key: UserKey(1),
            role: RoleId::stored("default"),
        };
        for now in [5, 9, 7] {
            activity.note(&app, &viewer, None, Millis(now));
        }
        let left = activity.take();
        assert_eq!((left[0].1.first, left[0].1.last), (Millis(5), Millis(9)));
        activity.note(&app, &viewer, None, Millis(20));
        activity.keep(&left);
        let again = activity.take();
        assert_eq!((again.len(), again[0].1.first, again[0].1.last), (1, Millis(5), Millis(20)));
        assert!(activity.take().is_empty());
    }
}
