//! A transaction, as use cases see it.

use std::sync::Arc;

use rollcall_model::{AppId, Uid};

use crate::changes::Change;
use crate::postgres_session::PostgresTx;
use crate::record::Record;
use crate::row::{Param, Row};
use crate::sqlite::{Memory, SqliteTx};
use crate::user_index::{Listed, UserIndex};
use crate::{Error, Result, Sql, record_cache};

/// For PostgreSQL alone.
pub(crate) static LOCK: Sql =
    Sql::new("tx::LOCK", "select pg_advisory_xact_lock(hashtextextended(cast($1 as text), 0))");

/// An open transaction on either engine. Closures may be run again after a conflict, so they keep no state of
/// their own and reach nothing outside.
#[derive(Debug)]
pub struct Tx<'a>(pub(crate) Inner<'a>);

#[derive(Debug)]
pub(crate) enum Inner<'a> {
    Sqlite(SqliteTx<'a>),
    Postgres(PostgresTx<'a>),
}

impl<'a> Tx<'a> {
    /// The index of users, for a transaction that only reads.
    pub(crate) fn index(&self) -> Option<&'a UserIndex> {
        match &self.0 {
            Inner::Sqlite(SqliteTx { memory: None, index, .. }) => *index,
            Inner::Sqlite(_) | Inner::Postgres(_) => None,
        }
    }
}

