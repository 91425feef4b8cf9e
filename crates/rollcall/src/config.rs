//! Configuration: defaults, then the file, then the environment, then flags; the last one wins.

mod chatwoot;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use rollcall_http::limits::Quotas;
use rollcall_outbound::Policy;
use rollcall_store::{Database, Options};
use serde::Deserialize;

pub use chatwoot::Chatwoot;

/// The annotated example, which `rollcall config example` prints. A test reads it back and finds the defaults.
pub const EXAMPLE: &str = include_str!("../config.example.toml");

/// Everything that can be configured.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Seconds after which an idle connection is closed.
    pub idle_seconds: u64,
    /// Database address: `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// File that holds the secret key; a default beside the data when not set.
    pub secret_key_file: Option<PathBuf>,
    /// Logging.
    pub log: Log,
    /// Sizes of queues and pools.
    pub store: Store,
    /// Requests in a minute.
    pub rate_limits: RateLimits,
    /// Requests that the server itself makes.
    pub outbound: Outbound,
    /// Chatwoot's face.
    pub chatwoot: Chatwoot,
}

/// Requests that the server itself makes, to URLs that clients give.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Whether they may lead to private addresses.
    pub allow_private: bool,
}

impl Outbound {
    /// The same as the client's own option.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let Self { allow_private } = *self;
        Policy { allow_private }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            idle_seconds: 75,
            database: "sqlite:rollcall.db".to_owned(),
            secret_key_file: None,
            log: Log::default(),
            store: Store::default(),
            rate_limits: RateLimits::default(),
            outbound: Outbound::default(),
            chatwoot: Chatwoot::default(),
        }
    }
}

/// Requests in a minute, for each app that has no limits of its own (`rollcall app limit`). Zero means no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Logins, and making and removing users.
    pub core_per_minute: u32,
    /// Everything else, together.
    pub standard_per_minute: u32,
}

impl RateLimits {
    /// The same as the server's own option.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        let Self { core_per_minute, standard_per_minute } = *self;
        Quotas { core: core_per_minute, standard: standard_per_minute }
    }
}

/// Logging.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What is logged, as `tracing` writes filters: `info`, `debug`, `rollcall_store=debug,info`.
    pub level: String,
    /// How it is written.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Auto }
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Readable on a terminal, JSON elsewhere.
    Auto,
    /// One readable line each.
    Pretty,
    /// One JSON object each.
    Json,
}

/// Sizes of the store's queues and pools.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// Most operations that may wait before new ones get 503.
    pub queue: usize,
    /// Threads for lists and searches.
    pub scan_threads: usize,
    /// PostgreSQL connections for transactions.
    pub transaction_connections: usize,
    /// PostgreSQL connections for point reads.
    pub read_connections: usize,
    /// Megabytes of memory for users read a moment ago (SQLite only).
    pub record_cache_mb: usize,
}

impl Default for Store {
    fn default() -> Self {
        let Options {
            queue,
            scan_threads,
            transaction_connections,
            read_connections,
            serving: _,
            record_cache: _,
            few_users: _,
        } = Options::default();
        Self {
            queue,
            scan_threads,
            transaction_connections,
            read_connections,
            record_cache_mb: 64,
        }
    }
}

impl Store {
    /// The same as the store's own options, for a server or for a command beside it.
    #[must_use]
    pub fn options(&self, serving: bool) -> Options {
        let Self {
            queue,
            scan_threads,
            transaction_connections,
            read_connections,
            record_cache_mb,
        } = *self;
        let record_cache = record_cache_mb.saturating_mul(1 << 20);
        Options {
            queue,
            scan_threads,
            transaction_connections,
            read_connections,
            serving,
            record_cache,
            few_users: Options::default().few_users,
        }
    }
}

