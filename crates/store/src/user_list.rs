//! Lists of users: the one place where statements are put together from parts, because each filter that is not
//! asked for must cost nothing. Every possible statement is known and prepared by a test.

mod indexed;
mod sql;
mod totals;

use rollcall_model::{AppId, Listing, MAX_CHOICES, RoleId, User, UserKey, UserQuery, UserSearch, fold};

use crate::sql::statements;
use crate::user_counts::STRETCH;
use crate::users::{self, columns, from_row};
use crate::{Param, Result, Tx};
use sql::{Shape, Way, statement};
use totals::Ask;

/// Up to so many users are gathered and sorted sooner than a walk through the newest meets a page of them.
const FEW: i64 = 2_000;

/// So many users are skipped sooner than a place among the counts is looked up.
const NEAR: i64 = 200;

statements! {
    NUMBERED = concat!("select ", columns!(), " from users where app = $1 and id = $2");
}

/// Every statement that a list can need.
pub(crate) fn statements() -> impl Iterator<Item = &'static crate::Sql> {
    sql::statements().chain(STATEMENTS.iter().copied())
}

/// The first text after all that begin with `key`, in code-point order: its last letter is the next one.
pub(crate) fn end_of_prefix(key: &str) -> String {
    let mut letters: Vec<char> = key.chars().collect();
    while let Some(last) = letters.pop() {
        // Surrogates are no letters, and behind the last letter there is none.
        if let Some(next) = (u32::from(last) + 1..=u32::from(last) + 0x801).find_map(char::from_u32) {
            letters.push(next);
            return letters.into_iter().collect();
        }
    }
    // No field has so long a text.
    "\u{10ffff}".repeat(1000)
}

/// The values of a filter, repeated to the length that the statement has.
fn push_choices<'a>(params: &mut Vec<Param<'a>>, values: impl ExactSizeIterator<Item = &'a str>) {
    let several = values.len() > 1;
    let mut last = None;
    let mut pushed = 0;
    for value in values {
        params.push(value.into());
        last = Some(value);
        pushed += 1;
    }
    if let (true, Some(last)) = (several, last) {
        params.extend(std::iter::repeat_n(Param::from(last), MAX_CHOICES - pushed));
    }
}

struct Filter {
    from: String,
    to: String,
}

impl Filter {
    fn of(search: Option<&UserSearch>) -> Option<Self> {
        let search = search.filter(|search| search.in_uid || search.in_name)?;
        let from = fold(&search.key);
        Some(Self { to: end_of_prefix(&from), from })
    }
}

fn params<'a>(app: &'a AppId, query: &'a UserQuery, filter: Option<&'a Filter>) -> Vec<Param<'a>> {
    let mut params = vec![app.as_str().into()];
    params.extend(query.friends_of.map(|user| Param::from(user.0)));
    if let Some(Filter { from, to }) = filter {
        params.extend([Param::from(from.as_str()), to.as_str().into()]);
    }
    push_choices(&mut params, query.roles.iter().map(RoleId::as_str));
    push_choices(&mut params, query.tags.iter().map(String::as_str));
    params
}

/// How many users the query finds on all its pages.
///
/// # Errors
/// What the engine says.
pub fn count(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<i64> {
    match indexed::count(tx, app, query)? {
        Some(count) => Ok(count),
        None => counted(tx, app, query),
    }
}

fn counted(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<i64> {
    let filter = Filter::of(query.search.as_ref());
    let shape = Shape::of(query, Way::Count);
    let sql = if shape.is_counted() {
        totals::statement(Ask::Total, query)?
    } else {
        statement(shape)?
    };
    tx.row(sql, &params(app, query, filter.as_ref()), |row| row.int(0))
}

/// The page that the query asks for, newest first: by number, as numbers only rise. Nothing is behind a user who does
/// not exist.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<Listing<User>> {
    match indexed::list(tx, app, query)? {
        Some(listing) => Ok(listing),
        None => list_gathering(tx, app, query, FEW),
    }
}

/// As [`list`] without the index, gathering what a search or tags find when they find at most `few` users, and walking
/// otherwise. What comes back is the same; tests hold one against the other.
///
/// # Errors
/// What the engine says.
pub fn list_gathering(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery, few: i64) -> Result<Listing<User>> {
    let walk = Shape::of(query, Way::Walk);
    let Some(start) = start(tx, app, query)? else {
        return Ok(Listing { items: Vec::new(), total: counted(tx, app, query)? });
    };
    if query.friends_of.is_some() {
        return list_friends(tx, app, query, start);
    }
    let total = counted(tx, app, query)?;
    if start.offset >= total {
        return Ok(Listing { items: Vec::new(), total });
    }
    let (shape, start) = if walk.is_counted() {
        (walk, place(tx, app, query, start)?)
    } else if total <= few {
        (Shape::of(query, Way::Gather), start)
    } else {
        (walk, start)
    };
    Ok(Listing { items: page(tx, app, query, shape, start)?, total })
}

/// Where a page begins: behind so many of the users whose number is below this one.
#[derive(Clone, Copy, Debug)]
struct Start {
    below: i64,
    offset: i64,
}

fn start(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<Option<Start>> {
    let offset = query.page.offset();
    let Some(after) = &query.after else {
        return Ok(Some(Start { below: i64::MAX, offset }));
    };
    let key = users::key(tx, app, after)?;
    Ok(key.map(|UserKey(below)| Start { below, offset }))
}

/// The same place, but that at most one stretch of numbers is to be skipped.
fn place(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery, start: Start) -> Result<Start> {
    if query.after.is_some() || start.offset < NEAR {
        return Ok(start);
    }
    let mut params = params(app, query, None);
    params.push(start.offset.into());
    let sql = totals::statement(Ask::Place, query)?;
    let place = tx.opt(sql, &params, |row| {
        let (stretch, before) = (row.int(0)?, row.int(1)?);
        Ok(Start {
            below: (stretch + 1) * STRETCH,
            offset: start.offset - before,
        })
    })?;
    Ok(place.unwrap_or(start))
}

/// Friends are few, so the page comes first: unless it is full, it says by itself how many there are.
fn list_friends(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery, start: Start) -> Result<Listing<User>> {
    let items = page(tx, app, query, Shape::of(query, Way::Walk), start)?;
    let total = match query.page.total_after(items.len()) {
        Some(total) if query.after.is_none() => total,
        Some(_) | None => counted(tx, app, query)?,
    };
    Ok(Listing { items, total })
}

fn page(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery, shape: Shape, start: Start) -> Result<Vec<User>> {
    let filter = Filter::of(query.search.as_ref());
    let mut params = params(app, query, filter.as_ref());
    params.extend([Param::from(start.below), query.page.size.into(), start.offset.into()]);
    tx.query(statement(shape)?, &params, from_row)
}
