//! Changing the record of a user on the embedded engine: it is read first, from memory when it is there, so that the
//! statement that writes it need not answer anything. Handing back a changed row costs SQLite more than reading it.

use std::sync::Arc;

use rollcall_model::{AppId, Document, MAX_ATTRIBUTES, Millis, Uid, User, UserPatch, fold};

use super::update::{Profile, Unchanged, identify, is_profile, list_text, retag};
use super::{FIND, from_row, traits};
use crate::record::Record;
use crate::sql::statements;
use crate::user_index::{Listed, Traits};
use crate::{Param, Result, Tx, user_counts};

/// Sets the unindexed columns of CometChat's record and those named; SQLite touches an index only when its column is
/// set.
macro_rules! replace {
    ($($indexed:literal),*) => {
        concat!(
            "update users set ", $($indexed,)*
            "avatar = $3, link = $4, status_message = $5, metadata = $6, tags = $7, updated_at = $8,
                revision = revision + 1
            where app = $1 and id = $2"
        )
    };
}

statements! {
    REPLACE = replace!();
    REPLACE_NAME = replace!("name = $9, name_key = $10, ");
    REPLACE_ROLE = replace!("role = $9, ");
    REPLACE_NAME_ROLE = replace!("name = $9, name_key = $10, role = $11, ");
    // What the faces of Chatwoot and Klaim alone change.
    REPLACE_PROFILE = "
        update users set display_name = $3, custom_attributes = $4, klaim_metadata = $5, pubsub_generation = $6,
            password_hash = coalesce($7, password_hash), updated_at = $8, revision = revision + 1
        where app = $1 and id = $2";
}

/// Changes the record of an active user. Answers it as it is then.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    app: &AppId,
    uid: &Uid,
    patch: &UserPatch,
    now: Millis,
) -> Result<std::result::Result<Arc<Record>, Unchanged>> {
    if patch.email.is_change() || patch.user_id.is_some() {
        // What is remembered does not have them yet.
        tx.touch(app, uid);
    }
    if let Some(refused) = identify(tx, app, uid, patch)? {
        return Ok(Err(refused));
    }
    let Some(before) = current(tx, app, uid)? else {
        return Ok(Err(Unchanged::Unknown));
    };
    let after = patch.apply(&before, now);
    let traits = traits::changed(tx, app, patch, &before)?;
    let attributes = after.custom_attributes.as_ref().map_or(0, |document| document.as_str().len());
    if patch.custom_attributes.is_some() && attributes > MAX_ATTRIBUTES {
        return Ok(Err(Unchanged::AttributesTooLarge));
    }
    match is_profile(patch) {
        Profile::Absent => record(tx, app, patch, &after)?,
        Profile::Alone => profile(tx, app, patch, &after)?,
        Profile::Beside => {
            profile(tx, app, patch, &after)?;
            record(tx, app, patch, &after)?;
        }
    }
    if before.role != after.role {
        user_counts::change_role(tx, app, after.key, (before.role.as_str(), after.role.as_str()))?;
    }
    if let Some(traits) = traits {
        tx.list(Listed::altered(app, after.key, traits, Traits::written(&after)));
    }
    let after = Arc::new(Record::new(after));
    tx.remember(app, &after);
    Ok(Ok(after))
}

/// The active user of this uid as the transaction finds it.
fn current(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Option<Arc<Record>>> {
    if let Some(record) = tx.remembered(app, uid) {
        return Ok(Some(record));
    }
    let user = tx.opt(&FIND, &[app.as_str().into(), uid.as_str().into()], from_row)?;
    Ok(user.map(|user| Arc::new(Record::new(user))))
}

/// Writes what CometChat's face knows.
fn record(tx: &mut Tx<'_>, app: &AppId, patch: &UserPatch, after: &User) -> Result<()> {
    let User {
        key,
        uid,
        user_id: _,
        klaim_id: _,
        name,
        email: _,
        avatar,
        link,
        status_message,
        role,
        metadata,
        tags,
        last_active_at: _,
        created_at: _,
        updated_at,
        deactivated_at: _,
        display_name: _,
        custom_attributes: _,
        confirmed_at: _,
        pubsub_generation: _,
        klaim_metadata: _,
        credit_balance: _,
        creator: _,
    } = after;
    let (names, roles) = (patch.name.is_change(), patch.role.is_change());
    let name_key = name.as_deref().filter(|_| names).map(fold);
    let tags = list_text(tags)?;
    let mut params = vec![
        Param::from(app.as_str()),
        key.0.into(),
        avatar.as_deref().into(),
        link.as_deref().into(),
        status_message.as_deref().into(),
        metadata.as_ref().map(Document::as_str).into(),
        tags.as_str().into(),
        updated_at.map(|at| at.0).into(),
    ];
    if names {
        params.extend([Param::from(name.as_deref()), name_key.as_deref().into()]);
    }
    if roles {
        params.push(role.as_str().into());
    }
    let sql = match (names, roles) {
        (false, false) => &REPLACE,
        (true, false) => &REPLACE_NAME,
        (false, true) => &REPLACE_ROLE,
        (true, true) => &REPLACE_NAME_ROLE,
    };
    tx.replace(sql, &params, app, uid)?;
    if patch.tags.is_change() {
        retag(tx, app, after)?;
    }
    Ok(())
}

/// Writes what Chatwoot's and Klaim's faces alone know.
fn profile(tx: &mut Tx<'_>, app: &AppId, patch: &UserPatch, after: &User) -> Result<()> {
    let User {
        key,
        uid,
        user_id: _,
        klaim_id: _,
        name: _,
        email: _,
        avatar: _,
        link: _,
        status_message: _,
        role: _,
        metadata: _,
        tags: _,
        last_active_at: _,
        created_at: _,
        updated_at,
        deactivated_at: _,
        display_name,
        custom_attributes,
        confirmed_at: _,
        pubsub_generation,
        klaim_metadata,
        credit_balance: _,
        creator: _,
    } = after;
    let params = [
        app.as_str().into(),
        key.0.into(),
        display_name.as_deref().into(),
        custom_attributes.as_ref().map(Document::as_str).into(),
        klaim_metadata.as_ref().map(Document::as_str).into(),
        (*pubsub_generation).into(),
        patch.password_hash.as_deref().into(),
        updated_at.map(|at| at.0).into(),
    ];
    tx.replace(&REPLACE_PROFILE, &params, app, uid)
}
