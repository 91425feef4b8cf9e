//! Users: one record each, with their tags beside it for filtering.

use std::sync::Arc;

use rollcall_model::{
    AppId, DEFAULT_ROLE, Document, KlaimId, Millis, NewUser, RoleId, Uid, User, UserKey, UserPatch, fold,
};

use crate::sql::statements;
use crate::{Error, Param, Result, Row, Store, Tx, record_cache};

/// The columns of [`User`], in the order that [`from_row`] reads them.
macro_rules! columns {
    () => {
        "id, uid, user_id, klaim_id, name, email, avatar, link, status_message, role, metadata, tags, \
         last_active_at, created_at, updated_at, deactivated_at"
    };
}
pub(crate) use columns;

/// An update of the unindexed columns and of those named; engines touch an index only when its column is set.
macro_rules! update {
    ($($indexed:literal),*) => {
        concat!(
            "update users set
                avatar = case when $4 = 1 then $5 else avatar end,
                link = case when $6 = 1 then $7 else link end,
                status_message = case when $8 = 1 then $9 else status_message end,
                metadata = case when $10 = 1 then $11 else metadata end,
                tags = case when $12 = 1 then $13 else tags end, ",
            $($indexed,)*
            "updated_at = $3, revision = revision + 1
            where app = $1 and uid = $2 and deactivated_at is null
            returning ", columns!()
        )
    };
}

statements! {
    FIND = concat!("select ", columns!(), " from users where app = $1 and uid = $2 and deactivated_at is null");
    // Three searches: with one condition of three parts SQLite walks through the whole app.
    TAKEN = "
        select 1
        where exists (select 1 from users where app = $1 and uid = $2)
            or exists (select 1 from users where app = $1 and user_id = $2)
            or exists (select 1 from users where app = $1 and klaim_id = $2)";
    // Nothing comes back when any unique key is taken, or when the uid is another user's Klaim id.
    INSERT = concat!("
        insert into users (app, uid, user_id, klaim_id, name, name_key, avatar, link, status_message, role,
            metadata, tags, created_at, acquisition_source)
        select cast($1 as text), cast($2 as text), cast($2 as text), cast($3 as text), cast($4 as text),
            cast($5 as text), cast($6 as text), cast($7 as text), cast($8 as text), cast($9 as text),
            cast($10 as text), cast($11 as text), cast($12 as bigint), cast($13 as text)
        where not exists (select 1 from users where app = $1 and klaim_id = $2)
        on conflict do nothing
        returning ", columns!());
    UPDATE = update!();
    UPDATE_NAME = update!("name = $14, name_key = $15, ");
    UPDATE_ROLE = update!("role = $14, ");
    UPDATE_NAME_ROLE = update!("name = $14, name_key = $15, role = $16, ");
    DEACTIVATE = "
        update users set deactivated_at = $3, revision = revision + 1
        where app = $1 and uid = $2 and deactivated_at is null
        returning id";
    REACTIVATE = "
        update users set deactivated_at = null, revision = revision + 1
        where app = $1 and uid = $2 and deactivated_at is not null
        returning id";
    EXISTS = "select id from users where app = $1 and uid = $2";
    ACTIVE = "select id from users where app = $1 and uid = $2 and deactivated_at is null";
    DELETE = "delete from users where app = $1 and uid = $2 returning id";
    TAG = "insert into user_tags (app, tag, user_key) values ($1, $2, $3)";
    UNTAG = "delete from user_tags where user_key = $2 and app = $1";
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
        email: text(5)?,
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
    })
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

/// Why a user was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The uid is some user's uid, `user_id` or Klaim id.
    Uid,
    /// The Klaim id, which was made up, met one made up before: try another.
    KlaimId,
}

