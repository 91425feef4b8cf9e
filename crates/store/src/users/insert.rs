//! Making users.

use rollcall_model::{
    AppId, Credits, DEFAULT_ROLE, Document, Email, Identity, KlaimId, Millis, NewUser, RoleId, Uid, User,
    UserKey, fold,
};

use super::{columns, from_row, update};
use crate::sql::statements;
use crate::user_counts::{self, Counted};
use crate::user_index::Listed;
use crate::{Param, Result, Sql, Store, Tx};

/// The columns that a new row has values for, in the order of their parameters.
macro_rules! given {
    () => {
        "app, uid, user_id, klaim_id, name, name_key, email, email_key, avatar, link, status_message, role, metadata, \
         tags, created_at, display_name, custom_attributes, password_hash, confirmed_at, klaim_metadata, \
         acquisition_source"
    };
}

statements! {
    EMAIL_TAKEN = "select 1 from users where app = $1 and email_key = $2";
    // Two searches: with one condition of two parts SQLite walks through the whole app.
    USER_ID_TAKEN = "
        select 1
        where exists (select 1 from users where app = $1 and user_id = $2)
            or exists (select 1 from users where app = $1 and klaim_id = $2)";
    UID_TAKEN = "select 1 from users where app = $1 and uid = $2";
    KLAIM_ID_TAKEN = "select 1 from users where app = $1 and klaim_id = $2";
    // For SQLite, where what was found free stays free, since one transaction runs at a time. An insert that answers its row,
    // or takes it from a select, would have SQLite keep copies of the pages that it changes.
    PUT_IN = concat!("
        insert into users (", given!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        on conflict do nothing");
    // For PostgreSQL. Nothing comes back when any unique key is taken, or when the user_id is another user's Klaim id.
    INSERT = concat!("
        insert into users (", given!(), ")
        select cast($1 as text), cast($2 as text), cast($3 as text), cast($4 as text), cast($5 as text),
            cast($6 as text), cast($7 as text), cast($8 as text), cast($9 as text), cast($10 as text),
            cast($11 as text), cast($12 as text), cast($13 as text), cast($14 as text), cast($15 as bigint),
            cast($16 as text), cast($17 as text), cast($18 as text), cast($19 as bigint), cast($20 as text),
            cast($21 as text)
        where not exists (select 1 from users where app = $1 and klaim_id = $3)
        on conflict do nothing
        returning ", columns!());
}

/// Why a user was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The e-mail address is some user's.
    Email,
    /// The uid is some user's. When it was made up for a `user_id`, the next try makes up another.
    Uid,
    /// The `user_id`, or the uid that is to be it too, is some user's `user_id` or Klaim id.
    UserId,
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
        identity,
        email,
        name,
        avatar,
        link,
        status_message,
        role,
        metadata,
        tags,
        display_name,
        custom_attributes,
        password_hash,
        confirmed,
        klaim_metadata,
        creator,
    } = new;
    let (uid, user_id) = identifiers(tx, app, identity, klaim_id)?;
    let name_key = name.as_deref().map(fold);
    let email_key = email.as_ref().map(Email::key);
    let tag_list = update::list_text(tags)?;
    let params = [
        app.as_str().into(),
        uid.as_str().into(),
        user_id.as_str().into(),
        klaim_id.as_str().into(),
        name.as_deref().into(),
        name_key.as_deref().into(),
        email.as_ref().map(Email::as_str).into(),
        email_key.as_deref().into(),
        avatar.as_deref().into(),
        link.as_deref().into(),
        status_message.as_deref().into(),
        role.as_ref().map_or(DEFAULT_ROLE, RoleId::as_str).into(),
        metadata.as_ref().map(Document::as_str).into(),
        tag_list.as_str().into(),
        now.0.into(),
        display_name.as_deref().into(),
        custom_attributes.as_ref().map(Document::as_str).into(),
        password_hash.as_deref().into(),
        confirmed.then_some(now.0).into(),
        klaim_metadata.as_ref().map(Document::as_str).into(),
        creator.as_str().into(),
    ];
    let made = if tx.reads_first() {
        put_in(tx, app, &user_id, &params)?.map(|key| written(key, (&uid, &user_id, klaim_id), new, now))
    } else {
        tx.opt(&INSERT, &params, from_row)?
    };
    let Some(user) = made else {
        return Ok(Err(taken(tx, app, email_key.as_deref(), &user_id, &uid)?));
    };
    update::tag(tx, app, user.key, tags)?;
    user_counts::add(tx, app, user.role.as_str(), user.key, Counted::one(true))?;
    if tx.lists() {
        tx.list(Listed::entered(app, &user));
    }
    Ok(Ok(user))
}

