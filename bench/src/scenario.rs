//! Which comparisons there are, and what each must reach.

use clap::ValueEnum;

use crate::load::Op;

/// Where Rollcall keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// The default engine.
    Sqlite,
    /// The private cluster.
    Postgres,
}

/// One comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Read one user; against the bare server.
    Get,
    /// Change one user durably; against the bare server.
    Put,
    /// The same with the name; against the bare server.
    PutName,
    /// Change one user durably; against the same transaction by pgbench.
    PgbenchPut,
    /// Read one user; against the same select by pgbench.
    PgbenchGet,
}

impl Engine {
    /// As in the report.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Scenario {
    /// What the loader asks of Rollcall.
    pub(crate) fn op(self) -> Op {
        match self {
            Self::Get | Self::PgbenchGet => Op::Get,
            Self::Put | Self::PgbenchPut => Op::Put,
            Self::PutName => Op::PutName,
        }
    }

    /// Whether the baseline is pgbench, not the bare server.
    pub(crate) fn against_pgbench(self) -> bool {
        matches!(self, Self::PgbenchGet | Self::PgbenchPut)
    }

    /// As in the report.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Get | Self::PgbenchGet => "GET user",
            Self::Put | Self::PgbenchPut => "PUT user",
            Self::PutName => "PUT user with name",
        }
    }

    /// As in the report.
    pub(crate) fn baseline(self) -> &'static str {
        match self {
            Self::Get | Self::Put | Self::PutName => "bare",
            Self::PgbenchPut => "pgbench transaction",
            Self::PgbenchGet => "pgbench select",
        }
    }

    /// Whether the comparison says anything on this engine.
    pub(crate) fn applies(self, engine: Engine) -> bool {
        match engine {
            Engine::Sqlite => self != Self::PgbenchGet,
            Engine::Postgres => self != Self::PutName,
        }
    }

    /// Whether a PostgreSQL cluster is needed for it.
    pub(crate) fn needs_postgres(self, engine: Engine) -> bool {
        engine == Engine::Postgres || self.against_pgbench()
    }

    /// The least ratio of requests per second; none when the figure is only for information.
    pub(crate) fn minimum(self, engine: Engine) -> Option<f64> {
        match (engine, self) {
            (Engine::Sqlite, Self::Get) => Some(0.45),
            (Engine::Sqlite, Self::Put) => Some(0.20),
            (Engine::Sqlite, Self::PgbenchPut) => Some(1.8),
            (Engine::Postgres, Self::PgbenchPut) => Some(0.7),
            (Engine::Postgres, Self::PgbenchGet) => Some(0.6),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_minimum_is_measured() {
        for engine in Engine::value_variants() {
            for scenario in Scenario::value_variants() {
                assert!(
                    scenario.minimum(*engine).is_none() || scenario.applies(*engine),
                    "{engine:?} {scenario:?}"
                );
            }
        }
    }
}
