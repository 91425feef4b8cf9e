//! Events: outbox, audit log and change feed in one table.

use rollcall_model::{AppId, Event};

use crate::sql::statements;
use crate::{Result, Tx};

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
