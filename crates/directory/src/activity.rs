//! Who is active: remembered in memory and written down now and then, so that a request costs no write.
//!
//! What was not written down when the process dies is lost: at most the time between two calls of [`flush`]. It is a
//! figure about requests, never the answer to one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rollcall_model::{Actor, AppId, Millis, Result, Uid, UserKey, Viewer};
use rollcall_store::activity as store;

use crate::Directory;
use crate::authz::{Action, require};

/// How many milliseconds old the record's `last_active_at` must be to be worth a new one.
const GRAIN: i64 = 60_000;
/// Most users in one transaction.
const CHUNK: usize = 200;
/// Most users that are remembered between two flushes; the others are noted with their next request.
const MOST: usize = 100_000;

/// What is not written down yet.
#[derive(Debug, Default)]
pub(crate) struct Activity(Mutex<HashMap<(AppId, UserKey), Noted>>);

#[derive(Clone, Debug)]
struct Noted {
    uid: Uid,
    first: Millis,
    last: Millis,
}

impl Activity {
    /// A user was active just now; the record says when that was last written down.
    pub(crate) fn note(&self, app: &AppId, viewer: &Viewer, written: Option<Millis>, now: Millis) {
        if written.is_some_and(|written| now.0 - written.0 < GRAIN) {
            return;
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= MOST {
            return;
        }
        noted
            .entry((app.clone(), viewer.key))
            .and_modify(|noted| noted.last = now)
            .or_insert_with(|| Noted { uid: viewer.uid.clone(), first: now, last: now });
    }

    fn take(&self) -> Vec<((AppId, UserKey), Noted)> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = std::mem::take(&mut *noted).into_iter().collect();
        // In one order, so that two processes that write down the same users never wait for each other in a ring.
        all.sort_unstable_by(|((app, key), _), ((other_app, other), _)| (app, key).cmp(&(other_app, other)));
        all
    }
}

/// Writes down who was active since the last call. To be called every few seconds, and at the end.
///
/// # Errors
/// What the store says; what was to be written is lost then.
pub async fn flush(directory: &Directory) -> Result<()> {
    let noted = directory.activity.take();
    for chunk in noted.chunks(CHUNK) {
        let chunk = chunk.to_vec();
        directory
            .store
            .write("activity.flush", move |tx| {
                chunk.iter().try_for_each(|((app, key), Noted { uid, first, last })| {
                    store::note(tx, app, uid, *key, *first, *last)
                })
            })
            .await?;
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
/// [`rollcall_model::Error::Denied`], or what the store says.
pub async fn count(directory: &Directory, actor: &Actor, from: Millis, to: Millis) -> Result<i64> {
    require(actor, Action::ReadStats)?;
    flush(directory).await?;
    let app = actor.app.clone();
    Ok(directory
        .store
        .read("activity.count", move |tx| store::count(tx, &app, from, to))
        .await?)
}
