//! Credits: the balance in the user's record, and the ledger of its changes beside it.

use rollcall_model::{AppId, CreditChange, Credits, Millis, NewCreditChange, Stretch, Uid, UserKey};

use crate::sql::statements;
use crate::{Result, Row, Tx};

/// The columns of [`CreditChange`], in the order that [`from_row`] reads them.
macro_rules! columns {
    () => {
        "id, delta, balance, description, at"
    };
}

statements! {
    // One statement that looks and writes: whoever comes at the same time waits for the row and finds the new balance.
    CHANGE = "
        update users set credit_balance = credit_balance + $3, revision = revision + 1
        where app = $1 and id = $2 and deactivated_at is null
            and credit_balance + $3 between 0 and $4
        returning credit_balance";
    IS_ACTIVE = "select 1 from users where app = $1 and id = $2 and deactivated_at is null";
    INSERT_CHANGE = concat!("
        insert into credit_changes (app, user_key, delta, balance, description, at)
        values ($1, $2, $3, $4, $5, $6)
        returning ", columns!());
    LIST = concat!("
        select ", columns!(), "
        from credit_changes
        where user_key = $2 and app = $1 and id < $3
        order by id desc
        limit cast($4 as bigint)");
}

fn from_row(row: &Row<'_>) -> Result<CreditChange> {
    Ok(CreditChange {
        id: row.int(0)?,
        delta: Credits(row.int(1)?),
        balance: Credits(row.int(2)?),
        description: row.opt_text(3)?.map(str::to_owned),
        at: Millis(row.int(4)?),
    })
}

/// Why a balance was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such active user.
    Unknown,
    /// The balance would be less than nothing.
    NotEnough,
    /// The balance would be larger than [`Credits::MAX`].
    TooMany,
}

/// Changes the balance of an active user and writes it into the ledger.
///
/// # Errors
/// What the engine says. That it was not done is part of the answer.
pub fn change(
    tx: &mut Tx<'_>,
    app: &AppId,
    (user, uid): (UserKey, &Uid),
    new: &NewCreditChange,
    now: Millis,
) -> Result<std::result::Result<CreditChange, Refused>> {
    let NewCreditChange { delta, description } = new;
    tx.touch(app, uid);
    let params = [app.as_str().into(), user.0.into(), delta.0.into(), Credits::MAX.0.into()];
    let Some(balance) = tx.opt(&CHANGE, &params, |row| row.int(0))? else {
        return refusal(tx, app, user, *delta).map(Err);
    };
    let params = [
        app.as_str().into(),
        user.0.into(),
        delta.0.into(),
        balance.into(),
        description.as_deref().into(),
        now.0.into(),
    ];
    tx.row(&INSERT_CHANGE, &params, from_row).map(Ok)
}

fn refusal(tx: &mut Tx<'_>, app: &AppId, user: UserKey, delta: Credits) -> Result<Refused> {
    let active = tx.opt(&IS_ACTIVE, &[app.as_str().into(), user.0.into()], |_| Ok(()))?;
    Ok(match active {
        None => Refused::Unknown,
        // What takes away can only be refused for taking too much, what gives only for giving it.
        Some(()) if delta < Credits(0) => Refused::NotEnough,
        Some(()) => Refused::TooMany,
    })
}

/// A piece of a user's ledger, newest first: at most `limit` rows, of those older than number `before` if one is named.
///
/// # Errors
/// What the engine says.
pub fn list(
    tx: &mut Tx<'_>,
    app: &AppId,
    user: UserKey,
    before: Option<i64>,
    limit: i64,
) -> Result<Stretch<CreditChange>> {
    let before = before.unwrap_or(i64::MAX);
    let params = [app.as_str().into(), user.0.into(), before.into(), limit.saturating_add(1).into()];
    Ok(Stretch::cut(tx.query(&LIST, &params, from_row)?, limit))
}
