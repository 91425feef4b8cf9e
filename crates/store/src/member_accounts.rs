//! The accounts of a user, as the user's record shows them.

use rollcall_model::{AccountId, AccountStatus, AppId, MemberAccount, MemberRole, UserKey};

use crate::sql::statements;
use crate::{Error, Result, Row, Store};

statements! {
    OF_USER = "
        select t.id, t.account, u.name, u.status, t.role
        from memberships t
        join accounts u on u.app = t.app and u.id = t.account
        where t.app = $1 and t.user_key = $2
        order by t.account";
}

fn from_row(row: &Row<'_>) -> Result<MemberAccount> {
    let (status, role) = (row.text(3)?, row.opt_text(4)?);
    let broken = |what: &str| Error::Broken(format!("unreadable membership: {what}"));
    Ok(MemberAccount {
        membership: row.int(0)?,
        id: AccountId(row.int(1)?),
        name: row.text(2)?.to_owned(),
        status: AccountStatus::parse(status).ok_or_else(|| broken(status))?,
        role: role
            .map(|role| MemberRole::parse(role).ok_or_else(|| broken(role)))
            .transpose()?,
    })
}

/// The accounts of a user, by their numbers.
///
/// # Errors
/// What the engine says.
pub async fn of_user(store: &Store, app: &AppId, user: UserKey) -> Result<Vec<MemberAccount>> {
    store.fetch_all(&OF_USER, &[app.as_str().into(), user.0.into()], from_row).await
}
