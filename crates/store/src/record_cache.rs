//! Users read or changed a moment ago, for the embedded engine, where this process is the only one that writes them.
//!
//! Never stale, not even by one commit: the writer raises [`RecordCache::commits`] after each commit and replaces or
//! drops what the commit touched before it answers anybody; a reader puts a record in only if no commit has ended since
//! before it read. Both happen under the lock of the record's shard (ADR 0007).
//!
//! A full cache takes in only what is asked for a second time soon: where everybody is asked for equally often, turning
//! its contents over would cost more than it could save.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lru::LruCache;
use rollcall_model::{AppId, Document, Uid, User, UserKey};

use crate::changes::Change;
use crate::record::{ANSWER_OVERHEAD, Record};

/// So many locks that threads seldom meet at one.
const SHARDS: usize = 64;
/// What a record costs beside its texts: the structures that hold it.
const OVERHEAD: usize = 768;
/// How many names a full shard remembers to have turned away.
const TURNED_AWAY: usize = 4096;
/// What another name for a record costs beside its texts.
const ALIAS_OVERHEAD: usize = 128;

/// The name of a record: app and uid in one text. Other names have another sign between, which no app id holds.
pub(crate) type Name = Box<str>;

pub(crate) fn name(app: &AppId, uid: &str) -> Name {
    [app.as_str(), "/", uid].concat().into_boxed_str()
}

/// A number as a name.
pub(crate) fn number(app: &AppId, UserKey(key): UserKey) -> Name {
    [app.as_str(), "#", &key.to_string()].concat().into_boxed_str()
}

/// A `user_id` or Klaim id as a name.
pub(crate) fn foreign(app: &AppId, id: &str) -> Name {
    [app.as_str(), "=", id].concat().into_boxed_str()
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
    entries: LruCache<Name, Entry, ahash::RandomState>,
    bytes: usize,
    /// Marks of names turned away, each in the place that its hash names. Empty until the shard is full.
    turned_away: Vec<u32>,
}

#[derive(Clone, Debug)]
enum Entry {
    Record(Arc<Record>),
    /// Whose other name this was when somebody looked. It may be another's by now: whoever finds a record by it looks
    /// whether the record still has it.
    Alias(Uid),
}

impl RecordCache {
    /// A cache of at most `bytes`, for the database on which this process has the lock `alone`.
    pub(crate) fn new(alone: File, bytes: usize) -> Self {
        let hasher = ahash::RandomState::new();
        let shard = || Shard {
            entries: LruCache::unbounded_with_hasher(hasher.clone()),
            bytes: 0,
            turned_away: Vec::new(),
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

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Record>> {
        match self.shard(name).entries.get(name) {
            Some(Entry::Record(record)) => Some(Arc::clone(record)),
            Some(Entry::Alias(_)) | None => None,
        }
    }

    /// Who had this other name when somebody looked last.
    pub(crate) fn alias(&self, alias: &str) -> Option<Uid> {
        match self.shard(alias).entries.get(alias) {
            Some(Entry::Alias(uid)) => Some(uid.clone()),
            Some(Entry::Record(_)) | None => None,
        }
    }

    /// Keeps another name of a user.
    pub(crate) fn keep_alias(&self, alias: Name, uid: Uid) {
        let hash = self.hasher.hash_one(&*alias);
        self.shard(&alias).offer(alias, Entry::Alias(uid), hash, self.room);
    }

    /// How many commits have ended. To be read before the record is.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// Keeps a record that was read when `commits` had ended, unless another has since.
    pub(crate) fn keep(&self, name: Name, record: &Arc<Record>, commits: u64) {
        let mut shard = self.shard(&name);
        if self.commits() == commits {
            let hash = self.hasher.hash_one(&*name);
            shard.offer(name, Entry::Record(Arc::clone(record)), hash, self.room);
        }
    }

    /// Keeps an answer with its record, as long as that is the one in the cache.
    pub(crate) fn keep_answer(&self, name: &str, record: &Arc<Record>, kind: &'static str, text: Bytes) {
        let mut shard = self.shard(name);
        let size = ANSWER_OVERHEAD + text.len();
        let is_kept =
            matches!(shard.entries.peek(name), Some(Entry::Record(kept)) if Arc::ptr_eq(kept, record));
        if is_kept && record.keep(kind, text) {
            shard.bytes += size;
            shard.make_room(self.room);
        }
    }

    /// Forgets the record of this name.
    pub(crate) fn forget(&self, name: &str) {
        self.shard(name).forget(name);
    }

    /// A commit has ended that changed this. To be called before anybody is told.
    pub(crate) fn committed(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        for change in changes {
            match change {
                Change::Replaced(name, record) => {
                    let hash = self.hasher.hash_one(&*name);
                    self.shard(&name).replace(name, Entry::Record(record), hash, self.room);
                }
                Change::Record(name) => self.forget(&name),
                Change::Records => self.clear(),
                Change::Listed(_) => {}
            }
        }
    }

    /// A commit has failed: nothing of this has happened, but nobody should have to rely on it.
    pub(crate) fn failed(&self, changes: Vec<Change>) {
        let forget = |change| match change {
            Change::Replaced(name, _) | Change::Record(name) => Change::Record(name),
            Change::Records => Change::Records,
            Change::Listed(listed) => Change::Listed(listed),
        };
        self.committed(changes.into_iter().map(forget).collect());
    }

    fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.entries.clear();
            shard.bytes = 0;
        }
    }