/// Writes the row on the embedded engine. Answers its number, unless something is in the way.
fn put_in(tx: &mut Tx<'_>, app: &AppId, user_id: &str, params: &[Param<'_>]) -> Result<Option<UserKey>> {
    if is_taken(tx, &KLAIM_ID_TAKEN, app, user_id)? {
        return Ok(None);
    }
    Ok(tx.put_in(&PUT_IN, params)?.map(UserKey))
}

/// The user whose row was written.
fn written(
    key: UserKey,
    (uid, user_id, klaim_id): (&Uid, &str, &KlaimId),
    new: &NewUser,
    now: Millis,
) -> User {
    let NewUser {
        identity: _,
        email,
        name,
        avatar,
        link,
        status_message,
        role,
        metadata,
        tags,
        display_name,
        custom_attributes,
        password_hash: _,
        confirmed,
        klaim_metadata,
        creator,
    } = new;
    User {
        key,
        uid: uid.clone(),
        user_id: user_id.to_owned(),
        klaim_id: klaim_id.clone(),
        name: name.clone(),
        email: email.clone(),
        avatar: avatar.clone(),
        link: link.clone(),
        status_message: status_message.clone(),
        role: role.clone().unwrap_or_else(|| RoleId::stored(DEFAULT_ROLE)),
        metadata: metadata.clone(),
        tags: tags.clone(),
        last_active_at: None,
        created_at: now,
        updated_at: None,
        deactivated_at: None,
        display_name: display_name.clone(),
        custom_attributes: custom_attributes.clone(),
        confirmed_at: confirmed.then_some(now),
        pubsub_generation: 0,
        klaim_metadata: klaim_metadata.clone(),
        credit_balance: Credits(0),
        creator: *creator,
    }
}

/// The uid and the `user_id` of a new user.
fn identifiers(
    tx: &mut Tx<'_>,
    app: &AppId,
    identity: &Identity,
    klaim_id: &KlaimId,
) -> Result<(Uid, String)> {
    let made_up = || Uid::stored(&klaim_id.as_str().to_ascii_lowercase());
    match identity {
        Identity::Uid(uid) => Ok((uid.clone(), uid.to_string())),
        Identity::Made => Ok((made_up(), klaim_id.as_str().to_owned())),
        Identity::UserId(user_id) => {
            let uid = match Uid::parse(user_id) {
                Ok(uid) if !is_taken(tx, &UID_TAKEN, app, uid.as_str())? => uid,
                Ok(_) | Err(_) => made_up(),
            };
            Ok((uid, user_id.clone()))
        }
    }
}

/// Whether a user, active or not, has this e-mail address.
///
/// # Errors
/// What the engine says.
pub fn email_is_taken(tx: &mut Tx<'_>, app: &AppId, email: &Email) -> Result<bool> {
    is_taken(tx, &EMAIL_TAKEN, app, &email.key())
}

/// As [`email_is_taken`], outside of a transaction.
///
/// # Errors
/// What the engine says.
pub async fn has_email(store: &Store, app: &AppId, email: &Email) -> Result<bool> {
    let key = email.key();
    let params = [app.as_str().into(), key.as_str().into()];
    Ok(store.fetch(&EMAIL_TAKEN, &params, |_| Ok(())).await?.is_some())
}

/// Which identifier was in the way, in the order in which faces tell it.
fn taken(tx: &mut Tx<'_>, app: &AppId, email_key: Option<&str>, user_id: &str, uid: &Uid) -> Result<Taken> {
    if let Some(key) = email_key
        && is_taken(tx, &EMAIL_TAKEN, app, key)?
    {
        return Ok(Taken::Email);
    }
    if is_taken(tx, &UID_TAKEN, app, uid.as_str())? {
        return Ok(Taken::Uid);
    }
    let taken = is_taken(tx, &USER_ID_TAKEN, app, user_id)?;
    Ok(if taken { Taken::UserId } else { Taken::KlaimId })
}

fn is_taken(tx: &mut Tx<'_>, sql: &'static Sql, app: &AppId, id: &str) -> Result<bool> {
    Ok(tx.opt(sql, &[app.as_str().into(), id.into()], |_| Ok(()))?.is_some())
}
