//! Users: one record each, with their tags beside it for filtering.

mod insert;
mod update;

use std::sync::Arc;

use rollcall_model::{
    AppId, Creator, Credits, Document, Email, KlaimId, Millis, Permissible, RoleId, Uid, User, UserKey, Whom,
};

use crate::sql::statements;
use crate::user_counts::{self, Counted};
use crate::{Error, Result, Row, Sql, Store, Tx, permissibles, record_cache};

pub use insert::{Taken, email_is_taken, has_email, insert};
pub use update::{Unchanged, update, update_last};

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
    [STATEMENTS, insert::STATEMENTS, update::STATEMENTS].concat().into_iter()
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
    ADOPT = concat!("
        update users set confirmed_at = $3, revision = revision + 1
        where app = $1 and email_key = $2 and deactivated_at is null
        returning ", columns!());
    DELETE = "delete from users where app = $1 and uid = $2 returning id, role, deactivated_at";
}

/// Reads a record from the columns of [`columns!`].
pub(crate) fn from_row(row: &Row<'_>) -> Result<User> {
    let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
    let tags = match row.text(11)? {
        "[]" => Vec::new(),
        tags => serde_json::from_str(tags).map_err(|e| Error::Broken(format!("unreadable tags: {e}")))?,
    };
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
        tags,
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

fn creator(name: &str) -> Result<Creator> {
    Creator::parse(name).ok_or_else(|| Error::Broken(format!("unknown source of a user {name}")))
}

/// The active user of this name.
///
/// # Errors
/// What the engine says.
pub async fn find_named(store: &Store, app: &AppId, whom: &Whom) -> Result<Option<Arc<User>>> {
    let by_text = async |sql: &'static Sql, id: &str| {
        let user = store.fetch(sql, &[app.as_str().into(), id.into()], from_row).await?;
        Ok::<_, Error>(user.map(Arc::new))
    };
    match whom {
        Whom::Uid(uid) => find(store, app, uid.as_str()).await,
        Whom::Key(UserKey(key)) => {
            let user = store
                .fetch(&FIND_NUMBERED, &[app.as_str().into(), (*key).into()], from_row)
                .await?;
            Ok(user.map(Arc::new))
        }
        Whom::UserId(id) => match by_text(&FIND_BY_USER_ID, id).await? {
            Some(user) => Ok(Some(user)),
            None => by_text(&FIND_BY_KLAIM_ID, id).await,
        },
    }
}

/// Number and uid of the active user of this name.
///
/// # Errors
/// What the engine says.
pub fn resolve(tx: &mut Tx<'_>, app: &AppId, whom: &Whom) -> Result<Option<(UserKey, Uid)>> {
    let pair = |row: &Row<'_>| Ok((UserKey(row.int(0)?), Uid::stored(row.text(1)?)));
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
pub async fn find(store: &Store, app: &AppId, uid: &str) -> Result<Option<Arc<User>>> {
    let read = async || {
        let user = store.fetch(&FIND, &[app.as_str().into(), uid.into()], from_row).await?;
        Ok(user.map(Arc::new))
    };
    let Some(records) = store.records() else {
        return read().await;
    };
    let name = record_cache::name(app, uid);
    if let Some(user) = records.get(&name) {
        return Ok(Some(user));
    }
    let commits = records.commits();
    let user = read().await?;
    if let Some(user) = &user {
        records.keep(name, user, commits);
    }
    Ok(user)
}

/// The number of the active user of this uid.
///
/// # Errors
/// What the engine says.
pub fn active(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Option<UserKey>> {
    let params = [app.as_str().into(), uid.as_str().into()];
    tx.opt(&ACTIVE, &params, |row| row.int(0).map(UserKey))
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
    switched(tx, app, uid, done, Counted::one(false).but(Counted::one(true)))
}

/// Reactivates a user.
///
/// # Errors
/// What the engine says.
pub fn reactivate(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Switched> {
    tx.touch(app, uid);
    let done = tx.opt(&REACTIVATE, &[app.as_str().into(), uid.as_str().into()], key_and_role)?;
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
    let gone = tx.opt(&DELETE, &params, |row| Ok((key_and_role(row)?, row.opt_int(2)?.is_none())))?;
    let Some(((key, role), active)) = gone else {
        return Ok(None);
    };
    permissibles::forget(tx, app, Permissible::User(key))?;
    user_counts::add(tx, app, &role, key, Counted::one(active).less())?;
    Ok(Some(key))
}
