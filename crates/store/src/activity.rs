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
        set last_at = case when activity_days.last_at < excluded.last_at
            then excluded.last_at else activity_days.last_at end";
    COUNT = "
        select count(distinct user_key)
        from activity_days
        where app = $1 and day between $2 and $3 and last_at >= $4 and first_at <= $5";
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
        let day = last.0.div_euclid(DAY);
        let params = [app.as_str().into(), day.into(), user.0.into(), first.0.into(), last.0.into()];
        tx.exec(&DAY_OF, &params)
    };
    if first.0.div_euclid(DAY) == last.0.div_euclid(DAY) {
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
    let days = [from, to].map(|at| at.0.div_euclid(DAY));
    let params = [app.as_str().into(), days[0].into(), days[1].into(), from.0.into(), to.0.into()];
    tx.row(&COUNT, &params, |row| row.int(0))
}
