//! Accounts of apps.

use rollcall_model::{
    Account, AccountId, AccountPatch, AccountStatus, AppId, Document, Millis, NewAccount, Permissible,
    switched_features,
};

use crate::sql::statements;
use crate::{Error, Result, Row, Store, Tx, memberships, permissibles};

/// The columns of [`Account`], in the order that [`from_row`] reads them.
macro_rules! columns {
    () => {
        "id, name, locale, domain, support_email, status, features, limits, custom_attributes, created_at, updated_at"
    };
}

statements! {
    FIND = concat!("select ", columns!(), " from accounts where app = $1 and id = $2");
    EXISTS = "select 1 from accounts where app = $1 and id = $2";
    INSERT = concat!("
        insert into accounts (app, name, locale, domain, support_email, status, features, limits, custom_attributes,
            created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        returning ", columns!());
    LIST = concat!("select ", columns!(), " from accounts where app = $1 order by id");
    PERMISSIBLE_LIST = concat!("
        select ", columns!(), "
        from accounts
        where app = $1
            and id in (select object from permissibles where app = $1 and credential = $2 and kind = $3)
        order by id");
    // An update, so that no other transaction changes or removes it between this and ours.
    LOCK = "update accounts set status = status where app = $1 and id = $2 returning features";
    UPDATE = concat!("
        update accounts set
            name = coalesce($4, name),
            locale = coalesce($5, locale),
            domain = case when $6 = 1 then $7 else domain end,
            support_email = case when $8 = 1 then $9 else support_email end,
            status = coalesce($10, status),
            features = $11,
            limits = coalesce($12, limits),
            custom_attributes = coalesce($13, custom_attributes),
            updated_at = $3
        where app = $1 and id = $2
        returning ", columns!());
    FORGET_BOTS = "
        delete from permissibles
        where app = $1 and kind = $3
            and object in (select id from agent_bots where app = $1 and account = $2)";
    DELETE = "delete from accounts where app = $1 and id = $2 returning id";
}

fn from_row(row: &Row<'_>) -> Result<Account> {
    let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
    Ok(Account {
        id: AccountId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        locale: row.text(2)?.to_owned(),
        domain: text(3)?,
        support_email: text(4)?,
        status: status(row.text(5)?)?,
        features: features(row.text(6)?)?,
        limits: Document::stored(row.text(7)?),
        custom_attributes: Document::stored(row.text(8)?),
        created_at: Millis(row.int(9)?),
        updated_at: row.opt_int(10)?.map(Millis),
    })
}

pub(crate) fn status(name: &str) -> Result<AccountStatus> {
    AccountStatus::parse(name).ok_or_else(|| Error::Broken(format!("unknown status of an account {name}")))
}

fn features(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|e| Error::Broken(format!("unreadable features: {e}")))
}

fn features_text(features: &[String]) -> Result<String> {
    serde_json::to_string(features).map_err(|e| Error::Broken(format!("unwritable features: {e}")))
}

/// The app's account of this number.
///
/// # Errors
/// What the engine says.
pub async fn find(store: &Store, app: &AppId, AccountId(id): AccountId) -> Result<Option<Account>> {
    store.fetch(&FIND, &[app.as_str().into(), id.into()], from_row).await
}

/// Whether the app has an account of this number.
///
/// # Errors
/// What the engine says.
pub fn exists(tx: &mut Tx<'_>, app: &AppId, AccountId(id): AccountId) -> Result<bool> {
    Ok(tx.opt(&EXISTS, &[app.as_str().into(), id.into()], |_| Ok(()))?.is_some())
}

/// As [`exists`], outside of a transaction.
///
/// # Errors
/// What the engine says.
pub async fn is_there(store: &Store, app: &AppId, AccountId(id): AccountId) -> Result<bool> {
    let found = store.fetch(&EXISTS, &[app.as_str().into(), id.into()], |_| Ok(())).await?;
    Ok(found.is_some())
}

/// Makes an account.
///
/// # Errors
/// What the engine says.
pub fn insert(tx: &mut Tx<'_>, app: &AppId, new: &NewAccount, now: Millis) -> Result<Account> {
    let NewAccount {
        name,
        locale,
        domain,
        support_email,
        status,
        features,
        limits,
        custom_attributes,
    } = new;
    let features = features_text(features)?;
    let params = [
        app.as_str().into(),
        name.as_str().into(),
        locale.as_str().into(),
        domain.as_deref().into(),
        support_email.as_deref().into(),
        status.as_str().into(),
        features.as_str().into(),
        limits.as_str().into(),
        custom_attributes.as_str().into(),
        now.0.into(),
    ];
    tx.row(&INSERT, &params, from_row)
}

/// The app's accounts by number: all of them, or those that a platform app of its own objects may touch.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, confined: Option<i64>) -> Result<Vec<Account>> {
    match confined {
        None => tx.query(&LIST, &[app.as_str().into()], from_row),
        Some(credential) => {
            let kind = Permissible::ACCOUNT;
            tx.query(&PERMISSIBLE_LIST, &[app.as_str().into(), credential.into(), kind.into()], from_row)
        }
    }
}

/// Changes an account. Answers it as it is then, or nothing when there is none of this number.
///
/// # Errors
/// What the engine says.
pub fn update(
    tx: &mut Tx<'_>,
    app: &AppId,
    AccountId(id): AccountId,
    patch: &AccountPatch,
    now: Millis,
) -> Result<Option<Account>> {
    let AccountPatch {
        name,
        locale,
        domain,
        support_email,
        status,
        features: switches,
        limits,
        custom_attributes,
    } = patch;
    let held = tx.opt(&LOCK, &[app.as_str().into(), id.into()], |row| features(row.text(0)?))?;
    let Some(held) = held else { return Ok(None) };
    let features = features_text(&switched_features(held, switches))?;
    let params = [
        app.as_str().into(),
        id.into(),
        now.0.into(),
        name.as_deref().into(),
        locale.as_deref().into(),
        domain.is_change().into(),
        domain.value().map(String::as_str).into(),
        support_email.is_change().into(),
        support_email.value().map(String::as_str).into(),
        status.map(AccountStatus::as_str).into(),
        features.as_str().into(),
        limits.as_ref().map(Document::as_str).into(),
        custom_attributes.as_ref().map(Document::as_str).into(),
    ];
    tx.opt(&UPDATE, &params, from_row)
}

/// Keeps the account from being deleted, and keeps others from binding something to it, until the transaction ends.
///
/// # Errors
/// What the engine says.
pub fn hold(tx: &mut Tx<'_>, app: &AppId, AccountId(id): AccountId) -> Result<()> {
    tx.lock(app, &format!("account {id}"))
}

/// Removes an account with its memberships, its agent bots, and the leave of platform apps to touch it or them.
/// Answers whether there was one.
///
/// # Errors
/// What the engine says.
pub fn delete(tx: &mut Tx<'_>, app: &AppId, account: AccountId) -> Result<bool> {
    let AccountId(id) = account;
    hold(tx, app, account)?;
    let bots = Permissible::AGENT_BOT;
    tx.exec(&FORGET_BOTS, &[app.as_str().into(), id.into(), bots.into()])?;
    memberships::end_all(tx, app, account)?;
    if tx.opt(&DELETE, &[app.as_str().into(), id.into()], |_| Ok(()))?.is_none() {
        return Ok(false);
    }
    permissibles::forget(tx, app, Permissible::Account(account))?;
    Ok(true)
}
