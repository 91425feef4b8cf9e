//! Users: one record each, with their tags beside it for filtering.

mod insert;
mod replace;
mod traits;
mod update;

use std::sync::Arc;

use bytes::Bytes;
use rollcall_model::{
    AppId, Creator, Credits, Document, Email, KlaimId, Millis, Permissible, RoleId, Uid, User, UserKey, Whom,
};

use crate::record::Record;
use crate::sql::statements;
use crate::user_counts::{self, Counted};
use crate::user_index::Listed;
use crate::{Error, Param, Result, Row, Sql, Store, Tx, permissibles, record_cache};

pub use insert::{Taken, email_is_taken, has_email, insert};
pub use update::{Changed, Unchanged, update, update_last};

/// The columns of [`User`], in the order that [`from_row`] reads them.
macro_rules! columns {
    () => {
        "id, uid, user_id, klaim_id, name, email, avatar, link, status_message, role, metadata, tags, \
         last_active_at, created_at, updated_at, deactivated_at, display_name, custom_attributes, confirmed_at, \
         pubsub_generation, klaim_metadata, credit_balance, acquisition_source"
    };
}
pub(crate) use columns;

/// How many they are: what a statement selects besides begins here.
pub(crate) const COLUMNS: usize = 23;

/// Every statement about users.
pub(crate) fn statements() -> impl Iterator<Item = &'static Sql> {
    [
        STATEMENTS,
        insert::STATEMENTS,
        replace::STATEMENTS,
        traits::STATEMENTS,
        update::STATEMENTS,
    ]
    .concat()
    .into_iter()
}

/// Those for PostgreSQL alone.
pub(crate) static FOR_POSTGRES: &[&Sql] = update::FOR_POSTGRES;

