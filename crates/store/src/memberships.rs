//! Memberships: which user is in which account of the app, and as what.

use rollcall_model::{AccountId, AppId, MemberAccount, MemberRole, Membership, Millis, Patch, UserKey};

use crate::sql::statements;
use crate::{Error, Result, Row, Store, Tx, accounts};

/// The columns of [`Membership`], in the order that [`from_row`] reads them.
macro_rules! columns {
    () => {
        "id, account, user_key, role, created_at, updated_at"
    };
}

statements! {
    FIND = concat!("
        select ", columns!(), " from memberships where app = $1 and account = $2 and user_key = $3");
    // Both must be the app's: to SQLite a number is enough.
    INSERT = concat!("
        insert into memberships (app, account, user_key, role, created_at, updated_at)
        select cast($1 as text), cast($2 as bigint), cast($3 as bigint), cast($4 as text), cast($5 as bigint),
            cast($5 as bigint)
        where exists (select 1 from accounts where app = $1 and id = $2)
            and exists (select 1 from users where app = $1 and id = $3)
        on conflict do nothing
        returning ", columns!());
    UPDATE = concat!("
        update memberships set role = $4, updated_at = $5
        where app = $1 and account = $2 and user_key = $3
        returning ", columns!());
    // The deactivated do not exist, and neither do their memberships.
    // No `exists`: before it has counted its rows, PostgreSQL makes a join of it that reads all users for each member.
    LIST = concat!("
        select ", columns!(), "
        from memberships
        where app = $1 and account = $2
            and (select deactivated_at is null from users where app = $1 and id = user_key)
        order by id");
    OF_USER = "
        select t.id, t.account, u.name, u.status, t.role
        from memberships t join accounts u on u.app = t.app and u.id = t.account
        where t.app = $1 and t.user_key = $2
        order by t.account";
    DELETE = "delete from memberships where app = $1 and account = $2 and user_key = $3 returning id";
    // Used on PostgreSQL alone, which gives each statement 15 seconds.
    DELETE_SOME = "
        delete from memberships
        where app = $1 and id in (select id from memberships where app = $1 and account = $2 limit cast($3 as bigint))
        returning id";
}

fn from_row(row: &Row<'_>) -> Result<Membership> {
    Ok(Membership {
        id: row.int(0)?,
        account: AccountId(row.int(1)?),
        user: UserKey(row.int(2)?),
        role: role(row.opt_text(3)?)?,
        created_at: Millis(row.int(4)?),
        updated_at: Millis(row.int(5)?),
    })
}

fn role(name: Option<&str>) -> Result<Option<MemberRole>> {
    let known = |name| {
        MemberRole::parse(name).ok_or_else(|| Error::Broken(format!("unknown role of a member {name}")))
    };
    name.map(known).transpose()
}

/// What came of setting a membership, which is as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// There was none.
    Made(Membership),
    /// The role was another.
    Changed(Membership),
    /// It was so already.
    Already(Membership),
}

/// Makes a user a member of an account, or changes what the user is there. Whoever is new and for whom no role is
/// given is an agent.
///
/// # Errors
/// What the engine says. [`Error::Retry`] when account or user are none of the app's, or another transaction made the
/// membership at this moment: running the closure again tells.
pub fn set(
    tx: &mut Tx<'_>,
    app: &AppId,
    AccountId(account): AccountId,
    UserKey(user): UserKey,
    role: &Patch<MemberRole>,
    now: Millis,
) -> Result<Set> {
    let place = [app.as_str().into(), account.into(), user.into()];
    let held = tx.opt(&FIND, &place, from_row)?;
    let before = held.as_ref().map_or(Some(MemberRole::Agent), |held| held.role);
    let after = role.clone().apply(before);
    let [app, account, user] = place;
    let params = [app, account, user, after.map(MemberRole::as_str).into(), now.0.into()];
    let set = match held {
        Some(held) if held.role == after => Some(Set::Already(held)),
        Some(_) => tx.opt(&UPDATE, &params, from_row)?.map(Set::Changed),
        None => tx.opt(&INSERT, &params, from_row)?.map(Set::Made),
    };
    set.ok_or_else(|| Error::Retry("a membership was made or ended at this moment".to_owned()))
}

/// The memberships of an account's active users, by number.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, AccountId(account): AccountId) -> Result<Vec<Membership>> {
    tx.query(&LIST, &[app.as_str().into(), account.into()], from_row)
}

/// The accounts that a user is a member of, by number.
///
/// # Errors
/// What the engine says.
pub async fn of_user(store: &Store, app: &AppId, UserKey(user): UserKey) -> Result<Vec<MemberAccount>> {
    let account = |row: &Row<'_>| {
        Ok(MemberAccount {
            membership: row.int(0)?,
            id: AccountId(row.int(1)?),
            name: row.text(2)?.to_owned(),
            status: accounts::status(row.text(3)?)?,
            role: role(row.opt_text(4)?)?,
        })
    };
    store.fetch_all(&OF_USER, &[app.as_str().into(), user.into()], account).await
}

/// Ends a membership. Answers whether there was one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, AccountId(account): AccountId, user: UserKey) -> Result<bool> {
    let params = [app.as_str().into(), account.into(), user.0.into()];
    Ok(tx.opt(&DELETE, &params, |_| Ok(()))?.is_some())
}

/// Ends the memberships of an account that is being deleted, as far as deleting it would take too long with them.
pub(crate) fn end_all(tx: &mut Tx<'_>, app: &AppId, AccountId(account): AccountId) -> Result<()> {
    let Some(most) = tx.most_changes() else { return Ok(()) };
    let params = [app.as_str().into(), account.into(), most.into()];
    while tx.query(&DELETE_SOME, &params, |_| Ok(()))?.len() == usize::try_from(most).unwrap_or(0) {}
    Ok(())
}
