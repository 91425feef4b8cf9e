//! Changing the record of a user.

use std::sync::Arc;

use rollcall_model::{
    AppId, DEFAULT_ROLE, Document, Email, Event, MAX_ATTRIBUTES, Millis, Patch, RoleId, Uid, User, UserKey,
    UserPatch, fold,
};

use super::replace::replace;
use super::{columns, from_row};
use crate::events::{self, with_event};
use crate::record::Record;
use crate::sql::statements;
use crate::{Error, Param, Result, Row, Sql, Tx, user_counts};

/// An update of the unindexed columns and of those named; engines touch an index only when its column is set.
macro_rules! update {
    ($($indexed:literal),*) => {
        update!([$($indexed),*] "")
    };
    ([$($indexed:literal),*] $further:expr) => {
        concat!(
            "update users set
                avatar = case when $4 = 1 then $5 else avatar end,
                link = case when $6 = 1 then $7 else link end,
                status_message = case when $8 = 1 then $9 else status_message end,
                metadata = case when $10 = 1 then $11 else metadata end,
                tags = case when $12 = 1 then $13 else tags end, ",
            $($indexed,)*
            "updated_at = $3, revision = revision + 1
            where app = $1 and uid = $2 and deactivated_at is null", $further, "
            returning ", columns!()
        )
    };
}

/// An update of what the faces of Chatwoot and Klaim alone change: apart, so that the updates above stay small.
macro_rules! update_profile {
    ([] $further:expr) => {
        concat!(
            "
        update users set
            display_name = case when $4 = 1 then $5 else display_name end,
            custom_attributes = case when $6 = 1 then $7 else custom_attributes end,
            klaim_metadata = case when $8 = 1 then $9 else klaim_metadata end,
            password_hash = coalesce($10, password_hash),
            pubsub_generation = pubsub_generation + $11,
            updated_at = $3, revision = revision + 1
        where app = $1 and uid = $2 and deactivated_at is null",
            $further,
            "
        returning ",
            columns!()
        )
    };
}

/// For PostgreSQL alone: an update with its event, of the user of this number if one is named.
macro_rules! noted {
    ($update:ident [$($indexed:literal),*] $kind:literal, $subject:literal, $actor:literal, $fields:literal, $key:literal) => {
        with_event!(
            $update!([$($indexed),*] concat!(" and id = coalesce(cast(", $key, " as bigint), id)")),
            $kind, $subject, $actor, $fields, columns!()
        )
    };
}

statements! {
    UPDATE = update!();
    UPDATE_NAME = update!("name = $14, name_key = $15, ");
    UPDATE_ROLE = update!("role = $14, ");
    UPDATE_NAME_ROLE = update!("name = $14, name_key = $15, role = $16, ");
    UPDATE_PROFILE = update_profile!([] "");
    SET_EMAIL = "
        update users set email = $3, email_key = $4
        where app = $1 and uid = $2 and deactivated_at is null
        returning uid";
    SET_USER_ID = "
        update users set user_id = $3
        where app = $1 and uid = $2 and deactivated_at is null
        returning uid";
    EMAIL_HOLDER = "select uid from users where app = $1 and email_key = $2";
    // Two searches: with one condition of two parts SQLite walks through the whole app.
    USER_ID_HOLDER = "
        select uid from users where app = $1 and user_id = $2
        union all
        select uid from users where app = $1 and klaim_id = $2";
    // An update, so that no other transaction puts in members between this and ours.
    ATTRIBUTES = "
        update users set revision = revision + 1
        where app = $1 and uid = $2 and deactivated_at is null
        returning custom_attributes";
    TAG = "insert into user_tags (app, tag, user_key) values ($1, $2, $3)";
    UNTAG = "delete from user_tags where user_key = $2 and app = $1";
}

statements! { FOR_POSTGRES:
    UPDATE_NOTED = noted!(update [] "$14", "$15", "$16", "$17", "$18");
    UPDATE_NAME_NOTED = noted!(update ["name = $14, name_key = $15, "] "$16", "$17", "$18", "$19", "$20");
    // Held, so that no other transaction changes it between this and ours.
    ROLE = "
        select role from users
        where app = $1 and uid = $2 and deactivated_at is null
        for no key update";
    UPDATE_PROFILE_NOTED = noted!(update_profile [] "$12", "$13", "$14", "$15", "$16");
}

/// Why a user was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchanged {
    /// There is no such user.
    Unknown,
    /// The e-mail address is another user's.
    EmailTaken,
    /// The `user_id` is another user's, or the Klaim id of one.
    UserIdTaken,
    /// The custom attributes would have more than [`MAX_ATTRIBUTES`] bytes.
    AttributesTooLarge,
}

/// The record as it is then, or why it is as it was.
pub type Changed = std::result::Result<Arc<Record>, Unchanged>;