/// Makes a user with its tags.
///
/// # Errors
/// What the engine says. A taken identifier is part of the answer.
pub fn insert(
    tx: &mut Tx<'_>,
    app: &AppId,
    new: &NewUser,
    klaim_id: &KlaimId,
    now: Millis,
) -> Result<std::result::Result<User, Taken>> {
    let NewUser {
        uid,
        name,
        avatar,
        link,
        status_message,
        role,
        metadata,
        tags,
        creator,
    } = new;
    let name_key = name.as_deref().map(fold);
    let tag_list = list_text(tags)?;
    let made = tx.opt(
        &INSERT,
        &[
            app.as_str().into(),
            uid.as_str().into(),
            klaim_id.as_str().into(),
            name.as_deref().into(),
            name_key.as_deref().into(),
            avatar.as_deref().into(),
            link.as_deref().into(),
            status_message.as_deref().into(),
            role.as_ref().map_or(DEFAULT_ROLE, RoleId::as_str).into(),
            metadata.as_ref().map(Document::as_str).into(),
            tag_list.as_str().into(),
            now.0.into(),
            creator.as_str().into(),
        ],
        from_row,
    )?;
    let Some(user) = made else {
        let taken = tx.opt(&TAKEN, &[app.as_str().into(), uid.as_str().into()], |_| Ok(()))?;
        return Ok(Err(if taken.is_some() { Taken::Uid } else { Taken::KlaimId }));
    };
    tag(tx, app, user.key, tags)?;
    Ok(Ok(user))
}

/// Changes the record of an active user. Answers it as it is then, or nothing when there is no such user.
///
/// # Errors
/// What the engine says.
pub fn update(
    tx: &mut Tx<'_>,
    app: &AppId,
    uid: &Uid,
    patch: &UserPatch,
    now: Millis,
) -> Result<Option<User>> {
    let UserPatch { name, avatar, link, status_message, role, metadata, tags } = patch;
    let name_key = name.value().map(|name| fold(name));
    let tag_list = tags.value().map_or_else(|| Ok("[]".to_owned()), |tags| list_text(tags))?;
    let mut params = vec![app.as_str().into(), uid.as_str().into(), now.0.into()];
    for field in [avatar, link, status_message] {
        params.extend([Param::from(field.is_change()), field.value().map(String::as_str).into()]);
    }
    params.extend([Param::from(metadata.is_change()), metadata.value().map(Document::as_str).into()]);
    params.extend([Param::from(tags.is_change()), tag_list.as_str().into()]);
    if name.is_change() {
        params.extend([Param::from(name.value().map(String::as_str)), name_key.as_deref().into()]);
    }
    if role.is_change() {
        params.push(role.value().map_or(DEFAULT_ROLE, RoleId::as_str).into());
    }
    let sql = match (name.is_change(), role.is_change()) {
        (false, false) => &UPDATE,
        (true, false) => &UPDATE_NAME,
        (false, true) => &UPDATE_ROLE,
        (true, true) => &UPDATE_NAME_ROLE,
    };
    tx.touch(app, uid);
    let user = tx.opt(sql, &params, from_row)?;
    if let (Some(user), true) = (&user, tags.is_change()) {
        tx.exec(&UNTAG, &[app.as_str().into(), user.key.0.into()])?;
        tag(tx, app, user.key, &user.tags)?;
    }
    Ok(user)
}

fn tag(tx: &mut Tx<'_>, app: &AppId, user: UserKey, tags: &[String]) -> Result<()> {
    tags.iter()
        .try_for_each(|tag| tx.exec(&TAG, &[app.as_str().into(), tag.as_str().into(), user.0.into()]))
}

fn list_text(tags: &[String]) -> Result<String> {
    serde_json::to_string(tags).map_err(|e| Error::Broken(format!("unwritable tags: {e}")))
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
    let done = tx.opt(&DEACTIVATE, &[app.as_str().into(), uid.as_str().into(), now.0.into()], |_| Ok(()))?;
    switched(tx, app, uid, done)
}

/// Reactivates a user.
///
/// # Errors
/// What the engine says.
pub fn reactivate(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Switched> {
    tx.touch(app, uid);
    let done = tx.opt(&REACTIVATE, &[app.as_str().into(), uid.as_str().into()], |_| Ok(()))?;
    switched(tx, app, uid, done)
}

fn switched(tx: &mut Tx<'_>, app: &AppId, uid: &Uid, done: Option<()>) -> Result<Switched> {
    if done.is_some() {
        return Ok(Switched::Done);
    }
    let known = tx.opt(&EXISTS, &[app.as_str().into(), uid.as_str().into()], |_| Ok(()))?;
    Ok(if known.is_some() {
        Switched::Already
    } else {
        Switched::Unknown
    })
}

/// Removes a user, active or not, with everything that hangs on it. Answers whether there was one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<bool> {
    tx.touch(app, uid);
    Ok(tx
        .opt(&DELETE, &[app.as_str().into(), uid.as_str().into()], |_| Ok(()))?
        .is_some())
}
