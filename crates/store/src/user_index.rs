//! An index of users in memory, for the embedded engine, where this process is the only one that writes them: sets of
//! their numbers, so that any list costs its page and any count next to nothing.
//!
//! Never stale and never torn. Every commit that changes lists raises a number in the database and is followed here
//! before anybody is answered; a list goes by the index only if the number in its own snapshot is that of the index
//! (ADR 0014). What few users share is not kept here but asked of the database, in the same snapshot.

mod app;
mod apps;
mod build;
mod column;
mod listed;
mod prefixes;
mod read;
mod sets;
mod values;

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{self, AtomicBool};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rollcall_model::AppId;

use crate::sql::statements;
use crate::stats::Stats;
use crate::{Error, Result, Tx};
pub(crate) use app::AppIndex;
use apps::Apps;
pub(crate) use build::{build, open};
pub(crate) use listed::{Listed, Traits};
pub(crate) use read::{Few, gather};
pub(crate) use sets::{Found, Set, highest, not_below, size};

statements! {
    UIDS_LIST = "select uid, id from users where app = $1 order by uid";
    NAMES_LIST = "select name_key, id from users where app = $1 and name_key is not null order by name_key";
    STATES_LIST = "select id, role, deactivated_at from users where app = $1";
    TAGS_LIST = "select tag, user_key from user_tags where app = $1 order by tag, user_key";
    UIDS = "select uid, id from users where app = $1 and uid >= $2 and uid < $3 order by uid";
    NAMES = "select name_key, id from users where app = $1 and name_key >= $2 and name_key < $3 order by name_key";
    ACTIVE_LIST = "select id from users where app = $1 and deactivated_at is null";
    DEACTIVATED_LIST = "select id from users where app = $1 and deactivated_at is not null";
    WITH_UID = "select id from users where app = $1 and uid >= $2 and uid < $3";
    WITH_NAME = "select id from users where app = $1 and name_key >= $2 and name_key < $3";
    WITH_ROLE = "select id from users where app = $1 and role = $2";
    WITH_TAG = "select user_key from user_tags where app = $1 and tag = $2";
}

/// Longest time that a list waits for a commit that it has seen to be followed: the writer does so at once.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many commits may wait for an index that is being built.
const MOST_WAITING: usize = 100_000;
/// So many commits are followed at most while lists wait.
const SHORT: usize = 64;

#[derive(Debug)]
pub(crate) struct UserIndex {
    state: Mutex<State>,
    /// The index has followed a commit, or has been built.
    moved: Condvar,
    stopped: AtomicBool,
    /// What at most so many users share is not kept.
    few: u64,
    stats: Arc<Stats>,
}

#[derive(Debug)]
struct State {
    /// The number of the last commit that changed lists, as far as is known here.
    version: i64,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// It is being read from a snapshot; what was committed meanwhile, by number.
    Building(Vec<(i64, Vec<Listed>)>),
    Ready(Apps),
    /// It could not be read, or was wrong; lists do without.
    Off,
}

