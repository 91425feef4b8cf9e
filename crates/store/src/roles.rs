//! Roles of apps.

use rollcall_model::{
    AppId, Audience, DEFAULT_ROLE, Document, Listing, Millis, Page, Role, RoleId, RolePatch, Uid,
};

use crate::sql::statements;
use crate::user_counts::{self, added};
use crate::user_index::Listed;
use crate::{Error, Param, Result, Row, Store, Tx};

/// The columns of [`Role`], in the order that [`from_row`] reads them.
macro_rules! columns {
    () => {
        "role, name, description, metadata, list_users, send_messages_to, created_at, updated_at"
    };
}

/// More users than so many are not forgotten one by one when they change at once.
const MANY: usize = 4_096;

statements! {
    FIND = concat!("select ", columns!(), " from roles where app = $1 and role = $2");
    INSERT = "
        insert into roles (app, role, name, description, metadata, list_users, send_messages_to, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict do nothing
        returning role";
    UPDATE = concat!("
        update roles set
            name = case when $4 = 1 then $5 else name end,
            description = case when $6 = 1 then $7 else description end,
            metadata = case when $8 = 1 then $9 else metadata end,
            list_users = case when $10 = 1 then $11 else list_users end,
            send_messages_to = case when $12 = 1 then $13 else send_messages_to end,
            updated_at = $3
        where app = $1 and role = $2
        returning ", columns!());
    COUNT = "select count(*) from roles where app = $1";
    LIST = concat!("
        select ", columns!(), "
        from roles
        where app = $1
        order by created_at / 1000 desc, role
        limit cast($2 as bigint) offset cast($3 as bigint)");
    DELETE = "delete from roles where app = $1 and role = $2 returning role";
    // The default role is a parameter so that its name stands in one place.
    MOVE_USERS = "
        update users set role = $3, updated_at = $4, revision = revision + 1
        where app = $1 and role = $2
        returning id, uid";
}

statements! { FOR_POSTGRES:
    // As `MOVE_USERS`, in steps and with what is counted of these very users: PostgreSQL gives each statement 15 seconds and
    // lets others change users meanwhile.
    MOVE_SOME_USERS = concat!("
        with moved as (
            update users set role = $3, updated_at = $4, revision = revision + 1
            where app = $1
                and id in (select id from users where app = $1 and role = $2 limit cast($5 as bigint) for update)
            returning id / 4096 as stretch, deactivated_at),
        counted as (
            select stretch, count(*) - count(deactivated_at) as active, count(deactivated_at) as deactivated
            from moved
            group by stretch)
        insert into user_counts (app, role, stretch, shard, active, deactivated)
        select cast($1 as text), cast($2 as text), stretch, cast($6 as bigint), - active, - deactivated
        from counted
        union all
        select cast($1 as text), cast($3 as text), stretch, cast($6 as bigint), active, deactivated
        from counted
        ", added!(), " returning stretch");
}

/// Held by whoever removes a role, since all who do add to one shard. Not the name under which roles are made: that does not
/// take long.
const REMOVAL: &str = "removal of a role";

pub(crate) fn audience(text: Option<&str>) -> Result<Option<Audience>> {
    let known = |text| Audience::parse(text).ok_or_else(|| Error::Broken(format!("unknown audience {text}")));
    text.map(known).transpose()
}

fn from_row(row: &Row<'_>) -> Result<Role> {
    Ok(Role {
        role: RoleId::stored(row.text(0)?),
        name: row.text(1)?.to_owned(),
        description: row.opt_text(2)?.map(str::to_owned),
        metadata: row.opt_text(3)?.map(Document::stored),
        list_users: audience(row.opt_text(4)?)?,
        send_messages_to: audience(row.opt_text(5)?)?,
        created_at: Millis(row.int(6)?),
        updated_at: row.opt_int(7)?.map(Millis),
    })
}

/// The app's role of this id.
///
/// # Errors
/// What the engine says.
pub fn find(tx: &mut Tx<'_>, app: &AppId, role: &RoleId) -> Result<Option<Role>> {
    tx.opt(&FIND, &[app.as_str().into(), role.as_str().into()], from_row)
}

/// As [`find`], outside of a transaction.
///
/// # Errors
/// What the engine says.
pub async fn get(store: &Store, app: &AppId, role: &RoleId) -> Result<Option<Role>> {
    store.fetch(&FIND, &[app.as_str().into(), role.as_str().into()], from_row).await
}

/// Makes a role. Answers whether its id was free.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, role: &Role) -> Result<bool> {
    let Role {
        role,
        name,
        description,
        metadata,
        list_users,
        send_messages_to,
        created_at,
        // A new role has not been changed yet.
        updated_at: _,
    } = role;
    let params = [
        app.as_str().into(),
        role.as_str().into(),
        name.as_str().into(),
        description.as_deref().into(),
        metadata.as_ref().map(Document::as_str).into(),
        list_users.map(Audience::as_str).into(),
        send_messages_to.map(Audience::as_str).into(),
        created_at.0.into(),
    ];
    Ok(tx.opt(&INSERT, &params, |_| Ok(()))?.is_some())
}

/// Changes a role. Answers it as it is then, or nothing when there is none of this id.
///
/// # Errors
/// What the engine says.
pub fn update(
    tx: &mut Tx<'_>,
    app: &AppId,
    role: &RoleId,
    patch: &RolePatch,
    now: Millis,
) -> Result<Option<Role>> {
    let RolePatch { name, description, metadata, list_users, send_messages_to } = patch;
    let mut params: Vec<Param<'_>> = vec![app.as_str().into(), role.as_str().into(), now.0.into()];
    for text in [name, description] {
        params.extend([Param::from(text.is_change()), text.value().map(String::as_str).into()]);
    }
    params.extend([Param::from(metadata.is_change()), metadata.value().map(Document::as_str).into()]);
    for audience in [list_users, send_messages_to] {
        let value = audience.value().map(|audience| audience.as_str());
        params.extend([Param::from(audience.is_change()), value.into()]);
    }
    tx.opt(&UPDATE, &params, from_row)
}

/// How many roles the app has, the default role among them.
///
/// # Errors
/// What the engine says.
pub fn count(tx: &mut Tx<'_>, app: &AppId) -> Result<i64> {
    tx.row(&COUNT, &[app.as_str().into()], |row| row.int(0))
}

/// One page of the app's roles, newest first and by id within one second.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, page: Page) -> Result<Listing<Role>> {
    let total = count(tx, app)?;
    let items = tx.query(&LIST, &[app.as_str().into(), page.size.into(), page.offset().into()], from_row)?;
    Ok(Listing { items, total })
}

/// Gives the default role to everybody who has this one, active or not, then removes it. Answers whether there was one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, role: &RoleId, now: Millis) -> Result<bool> {
    if find(tx, app, role)?.is_none() {
        return Ok(false);
    }
    let params = [app.as_str().into(), role.as_str().into(), DEFAULT_ROLE.into(), now.0.into()];
    match tx.most_changes() {
        None => {
            let moved = tx.query(&MOVE_USERS, &params, |row| Ok((row.int(0)?, Uid::stored(row.text(1)?))))?;
            if moved.len() > MANY {
                tx.touch_all();
            } else {
                moved.iter().for_each(|(_, uid)| tx.touch(app, uid));
            }
            if tx.lists() && !moved.is_empty() {
                let moved: Vec<i64> = moved.into_iter().map(|(key, _)| key).collect();
                tx.list(Listed::moved(app, &moved, role.as_str(), DEFAULT_ROLE));
            }
            user_counts::give(tx, app, role.as_str(), DEFAULT_ROLE)?;
        }
        Some(most) => {
            tx.lock(app, REMOVAL)?;
            let [first, role_id, default, now] = params;
            let params = [first, role_id, default, now, most.into(), user_counts::REMOVALS.into()];
            while !tx.query(&MOVE_SOME_USERS, &params, |_| Ok(()))?.is_empty() {}
            user_counts::fold_all(tx, app, role.as_str())?;
        }
    }
    Ok(tx
        .opt(&DELETE, &[app.as_str().into(), role.as_str().into()], |_| Ok(()))?
        .is_some())
}
