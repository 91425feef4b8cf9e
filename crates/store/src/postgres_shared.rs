//! Point reads on PostgreSQL: a few connections that everybody shares and that carry many statements at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row, Statement};

use crate::postgres::{ANSWER_DEADLINE, connect, error, is_lost};
use crate::row::Param;
use crate::{Error, Result, Sql};

type Answer<T> = std::result::Result<T, tokio_postgres::Error>;

#[derive(Debug)]
pub(crate) struct Shared {
    config: Config,
    slots: Vec<Slot>,
    next: AtomicUsize,
}

#[derive(Debug, Default)]
struct Slot {
    line: RwLock<Option<Arc<Line>>>,
    connecting: Mutex<()>,
}

#[derive(Debug)]
struct Line {
    client: Client,
    statements: RwLock<HashMap<usize, Statement>>,
}

impl Shared {
    pub(crate) fn new(config: Config, size: usize) -> Self {
        let slots = (0..size).map(|_| Slot::default()).collect();
        Self { config, slots, next: AtomicUsize::new(0) }
    }

    pub(crate) async fn query(&self, sql: &'static Sql, params: &[Param<'_>]) -> Result<Vec<Row>> {
        let answered = tokio::time::timeout(ANSWER_DEADLINE, self.ask(sql, params)).await;
        answered.unwrap_or_else(|_| Err(Error::Unavailable("PostgreSQL: no answer in time".to_owned())))
    }

    async fn ask(&self, sql: &'static Sql, params: &[Param<'_>]) -> Result<Vec<Row>> {
        let slot = &self.slots[self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len()];
        let dead = match slot.current() {
            Some(line) => match line.query(sql, params).await {
                // It died while idle; a read may be asked again.
                Err(e) if is_lost(&e) => Some(line),
                outcome => return outcome.map_err(|e| error(&e)),
            },
            None => None,
        };
        let line = slot.reconnect(&self.config, dead).await?;
        line.query(sql, params).await.map_err(|e| error(&e))
    }
}

impl Slot {
    fn current(&self) -> Option<Arc<Line>> {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        line.as_ref().filter(|line| !line.client.is_closed()).map(Arc::clone)
    }

    async fn reconnect(&self, config: &Config, dead: Option<Arc<Line>>) -> Result<Arc<Line>> {
        let _one_at_a_time = self.connecting.lock().await;
        let is_dead = |line: &Arc<Line>| dead.as_ref().is_some_and(|dead| Arc::ptr_eq(line, dead));
        if let Some(line) = self.current().filter(|line| !is_dead(line)) {
            return Ok(line);
        }
        let client = connect(config).await?;
        let line = Arc::new(Line { client, statements: RwLock::default() });
        *self.line.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&line));
        Ok(line)
    }
}

impl Line {
    async fn query(&self, sql: &'static Sql, params: &[Param<'_>]) -> Answer<Vec<Row>> {
        let statement = self.statement(sql).await?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        self.client.query(&statement, &params).await
    }

    async fn statement(&self, sql: &'static Sql) -> Answer<Statement> {
        let known = self
            .statements
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&sql.identity())
            .cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql.text()).await?;
        let mut statements = self.statements.write().unwrap_or_else(PoisonError::into_inner);
        statements.insert(sql.identity(), statement.clone());
        Ok(statement)
    }
}