impl UserIndex {
    /// An index that is to be built, of a database in which the last commit that changed lists has this number.
    fn new(few: u64, version: i64, stats: Arc<Stats>) -> Self {
        Self {
            state: Mutex::new(State { version, phase: Phase::Building(Vec::new()) }),
            moved: Condvar::new(),
            stopped: AtomicBool::new(false),
            few: few.max(1),
            stats,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number for the next commit that changes lists. For the writer alone.
    pub(crate) fn next_version(&self) -> i64 {
        self.state().version + 1
    }

    /// A commit of this number has ended that changed this. To be called before anybody is told.
    pub(crate) fn committed(&self, number: i64, changes: Vec<Listed>) {
        let mut state = self.state();
        let State { version, phase } = &mut *state;
        // The snapshot that the index was built from may have shown this commit already.
        if number > *version {
            *version = number;
            match phase {
                Phase::Building(queue) if queue.len() < MOST_WAITING => queue.push((number, changes)),
                Phase::Building(_) => {
                    tracing::warn!(
                        "more was changed while the index of users was read than can wait; lists do without"
                    );
                    *phase = Phase::Off;
                }
                Phase::Ready(apps) => {
                    let follow = || changes.iter().for_each(|change| apps.follow(change));
                    if catch_unwind(AssertUnwindSafe(follow)).is_err() {
                        tracing::error!(
                            "following a change panicked; lists do without the index of users from now on"
                        );
                        *phase = Phase::Off;
                    }
                }
                Phase::Off => {}
            }
        }
        drop(state);
        self.moved.notify_all();
    }

    /// Looks at the sets of an app as they were at the commit of this number, which is that of the caller's snapshot.
    /// Nothing when there is no index for the app.
    ///
    /// # Errors
    /// [`Error::Retry`] when the index has gone on since: another snapshot will do.
    pub(crate) fn look<T>(
        &self,
        version: i64,
        app: &AppId,
        look: impl FnOnce(&AppIndex) -> T,
    ) -> Result<Option<T>> {
        let state = self.state();
        let has_index = matches!(&state.phase, Phase::Ready(apps) if apps.get(app.as_str()).is_some());
        if !has_index {
            return Ok(None);
        }
        let behind = |state: &mut State| state.version < version && matches!(state.phase, Phase::Ready(_));
        let waited = self.moved.wait_timeout_while(state, PATIENCE, behind);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let Phase::Ready(apps) = &state.phase else {
            return Ok(None);
        };
        match state.version.cmp(&version) {
            Ordering::Equal => Ok(apps.get(app.as_str()).map(|sets| {
                Stats::add(&self.stats.indexed, 1);
                look(sets)
            })),
            Ordering::Greater => Err(Error::Retry("lists changed at this moment".to_owned())),
            Ordering::Less => Ok(None),
        }
    }

    /// Whether an app has so few users that there is no index of it: whom a search finds is gathered.
    pub(crate) fn is_few(&self, app: &AppId) -> bool {
        matches!(&self.state().phase, Phase::Ready(apps) if apps.is_few(app.as_str()))
    }

    /// Reads what has come to have more than few users. For the writer, between two transactions.
    ///
    /// # Errors
    /// What the engine says; lists then ask the database for these, and the next change of one tries again.
    pub(crate) fn grow(&self, tx: &mut Tx<'_>) -> Result<()> {
        let grown = match &mut self.state().phase {
            Phase::Ready(apps) => apps.take_grown(),
            Phase::Building(_) | Phase::Off => Vec::new(),
        };
        for (app, place) in grown {
            // Without the lock: only the writer changes anything, and it is here.
            let read = read::place(tx, &AppId::stored(&app), &place, self.few)?;
            if let Phase::Ready(apps) = &mut self.state().phase {
                apps.grow(&app, &place, read);
            }
        }
        Ok(())
    }

    /// Whether [`UserIndex::grow`] has something to do.
    pub(crate) fn has_grown(&self) -> bool {
        matches!(&self.state().phase, Phase::Ready(apps) if apps.has_grown())
    }

    /// Takes in what was read from a snapshot of this number, and follows what was committed since.
    fn built(&self, snapshot: i64, mut apps: Apps) {
        let follow = |apps: &mut Apps, queue: Vec<(i64, Vec<Listed>)>| {
            let since = queue.into_iter().filter(|(number, _)| *number > snapshot);
            since.for_each(|(_, changes)| changes.iter().for_each(|change| apps.follow(change)));
        };
        loop {
            let mut state = self.state();
            let Phase::Building(queue) = &mut state.phase else {
                return;
            };
            let queue = std::mem::take(queue);
            if queue.len() > SHORT {
                drop(state);
                follow(&mut apps, queue);
                continue;
            }
            follow(&mut apps, queue);
            state.version = state.version.max(snapshot);
            state.phase = Phase::Ready(apps);
            break;
        }
        self.moved.notify_all();
    }

    /// Lists do without the index from now on.
    pub(crate) fn give_up(&self) {
        self.state().phase = Phase::Off;
        self.moved.notify_all();
    }

    /// Tells whoever builds the index to stop.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, atomic::Ordering::SeqCst);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(atomic::Ordering::SeqCst)
    }

    /// Waits until the index has been built, or has been given up. Answers whether lists go by it.
    pub(crate) fn wait(&self) -> bool {
        let building = |state: &mut State| matches!(state.phase, Phase::Building(_));
        let state = self.moved.wait_while(self.state(), building);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        matches!(state.phase, Phase::Ready(_))
    }
}

#[cfg(test)]
mod tests;
