//! The command line: one file per command.

mod app;
mod key;
mod platform_app;
mod serve;

use std::io::Write;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::config::{Config, EXAMPLE, Flags};

/// One directory of your app's users, behind the APIs that your code already calls.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, max_term_width = 100, arg_required_else_help = true, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "Try it:  rollcall serve --demo    then paste the curl lines that it prints
Begin:   rollcall serve            and, beside it:  rollcall app create --id shop --name Shop";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    #[command(after_help = "Example:  rollcall serve --listen 127.0.0.1:8080 --database sqlite:rollcall.db")]
    Serve(serve::Serve),
    /// Make, list and limit apps (tenants); works beside a running server
    #[command(subcommand, after_help = "Example:  rollcall app create --id shop --name Shop")]
    App(app::App),
    /// Make, list and revoke an app's keys; works beside a running server
    #[command(subcommand, after_help = "Example:  rollcall key create --app shop --scope fullAccess")]
    Key(key::Key),
    /// Make platform apps and say what they get at; works beside a running server
    #[command(
        subcommand,
        after_help = "Example:  rollcall platform-app create --app shop --name Support --own-objects-only"
    )]
    PlatformApp(platform_app::PlatformApp),
    /// Show how to configure the server
    #[command(subcommand, after_help = "Example:  rollcall config example")]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print a configuration file with every setting, its default and what it is for
    #[command(after_help = "Example:  rollcall config example")]
    Example,
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// With a sentence for the person who typed it.
    pub fn run(self) -> Result<()> {
        let Self { flags, command } = self;
        match command {
            Command::Serve(serve) => serve.run(&flags),
            Command::App(app) => short(&flags, async |config| app.run(config).await),
            Command::Key(key) => short(&flags, async |config| key.run(config).await),
            Command::PlatformApp(platform_app) => {
                short(&flags, async |config| platform_app.run(config).await)
            }
            Command::Config(ConfigCommand::Example) => say(EXAMPLE.trim_end()),
        }
    }
}

/// Runs a command that does one thing and ends.
fn short(flags: &Flags, body: impl AsyncFnOnce(&Config) -> Result<()>) -> Result<()> {
    let mut config = Config::load(flags)?;
    // One command at a time needs hardly any.
    config.store.transaction_connections = 1;
    config.store.scan_threads = 1;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start")?.block_on(body(&config))
}

/// Writes one line, or several, to standard output.
fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").context("cannot write to standard output")
}

/// Writes a value as one line of JSON to standard output.
fn say_json(value: &impl serde::Serialize) -> Result<()> {
    say(&serde_json::to_string(value).context("cannot write JSON")?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
