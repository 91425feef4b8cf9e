//! Log lines, on standard error.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Log, LogFormat};

/// Starts logging.
///
/// # Errors
/// When the level is no filter, or logging was started before.
pub fn start(log: &Log) -> Result<()> {
    // At debug the driver repeats every parameter, and so the users' own data. Who asks for it by name gets it.
    let filter = EnvFilter::try_new(format!("tokio_postgres=info,{}", log.level))
        .with_context(|| format!("the log level {:?} is not usable", log.level))?;
    let terminal = std::io::stderr().is_terminal();
    let json = match log.format {
        LogFormat::Auto => !terminal,
        LogFormat::Pretty => false,
        LogFormat::Json => true,
    };
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(terminal);
    let started = if json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_target(false).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}