/// What an update ends with: its event, and the number under which the user was looked up, if it was.
#[derive(Clone, Copy, Debug)]
struct Ending<'a> {
    event: &'a Event,
    key: Option<UserKey>,
}

/// Changes the record of an active user. Answers it as it is then.
///
/// # Errors
/// What the engine says. That it was not done is part of the answer.
pub fn update(tx: &mut Tx<'_>, app: &AppId, uid: &Uid, patch: &UserPatch, now: Millis) -> Result<Changed> {
    change(tx, app, uid, patch, now, None)
}

/// As [`update()`], with its event, as the last thing that the transaction does: one round trip on PostgreSQL if only the
/// record changes, and not the role. A user that was looked up before is changed only if it still has that number.
///
/// # Errors
/// As [`Tx::last`]. That it was not done is part of the answer.
pub fn update_last(
    tx: &mut Tx<'_>,
    app: &AppId,
    (key, uid): (Option<UserKey>, &Uid),
    patch: &UserPatch,
    event: &Event,
) -> Result<Changed> {
    change(tx, app, uid, patch, event.at, Some(Ending { event, key }))
}

fn change(
    tx: &mut Tx<'_>,
    app: &AppId,
    uid: &Uid,
    patch: &UserPatch,
    now: Millis,
    ending: Option<Ending<'_>>,
) -> Result<Changed> {
    if tx.reads_first() {
        let replaced = replace(tx, app, uid, patch, now)?;
        if let (Ok(_), Some(Ending { event, key: _ })) = (&replaced, ending) {
            events::append(tx, event)?;
        }
        return Ok(replaced);
    }
    if let Some(refused) = identify(tx, app, uid, patch)? {
        return Ok(Err(refused));
    }
    match is_profile(patch) {
        Profile::Absent => record(tx, app, uid, patch, now, ending),
        Profile::Alone => profile(tx, app, uid, patch, now, ending),
        Profile::Beside => match profile(tx, app, uid, patch, now, None)? {
            Ok(_) => record(tx, app, uid, patch, now, ending),
            refused => Ok(refused),
        },
    }
}

/// Runs an update, with its event if it ends with one: on PostgreSQL.
fn run(
    tx: &mut Tx<'_>,
    (alone, noted): (&'static Sql, &'static Sql),
    params: Vec<Param<'_>>,
    ending: Option<Ending<'_>>,
) -> Result<Option<User>> {
    match ending {
        Some(Ending { event, key }) => {
            let key = key.map(|UserKey(key)| key);
            events::change_last(tx, noted, params, event, &[key.into()], from_row)
        }
        None => tx.opt(alone, &params, from_row),
    }
}

/// Whether a patch changes what [`UPDATE_PROFILE`] sets, and whether it changes anything besides.
pub(super) enum Profile {
    Absent,
    Beside,
    Alone,
}

pub(super) fn is_profile(patch: &UserPatch) -> Profile {
    let UserPatch {
        name,
        avatar,
        link,
        status_message,
        role,
        metadata,
        tags,
        email: _,
        user_id: _,
        display_name,
        custom_attributes,
        password_hash,
        klaim_metadata,
    } = patch;
    let profile = display_name.is_change()
        || custom_attributes.is_some()
        || password_hash.is_some()
        || klaim_metadata.is_change();
    let texts = [name, avatar, link, status_message].into_iter().any(Patch::is_change);
    let beside = texts || role.is_change() || metadata.is_change() || tags.is_change();
    match (profile, beside) {
        (false, _) => Profile::Absent,
        (true, true) => Profile::Beside,
        (true, false) => Profile::Alone,
    }
}

/// Sets e-mail address and `user_id`, unless one is taken or there is no such user: who comes under this uid afterwards
/// would be changed in part.
pub(super) fn identify(
    tx: &mut Tx<'_>,
    app: &AppId,
    uid: &Uid,
    patch: &UserPatch,
) -> Result<Option<Unchanged>> {
    let (app, uid) = (app.as_str(), uid.as_str());
    let other = |row: &Row<'_>| Ok(row.text(0)? != uid);
    let email_key = patch.email.value().map(Email::key);
    if let Some(key) = &email_key
        && tx.opt(&EMAIL_HOLDER, &[app.into(), key.as_str().into()], other)? == Some(true)
    {
        return Ok(Some(Unchanged::EmailTaken));
    }
    if let Some(user_id) = patch.user_id.as_deref() {
        if tx.query(&USER_ID_HOLDER, &[app.into(), user_id.into()], other)?.contains(&true) {
            return Ok(Some(Unchanged::UserIdTaken));
        }
        if tx
            .opt(&SET_USER_ID, &[app.into(), uid.into(), user_id.into()], |_| Ok(()))?
            .is_none()
        {
            return Ok(Some(Unchanged::Unknown));
        }
    }
    if patch.email.is_change() {
        let email = patch.email.value().map(Email::as_str);
        let params = [app.into(), uid.into(), email.into(), email_key.as_deref().into()];
        if tx.opt(&SET_EMAIL, &params, |_| Ok(()))?.is_none() {
            return Ok(Some(Unchanged::Unknown));
        }
    }
    Ok(None)
}

