//! What transactions change of lists.

use rollcall_model::{AppId, User, UserKey, fold};

use super::sets::{Set, number};

/// What lists look at in a user, besides whether it is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) uid: Box<str>,
    /// The name in the form in which it is searched.
    pub(crate) name_key: Option<Box<str>>,
    pub(crate) role: Box<str>,
    pub(crate) tags: Vec<Box<str>>,
}

impl Traits {
    /// Those of a user who has just been written, so that the name is folded as the database has it.
    pub(crate) fn written(user: &User) -> Self {
        Self {
            uid: user.uid.as_str().into(),
            name_key: user.name.as_deref().map(|name| fold(name).into_boxed_str()),
            role: user.role.as_str().into(),
            tags: user.tags.iter().map(|tag| tag.as_str().into()).collect(),
        }
    }
}

/// One change of an app's lists.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) app: Box<str>,
    pub(crate) change: ListChange,
}

#[derive(Debug)]
pub(crate) enum ListChange {
    /// An active user is new.
    Entered { user: u64, traits: Traits },
    /// A user is gone.
    Left { user: u64, traits: Traits, active: bool },
    /// A user is another than it was. The uid never changes.
    Altered { user: u64, before: Traits, after: Traits },
    /// A user is active from now on, or is not.
    Switched { user: u64, active: bool },
    /// All who had one role have another.
    Moved { users: Set, from: Box<str>, to: Box<str> },
}

impl Listed {
    fn new(app: &AppId, change: ListChange) -> Self {
        Self { app: app.as_str().into(), change }
    }

    pub(crate) fn entered(app: &AppId, user: &User) -> Self {
        let change = ListChange::Entered { user: number(user.key.0), traits: Traits::written(user) };
        Self::new(app, change)
    }

    pub(crate) fn left(app: &AppId, UserKey(key): UserKey, traits: Traits, active: bool) -> Self {
        Self::new(app, ListChange::Left { user: number(key), traits, active })
    }

    pub(crate) fn altered(app: &AppId, UserKey(key): UserKey, before: Traits, after: Traits) -> Self {
        Self::new(app, ListChange::Altered { user: number(key), before, after })
    }

    pub(crate) fn switched(app: &AppId, UserKey(key): UserKey, active: bool) -> Self {
        Self::new(app, ListChange::Switched { user: number(key), active })
    }

    pub(crate) fn moved(app: &AppId, keys: &[i64], from: &str, to: &str) -> Self {
        let users = keys.iter().map(|key| number(*key)).collect();
        Self::new(app, ListChange::Moved { users, from: from.into(), to: to.into() })
    }
}
