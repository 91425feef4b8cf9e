//! Reading the database for the index.

use rollcall_model::AppId;

use super::app::{AppIndex, Parts, Place, Read};
use super::column::Column;
use super::prefixes::Prefixes;
use super::sets::{Set, gathered, number};
use super::values::Values;
use super::{
    ACTIVE_LIST, DEACTIVATED_LIST, NAMES, NAMES_LIST, STATES_LIST, TAGS_LIST, UIDS, UIDS_LIST, WITH_NAME,
    WITH_ROLE, WITH_TAG, WITH_UID,
};
use crate::user_list::end_of_prefix;
use crate::{Param, Result, Sql, Tx};

/// Users whom the index does not keep.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Few<'a> {
    /// Whoever is active.
    Active,
    /// Whoever is deactivated.
    Deactivated,
    /// Whoever has this role.
    Role(&'a str),
    /// Whoever has this tag.
    Tag(&'a str),
    /// Whose uid lies from the first to before the second text.
    Uid(&'a str, &'a str),
    /// Whose folded name lies so.
    Name(&'a str, &'a str),
}

/// Asks the database for whoever is any of these.
pub(crate) fn gather(tx: &mut Tx<'_>, app: &AppId, any: &[Few<'_>]) -> Result<Set> {
    let app = Param::from(app.as_str());
    let mut users = Vec::new();
    for few in any {
        let mut visit = |sql: &'static Sql, params: &[Param<'_>]| {
            tx.visit(sql, params, |row| {
                users.push(number(row.int(0)?));
                Ok(())
            })
        };
        match *few {
            Few::Active => visit(&ACTIVE_LIST, &[app])?,
            Few::Deactivated => visit(&DEACTIVATED_LIST, &[app])?,
            Few::Role(role) => visit(&WITH_ROLE, &[app, role.into()])?,
            Few::Tag(tag) => visit(&WITH_TAG, &[app, tag.into()])?,
            Few::Uid(from, to) => visit(&WITH_UID, &[app, from.into(), to.into()])?,
            Few::Name(from, to) => visit(&WITH_NAME, &[app, from.into(), to.into()])?,
        }
    }
    Ok(gathered(users))
}

/// What the database has at a place that more than `few` users share.
pub(super) fn place(tx: &mut Tx<'_>, app: &AppId, place: &Place, few: u64) -> Result<Read> {
    let id = app.as_str();
    Ok(match place {
        Place::App => Read::App(Box::new(self::app(tx, app, few)?)),
        Place::Role(role) => Read::Users(gather(tx, app, &[Few::Role(role)])?),
        Place::Tag(tag) => Read::Users(gather(tx, app, &[Few::Tag(tag)])?),
        Place::Uid(prefix) => Read::Texts(range(tx, &UIDS, id, prefix)?),
        Place::Name(prefix) => Read::Texts(range(tx, &NAMES, id, prefix)?),
    })
}

/// The whole index of an app.
pub(super) fn app(tx: &mut Tx<'_>, app: &AppId, few: u64) -> Result<AppIndex> {
    let id = app.as_str();
    let uids = Prefixes::of(&column(tx, &UIDS_LIST, &[id.into()])?, few);
    let names = Prefixes::of(&column(tx, &NAMES_LIST, &[id.into()])?, few);
    let (active, deactivated, roles) = states(tx, id, few)?;
    let tags = tags(tx, id, few)?;
    Ok(AppIndex::of(Parts { active, deactivated, roles, tags, uids, names }))
}

fn range(tx: &mut Tx<'_>, sql: &'static Sql, app: &str, prefix: &str) -> Result<Column> {
    column(tx, sql, &[app.into(), prefix.into(), end_of_prefix(prefix).as_str().into()])
}

fn column(tx: &mut Tx<'_>, sql: &'static Sql, params: &[Param<'_>]) -> Result<Column> {
    let mut column = Column::default();
    tx.visit(sql, params, |row| {
        column.push(row.text(0)?, number(row.int(1)?));
        Ok(())
    })?;
    Ok(column)
}

/// Active users, deactivated users, and who has which role.
fn states(tx: &mut Tx<'_>, app: &str, few: u64) -> Result<(Set, Set, Values)> {
    let (mut active, mut deactivated) = (Set::new(), Set::new());
    // An app has few roles, most of whose users lie together in the order in which they come.
    let mut roles: Vec<(Box<str>, Set)> = Vec::new();
    tx.visit(&STATES_LIST, &[app.into()], |row| {
        let (user, role) = (number(row.int(0)?), row.text(1)?);
        let side = if row.opt_int(2)?.is_none() {
            &mut active
        } else {
            &mut deactivated
        };
        side.insert(user);
        match roles.iter_mut().rev().find(|(known, _)| **known == *role) {
            Some((_, users)) => drop(users.insert(user)),
            None => roles.push((role.into(), Set::from_iter([user]))),
        }
        Ok(())
    })?;
    let mut values = Values::new(few);
    roles.into_iter().for_each(|(role, users)| values.take_in(&role, users));
    Ok((active, deactivated, values))
}

/// Who has which tag. The rows come tag by tag.
fn tags(tx: &mut Tx<'_>, app: &str, few: u64) -> Result<Values> {
    let mut values = Values::new(few);
    let mut last: Option<(Box<str>, Vec<u64>)> = None;
    tx.visit(&TAGS_LIST, &[app.into()], |row| {
        let (tag, user) = (row.text(0)?, number(row.int(1)?));
        match &mut last {
            Some((known, users)) if **known == *tag => users.push(user),
            _ => {
                if let Some((known, users)) = last.replace((tag.into(), vec![user])) {
                    values.take_in(&known, gathered(users));
                }
            }
        }
        Ok(())
    })?;
    if let Some((known, users)) = last {
        values.take_in(&known, gathered(users));
    }
    Ok(values)
}
