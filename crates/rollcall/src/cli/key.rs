//! `rollcall key`: an app's keys.

use anyhow::{Result, anyhow, bail};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use rollcall_directory::credentials::{self, Opened};
use rollcall_model::{Actor, AppName, CredentialKind, Error};
use serde::Serialize;

use super::app::app_id;
use super::{say, say_json};
use crate::app::{Purpose, open};
use crate::config::Config;

/// `rollcall key`
#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Make a key and print it
    #[command(after_help = "Example:  rollcall key create --app shop --scope fullAccess")]
    Create {
        #[command(flatten)]
        which: Which,
        /// What it opens: fullAccess and authOnly are CometChat's scopes, platform and ownPlatform are Chatwoot's (the latter
        /// gets only at its own objects: see `rollcall platform-app`), klaim is Klaim's
        #[arg(long, value_name = "SCOPE", value_parser = PossibleValuesParser::new(CredentialKind::ALL.map(CredentialKind::as_str)))]
        scope: String,
        /// Its name for people
        #[arg(long, value_name = "NAME", default_value = "made on the command line")]
        name: String,
    },
    /// List the keys, oldest first
    #[command(after_help = "Example:  rollcall key list --app shop --reveal")]
    List {
        #[command(flatten)]
        which: Which,
        /// Show the keys themselves
        #[arg(long)]
        reveal: bool,
    },
    /// Revoke a key; when the command ends, no server accepts it any more
    #[command(after_help = "Example:  rollcall key revoke --app shop 3")]
    Revoke {
        #[command(flatten)]
        which: Which,
        /// The key's number, as `key list` shows it, or the key itself
        #[arg(value_name = "NUMBER|KEY")]
        key: String,
    },
}

/// What all three need.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app: String,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: i64,
    scope: &'static str,
    name: &'a str,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

fn shown(opened: &Opened, reveal: bool) -> Shown<'_> {
    let Opened { credential, secret } = opened;
    Shown {
        id: credential.id,
        scope: credential.kind.as_str(),
        name: &credential.name,
        created_at: credential.created_at.seconds(),
        key: reveal.then_some(secret),
    }
}

impl Key {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Create { which, scope, name } => create(config, &which, &scope, &name).await,
            Self::List { which, reveal } => list(config, &which, reveal).await,
            Self::Revoke { which, key } => revoke(config, &which, &key).await,
        }
    }
}

async fn create(config: &Config, which: &Which, scope: &str, name: &str) -> Result<()> {
    let actor = Actor::operator(app_id(&which.app)?);
    let kind = CredentialKind::parse(scope).ok_or_else(|| anyhow!("there is no scope {scope}"))?;
    let name = AppName::parse(name)
        .ok_or_else(|| anyhow!("a name has 1 to 100 characters, none of them a control character"))?;
    let directory = open(config, Purpose::Look).await?;
    let made = credentials::create(&directory, &actor, kind, name.as_str())
        .await
        .map_err(told)?;
    if which.json {
        say_json(&shown(&made, true))
    } else {
        say(&made.secret)
    }
}

async fn list(config: &Config, which: &Which, reveal: bool) -> Result<()> {
    let actor = Actor::operator(app_id(&which.app)?);
    let directory = open(config, Purpose::Look).await?;
    let keys = credentials::list(&directory, &actor).await.map_err(told)?;
    if which.json {
        return say_json(&keys.iter().map(|key| shown(key, reveal)).collect::<Vec<_>>());
    }
    for key in &keys {
        let Shown { id, scope, name, created_at: _, key } = shown(key, reveal);
        say(&format!("{id:>6}  {scope:11}  {:40}  {name}", key.unwrap_or("(--reveal shows it)")))?;
    }
    Ok(())
}

async fn revoke(config: &Config, which: &Which, key: &str) -> Result<()> {
    let actor = Actor::operator(app_id(&which.app)?);
    let directory = open(config, Purpose::Look).await?;
    let id = match key.parse() {
        Ok(number) => number,
        Err(_) => match credentials::verify(&directory, key).await.map_err(told)? {
            Some(verified) if verified.app == actor.app => verified.id,
            _ => bail!("the app {} has no such key", actor.app),
        },
    };
    credentials::revoke(&directory, &actor, id).await.map_err(told)?;
    if which.json {
        say_json(&serde_json::json!({ "revoked": id }))
    } else {
        say(&format!("Revoked key {id}."))
    }
}

fn told(error: Error) -> anyhow::Error {
    match error {
        Error::AppNotFound(app) => anyhow!("there is no app {app}; `rollcall app list` shows those that are"),
        Error::CredentialNotFound => {
            anyhow!("the app has no key of this number; `rollcall key list` shows them")
        }
        other => anyhow::Error::new(other).context("it was not done"),
    }
}
