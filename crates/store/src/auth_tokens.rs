//! Auth tokens of users.

use rollcall_model::{
    AppId, AuthToken, AuthTokenPatch, Document, Limits, Listing, MAX_AUTH_TOKENS, Millis, NewAuthToken, Page,
    RoleId, Uid, UserKey, Viewer,
};

use crate::sql::statements;
use crate::{Param, Result, Row, Store, Tx, apps};

/// The columns of [`AuthToken`], in the order that [`from_row`] reads them.
macro_rules! columns {
    () => {
        "id, sealed, platform, user_agent, app_info, created_at"
    };
}

statements! {
    INSERT = "
        insert into auth_tokens (app, user_key, lookup, sealed, created_at) values ($1, $2, $3, $4, $5)
        returning id";
    // Of the newest, the one behind the last that stays; with it goes what is older. By the number: the clocks of two
    // processes may differ, and a token must not be pruned by its own making.
    PRUNE = "
        delete from auth_tokens
        where app = $1 and user_key = $2 and id <= (
            select id
            from auth_tokens
            where app = $1 and user_key = $2
            order by id desc
            limit 1 offset cast($3 as bigint))";
    ID = "select id from auth_tokens where app = $1 and lookup = $2 and user_key = $3";
    HOLDER = "
        select t.id, u.uid, u.id, u.role, u.last_active_at, a.core_per_minute, a.standard_per_minute
        from auth_tokens t
        join users u on u.app = t.app and u.id = t.user_key
        join apps a on a.id = t.app
        where t.app = $1 and t.lookup = $2 and u.deactivated_at is null";
    FIND = concat!("
        select ", columns!(), "
        from auth_tokens
        where app = $1 and lookup = $2 and user_key = $3");
    COUNT = "select count(*) from auth_tokens where app = $1 and user_key = $2";
    LIST = concat!("
        select ", columns!(), "
        from auth_tokens
        where app = $1 and user_key = $2
        order by created_at desc, id desc
        limit cast($3 as bigint) offset cast($4 as bigint)");
    UPDATE = concat!("
        update auth_tokens set
            platform = case when $5 = 1 then $6 else platform end,
            user_agent = case when $7 = 1 then $8 else user_agent end,
            app_info = case when $9 = 1 then $10 else app_info end,
            updated_at = $4
        where app = $1 and lookup = $2 and user_key = $3
        returning ", columns!());
    DELETE = "delete from auth_tokens where app = $1 and lookup = $2 and user_key = $3 returning id";
    DELETE_NUMBERED = "delete from auth_tokens where app = $1 and id = $2 and user_key = $3 returning id";
    FLUSH = "delete from auth_tokens where app = $1 and user_key = $2 returning id";
}

fn from_row(row: &Row<'_>) -> Result<AuthToken> {
    Ok(AuthToken {
        id: row.int(0)?,
        sealed: row.bytes(1)?.to_owned(),
        platform: row.opt_text(2)?.map(str::to_owned),
        user_agent: row.opt_text(3)?.map(str::to_owned),
        app_info: row.opt_text(4)?.map(Document::stored),
        created_at: Millis(row.int(5)?),
    })
}

/// Stores a token of a user and answers its number. What is older than the newest [`MAX_AUTH_TOKENS`] goes.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, user: UserKey, new: &NewAuthToken, now: Millis) -> Result<i64> {
    let NewAuthToken { secret } = new;
    let params = [
        app.as_str().into(),
        user.0.into(),
        secret.lookup.as_slice().into(),
        secret.sealed.as_slice().into(),
        now.0.into(),
    ];
    tx.lock(app, &format!("auth tokens/{}", user.0))?;
    let id = tx.row(&INSERT, &params, |row| row.int(0))?;
    tx.exec(&PRUNE, &[app.as_str().into(), user.0.into(), MAX_AUTH_TOKENS.into()])?;
    Ok(id)
}

/// Who came with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The token's number.
    pub token: i64,
    /// The user.
    pub viewer: Viewer,
    /// When the user was last known to be active.
    pub last_active_at: Option<Millis>,
    /// The rate limits of the app.
    pub limits: Limits,
}

/// The active user whose token has this keyed hash.
///
/// # Errors
/// What the engine says.
pub async fn holder(store: &Store, app: &AppId, lookup: &[u8]) -> Result<Option<Holder>> {
    let read = |row: &Row<'_>| {
        Ok(Holder {
            token: row.int(0)?,
            viewer: Viewer {
                uid: Uid::stored(row.text(1)?),
                key: UserKey(row.int(2)?),
                role: RoleId::stored(row.text(3)?),
            },
            last_active_at: row.opt_int(4)?.map(Millis),
            limits: apps::limits_from_row(row, 5)?,
        })
    };
    store.fetch(&HOLDER, &[app.as_str().into(), lookup.into()], read).await
}