/// Sets what CometChat's face knows.
fn record(
    tx: &mut Tx<'_>,
    app: &AppId,
    uid: &Uid,
    patch: &UserPatch,
    now: Millis,
    ending: Option<Ending<'_>>,
) -> Result<Changed> {
    let UserPatch {
        name,
        avatar,
        link,
        status_message,
        role,
        metadata,
        tags,
        email: _,
        user_id: _,
        display_name: _,
        custom_attributes: _,
        password_hash: _,
        klaim_metadata: _,
    } = patch;
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
    // Where tags or the role change, other tables follow.
    if !tags.is_change() && !role.is_change() {
        let sql = if name.is_change() {
            (&UPDATE_NAME, &UPDATE_NAME_NOTED)
        } else {
            (&UPDATE, &UPDATE_NOTED)
        };
        return Ok(changed(run(tx, sql, params, ending)?));
    }
    let held = if role.is_change() {
        let params = [app.as_str().into(), uid.as_str().into()];
        let Some(held) = tx.opt(&ROLE, &params, |row| row.text(0).map(str::to_owned))? else {
            // Who has the uid by now may be another user, whose role was not held.
            return Ok(Err(Unchanged::Unknown));
        };
        Some(held)
    } else {
        None
    };
    let sql = match (name.is_change(), role.is_change()) {
        (false, false) => &UPDATE,
        (true, false) => &UPDATE_NAME,
        (false, true) => &UPDATE_ROLE,
        (true, true) => &UPDATE_NAME_ROLE,
    };
    let Some(user) = tx.opt(sql, &params, from_row)? else {
        return Ok(Err(Unchanged::Unknown));
    };
    if tags.is_change() {
        retag(tx, app, &user)?;
    }
    if let Some(held) = held {
        user_counts::change_role(tx, app, user.key, (&held, user.role.as_str()))?;
    }
    if let Some(Ending { event, key: _ }) = ending {
        events::append(tx, event)?;
    }
    Ok(changed(Some(user)))
}

/// Sets what Chatwoot's and Klaim's faces alone know.
fn profile(
    tx: &mut Tx<'_>,
    app: &AppId,
    uid: &Uid,
    patch: &UserPatch,
    now: Millis,
    ending: Option<Ending<'_>>,
) -> Result<Changed> {
    let attributes = match &patch.custom_attributes {
        None => None,
        Some(members) => {
            let params = [app.as_str().into(), uid.as_str().into()];
            let held = tx.opt(&ATTRIBUTES, &params, |row| Ok(row.opt_text(0)?.map(Document::stored)))?;
            let Some(held) = held else {
                return Ok(Err(Unchanged::Unknown));
            };
            Some(held.map_or_else(|| members.clone(), |held| held.merged(members)))
        }
    };
    if attributes
        .as_ref()
        .is_some_and(|document| document.as_str().len() > MAX_ATTRIBUTES)
    {
        return Ok(Err(Unchanged::AttributesTooLarge));
    }
    let (display_name, klaim_metadata) = (&patch.display_name, &patch.klaim_metadata);
    let password_hash = patch.password_hash.as_deref();
    let changed = run(
        tx,
        (&UPDATE_PROFILE, &UPDATE_PROFILE_NOTED),
        vec![
            app.as_str().into(),
            uid.as_str().into(),
            now.0.into(),
            display_name.is_change().into(),
            display_name.value().map(String::as_str).into(),
            attributes.is_some().into(),
            attributes.as_ref().map(Document::as_str).into(),
            klaim_metadata.is_change().into(),
            klaim_metadata.value().map(Document::as_str).into(),
            password_hash.into(),
            password_hash.is_some().into(),
        ],
        ending,
    )?;
    Ok(self::changed(changed))
}

fn changed(user: Option<User>) -> Changed {
    user.map(|user| Arc::new(Record::new(user))).ok_or(Unchanged::Unknown)
}

/// Writes the tags of a user anew.
pub(super) fn retag(tx: &mut Tx<'_>, app: &AppId, user: &User) -> Result<()> {
    tx.exec(&UNTAG, &[app.as_str().into(), user.key.0.into()])?;
    tag(tx, app, user.key, &user.tags)
}

pub(super) fn tag(tx: &mut Tx<'_>, app: &AppId, user: UserKey, tags: &[String]) -> Result<()> {
    tags.iter()
        .try_for_each(|tag| tx.exec(&TAG, &[app.as_str().into(), tag.as_str().into(), user.0.into()]))
}

pub(super) fn list_text(tags: &[String]) -> Result<String> {
    serde_json::to_string(tags).map_err(|e| Error::Broken(format!("unwritable tags: {e}")))
}
