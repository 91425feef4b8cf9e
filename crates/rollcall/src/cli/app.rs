//! `rollcall app`: making, listing and limiting apps.

use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;
use rollcall_directory::apps::{self, AppKeys};
use rollcall_model::{AppId, AppName, Error, Limits};
use serde::Serialize;

use super::{say, say_json};
use crate::app::{Purpose, open};
use crate::config::Config;

/// `rollcall app`
#[derive(Debug, Subcommand)]
pub(super) enum App {
    /// Make an app with its first keys, and print them
    #[command(after_help = "Example:  rollcall app create --id shop --name Shop")]
    Create {
        /// Its id: letters a-z, digits and dashes, at most 63
        #[arg(long, value_name = "ID")]
        id: String,
        /// Its name for people
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Print one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Show an app's rate limits, or give it its own
    #[command(after_help = "Example:  rollcall app limit --app shop --core 10000 --standard 20000")]
    Limit {
        /// Its id
        #[arg(long, value_name = "ID")]
        app: String,
        /// Logins, and making and removing users, in a minute: a number, `none` (or 0) for no limit, or `default` for what
        /// the server's configuration says
        #[arg(long, value_name = "LIMIT", value_parser = limit)]
        core: Option<Limit>,
        /// Everything else, in a minute: as above
        #[arg(long, value_name = "LIMIT", value_parser = limit)]
        standard: Option<Limit>,
        /// Print one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// List all apps
    #[command(after_help = "Example:  rollcall app list --json")]
    List {
        /// Print one line of JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created<'a> {
    app_id: &'a str,
    rest_api_key: &'a str,
    auth_key: &'a str,
    platform_token: &'a str,
    klaim_key: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    app_id: &'a str,
    name: &'a str,
    created_at: i64,
}

impl App {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Create { id, name, json } => create(config, &id, &name, json).await,
            Self::Limit { app, core, standard, json } => set_limits(config, &app, core, standard, json).await,
            Self::List { json } => list(config, json).await,
        }
    }
}

async fn create(config: &Config, id: &str, name: &str, json: bool) -> Result<()> {
    let id = app_id(id)?;
    let name = AppName::parse(name)
        .ok_or_else(|| anyhow!("a name has 1 to 100 characters, none of them a control character"))?;
    let directory = open(config, Purpose::Write).await?;
    let AppKeys { rest_api_key, auth_key, platform_token, klaim_key } =
        match apps::create(&directory, &id, &name).await {
            Err(Error::AppExists(id)) => bail!("there is already an app {id}; choose another id"),
            outcome => outcome.context("the app was not made")?,
        };
    if json {
        return say_json(&Created {
            app_id: id.as_str(),
            rest_api_key: &rest_api_key,
            auth_key: &auth_key,
            platform_token: &platform_token,
            klaim_key: &klaim_key,
        });
    }
    say(&format!(
        "Made the app {id} ({name}).\n\n  \
         REST API key    {rest_api_key}   CometChat, full access: for your servers only\n  \
         Auth key        {auth_key}   CometChat, create and update users, log them in\n  \
         Platform token  {platform_token}                   Chatwoot\n  \
         Klaim key       {klaim_key}   Klaim\n\n\
         `rollcall key list --app {id} --reveal` shows them again.",
        name = name.as_str()
    ))
}

/// A limit as typed: nothing for the configuration's, zero for none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(Option<u32>);

fn limit(text: &str) -> std::result::Result<Limit, String> {
    match text {
        "default" => Ok(Limit(None)),
        "none" => Ok(Limit(Some(0))),
        number => number
            .parse()
            .map(|number| Limit(Some(number)))
            .map_err(|_| "expected a number, `none` or `default`".to_owned()),
    }
}

fn limit_text(limit: Option<u32>) -> String {
    match limit {
        None => "as configured".to_owned(),
        Some(0) => "none".to_owned(),
        Some(number) => format!("{number} in a minute"),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Limited<'a> {
    app_id: &'a str,
    core_per_minute: Option<u32>,
    standard_per_minute: Option<u32>,
}

async fn set_limits(
    config: &Config,
    app: &str,
    core: Option<Limit>,
    standard: Option<Limit>,
    json: bool,
) -> Result<()> {
    let app = app_id(app)?;
    let changes = core.is_some() || standard.is_some();
    let purpose = if changes { Purpose::Write } else { Purpose::Look };
    let directory = open(config, purpose).await?;
    let unknown = |error| match error {
        Error::AppNotFound(app) => {
            anyhow!("there is no app {app}; `rollcall app list` shows those there are")
        }
        other => anyhow!(other),
    };
    let mut limits = apps::limits(&directory, &app).await.map_err(unknown)?;
    if changes {
        limits.core = core.map_or(limits.core, |Limit(core)| core);
        limits.standard = standard.map_or(limits.standard, |Limit(standard)| standard);
        apps::limit(&directory, &app, limits).await.map_err(unknown)?;
    }
    let Limits { core, standard } = limits;
    if json {
        return say_json(&Limited {
            app_id: app.as_str(),
            core_per_minute: core,
            standard_per_minute: standard,
        });
    }
    say(&format!(
        "Rate limits of the app {app}\n\n  core      {}   logins, making and removing users\n  standard  {}   everything else",
        limit_text(core),
        limit_text(standard)
    ))
}

async fn list(config: &Config, json: bool) -> Result<()> {
    let directory = open(config, Purpose::Look).await?;
    let apps = apps::list(&directory).await.context("the apps cannot be listed")?;
    if json {
        let listed = apps.iter().map(|app| Listed {
            app_id: app.id.as_str(),
            name: app.name.as_str(),
            created_at: app.created_at.seconds(),
        });
        return say_json(&listed.collect::<Vec<_>>());
    }
    if apps.is_empty() {
        return say("There is no app yet. Make one: rollcall app create --id shop --name Shop");
    }
    let width = apps.iter().map(|app| app.id.as_str().len()).max().unwrap_or(0);
    apps.iter()
        .try_for_each(|app| say(&format!("{:width$}  {}", app.id.as_str(), app.name.as_str())))
}

/// An app id as typed.
pub(super) fn app_id(text: &str) -> Result<AppId> {
    AppId::parse(text).map_err(|why| {
        anyhow!("the app id {text:?} {why}: use a-z, 0-9 and dashes, at most 63, no dash at either end")
    })
}
