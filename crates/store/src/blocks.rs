//! Who has blocked whom, and how users stand to each other by that.

use std::collections::HashMap;

use rollcall_model::{AppId, Listing, Millis, Page, Relation, User, UserKey};

use crate::sql::statements;
use crate::users::{COLUMNS, columns, from_row};
use crate::{Param, Result, Row, Store, Tx};

/// Of how many users one statement says how they stand to somebody.
const CHUNK: usize = 100;

/// Whom a user has blocked.
macro_rules! blocked {
    () => {
        "(select blocked_key, blocked_at from blocks where app = $1 and user_key = $2) blocked"
    };
}

/// The keys of [`CHUNK`] users, as a table of one column.
macro_rules! keys {
    ($first:literal $($number:literal)+) => {
        concat!("(values (cast($", $first, " as bigint))", $(", (cast($", $number, " as bigint))",)+ ")")
    };
}

statements! {
    BLOCK = "
        insert into blocks (app, user_key, blocked_key, blocked_at) values ($1, $2, $3, $4)
        on conflict do nothing
        returning blocked_key";
    UNBLOCK = "
        delete from blocks
        where app = $1 and user_key = $2 and blocked_key = $3
        returning blocked_key";
    COUNT = concat!("
        select count(*)
        from ", blocked!(), "
        cross join users
        where app = $1 and id = blocked_key and deactivated_at is null");
    // The cross join keeps SQLite to the order of the index, which is that of the list.
    LIST = concat!("
        select ", columns!(), ", blocked_at
        from ", blocked!(), "
        cross join users
        where app = $1 and id = blocked_key and deactivated_at is null
        order by blocked_at desc, blocked_key desc
        limit cast($3 as bigint) offset cast($4 as bigint)");
    RELATION = "
        select
            (select blocked_at from blocks where app = $1 and user_key = $2 and blocked_key = $3) as blocked_at,
            (select blocked_at from blocks where app = $1 and user_key = $3 and blocked_key = $2) as blocked_me_at";
    // As RELATION, each of the others looked up by its key.
    RELATIONS = concat!("
        with others (other) as ", keys![
        3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27
        28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52
        53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77
        78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102
        ], "
        select other,
            (select blocked_at from blocks where app = $1 and user_key = $2 and blocked_key = other) as blocked_at,
            (select blocked_at from blocks where app = $1 and user_key = other and blocked_key = $2) as blocked_me_at
        from others");
}

/// Reads how somebody stands to another from two columns, the first of them numbered `first`.
fn relation_from(row: &Row<'_>, first: usize) -> Result<Relation> {
    Ok(Relation {
        blocked_at: row.opt_int(first)?.map(Millis),
        has_blocked_me: row.opt_int(first + 1)?.is_some(),
    })
}

/// Blocks a user for another. Answers whether that is new; if it is not, the first time is kept.
///
/// # Errors
/// What the engine says.
pub fn block(tx: &mut Tx<'_>, app: &AppId, user: UserKey, target: UserKey, now: Millis) -> Result<bool> {
    let params = [app.as_str().into(), user.0.into(), target.0.into(), now.0.into()];
    Ok(tx.opt(&BLOCK, &params, |_| Ok(()))?.is_some())
}

/// Unblocks a user for another. Answers whether there was a block.
///
/// # Errors
/// What the engine says.
pub fn unblock(tx: &mut Tx<'_>, app: &AppId, user: UserKey, target: UserKey) -> Result<bool> {
    let params = [app.as_str().into(), user.0.into(), target.0.into()];
    Ok(tx.opt(&UNBLOCK, &params, |_| Ok(()))?.is_some())
}

/// One page of the active users whom a user has blocked, each with the moment; the last blocked first.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, user: UserKey, page: Page) -> Result<Listing<(User, Millis)>> {
    let owner = [app.as_str().into(), user.0.into()];
    let params = [owner[0], owner[1], page.size.into(), page.offset().into()];
    let items = tx.query(&LIST, &params, |row| Ok((from_row(row)?, Millis(row.int(COLUMNS)?))))?;
    let total = match page.total_after(items.len()) {
        Some(total) => total,
        None => tx.row(&COUNT, &owner, |row| row.int(0))?,
    };
    Ok(Listing { items, total })
}

/// How `viewer` stands to `other`.
///
/// # Errors
/// What the engine says.
pub async fn relation(store: &Store, app: &AppId, viewer: UserKey, other: UserKey) -> Result<Relation> {
    let params = [app.as_str().into(), viewer.0.into(), other.0.into()];
    let relation = store.fetch(&RELATION, &params, |row| relation_from(row, 0)).await?;
    Ok(relation.unwrap_or_default())
}

/// How `viewer` stands to each of `others`, in their order.
///
/// # Errors
/// What the engine says.
pub fn relations(tx: &mut Tx<'_>, app: &AppId, viewer: UserKey, others: &[UserKey]) -> Result<Vec<Relation>> {
    let mut relations = HashMap::with_capacity(others.len());
    for chunk in others.chunks(CHUNK) {
        let mut params: Vec<Param<'_>> = vec![app.as_str().into(), viewer.0.into()];
        params.extend(chunk.iter().map(|other| Param::from(other.0)));
        params.resize(2 + CHUNK, Param::from(chunk[chunk.len() - 1].0));
        relations
            .extend(tx.query(&RELATIONS, &params, |row| Ok((UserKey(row.int(0)?), relation_from(row, 1)?)))?);
    }
    Ok(others
        .iter()
        .map(|other| relations.get(other).copied().unwrap_or_default())
        .collect())
}
