//! Users read a moment ago, for the embedded engine, where this process is the only one that writes them.
//!
//! Never stale, not even by one commit: the writer raises [`RecordCache::commits`] after each commit and drops what the
//! commit touched before it answers anybody; a reader puts a record in only if no commit has ended since before it
//! read. Both happen under the lock of the record's shard (ADR 0007).

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use rollcall_model::{AppId, Document, User};

use crate::changes::Change;

/// So many locks that threads seldom meet at one.
const SHARDS: usize = 64;
/// What a record costs beside its texts: the structures that hold it.
const OVERHEAD: usize = 640;

/// The name of a record: app and uid in one text.
pub(crate) type Name = Box<str>;

pub(crate) fn name(app: &AppId, uid: &str) -> Name {
    [app.as_str(), "/", uid].concat().into_boxed_str()
}

#[derive(Debug)]
pub(crate) struct RecordCache {
    shards: Vec<Mutex<Shard>>,
    hasher: ahash::RandomState,
    commits: AtomicU64,
    /// Most bytes in one shard.
    room: usize,
    /// Held as long as the cache lives: no other process may write users meanwhile.
    _alone: File,
}

#[derive(Debug)]
struct Shard {
    records: LruCache<Name, Arc<User>, ahash::RandomState>,
    bytes: usize,
}

impl RecordCache {
    /// A cache of at most `bytes`, for the database on which this process has the lock `alone`.
    pub(crate) fn new(alone: File, bytes: usize) -> Self {
        let hasher = ahash::RandomState::new();
        let shard = || Shard {
            records: LruCache::unbounded_with_hasher(hasher.clone()),
            bytes: 0,
        };
        let shards = (0..SHARDS).map(|_| Mutex::new(shard())).collect();
        let room = bytes / SHARDS;
        Self {
            shards,
            hasher,
            commits: AtomicU64::new(0),
            room,
            _alone: alone,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<User>> {
        self.shard(name).records.get(name).map(Arc::clone)
    }

    /// How many commits have ended. To be read before the record is.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// Keeps a record that was read when `commits` had ended, unless another has since.
    pub(crate) fn keep(&self, name: Name, user: &Arc<User>, commits: u64) {
        let size = size(user);
        if size > self.room {
            return;
        }
        let mut shard = self.shard(&name);
        if self.commits() != commits {
            return;
        }
        shard.bytes += size;
        if let Some(before) = shard.records.put(name, Arc::clone(user)) {
            shard.bytes -= self::size(&before);
        }
        while shard.bytes > self.room {
            let Some((_, oldest)) = shard.records.pop_lru() else {
                break;
            };
            shard.bytes -= self::size(&oldest);
        }
    }

    /// A commit has ended that changed this. To be called before anybody is told.
    pub(crate) fn committed(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        for change in changes {
            match change {
                Change::Record(name) => self.drop(&name),
                Change::Records => self.clear(),
                Change::Listed(_) => {}
            }
        }
    }

    fn drop(&self, name: &str) {
        let mut shard = self.shard(name);
        if let Some(before) = shard.records.pop(name) {
            shard.bytes -= size(&before);
        }
    }

    fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.records.clear();
            shard.bytes = 0;
        }
    }

    fn shard(&self, name: &str) -> MutexGuard<'_, Shard> {
        let number = usize::try_from(self.hasher.hash_one(name) >> 32).unwrap_or(0) % SHARDS;
        self.shards[number].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// About how many bytes a record takes in memory.
fn size(user: &User) -> usize {
    let User {
        key: _,
        uid,
        user_id,
        klaim_id,
        name,
        email,
        avatar,
        link,
        status_message,
        role,
        metadata,
        tags,
        last_active_at: _,
        created_at: _,
        updated_at: _,
        deactivated_at: _,
        display_name,
        custom_attributes,
        confirmed_at: _,
        pubsub_generation: _,
        klaim_metadata,
        credit_balance: _,
        creator: _,
    } = user;
    let texts = [name, avatar, link, status_message, display_name]
        .into_iter()
        .flatten()
        .map(String::len);
    // The uid stands in the record and in its name.
    let ids = uid.as_str().len() * 2 + user_id.len() + klaim_id.as_str().len() + role.as_str().len();
    let documents = [metadata, custom_attributes, klaim_metadata]
        .into_iter()
        .flatten()
        .map(|document: &Document| document.as_str().len());
    let email = email.as_ref().map_or(0, |email| email.as_str().len());
    OVERHEAD
        + ids
        + email
        + documents.sum::<usize>()
        + texts.sum::<usize>()
        + tags.iter().map(|tag| tag.len() + 32).sum::<usize>()
}
