//! How many users an app has, by role and stretch of numbers: kept by the transactions that change it, so that no list
//! counts (ADR 0013).
//!
//! Every change adds to a row and none sets it, so what several rows of one stretch and role say is their sum.

use rollcall_model::{AppId, UserKey};

use crate::sql::statements;
use crate::{Result, Sql, Tx};

/// How many numbers one stretch holds.
pub(crate) const STRETCH: i64 = 4096;

/// On how many shards the connections to PostgreSQL are spread; besides these there are shard 0, for what was folded, and
/// [`REMOVALS`].
pub(crate) const SHARDS: i64 = 64;

/// The shard of those who remove a role: they hold their rows for long, and nobody else's change may wait for that.
pub(crate) const REMOVALS: i64 = SHARDS + 1;

/// One change in so many folds the rows of its stretch.
const FOLDING: i64 = 64;

/// What happens where a row is there already.
macro_rules! added {
    () => {
        "on conflict (app, role, stretch, shard) do update set
            active = user_counts.active + excluded.active,
            deactivated = user_counts.deactivated + excluded.deactivated"
    };
}
pub(crate) use added;

statements! {
    ADD = concat!("
        insert into user_counts (app, role, stretch, shard, active, deactivated)
        values ($1, $2, $3, $4, $5, $6)
        ", added!());
    // Of the rows that are sums: one of another shard is a part, and says nothing by being zero.
    CLEAR = "
        delete from user_counts
        where app = $1 and role = $2 and stretch between cast($3 as bigint) and cast($4 as bigint)
            and shard = 0 and active = 0 and deactivated = 0";
    // Where one transaction runs at a time, a role's rows are those of its users.
    MOVE = concat!("
        insert into user_counts (app, role, stretch, shard, active, deactivated)
        select app, cast($3 as text), stretch, shard, active, deactivated
        from user_counts
        where app = $1 and role = $2
        ", added!());
    FORGET = "delete from user_counts where app = $1 and role = $2";
}

/// Makes one row of those that several connections have left, for PostgreSQL alone. What others hold is left to them, parts and
/// sums: a transaction that waited for a sum would have others wait for the users that it holds, or wait in a ring with them.
/// Only for a sum that somebody is making for the first time does it wait.
pub(crate) static FOLD: Sql = Sql::new(
    "user_counts::FOLD",
    concat!(
        "with sums as (
            select stretch from user_counts
            where app = $1 and role = $2 and stretch between cast($3 as bigint) and cast($4 as bigint) and shard = 0
            for update skip locked),
        found as (
            select stretch, shard from user_counts as part
            where app = $1 and role = $2 and stretch between cast($3 as bigint) and cast($4 as bigint) and shard <> 0
                and (stretch in (select stretch from sums) or not exists (
                    select 1 from user_counts
                    where app = $1 and role = $2 and stretch = part.stretch and shard = 0))
            for update skip locked),
        gone as (
            delete from user_counts
            using found
            where app = $1 and role = $2 and user_counts.stretch = found.stretch and user_counts.shard = found.shard
            returning user_counts.stretch, active, deactivated)
        insert into user_counts (app, role, stretch, shard, active, deactivated)
        select cast($1 as text), cast($2 as text), stretch, 0, sum(active), sum(deactivated)
        from gone
        group by stretch
        order by stretch
        ",
        added!()
    ),
);

/// Whether a user counts as active or as deactivated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) active: i64,
    pub(crate) deactivated: i64,
}

impl Counted {
    /// A user who is active, or is not.
    pub(crate) fn one(active: bool) -> Self {
        Self { active: i64::from(active), deactivated: i64::from(!active) }
    }

    /// The same, taken away.
    pub(crate) fn less(self) -> Self {
        Self { active: -self.active, deactivated: -self.deactivated }
    }

    /// This, and the other taken away.
    pub(crate) fn but(self, other: Self) -> Self {
        Self {
            active: self.active - other.active,
            deactivated: self.deactivated - other.deactivated,
        }
    }
}

/// Notes that the user of this number and role has come, has gone or is counted otherwise.
///
/// # Errors
/// What the engine says.
pub(crate) fn add(tx: &mut Tx<'_>, app: &AppId, role: &str, user: UserKey, counted: Counted) -> Result<()> {
    let (stretch, shard) = (user.0 / STRETCH, tx.shard());
    tx.exec(
        &ADD,
        &[
            app.as_str().into(),
            role.into(),
            stretch.into(),
            shard.into(),
            counted.active.into(),
            counted.deactivated.into(),
        ],
    )?;
    let leaves = counted.active + counted.deactivated < 0;
    match shard {
        0 if leaves => clear(tx, app, role, stretch, stretch),
        0 => Ok(()),
        // With the stretch before, which may have been left half folded when the numbers went on.
        _ if user.0 % FOLDING == 0 => fold(tx, app, role, stretch - 1, stretch),
        _ => Ok(()),
    }
}

/// Notes that a user's role is another now.
///
/// # Errors
/// What the engine says.
pub(crate) fn change_role(
    tx: &mut Tx<'_>,
    app: &AppId,
    user: UserKey,
    (from, to): (&str, &str),
) -> Result<()> {
    let one = Counted::one(true);
    // In the order of the roles, as two transactions that go the opposite ways would wait for each other.
    if from < to {
        add(tx, app, from, user, one.less())?;
        add(tx, app, to, user, one)
    } else if to < from {
        add(tx, app, to, user, one)?;
        add(tx, app, from, user, one.less())
    } else {
        Ok(())
    }
}

/// Gives all that is counted for a role to another: on an engine that runs one transaction at a time.
///
/// # Errors
/// What the engine says.
pub(crate) fn give(tx: &mut Tx<'_>, app: &AppId, from: &str, to: &str) -> Result<()> {
    tx.exec(&MOVE, &[app.as_str().into(), from.into(), to.into()])?;
    tx.exec(&FORGET, &[app.as_str().into(), from.into()])
}

/// Folds everything of a role, of which nothing is left.
///
/// # Errors
/// What the engine says.
pub(crate) fn fold_all(tx: &mut Tx<'_>, app: &AppId, role: &str) -> Result<()> {
    fold(tx, app, role, 0, i64::MAX)
}

fn fold(tx: &mut Tx<'_>, app: &AppId, role: &str, from: i64, to: i64) -> Result<()> {
    tx.exec(&FOLD, &[app.as_str().into(), role.into(), from.into(), to.into()])?;
    clear(tx, app, role, from, to)
}

fn clear(tx: &mut Tx<'_>, app: &AppId, role: &str, from: i64, to: i64) -> Result<()> {
    tx.exec(&CLEAR, &[app.as_str().into(), role.into(), from.into(), to.into()])
}
