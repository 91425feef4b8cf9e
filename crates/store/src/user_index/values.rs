//! Who has a value, such as a role or a tag: a set for each value that many have, a number for each that few have.

use std::collections::HashMap;
use std::sync::Arc;

use super::sets::{Found, Set};

#[derive(Debug)]
pub(super) struct Values {
    many: HashMap<Box<str>, Arc<Set>, ahash::RandomState>,
    /// How many have a value that few have. There may be as many of these as users, so a hash of the value stands for
    /// it; two that meet are counted together, and are asked of the database a little too often.
    few: HashMap<u64, u64, ahash::RandomState>,
    hasher: ahash::RandomState,
    limit: u64,
}

impl Values {
    /// No values, of which those that more than `limit` users have will be kept.
    pub(super) fn new(limit: u64) -> Self {
        Self {
            many: HashMap::default(),
            few: HashMap::default(),
            hasher: ahash::RandomState::new(),
            limit,
        }
    }

    /// Whoever has the value.
    pub(super) fn find(&self, value: &str) -> Found {
        match self.many.get(value) {
            Some(set) => Found::Many(Arc::clone(set)),
            None if self.few.contains_key(&self.hasher.hash_one(value)) => Found::Few,
            None => Found::Nobody,
        }
    }

    /// Adds users who do not have the value yet. Answers whether more than few have it now, so that it is to be given to
    /// [`Values::grow`].
    pub(super) fn insert(&mut self, value: &str, users: &Set) -> bool {
        if users.is_empty() {
            return false;
        }
        if let Some(set) = self.many.get_mut(value) {
            *Arc::make_mut(set) |= users;
            return false;
        }
        let count = self.few.entry(self.hasher.hash_one(value)).or_insert(0);
        *count += users.len();
        *count > self.limit
    }

    /// Takes the value from users who have it.
    pub(super) fn remove(&mut self, value: &str, users: &Set) {
        if let Some(set) = self.many.get_mut(value) {
            *Arc::make_mut(set) -= users;
            let left = set.len();
            if left <= self.limit / 2 {
                self.many.remove(value);
                self.count(value, left);
            }
        } else {
            self.uncount(value, users.len());
        }
    }

    /// Whether a value has no set although more than few may have it.
    pub(super) fn wants(&self, value: &str) -> bool {
        let count = self.few.get(&self.hasher.hash_one(value));
        !self.many.contains_key(value) && count.is_some_and(|count| *count > self.limit)
    }

    /// Gives a value its set: whoever has it.
    pub(super) fn grow(&mut self, value: &str, users: Set) {
        self.uncount(value, users.len());
        self.many.insert(value.into(), Arc::new(users));
    }

    /// Takes in all who have a value that is new here.
    pub(super) fn take_in(&mut self, value: &str, users: Set) {
        if users.len() > self.limit {
            self.many.insert(value.into(), Arc::new(users));
        } else {
            self.count(value, users.len());
        }
    }

    fn count(&mut self, value: &str, users: u64) {
        if users > 0 {
            *self.few.entry(self.hasher.hash_one(value)).or_insert(0) += users;
        }
    }

    fn uncount(&mut self, value: &str, users: u64) {
        let hash = self.hasher.hash_one(value);
        if let Some(count) = self.few.get_mut(&hash) {
            *count = count.saturating_sub(users);
            if *count == 0 {
                self.few.remove(&hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::sets::gathered;
    use super::*;

    proptest! {
        #[test]
        fn values_find_what_plain_sets_find(
            limit in 1..5_u64,
            steps in prop::collection::vec((any::<bool>(), 0..4_usize, 1..20_u64), 0..150),
        ) {
            const NAMES: [&str; 4] = ["vip", "guest", "", "\u{e9}"];
            let mut values = Values::new(limit);
            let mut plain: BTreeMap<&str, BTreeSet<u64>> = NAMES.iter().map(|name| (*name, BTreeSet::new())).collect();
            for (add, name, user) in steps {
                let name = NAMES[name];
                let users = plain.entry(name).or_default();
                if add && users.insert(user) {
                    if values.insert(name, &gathered(vec![user])) {
                        prop_assert!(values.wants(name));
                        values.grow(name, users.iter().copied().collect());
                    }
                } else if !add && users.remove(&user) {
                    values.remove(name, &gathered(vec![user]));
                }
                prop_assert!(!values.wants(name));
                for (name, users) in &plain {
                    match values.find(name) {
                        Found::Nobody => prop_assert!(users.is_empty()),
                        Found::Few => prop_assert!((1..=limit as usize).contains(&users.len())),
                        Found::Many(set) => prop_assert!(set.iter().eq(users.iter().copied())),
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_left_of_a_value_that_nobody_has() {
        let mut values = Values::new(2);
        let users = gathered((1..=5).collect());
        values.take_in("vip", users.clone());
        values.take_in("guest", gathered(vec![1]));
        assert_eq!(values.find("vip"), Found::Many(Arc::new(users.clone())));
        values.remove("vip", &users);
        values.remove("guest", &gathered(vec![1]));
        assert_eq!((values.find("vip"), values.find("guest")), (Found::Nobody, Found::Nobody));
        assert!(values.many.is_empty() && values.few.is_empty());
    }
}