    fn shard(&self, name: &str) -> MutexGuard<'_, Shard> {
        let number = usize::try_from(self.hasher.hash_one(name) >> 32).unwrap_or(0) % SHARDS;
        self.shards[number].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// Takes an entry in if there is room for it, or if it was turned away not long ago.
    fn offer(&mut self, name: Name, entry: Entry, hash: u64, room: usize) {
        if self.bytes + entry.size(&name) <= room || self.was_turned_away(hash) {
            self.put(name, entry, room);
        }
    }

    /// Puts an entry in the place of the one of this name, or offers it.
    fn replace(&mut self, name: Name, entry: Entry, hash: u64, room: usize) {
        if self.entries.contains(&name) {
            self.put(name, entry, room);
        } else {
            self.offer(name, entry, hash, room);
        }
    }

    fn was_turned_away(&mut self, hash: u64) -> bool {
        if self.turned_away.is_empty() {
            self.turned_away = vec![0; TURNED_AWAY];
        }
        let halves = [hash & u64::from(u32::MAX), hash >> 32];
        let [low, high] = halves.map(|half| u32::try_from(half).unwrap_or(0));
        let place = usize::try_from(low).unwrap_or(0) % TURNED_AWAY;
        // An empty place is zero, and no mark is.
        let mark = high | 1;
        std::mem::replace(&mut self.turned_away[place], mark) == mark
    }

    fn put(&mut self, name: Name, entry: Entry, room: usize) {
        let size = entry.size(&name);
        if size > room {
            return self.forget(&name);
        }
        self.bytes += size;
        if let Some((name, before)) = self.entries.push(name, entry) {
            self.bytes -= before.size(&name);
        }
        self.make_room(room);
    }

    fn make_room(&mut self, room: usize) {
        while self.bytes > room {
            let Some((name, oldest)) = self.entries.pop_lru() else {
                break;
            };
            self.bytes -= oldest.size(&name);
        }
    }

    fn forget(&mut self, name: &str) {
        if let Some((name, before)) = self.entries.pop_entry(name) {
            self.bytes -= before.size(&name);
        }
    }
}

impl Entry {
    /// About how many bytes it takes in memory under this name.
    fn size(&self, name: &str) -> usize {
        name.len()
            + match self {
                Self::Record(record) => OVERHEAD + texts(record) + record.answers_size(),
                Self::Alias(uid) => ALIAS_OVERHEAD + uid.as_str().len(),
            }
    }
}

/// Bytes of the texts of a user.
fn texts(user: &User) -> usize {
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
    let ids = uid.as_str().len() + user_id.len() + klaim_id.as_str().len() + role.as_str().len();
    let documents = [metadata, custom_attributes, klaim_metadata]
        .into_iter()
        .flatten()
        .map(|document: &Document| document.as_str().len());
    let email = email.as_ref().map_or(0, |email| email.as_str().len());
    ids + email
        + documents.sum::<usize>()
        + texts.sum::<usize>()
        + tags.iter().map(|tag| tag.len() + 32).sum::<usize>()
}
