//! What a role says about its holders, in one read: it is asked for whenever a user acts on users.

use rollcall_model::{AppId, RoleId, RoleRules};

use crate::sql::statements;
use crate::{Error, Result, Row, Store, permissions, restricted_features, roles};

statements! {
    OF = "
        select 'settings' as kind, list_users as name, send_messages_to as value
        from roles
        where app = $1 and role = $2
        union all
        select 'feature', feature, cast(null as text)
        from restricted_features
        where app = $1 and role = $2
        union all
        select 'permission', permission, value
        from permissions
        where app = $1 and role = $2";
}

/// The rules of a role of the app, or nothing when there is none of this id.
///
/// # Errors
/// What the engine says.
pub async fn of(store: &Store, app: &AppId, role: &RoleId) -> Result<Option<RoleRules>> {
    let mut rules = RoleRules::default();
    let mut known = false;
    let read = |row: &Row<'_>| {
        match row.text(0)? {
            "settings" => {
                known = true;
                rules.list_users = roles::audience(row.opt_text(1)?)?;
                rules.send_messages_to = roles::audience(row.opt_text(2)?)?;
            }
            "feature" => rules.restricted.push(restricted_features::feature(row.text(1)?)?),
            "permission" => rules.permissions.push(permissions::parsed(row.text(1)?, row.text(2)?)?),
            other => return Err(Error::Broken(format!("unknown rule {other}"))),
        }
        Ok(())
    };
    store.fetch_all(&OF, &[app.as_str().into(), role.as_str().into()], read).await?;
    Ok(known.then_some(rules))
}
