//! Lists by the index of users: sets are joined and cut, and only the page is read.

use std::sync::Arc;

use rollcall_model::{Activity, AppId, Listing, RoleId, User, UserQuery};

use super::sql::{Shape, Way};
use super::{Filter, NUMBERED, start};
use crate::user_index::{AppIndex, Few, Found, Set, UserIndex, gather, highest, not_below, size};
use crate::users::from_row;
use crate::{Error, Result, Tx, installation};

/// As [`super::count`], if there is an index to say it.
pub(super) fn count(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<Option<i64>> {
    Ok(found(tx, app, query)?.map(|set| size(&set)))
}

/// As [`super::list`], if there is an index to say it.
pub(super) fn list(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<Option<Listing<User>>> {
    let Some(set) = found(tx, app, query)? else {
        return Ok(None);
    };
    let total = size(&set);
    let Some(start) = start(tx, app, query)? else {
        return Ok(Some(Listing { items: Vec::new(), total }));
    };
    let offset = start.offset.saturating_add(not_below(&set, start.below));
    let numbers = highest(&set, offset, query.page.size);
    let mut items = Vec::with_capacity(numbers.len());
    for number in numbers {
        match tx.opt(&NUMBERED, &[app.as_str().into(), number.into()], from_row)? {
            Some(user) => items.push(user),
            None => return Err(wrong(tx.index(), number)),
        }
    }
    Ok(Some(Listing { items, total }))
}

/// The index and its snapshot differ, which must not happen: it is not asked again.
fn wrong(index: Option<&UserIndex>, number: i64) -> Error {
    tracing::error!(user = number, "the index of users is wrong; lists do without from now on");
    if let Some(index) = index {
        index.give_up();
    }
    Error::Retry("the index of users is wrong".to_owned())
}

/// Whoever the query finds, as a set.
fn found(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<Option<Arc<Set>>> {
    let Some(index) = tx.index().filter(|_| query.friends_of.is_none()) else {
        return Ok(None);
    };
    let filter = Filter::of(query.search.as_ref());
    let version = installation::lists_version(tx)?;
    let wanted = |sets: Option<&AppIndex>| Wanted::of(sets, query, filter.as_ref());
    let wanted = match index.look(version, app, |sets| wanted(Some(sets)))? {
        Some(wanted) => wanted,
        // What is counted costs its page already.
        None if !Shape::of(query, Way::Walk).is_counted() && index.is_few(app) => wanted(None),
        None => return Ok(None),
    };
    let mut all = Vec::from_iter(wanted.activity);
    for part in wanted.parts {
        all.push(part.gathered(tx, app)?);
    }
    Ok(Some(shared(all)))
}

/// What a query asks for: users in all of these.
struct Wanted<'a> {
    activity: Option<Arc<Set>>,
    parts: Vec<Part<'a>>,
}

/// Users in any of these.
#[derive(Default)]
struct Part<'a> {
    many: Vec<Arc<Set>>,
    few: Vec<Few<'a>>,
}

impl<'a> Wanted<'a> {
    /// Without sets, because the app has few users, everything is gathered.
    fn of(sets: Option<&AppIndex>, query: &'a UserQuery, filter: Option<&'a Filter>) -> Self {
        let mut parts = Vec::new();
        let found = |ask: &dyn Fn(&AppIndex) -> Found| sets.map_or(Found::Few, ask);
        if !query.roles.is_empty() {
            let mut part = Part::default();
            for role in query.roles.iter().map(RoleId::as_str) {
                part.push(found(&|sets| sets.with_role(role)), Few::Role(role));
            }
            parts.push(part);
        }
        if !query.tags.is_empty() {
            let mut part = Part::default();
            for tag in &query.tags {
                part.push(found(&|sets| sets.with_tag(tag)), Few::Tag(tag));
            }
            parts.push(part);
        }
        if let (Some(Filter { from, to }), Some(search)) = (filter, &query.search) {
            let mut part = Part::default();
            if search.in_uid {
                part.push(found(&|sets| sets.with_uid(from)), Few::Uid(from, to));
            }
            if search.in_name {
                part.push(found(&|sets| sets.with_name(from)), Few::Name(from, to));
            }
            parts.push(part);
        }
        let mut also = |few| {
            parts.push(Part { many: Vec::new(), few: vec![few] });
            None
        };
        let activity = match (query.activity, sets) {
            (Activity::Active, Some(sets)) => Some(Arc::clone(sets.active())),
            (Activity::Deactivated, Some(sets)) => Some(Arc::clone(sets.deactivated())),
            (Activity::Any, Some(sets)) => parts.is_empty().then(|| Arc::clone(sets.all())),
            (Activity::Active, None) => also(Few::Active),
            (Activity::Deactivated, None) => also(Few::Deactivated),
            // A query that narrows nothing down is counted, and not gathered.
            (Activity::Any, None) => None,
        };
        Self { activity, parts }
    }
}

impl<'a> Part<'a> {
    fn push(&mut self, found: Found, few: Few<'a>) {
        match found {
            Found::Nobody => {}
            Found::Few => self.few.push(few),
            Found::Many(set) => self.many.push(set),
        }
    }

    /// All who are in any of them.
    fn gathered(self, tx: &mut Tx<'_>, app: &AppId) -> Result<Arc<Set>> {
        let Self { mut many, few } = self;
        if !few.is_empty() {
            many.push(Arc::new(gather(tx, app, &few)?));
        }
        Ok(joined(many))
    }
}

fn joined(sets: Vec<Arc<Set>>) -> Arc<Set> {
    let mut sets = sets.into_iter();
    let Some(first) = sets.next() else {
        return Arc::default();
    };
    sets.fold(first, |mut all, set| {
        *Arc::make_mut(&mut all) |= &*set;
        all
    })
}

/// Who is in all of some sets, the smallest of which decides what it costs.
fn shared(mut sets: Vec<Arc<Set>>) -> Arc<Set> {
    sets.sort_by_cached_key(|set| set.len());
    let mut sets = sets.into_iter();
    let Some(first) = sets.next() else {
        return Arc::default();
    };
    sets.fold(first, |mut all, set| {
        *Arc::make_mut(&mut all) &= &*set;
        all
    })
}