impl Tx<'_> {
    /// Runs a statement and shows each row of its answer.
    ///
    /// # Errors
    /// What the engine or `visit` says.
    pub(crate) fn visit(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.each(sql, params, &mut visit)
    }

    /// Runs a statement and maps each row of its answer.
    ///
    /// # Errors
    /// What the engine or `map` says.
    pub fn query<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut items = Vec::new();
        self.each(sql, params, &mut |row| {
            items.push(map(row)?);
            Ok(())
        })?;
        Ok(items)
    }

    /// Runs a statement that answers one row or none.
    ///
    /// # Errors
    /// What the engine or `map` says.
    pub fn opt<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut item = None;
        self.each(sql, params, &mut |row| {
            item = Some(map(row)?);
            Ok(())
        })?;
        Ok(item)
    }

    /// Runs a statement that always answers one row.
    ///
    /// # Errors
    /// What the engine or `map` says; [`Error::Broken`] when no row came.
    pub fn row<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.opt(sql, params, map)?
            .ok_or_else(|| Error::Broken(format!("{} answered no row", sql.name())))
    }

    /// Runs a statement whose answer nobody needs before the commit. On PostgreSQL it travels with the next one
    /// that is waited for, or with the commit; an error of it undoes the transaction all the same.
    ///
    /// # Errors
    /// On SQLite what the engine says; on PostgreSQL the next call or the commit says it.
    pub fn exec(&mut self, sql: &'static Sql, params: &[Param<'_>]) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(tx) => tx.each(sql, params, &mut |_| Ok(())),
            Inner::Postgres(tx) => tx.defer(sql, params),
        }
    }

    /// Runs the transaction's last statement, one that answers a row or none. On PostgreSQL the commit travels with it if
    /// the statements before it only looked, and the first statement of all commits by itself: one round trip (ADR 0015).
    /// So nothing may follow it, and once a row has come the closure may not fail.
    ///
    /// # Errors
    /// What the engine or `map` says; [`Error::Unavailable`] when the connection was lost, and nobody knows whether before
    /// or after the commit. On PostgreSQL [`Error::Broken`] for a closure that goes on, or fails after a row came.
    pub fn last<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        match &mut self.0 {
            Inner::Sqlite(_) => self.opt(sql, params, map),
            Inner::Postgres(tx) => {
                let rows = tx.last(sql, params)?;
                rows.iter().map(|row| map(&Row::Postgres(row))).last().transpose()
            }
        }
    }

    /// Writes the row of a user whom this transaction has found, on the engine where [`Tx::reads_first`].
    ///
    /// # Errors
    /// What the engine says; [`Error::Broken`] when there is no such row, and then nobody is told of the user again before the
    /// database is asked.
    pub(crate) fn replace(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        app: &AppId,
        uid: &Uid,
    ) -> Result<()> {
        self.exec(sql, params)?;
        let Inner::Sqlite(SqliteTx { connection, memory, .. }) = &self.0 else {
            return Ok(());
        };
        if connection.changes() == 1 {
            return Ok(());
        }
        if let Some(Memory { records, .. }) = memory {
            records.forget(&record_cache::name(app, uid.as_str()));
        }
        Err(Error::Broken(format!("{} found no row", sql.name())))
    }

    /// Writes a new row, on the engine where [`Tx::reads_first`]. Answers its number, or nothing when a unique key is taken.
    ///
    /// # Errors
    /// What the engine says; [`Error::Broken`] on PostgreSQL, whose statements answer a number themselves.
    pub(crate) fn put_in(&mut self, sql: &'static Sql, params: &[Param<'_>]) -> Result<Option<i64>> {
        self.exec(sql, params)?;
        match &self.0 {
            Inner::Sqlite(SqliteTx { connection, .. }) => {
                Ok((connection.changes() == 1).then(|| connection.last_insert_rowid()))
            }
            Inner::Postgres(_) => Err(Error::Broken(format!("{} is not for PostgreSQL", sql.name()))),
        }
    }

    /// Says that the transaction changes this user. Whatever writes to `users` must say so, or a cached record outlives
    /// the change; a test holds the statements against this.
    pub(crate) fn touch(&self, app: &AppId, uid: &Uid) {
        if let Inner::Sqlite(SqliteTx { memory: Some(Memory { changes, .. }), .. }) = &self.0 {
            changes.add(Change::Record(record_cache::name(app, uid.as_str())));
        }
    }

    /// As [`Tx::touch`], for a change of more users than can be named.
    pub(crate) fn touch_all(&self) {
        if let Inner::Sqlite(SqliteTx { memory: Some(Memory { changes, .. }), .. }) = &self.0 {
            changes.add(Change::Records);
        }
    }

    /// Whether somebody is to be told by [`Tx::list`] what the transaction changes of lists.
    pub(crate) fn lists(&self) -> bool {
        matches!(&self.0, Inner::Sqlite(SqliteTx { memory: Some(_), index: Some(_), .. }))
    }

    /// Says what the transaction changes of lists. Whatever writes what a list looks at must say so, or the index of
    /// users is wrong.
    pub(crate) fn list(&self, listed: Listed) {
        if let Inner::Sqlite(SqliteTx { memory: Some(Memory { changes, .. }), index: Some(_), .. }) = &self.0
        {
            changes.add(Change::Listed(Box::new(listed)));
        }
    }

    /// Says that this is the user's record from now on: as [`Tx::touch`], for who knows what it has become.
    pub(crate) fn remember(&self, app: &AppId, record: &Arc<Record>) {
        if let Inner::Sqlite(SqliteTx { memory: Some(Memory { changes, .. }), .. }) = &self.0 {
            let name = record_cache::name(app, record.uid.as_str());
            changes.add(Change::Replaced(name, Arc::clone(record)));
        }
    }

    /// The active user of this uid as this transaction would find it, when that is known without asking the database.
    pub(crate) fn remembered(&self, app: &AppId, uid: &Uid) -> Option<Arc<Record>> {
        match &self.0 {
            Inner::Sqlite(SqliteTx { memory: Some(memory), .. }) => {
                memory.record(&record_cache::name(app, uid.as_str()))
            }
            Inner::Sqlite(_) | Inner::Postgres(_) => None,
        }
    }

    /// Who had this other name when somebody looked last.
    pub(crate) fn aliased(&self, alias: &str) -> Option<Uid> {
        match &self.0 {
            Inner::Sqlite(SqliteTx { memory: Some(memory), .. }) => memory.records.alias(alias),
            Inner::Sqlite(_) | Inner::Postgres(_) => None,
        }
    }

    /// Whether reading a row before it is changed costs less than having it handed back.
    pub(crate) fn reads_first(&self) -> bool {
        match &self.0 {
            Inner::Sqlite(_) => true,
            Inner::Postgres(_) => false,
        }
    }

    /// How many rows one statement may change at most, where that is limited: PostgreSQL gives each 15 seconds.
    pub(crate) fn most_changes(&self) -> Option<i64> {
        match &self.0 {
            Inner::Sqlite(_) => None,
            Inner::Postgres(_) => Some(20_000),
        }
    }

    /// On which of a sum's rows this transaction adds, so that it waits for no other one: each connection to PostgreSQL
    /// has its own, as far as there are enough. SQLite runs one transaction at a time, and has shard 0 alone.
    pub(crate) fn shard(&self) -> i64 {
        match &self.0 {
            Inner::Sqlite(_) => 0,
            Inner::Postgres(tx) => tx.shard(),
        }
    }

    /// Waits until no other transaction holds this name, and holds it until the end: for limits on how many of a thing
    /// there may be. SQLite runs one transaction at a time anyway. Whoever takes several takes them in their order.
    ///
    /// # Errors
    /// What the engine says.
    pub fn lock(&mut self, app: &AppId, name: &str) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(_) => Ok(()),
            Inner::Postgres(tx) => tx.defer(&LOCK, &[[app.as_str(), "/", name].concat().as_str().into()]),
        }
    }

    /// On SQLite, the failure of a statement that the closure has ignored; PostgreSQL's session knows by itself.
    pub(crate) fn failure(self) -> Option<Error> {
        match self.0 {
            Inner::Sqlite(tx) => tx.failed,
            Inner::Postgres(_) => None,
        }
    }

    fn each(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(tx) => tx.each(sql, params, visit),
            Inner::Postgres(tx) => {
                let rows = tx.query(sql, params)?;
                rows.iter().try_for_each(|row| visit(&Row::Postgres(row)))
            }
        }
    }
}
