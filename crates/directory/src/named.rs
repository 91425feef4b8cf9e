//! The users that a bulk call names.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_model::{Error, Result, Uid};
use rollcall_store as store;

/// Users by what they were called, each once, in the order asked.
#[derive(Clone, Debug)]
pub(crate) struct Named(Vec<Item>);

#[derive(Clone, Debug)]
struct Item {
    /// As it was written.
    name: String,
    /// What it means, if it can be a uid at all.
    uid: Option<Uid>,
}

/// What was written, and, unless it cannot be a uid, the uid with what came of it.
pub(crate) type Told<'a, T> = (&'a str, Option<(&'a Uid, T)>);

impl Named {
    /// A uid named twice is the same one whatever its capitals; what cannot be a uid is the same when it is written alike.
    pub(crate) fn new(names: Vec<String>) -> Self {
        let mut items: Vec<Item> = Vec::with_capacity(names.len());
        for name in names {
            let uid = Uid::parse(&name).ok();
            let known = items.iter().any(|item| match &uid {
                Some(_) => item.uid == uid,
                None => item.name == name,
            });
            if !known {
                items.push(Item { name, uid });
            }
        }
        Self(items)
    }

    /// The uids, in their own order: two calls that go by it never wait for each other in a ring.
    pub(crate) fn uids(&self) -> BTreeSet<&Uid> {
        self.0.iter().filter_map(|item| item.uid.as_ref()).collect()
    }

    /// Does something with each uid, in the order of the uids, and tells what came of each in the order asked.
    pub(crate) fn each<T>(
        &self,
        mut act: impl FnMut(&Uid) -> store::Result<T>,
    ) -> store::Result<Vec<Told<'_, T>>> {
        let mut outcomes = BTreeMap::new();
        for uid in self.uids() {
            outcomes.insert(uid, act(uid)?);
        }
        let told = self.0.iter().map(|Item { name, uid }| {
            let outcome = uid.as_ref().and_then(|uid| outcomes.remove(uid).map(|outcome| (uid, outcome)));
            (name.as_str(), outcome)
        });
        Ok(told.collect())
    }

    /// As [`Named::each`], for what may fail for one and not for another. It is told under the uid; what cannot be one is no
    /// user, and told under what was written.
    pub(crate) fn attempt_each(
        &self,
        act: impl FnMut(&Uid) -> store::Result<Result<()>>,
    ) -> store::Result<Vec<(String, Result<()>)>> {
        let told = self.each(act)?.into_iter().map(|(name, outcome)| match outcome {
            Some((uid, outcome)) => (uid.to_string(), outcome),
            None => (name.to_owned(), Err(Error::UserNotFound(name.to_lowercase()))),
        });
        Ok(told.collect())
    }

    /// The first name, in the order asked, that is none of these uids.
    pub(crate) fn first_beside(&self, uids: &BTreeSet<&Uid>) -> Option<&str> {
        let beside = |item: &&Item| item.uid.as_ref().is_none_or(|uid| !uids.contains(uid));
        self.0.iter().find(beside).map(|item| item.name.as_str())
    }
}