/// The user's token of this keyed hash.
///
/// # Errors
/// What the engine says.
pub async fn find(store: &Store, app: &AppId, user: UserKey, lookup: &[u8]) -> Result<Option<AuthToken>> {
    store
        .fetch(&FIND, &[app.as_str().into(), lookup.into(), user.0.into()], from_row)
        .await
}

/// The number of the user's token of this keyed hash.
///
/// # Errors
/// What the engine says.
pub fn id(tx: &mut Tx<'_>, app: &AppId, user: UserKey, lookup: &[u8]) -> Result<Option<i64>> {
    tx.opt(&ID, &[app.as_str().into(), lookup.into(), user.0.into()], |row| row.int(0))
}

/// One page of the user's tokens, newest first.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, user: UserKey, page: Page) -> Result<Listing<AuthToken>> {
    let total = tx.row(&COUNT, &[app.as_str().into(), user.0.into()], |row| row.int(0))?;
    let params = [app.as_str().into(), user.0.into(), page.size.into(), page.offset().into()];
    Ok(Listing { items: tx.query(&LIST, &params, from_row)?, total })
}

/// The user's newest token.
///
/// # Errors
/// What the engine says.
pub fn newest(tx: &mut Tx<'_>, app: &AppId, user: UserKey) -> Result<Option<AuthToken>> {
    let first = Page { number: 1, size: 1 };
    let params = [app.as_str().into(), user.0.into(), first.size.into(), first.offset().into()];
    tx.opt(&LIST, &params, from_row)
}

/// Changes what is known of the device behind a token. Answers it as it is then.
///
/// # Errors
/// What the engine says.
pub fn update(
    tx: &mut Tx<'_>,
    app: &AppId,
    user: UserKey,
    lookup: &[u8],
    patch: &AuthTokenPatch,
    now: Millis,
) -> Result<Option<AuthToken>> {
    let AuthTokenPatch { platform, user_agent, app_info } = patch;
    let mut params = vec![app.as_str().into(), lookup.into(), user.0.into(), now.0.into()];
    for text in [platform, user_agent] {
        params.extend([Param::from(text.is_change()), text.value().map(String::as_str).into()]);
    }
    params.extend([Param::from(app_info.is_change()), app_info.value().map(Document::as_str).into()]);
    tx.opt(&UPDATE, &params, from_row)
}

/// Deletes a token of the user. Answers whether there was one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, user: UserKey, lookup: &[u8]) -> Result<bool> {
    let params = [app.as_str().into(), lookup.into(), user.0.into()];
    Ok(tx.opt(&DELETE, &params, |_| Ok(()))?.is_some())
}

/// Deletes the token of this number. Answers whether the user had it.
///
/// # Errors
/// What the engine says.
pub fn delete_numbered(tx: &mut Tx<'_>, app: &AppId, user: UserKey, id: i64) -> Result<bool> {
    let params = [app.as_str().into(), id.into(), user.0.into()];
    Ok(tx.opt(&DELETE_NUMBERED, &params, |_| Ok(()))?.is_some())
}

/// Deletes all tokens of the user. Answers how many there were.
///
/// # Errors
/// What the engine says.
pub fn flush(tx: &mut Tx<'_>, app: &AppId, user: UserKey) -> Result<usize> {
    Ok(tx.query(&FLUSH, &[app.as_str().into(), user.0.into()], |_| Ok(()))?.len())
}
