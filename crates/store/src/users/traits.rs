//! What lists look at in a user, read before it changes.

use rollcall_model::{AppId, Uid, User, UserKey, UserPatch};

use super::tags;
use crate::sql::statements;
use crate::user_index::Traits;
use crate::{Result, Tx};

statements! {
    TRAITS = "select id, uid, name_key, role, tags, deactivated_at from users where app = $1 and uid = $2";
}

/// The user's traits and whether it is active, if somebody is to be told how they change.
pub(super) fn before(tx: &mut Tx<'_>, app: &AppId, uid: &Uid) -> Result<Option<(UserKey, Traits, bool)>> {
    if !tx.lists() {
        return Ok(None);
    }
    tx.opt(&TRAITS, &[app.as_str().into(), uid.as_str().into()], |row| {
        let traits = Traits {
            uid: row.text(1)?.into(),
            name_key: row.opt_text(2)?.map(Into::into),
            role: row.text(3)?.into(),
            tags: tags(row.text(4)?)?.into_iter().map(String::into_boxed_str).collect(),
        };
        Ok((UserKey(row.int(0)?), traits, row.opt_int(5)?.is_none()))
    })
}

/// The traits of a user whom a patch is about to change, if it changes what lists look at and somebody is to be told.
pub(super) fn changed(
    tx: &mut Tx<'_>,
    app: &AppId,
    patch: &UserPatch,
    before: &User,
) -> Result<Option<Traits>> {
    if !tx.lists() || !are_changed(patch) {
        return Ok(None);
    }
    // Whatever else the rules of folding become, letters of ASCII stay as they are; what else the database holds may
    // have been folded by older ones.
    if patch.name.is_change() && !before.name.as_deref().is_none_or(str::is_ascii) {
        return Ok(self::before(tx, app, &before.uid)?.map(|(_, traits, _)| traits));
    }
    Ok(Some(Traits::written(before)))
}

/// Whether a patch changes what lists look at.
fn are_changed(patch: &UserPatch) -> bool {
    let UserPatch {
        name,
        avatar: _,
        link: _,
        status_message: _,
        role,
        metadata: _,
        tags,
        email: _,
        user_id: _,
        display_name: _,
        custom_attributes: _,
        password_hash: _,
        klaim_metadata: _,
    } = patch;
    name.is_change() || role.is_change() || tags.is_change()
}