/// The flags that every command understands.
#[derive(Clone, Debug, Default, Args)]
pub struct Flags {
    /// Configuration file (TOML); `rollcall config example` prints one with every setting explained
    #[arg(long, global = true, env = "ROLLCALL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://user@host/name [default: sqlite:rollcall.db]
    #[arg(
        long,
        global = true,
        env = "ROLLCALL_DATABASE",
        value_name = "ADDRESS",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// File with the secret key that seals credentials, made at the first start; ROLLCALL_SECRET_KEY, with the key
    /// itself, wins over it [default: the SQLite file's name with .key added, or
    /// ~/.local/state/rollcall/secret.key for PostgreSQL]
    #[arg(long, global = true, env = "ROLLCALL_SECRET_KEY_FILE", value_name = "FILE")]
    pub secret_key_file: Option<PathBuf>,
    /// What to log: error, warn, info, debug, or a filter like rollcall_store=debug,info [default: info]
    #[arg(long, global = true, env = "ROLLCALL_LOG", value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// How to write log lines [default: auto]
    #[arg(long, global = true, env = "ROLLCALL_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

impl Config {
    /// Puts file, environment and flags together.
    ///
    /// # Errors
    /// When the file cannot be read or holds something unknown.
    pub fn load(flags: &Flags) -> Result<Self> {
        let Flags { config, database, secret_key_file, log_level, log_format } = flags;
        let mut settings = config.as_deref().map_or_else(|| Ok(Self::default()), Self::read)?;
        if let Some(database) = database {
            settings.database.clone_from(database);
        }
        if secret_key_file.is_some() {
            settings.secret_key_file.clone_from(secret_key_file);
        }
        if let Some(level) = log_level {
            settings.log.level.clone_from(level);
        }
        if let Some(format) = log_format {
            settings.log.format = *format;
        }
        settings.checked()
    }

    /// Refuses sizes that no machine has.
    fn checked(self) -> Result<Self> {
        let Store {
            queue,
            scan_threads,
            transaction_connections,
            read_connections,
            record_cache_mb,
        } = self.store;
        for (name, size, most) in [
            ("queue", queue, 1_000_000),
            ("scan_threads", scan_threads, 1_000),
            ("transaction_connections", transaction_connections, 1_000),
            ("read_connections", read_connections, 1_000),
        ] {
            ensure!((1..=most).contains(&size), "store.{name} must be between 1 and {most}; it is {size}");
        }
        self.chatwoot.settings(self.listen)?;
        ensure!(self.idle_seconds > 0, "idle_seconds must be at least 1");
        ensure!(record_cache_mb <= 1 << 20, "store.record_cache_mb must be at most {}", 1 << 20);
        Ok(self)
    }

    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("in the configuration file {}", path.display()))
    }

    /// The database address, understood.
    ///
    /// # Errors
    /// When it is none. The address is not repeated: it may hold a password.
    pub fn database(&self) -> Result<Database> {
        self.database.parse().context("the database address is not usable")
    }
}

/// A variable of the environment that is no flag: secrets do not belong on a command line.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_holds_the_defaults() {
        assert_eq!(toml::from_str::<Config>(EXAMPLE).unwrap(), Config::default());
    }

    #[test]
    fn every_setting_is_in_the_example() {
        for name in [
            "listen",
            "idle_seconds",
            "database",
            "secret_key_file",
            "level",
            "format",
            "queue",
            "scan_threads",
            "transaction_connections",
            "read_connections",
            "record_cache_mb",
            "core_per_minute",
            "standard_per_minute",
            "allow_private",
            "frontend_url",
            "support_email",
            "features",
            "default_features",
            "client_address_header",
        ] {
            assert!(
                EXAMPLE
                    .lines()
                    .any(|line| line.trim_start_matches("# ").starts_with(&format!("{name} = "))),
                "{name}"
            );
        }
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "database = \"sqlite:file.db\"\n[log]\nlevel = \"debug\"\n").unwrap();
        let flags = Flags {
            config: Some(file.path().to_owned()),
            database: Some("sqlite:flag.db".to_owned()),
            ..Flags::default()
        };
        let config = Config::load(&flags).unwrap();
        assert_eq!(config.database, "sqlite:flag.db");
        assert_eq!(config.log.level, "debug");
    }

    #[test]
    fn a_size_that_no_machine_has_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let flags = Flags { config: Some(file.path().to_owned()), ..Flags::default() };
        for line in ["queue = 0", "queue = 100000000000", "scan_threads = 0", "record_cache_mb = 99999999"] {
            std::fs::write(&file, format!("[store]\n{line}\n")).unwrap();
            let error = Config::load(&flags).unwrap_err().to_string();
            assert!(error.contains(line.split(' ').next().unwrap()), "{error}");
        }
    }

    #[test]
    fn a_misspelt_setting_is_an_error_that_names_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "databse = \"sqlite:file.db\"\n").unwrap();
        let flags = Flags { config: Some(file.path().to_owned()), ..Flags::default() };
        let error = format!("{:#}", Config::load(&flags).unwrap_err());
        assert!(error.contains("databse"), "{error}");
    }
}
