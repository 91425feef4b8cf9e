//! Events: outbox, audit log and change feed in one table.

use rollcall_model::{AppId, Event};

use crate::sql::statements;
use crate::{Param, Result, Row, Sql, Tx};

statements! {
    INSERT = "
        insert into events (app, at, kind, subject, actor, fields) values ($1, $2, $3, $4, $5, $6)";
    AFTER = "
        select seq, kind, subject, actor, fields
        from events
        where app = $1 and seq > $2
        order by seq
        limit $3";
}

/// For PostgreSQL alone: a change that answers what it returns, and an event if it has changed a row. `$1` is the app, `$3`
/// the moment; the other parameters of the event are named.
macro_rules! with_event {
    ($change:expr, $kind:literal, $subject:literal, $actor:literal, $fields:literal, $columns:expr) => {
        concat!(
            "with changed as (",
            $change,
            "),
            noted as (
                insert into events (app, at, kind, subject, actor, fields)
                select $1, $3, ",
            $kind,
            ", ",
            $subject,
            ", ",
            $actor,
            ", ",
            $fields,
            " from changed
            )
            select ",
            $columns,
            " from changed"
        )
    };
}
pub(crate) use with_event;

/// An event as it lies in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number, unique in the installation. On SQLite it rises in the order of commits; on PostgreSQL in the order of
    /// writing, so that a lower one may still become visible after a higher one.
    pub seq: i64,
    /// What happened, by its stored name.
    pub kind: String,
    /// To whom or what.
    pub subject: String,
    /// By whom.
    pub actor: String,
    /// Which fields, comma separated.
    pub fields: String,
}

/// Writes an event down, in the transaction of the change itself.
///
/// # Errors
/// What the engine says.
pub fn append(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let Event { app, at, kind, subject, actor, fields } = event;
    tx.exec(
        &INSERT,
        &[
            app.as_str().into(),
            at.0.into(),
            kind.as_str().into(),
            subject.as_str().into(),
            actor.as_str().into(),
            fields.as_str().into(),
        ],
    )
}

/// Changes one row and writes the event down if it was there, as the last thing that the transaction does: for PostgreSQL
/// alone. `both` is the change with the event, which takes the event's kind, subject, actor and fields and `further` behind
/// the parameters of the change.
///
/// # Errors
/// As [`Tx::last`].
pub(crate) fn change_last<'a, T>(
    tx: &mut Tx<'_>,
    both: &'static Sql,
    mut params: Vec<Param<'a>>,
    event: &'a Event,
    further: &[Param<'a>],
    map: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let Event { app: _, at: _, kind, subject, actor, fields } = event;
    params.extend([kind.as_str(), subject, actor, fields].map(Param::from));
    params.extend(further);
    tx.last(both, &params, map)
}

/// The app's events after number `seq`, oldest first, at most `limit`.
///
/// # Errors
/// What the engine says.
pub fn after(tx: &mut Tx<'_>, app: &AppId, seq: i64, limit: i64) -> Result<Vec<StoredEvent>> {
    tx.query(&AFTER, &[app.as_str().into(), seq.into(), limit.into()], |row| {
        Ok(StoredEvent {
            seq: row.int(0)?,
            kind: row.text(1)?.to_owned(),
            subject: row.text(2)?.to_owned(),
            actor: row.text(3)?.to_owned(),
            fields: row.text(4)?.to_owned(),
        })
    })
}
