//! The indexes of all apps. An app of few users has none: whom a search finds there is gathered.

use std::collections::{BTreeSet, HashMap};

use super::app::{AppIndex, Place, Read};
use super::listed::{ListChange, Listed};

#[derive(Debug, Default)]
pub(super) struct Apps {
    apps: HashMap<Box<str>, Entry, ahash::RandomState>,
    /// What has grown and is to be read.
    grown: BTreeSet<(Box<str>, Place)>,
    few: u64,
}

#[derive(Debug)]
enum Entry {
    /// How many users the app has, active or not.
    Few(u64),
    Many(Box<AppIndex>),
}

impl Apps {
    pub(super) fn new(few: u64) -> Self {
        Self { apps: HashMap::default(), grown: BTreeSet::new(), few }
    }

    /// The index of an app, if it has one.
    pub(super) fn get(&self, app: &str) -> Option<&AppIndex> {
        match self.apps.get(app)? {
            Entry::Few(_) => None,
            Entry::Many(index) => Some(index),
        }
    }

    /// Takes in an app that was read whole.
    pub(super) fn put(&mut self, app: &str, index: AppIndex) {
        let users = index.all().len();
        let entry = if users > self.few {
            Entry::Many(Box::new(index))
        } else {
            Entry::Few(users)
        };
        self.apps.insert(app.into(), entry);
    }

    /// Follows a change.
    pub(super) fn follow(&mut self, Listed { app, change }: &Listed) {
        let entry = match self.apps.get_mut(app) {
            Some(entry) => entry,
            None => self.apps.entry(app.clone()).or_insert(Entry::Few(0)),
        };
        match entry {
            Entry::Few(users) => {
                *users = counted(*users, change);
                if *users > self.few {
                    self.grown.insert((app.clone(), Place::App));
                }
            }
            Entry::Many(index) => {
                let mut grown = Vec::new();
                index.follow(change, &mut grown);
                let users = index.all().len();
                if users <= self.few / 2 {
                    *entry = Entry::Few(users);
                } else {
                    self.grown.extend(grown.into_iter().map(|place| (app.clone(), place)));
                }
            }
        }
    }

    /// Whether the app has few users, and not only no index yet.
    pub(super) fn is_few(&self, app: &str) -> bool {
        match self.apps.get(app) {
            Some(Entry::Few(users)) => *users <= self.few,
            Some(Entry::Many(_)) => false,
            None => true,
        }
    }

    /// Hands over what is to be read for [`Apps::grow`].
    pub(super) fn take_grown(&mut self) -> Vec<(Box<str>, Place)> {
        let grown = std::mem::take(&mut self.grown);
        grown.into_iter().filter(|(app, place)| self.wants(app, place)).collect()
    }

    /// Whether something is to be read for [`Apps::grow`].
    pub(super) fn has_grown(&self) -> bool {
        !self.grown.is_empty()
    }

    fn wants(&self, app: &str, place: &Place) -> bool {
        match self.apps.get(app) {
            Some(Entry::Few(users)) => *place == Place::App && *users > self.few,
            Some(Entry::Many(index)) => index.wants(place),
            None => false,
        }
    }

    /// Takes in what was read of a place, with nothing changed since it was asked for.
    pub(super) fn grow(&mut self, app: &str, place: &Place, read: Read) {
        match (read, self.apps.get_mut(app)) {
            (Read::App(index), _) => self.put(app, *index),
            (read, Some(Entry::Many(index))) => index.grow(place, read),
            (Read::Users(_) | Read::Texts(_), Some(Entry::Few(_)) | None) => {}
        }
    }
}

fn counted(users: u64, change: &ListChange) -> u64 {
    match change {
        ListChange::Entered { .. } => users + 1,
        ListChange::Left { .. } => users.saturating_sub(1),
        ListChange::Altered { .. } | ListChange::Switched { .. } | ListChange::Moved { .. } => users,
    }
}
