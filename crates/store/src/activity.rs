//! When users were active: the last time on the record, and the days for counting.

use rollcall_model::{AppId, Millis, Uid, UserKey};

use crate::sql::statements;
use crate::{Result, Tx};

/// Milliseconds in a day.
const DAY: i64 = 86_400_000;

statements! {
    LAST = "
        update users set last_active_at = $3
        where app = $1 and id = $2 and (last_active_at is null or last_active_at < $3)";
    DAY_OF = "
        insert into activity_days (app, day, user_key, first_at, last_at) values ($1, $2, $3, $4, $5)
        on conflict (app, day, user_key) do update
        set first_at = case when excluded.first_at < activity_days.first_at
                then excluded.first_at else activity_days.first_at end,
            last_at = case when excluded.last_at > activity_days.last_at
                then excluded.last_at else activity_days.last_at end";
    COUNT = "
        select count(distinct user_key)
        from activity_days
        where app = $1 and day between $2 and $3 and last_at >= $4 and first_at <= $5";
}

/// The day of UTC that a moment is on, counted from 1970.
#[must_use]
pub fn day(at: Millis) -> i64 {
    at.0.div_euclid(DAY)
}

/// Writes down that a user was active at several moments, of which these are the first and the last: on one day, or one
/// before and one after midnight.
///
/// # Errors
/// What the engine says.
pub fn note(
    tx: &mut Tx<'_>,
    app: &AppId,
    uid: &Uid,
    user: UserKey,
    first: Millis,
    last: Millis,
) -> Result<()> {
    tx.touch(app, uid);
    tx.exec(&LAST, &[app.as_str().into(), user.0.into(), last.0.into()])?;
    let mut note = |first: Millis, last: Millis| {
        let params = [app.as_str().into(), day(last).into(), user.0.into(), first.0.into(), last.0.into()];
        tx.exec(&DAY_OF, &params)
    };
    if day(first) == day(last) {
        return note(first, last);
    }
    note(first, first)?;
    note(last, last)
}

/// How many users were active between two moments, both included. Exact to the day: within the first and the last day,
/// whoever was active before and after is counted as well.
///
/// # Errors
/// What the engine says.
pub fn count(tx: &mut Tx<'_>, app: &AppId, from: Millis, to: Millis) -> Result<i64> {
    let params = [app.as_str().into(), day(from).into(), day(to).into(), from.0.into(), to.0.into()];
    tx.row(&COUNT, &params, |row| row.int(0))
}
