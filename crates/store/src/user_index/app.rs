//! The index of one app.

use std::sync::Arc;

use super::column::Column;
use super::listed::{ListChange, Traits};
use super::prefixes::Prefixes;
use super::sets::{Found, Set};
use super::values::Values;

/// A part of the index that has come to have more than few users, and who they are is to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// The whole app.
    App,
    /// A role.
    Role(Box<str>),
    /// A tag.
    Tag(Box<str>),
    /// The beginning of uids.
    Uid(Box<str>),
    /// The beginning of names.
    Name(Box<str>),
}

/// The sets of one app.
#[derive(Debug)]
pub(crate) struct AppIndex {
    active: Arc<Set>,
    deactivated: Arc<Set>,
    roles: Values,
    tags: Values,
    uids: Prefixes,
    names: Prefixes,
}

/// What an app's index is made of when it is read from the database.
pub(super) struct Parts {
    pub(super) active: Set,
    pub(super) deactivated: Set,
    pub(super) roles: Values,
    pub(super) tags: Values,
    pub(super) uids: Prefixes,
    pub(super) names: Prefixes,
}

impl AppIndex {
    pub(super) fn of(parts: Parts) -> Self {
        let Parts { active, deactivated, roles, tags, uids, names } = parts;
        Self {
            active: Arc::new(active),
            deactivated: Arc::new(deactivated),
            roles,
            tags,
            uids,
            names,
        }
    }

    /// Active and deactivated users.
    pub(crate) fn all(&self) -> &Arc<Set> {
        self.uids.all()
    }

    pub(crate) fn active(&self) -> &Arc<Set> {
        &self.active
    }

    pub(crate) fn deactivated(&self) -> &Arc<Set> {
        &self.deactivated
    }

    pub(crate) fn with_role(&self, role: &str) -> Found {
        self.roles.find(role)
    }

    pub(crate) fn with_tag(&self, tag: &str) -> Found {
        self.tags.find(tag)
    }

    pub(crate) fn with_uid(&self, prefix: &str) -> Found {
        self.uids.find(prefix)
    }

    pub(crate) fn with_name(&self, prefix: &str) -> Found {
        self.names.find(prefix)
    }

    /// Follows a change. Adds to `grown` what more than few users share now.
    pub(super) fn follow(&mut self, change: &ListChange, grown: &mut Vec<Place>) {
        match change {
            ListChange::Entered { user, traits } => {
                Arc::make_mut(&mut self.active).insert(*user);
                self.add(*user, traits, grown);
            }
            ListChange::Left { user, traits, active } => {
                self.side(*active).remove(*user);
                self.take_away(*user, traits);
            }
            ListChange::Altered { user, before, after } => self.alter(*user, before, after, grown),
            ListChange::Switched { user, active } => {
                self.side(*active).insert(*user);
                self.side(!*active).remove(*user);
            }
            ListChange::Moved { users, from, to } => {
                self.roles.remove(from, users);
                if self.roles.insert(to, users) {
                    grown.push(Place::Role(to.clone()));
                }
            }
        }
    }

    fn side(&mut self, active: bool) -> &mut Set {
        Arc::make_mut(if active {
            &mut self.active
        } else {
            &mut self.deactivated
        })
    }

    fn add(&mut self, user: u64, traits: &Traits, grown: &mut Vec<Place>) {
        let Traits { uid, name_key, role, tags } = traits;
        grown.extend(self.uids.insert(uid, user).map(Place::Uid));
        if let Some(name) = name_key {
            grown.extend(self.names.insert(name, user).map(Place::Name));
        }
        self.give_role(user, role, grown);
        tags.iter().for_each(|tag| self.give_tag(user, tag, grown));
    }

    fn take_away(&mut self, user: u64, traits: &Traits) {
        let Traits { uid, name_key, role, tags } = traits;
        self.uids.remove(uid, user);
        if let Some(name) = name_key {
            self.names.remove(name, user);
        }
        self.roles.remove(role, &one(user));
        tags.iter().for_each(|tag| self.tags.remove(tag, &one(user)));
    }

    fn alter(&mut self, user: u64, before: &Traits, after: &Traits, grown: &mut Vec<Place>) {
        if before.name_key != after.name_key {
            if let Some(name) = &before.name_key {
                self.names.remove(name, user);
            }
            if let Some(name) = &after.name_key {
                grown.extend(self.names.insert(name, user).map(Place::Name));
            }
        }
        if before.role != after.role {
            self.roles.remove(&before.role, &one(user));
            self.give_role(user, &after.role, grown);
        }
        for tag in before.tags.iter().filter(|tag| !after.tags.contains(tag)) {
            self.tags.remove(tag, &one(user));
        }
        for tag in after.tags.iter().filter(|tag| !before.tags.contains(tag)) {
            self.give_tag(user, tag, grown);
        }
    }

    fn give_role(&mut self, user: u64, role: &str, grown: &mut Vec<Place>) {
        if self.roles.insert(role, &one(user)) {
            grown.push(Place::Role(role.into()));
        }
    }

    fn give_tag(&mut self, user: u64, tag: &str, grown: &mut Vec<Place>) {
        if self.tags.insert(tag, &one(user)) {
            grown.push(Place::Tag(tag.into()));
        }
    }

    /// Whether a place still waits to be read.
    pub(super) fn wants(&self, place: &Place) -> bool {
        match place {
            Place::App => false,
            Place::Role(role) => self.roles.wants(role),
            Place::Tag(tag) => self.tags.wants(tag),
            Place::Uid(prefix) => self.uids.wants(prefix),
            Place::Name(prefix) => self.names.wants(prefix),
        }
    }

    /// Takes in what was read of a place.
    pub(super) fn grow(&mut self, place: &Place, read: Read) {
        match (place, read) {
            (Place::Role(role), Read::Users(users)) => self.roles.grow(role, users),
            (Place::Tag(tag), Read::Users(users)) => self.tags.grow(tag, users),
            (Place::Uid(prefix), Read::Texts(column)) => self.uids.grow(prefix, &column),
            (Place::Name(prefix), Read::Texts(column)) => self.names.grow(prefix, &column),
            (Place::App | Place::Role(_) | Place::Tag(_) | Place::Uid(_) | Place::Name(_), _) => {}
        }
    }
}

/// What the database has at a place.
pub(super) enum Read {
    /// Who has a role or a tag.
    Users(Set),
    /// Whoever's text begins so.
    Texts(Column),
    /// The whole app.
    App(Box<AppIndex>),
}

fn one(user: u64) -> Set {
    Set::from_iter([user])
}