statements! {
    FIND = concat!("select ", columns!(), " from users where app = $1 and uid = $2 and deactivated_at is null");
    FIND_NUMBERED = concat!("select ", columns!(), " from users where app = $1 and id = $2 and deactivated_at is null");
    FIND_BY_USER_ID =
        concat!("select ", columns!(), " from users where app = $1 and user_id = $2 and deactivated_at is null");
    FIND_BY_KLAIM_ID =
        concat!("select ", columns!(), " from users where app = $1 and klaim_id = $2 and deactivated_at is null");
    NUMBERED = "select id, uid from users where app = $1 and id = $2 and deactivated_at is null";
    BY_USER_ID = "select id, uid from users where app = $1 and user_id = $2 and deactivated_at is null";
    BY_KLAIM_ID = "select id, uid from users where app = $1 and klaim_id = $2 and deactivated_at is null";
    DEACTIVATE = "
        update users set deactivated_at = $3, revision = revision + 1
        where app = $1 and uid = $2 and deactivated_at is null
        returning id, role";
    REACTIVATE = "
        update users set deactivated_at = null, revision = revision + 1
        where app = $1 and uid = $2 and deactivated_at is not null
        returning id, role";
    EXISTS = "select id from users where app = $1 and uid = $2";
    ACTIVE = "select id from users where app = $1 and uid = $2 and deactivated_at is null";
    HOLDER = "select id, role from users where app = $1 and uid = $2 and deactivated_at is null";
    ADOPT = concat!("
        update users set confirmed_at = $3, revision = revision + 1
        where app = $1 and email_key = $2 and deactivated_at is null
        returning ", columns!());
    DELETE = "delete from users where app = $1 and uid = $2 returning id, role, deactivated_at";
}

/// Reads a record from the columns of [`columns!`].
pub(crate) fn from_row(row: &Row<'_>) -> Result<User> {
    let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
    Ok(User {
        key: UserKey(row.int(0)?),
        uid: Uid::stored(row.text(1)?),
        user_id: row.text(2)?.to_owned(),
        klaim_id: KlaimId::stored(row.text(3)?),
        name: text(4)?,
        email: row.opt_text(5)?.map(Email::stored),
        avatar: text(6)?,
        link: text(7)?,
        status_message: text(8)?,
        role: RoleId::stored(row.text(9)?),
        metadata: row.opt_text(10)?.map(Document::stored),
        tags: tags(row.text(11)?)?,
        last_active_at: row.opt_int(12)?.map(Millis),
        created_at: Millis(row.int(13)?),
        updated_at: row.opt_int(14)?.map(Millis),
        deactivated_at: row.opt_int(15)?.map(Millis),
        display_name: text(16)?,
        custom_attributes: row.opt_text(17)?.map(Document::stored),
        confirmed_at: row.opt_int(18)?.map(Millis),
        pubsub_generation: row.int(19)?,
        klaim_metadata: row.opt_text(20)?.map(Document::stored),
        credit_balance: Credits(row.int(21)?),
        creator: creator(row.text(22)?)?,
    })
}

fn tags(list: &str) -> Result<Vec<String>> {
    match list {
        "[]" => Ok(Vec::new()),
        list => serde_json::from_str(list).map_err(|e| Error::Broken(format!("unreadable tags: {e}"))),
    }
}

fn creator(name: &str) -> Result<Creator> {
    Creator::parse(name).ok_or_else(|| Error::Broken(format!("unknown source of a user {name}")))
}

/// The active user of this name.
///
/// # Errors
/// What the engine says.
pub async fn find_named(store: &Store, app: &AppId, whom: &Whom) -> Result<Option<Arc<Record>>> {
    if let Whom::Uid(uid) = whom {
        return find(store, app, uid.as_str()).await;
    }
    let Some(records) = store.records() else {
        return read_named(store, app, whom).await;
    };
    let alias = alias(app, whom);
    if let Some(uid) = records.alias(&alias)
        && let Some(record) = find(store, app, uid.as_str()).await?
        && has_name(&record, whom)
    {
        return Ok(Some(record));
    }
    let commits = records.commits();
    let record = read_named(store, app, whom).await?;
    if let Some(record) = &record {
        records.keep_alias(alias, record.uid.clone());
        records.keep(record_cache::name(app, record.uid.as_str()), record, commits);
    }
    Ok(record)
}

/// Another name as the record cache knows it.
fn alias(app: &AppId, whom: &Whom) -> record_cache::Name {
    match whom {
        Whom::Uid(uid) => record_cache::name(app, uid.as_str()),
        Whom::Key(key) => record_cache::number(app, *key),
        Whom::UserId(id) => record_cache::foreign(app, id),
    }
}

fn has_name(user: &User, whom: &Whom) -> bool {
    match whom {
        Whom::Uid(uid) => user.uid == *uid,
        Whom::Key(key) => user.key == *key,
        Whom::UserId(id) => user.user_id == *id || user.klaim_id.as_str() == id,
    }
}

/// The active user of this name as the transaction would find it, when that is known without asking the database.
fn remembered(tx: &Tx<'_>, app: &AppId, whom: &Whom) -> Option<Arc<Record>> {
    let record = match whom {
        Whom::Uid(uid) => tx.remembered(app, uid),
        Whom::Key(_) | Whom::UserId(_) => tx.remembered(app, &tx.aliased(&alias(app, whom))?),
    };
    record.filter(|record| has_name(record, whom))
}

async fn read_named(store: &Store, app: &AppId, whom: &Whom) -> Result<Option<Arc<Record>>> {
    match whom {
        Whom::Uid(uid) => read(store, &FIND, app, uid.as_str().into()).await,
        Whom::Key(UserKey(key)) => read(store, &FIND_NUMBERED, app, (*key).into()).await,
        Whom::UserId(id) => match read(store, &FIND_BY_USER_ID, app, id.as_str().into()).await? {
            Some(user) => Ok(Some(user)),
            None => read(store, &FIND_BY_KLAIM_ID, app, id.as_str().into()).await,
        },
    }
}

async fn read(store: &Store, sql: &'static Sql, app: &AppId, id: Param<'_>) -> Result<Option<Arc<Record>>> {
    let user = store.fetch(sql, &[app.as_str().into(), id], from_row).await?;
    Ok(user.map(|user| Arc::new(Record::new(user))))
}

/// Number and uid of the active user of this name.
///
/// # Errors
/// What the engine says.
pub fn resolve(tx: &mut Tx<'_>, app: &AppId, whom: &Whom) -> Result<Option<(UserKey, Uid)>> {
    let pair = |row: &Row<'_>| Ok((UserKey(row.int(0)?), Uid::stored(row.text(1)?)));
    if let Some(record) = remembered(tx, app, whom) {
        return Ok(Some((record.key, record.uid.clone())));
    }
    match whom {
        Whom::Uid(uid) => Ok(active(tx, app, uid)?.map(|key| (key, uid.clone()))),
        Whom::Key(UserKey(key)) => tx.opt(&NUMBERED, &[app.as_str().into(), (*key).into()], pair),
        Whom::UserId(id) => {
            let params = [app.as_str().into(), id.as_str().into()];
            match tx.opt(&BY_USER_ID, &params, pair)? {
                Some(found) => Ok(Some(found)),
                None => tx.opt(&BY_KLAIM_ID, &params, pair),
            }
        }
    }
}

/// The active user of this uid.
///
/// # Errors
/// What the engine says.
pub async fn find(store: &Store, app: &AppId, uid: &str) -> Result<Option<Arc<Record>>> {
    let Some(records) = store.records() else {
        return read(store, &FIND, app, uid.into()).await;
    };
    let name = record_cache::name(app, uid);
    if let Some(record) = records.get(&name) {
        return Ok(Some(record));
    }
    let commits = records.commits();
    let record = read(store, &FIND, app, uid.into()).await?;
    if let Some(record) = &record {
        records.keep(name, record, commits);
    }
    Ok(record)
}

/// Keeps an answer with the record of which alone it was made, for those who ask for the same kind next, until the user
/// changes. Where nothing is remembered it does nothing.
pub fn keep_answer(store: &Store, app: &AppId, record: &Arc<Record>, kind: &'static str, text: &Bytes) {
    if let Some(records) = store.records() {
        let name = record_cache::name(app, record.uid.as_str());
        // A copy, because what an answer was written into is larger than the answer.
        records.keep_answer(&name, record, kind, Bytes::copy_from_slice(text));
    }
}

/// The number of the active user of this uid.
///
/// # Errors
/// What the engine says.
pub fn active(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Option<UserKey>> {
    if let Some(record) = tx.remembered(app, uid) {
        return Ok(Some(record.key));
    }
    let params = [app.as_str().into(), uid.as_str().into()];
    tx.opt(&ACTIVE, &params, |row| row.int(0).map(UserKey))
}

/// Number and role of the active user of this uid.
///
/// # Errors
/// What the engine says.
pub fn holder(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Option<(UserKey, RoleId)>> {
    if let Some(record) = tx.remembered(app, uid) {
        return Ok(Some((record.key, record.role.clone())));
    }
    let params = [app.as_str().into(), uid.as_str().into()];
    let pair = |row: &Row<'_>| Ok((UserKey(row.int(0)?), RoleId::stored(row.text(1)?)));
    tx.opt(&HOLDER, &params, pair)
}

/// The number of the user of this uid, active or not.
///
/// # Errors
/// What the engine says.
pub fn key(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Option<UserKey>> {
    let params = [app.as_str().into(), uid.as_str().into()];
    tx.opt(&EXISTS, &params, |row| row.int(0).map(UserKey))
}

/// The active user who has this e-mail address, which counts as the user's own from now on.
///
/// # Errors
/// What the engine says.
pub fn adopt(tx: &mut Tx<'_>, app: &AppId, email: &Email, now: Millis) -> Result<Option<User>> {
    let key = email.key();
    let params = [app.as_str().into(), key.as_str().into(), now.0.into()];
    let user = tx.opt(&ADOPT, &params, from_row)?;
    if let Some(user) = &user {
        tx.touch(app, &user.uid);
    }
    Ok(user)
}

/// What came of switching a user off or on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switched {
    /// It was done.
    Done,
    /// It was so already.
    Already,
    /// There is no such user.
    Unknown,
}

/// Deactivates a user.
///
/// # Errors
/// What the engine says.
pub fn deactivate(tx: &mut Tx<'_>, app: &AppId, uid: &Uid, now: Millis) -> Result<Switched> {
    tx.touch(app, uid);
    let params = [app.as_str().into(), uid.as_str().into(), now.0.into()];
    let done = tx.opt(&DEACTIVATE, &params, key_and_role)?;
    if let Some((key, _)) = &done {
        tx.list(Listed::switched(app, *key, false));
    }
    switched(tx, app, uid, done, Counted::one(false).but(Counted::one(true)))
}

/// Reactivates a user.
///
/// # Errors
/// What the engine says.
pub fn reactivate(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Switched> {
    tx.touch(app, uid);
    let done = tx.opt(&REACTIVATE, &[app.as_str().into(), uid.as_str().into()], key_and_role)?;
    if let Some((key, _)) = &done {
        tx.list(Listed::switched(app, *key, true));
    }
    switched(tx, app, uid, done, Counted::one(true).but(Counted::one(false)))
}

/// A number and a role, from the first two columns.
fn key_and_role(row: &Row<'_>) -> Result<(UserKey, String)> {
    Ok((UserKey(row.int(0)?), row.text(1)?.to_owned()))
}

fn switched(
    tx: &mut Tx<'_>,
    app: &AppId,
    uid: &Uid,
    done: Option<(UserKey, String)>,
    counted: Counted,
) -> Result<Switched> {
    if let Some((key, role)) = done {
        user_counts::add(tx, app, &role, key, counted)?;
        return Ok(Switched::Done);
    }
    let known = tx.opt(&EXISTS, &[app.as_str().into(), uid.as_str().into()], |_| Ok(()))?;
    Ok(if known.is_some() {
        Switched::Already
    } else {
        Switched::Unknown
    })
}

/// Removes a user, active or not, with everything that hangs on it. Answers the number, if there was one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Option<UserKey>> {
    tx.touch(app, uid);
    let params = [app.as_str().into(), uid.as_str().into()];
    let before = traits::before(tx, app, uid)?;
    let gone = tx.opt(&DELETE, &params, |row| Ok((key_and_role(row)?, row.opt_int(2)?.is_none())))?;
    let Some(((key, role), active)) = gone else {
        return Ok(None);
    };
    if let Some((key, traits, active)) = before {
        tx.list(Listed::left(app, key, traits, active));
    }
    permissibles::forget(tx, app, Permissible::User(key))?;
    user_counts::add(tx, app, &role, key, Counted::one(active).less())?;
    Ok(Some(key))
}
