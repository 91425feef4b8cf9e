//! `rollcall platform-app`: Chatwoot's platform apps and what they get at.

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use rollcall_directory::credentials::{self, Opened};
use rollcall_directory::permissibles::{self, Object, Turn};
use rollcall_model::{
    AccountId, Actor, AgentBotId, AppId, AppName, CredentialKind, Error, Permissible, Uid, UserKey, Whom,
};
use serde::Serialize;

use super::app::app_id;
use super::{say, say_json};
use crate::app::{Purpose, open};
use crate::config::Config;

/// `rollcall platform-app`
#[derive(Debug, Subcommand)]
pub(super) enum PlatformApp {
    /// Make a platform app and print its token
    #[command(
        after_help = "Example:  rollcall platform-app create --app shop --name Support --own-objects-only"
    )]
    Create {
        #[command(flatten)]
        which: Which,
        /// Its name for people
        #[arg(long, value_name = "NAME")]
        name: String,
        /// It gets only at what it makes, adopts by e-mail or is granted; without this, at the app's whole directory
        #[arg(long)]
        own_objects_only: bool,
    },
    /// List the platform apps, oldest first
    #[command(after_help = "Example:  rollcall platform-app list --app shop --reveal")]
    List {
        #[command(flatten)]
        which: Which,
        /// Show the tokens themselves
        #[arg(long)]
        reveal: bool,
    },
    /// List what a platform app of its own objects gets at
    #[command(after_help = "Example:  rollcall platform-app objects --app shop --platform-app 6")]
    Objects {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        whose: Whose,
    },
    /// Let a platform app of its own objects get at another one
    #[command(after_help = "Example:  rollcall platform-app grant --app shop --platform-app 6 --user noa")]
    Grant {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        what: What,
    },
    /// Take an object from a platform app of its own objects
    ///
    /// The platform app itself, with its token, is revoked like any other key: see `key revoke`.
    #[command(after_help = "Example:  rollcall platform-app revoke --app shop --platform-app 6 --user noa")]
    Revoke {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        what: What,
    },
}

/// What all of them need.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app: String,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// The platform app.
#[derive(Debug, Args)]
pub(super) struct Whose {
    /// Its number, as `platform-app list` shows it
    #[arg(long, value_name = "NUMBER")]
    platform_app: i64,
}

/// The object.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct What {
    /// A user: the number that Chatwoot's API calls `id`, or a uid that is no number
    #[arg(long, value_name = "NUMBER|UID")]
    user: Option<String>,
    /// An account, by its number
    #[arg(long, value_name = "NUMBER")]
    account: Option<i64>,
    /// An agent bot, by its number
    #[arg(long, value_name = "NUMBER")]
    agent_bot: Option<i64>,
}

impl What {
    fn object(&self) -> Result<Object> {
        let Self { user, account, agent_bot } = self;
        match (user, account, agent_bot) {
            (Some(name), _, _) => Ok(Object::User(whom(name)?)),
            (None, Some(number), _) => Ok(Object::Account(AccountId(*number))),
            (None, None, Some(number)) => Ok(Object::AgentBot(AgentBotId(*number))),
            (None, None, None) => Err(anyhow!("say which object: --user, --account or --agent-bot")),
        }
    }
}

/// Digits are always a number: what is typed here came out of Chatwoot's API more often than not.
fn whom(name: &str) -> Result<Whom> {
    let number = name.bytes().all(|b| b.is_ascii_digit()).then(|| name.parse().ok()).flatten();
    match number {
        Some(number) => Ok(Whom::Key(UserKey(number))),
        None => {
            let uid = Uid::parse(name).map_err(|_| anyhow!("{name:?} is neither a number nor a uid"))?;
            Ok(Whom::Uid(uid))
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: i64,
    name: &'a str,
    own_objects_only: bool,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_token: Option<&'a str>,
}

fn shown(opened: &Opened, reveal: bool) -> Shown<'_> {
    let Opened { credential, secret } = opened;
    Shown {
        id: credential.id,
        name: &credential.name,
        own_objects_only: credential.kind == CredentialKind::OwnPlatform,
        created_at: credential.created_at.seconds(),
        platform_token: reveal.then_some(secret),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    kind: &'static str,
    id: i64,
}

impl From<Permissible> for Held {
    fn from(object: Permissible) -> Self {
        Self { kind: object.kind(), id: object.number() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Turned {
    platform_app: i64,
    object: Held,
    changed: bool,
}

impl PlatformApp {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Create { which, name, own_objects_only } => {
                create(config, &which, &name, own_objects_only).await
            }
            Self::List { which, reveal } => list(config, &which, reveal).await,
            Self::Objects { which, whose } => objects(config, &which, &whose).await,
            Self::Grant { which, whose, what } => grant(config, &which, &whose, &what).await,
            Self::Revoke { which, whose, what } => revoke(config, &which, &whose, &what).await,
        }
    }
}

async fn create(config: &Config, which: &Which, name: &str, own_objects_only: bool) -> Result<()> {
    let app = app_id(&which.app)?;
    let name = AppName::parse(name)
        .ok_or_else(|| anyhow!("a name has 1 to 100 characters, none of them a control character"))?;
    let kind = if own_objects_only {
        CredentialKind::OwnPlatform
    } else {
        CredentialKind::Platform
    };
    let directory = open(config, Purpose::Look).await?;
    let made = credentials::create(&directory, &Actor::operator(app.clone()), kind, name.as_str())
        .await
        .map_err(|error| told(error, &app))?;
    if which.json {
        return say_json(&shown(&made, true));
    }
    let id = made.credential.id;
    let (reach, next) = if own_objects_only {
        let grant =
            format!("\n`rollcall platform-app grant --app {app} --platform-app {id}` gives it others.");
        ("what it makes, adopts or is granted", grant)
    } else {
        ("everything in the app", String::new())
    };
    say(&format!(
        "Made the platform app {id} ({}), which gets at {reach}.\n\n  Platform token  {}\n\n\
         `rollcall platform-app list --app {app} --reveal` shows it again.{next}",
        made.credential.name, made.secret
    ))
}

async fn list(config: &Config, which: &Which, reveal: bool) -> Result<()> {
    let app = app_id(&which.app)?;
    let directory = open(config, Purpose::Look).await?;
    let mut all = credentials::list(&directory, &Actor::operator(app.clone()))
        .await
        .map_err(|error| told(error, &app))?;
    all.retain(|opened| CredentialKind::PLATFORM_APPS.contains(&opened.credential.kind));
    if which.json {
        return say_json(&all.iter().map(|opened| shown(opened, reveal)).collect::<Vec<_>>());
    }
    for opened in &all {
        let Shown { id, name, own_objects_only, created_at: _, platform_token } = shown(opened, reveal);
        let reach = if own_objects_only { "own objects" } else { "everything" };
        say(&format!(
            "{id:>6}  {reach:11}  {:24}  {name}",
            platform_token.unwrap_or("(--reveal shows it)")
        ))?;
    }
    Ok(())
}

async fn objects(config: &Config, which: &Which, Whose { platform_app }: &Whose) -> Result<()> {
    let app = app_id(&which.app)?;
    let directory = open(config, Purpose::Look).await?;
    let held = permissibles::list(&directory, &app, *platform_app)
        .await
        .map_err(|error| told(error, &app))?;
    if which.json {
        return say_json(&held.into_iter().map(Held::from).collect::<Vec<_>>());
    }
    held.into_iter()
        .try_for_each(|object| say(&format!("{:9}  {:>6}", object.kind(), object.number())))
}

async fn grant(config: &Config, which: &Which, whose: &Whose, what: &What) -> Result<()> {
    let (app, object) = (app_id(&which.app)?, what.object()?);
    let directory = open(config, Purpose::Look).await?;
    let turn = permissibles::grant(&directory, &app, whose.platform_app, object).await;
    let turn = turn.map_err(|error| told(error, &app))?;
    let words = if turn.changed { "now gets at" } else { "already got at" };
    say_turn(which, whose, turn, words)
}

async fn revoke(config: &Config, which: &Which, whose: &Whose, what: &What) -> Result<()> {
    let (app, object) = (app_id(&which.app)?, what.object()?);
    let directory = open(config, Purpose::Look).await?;
    let turn = permissibles::revoke(&directory, &app, whose.platform_app, object).await;
    let turn = turn.map_err(|error| told(error, &app))?;
    let words = if turn.changed {
        "no longer gets at"
    } else {
        "did not get at"
    };
    say_turn(which, whose, turn, words)
}

fn say_turn(which: &Which, Whose { platform_app }: &Whose, turn: Turn, words: &str) -> Result<()> {
    let Turn { object, changed } = turn;
    if which.json {
        return say_json(&Turned { platform_app: *platform_app, object: object.into(), changed });
    }
    say(&format!("The platform app {platform_app} {words} {}.", sentence(object)))
}

/// An object in the words of a sentence.
fn sentence(object: Permissible) -> String {
    match object {
        Permissible::User(UserKey(number)) => format!("user {number}"),
        Permissible::Account(AccountId(number)) => format!("account {number}"),
        Permissible::AgentBot(AgentBotId(number)) => format!("agent bot {number}"),
    }
}

fn told(error: Error, app: &AppId) -> anyhow::Error {
    match error {
        Error::AppNotFound(app) => anyhow!("there is no app {app}; `rollcall app list` shows those that are"),
        Error::CredentialNotFound => anyhow!(
            "the app {app} has no platform app of its own objects of this number; `rollcall platform-app list --app {app}` \
             shows them (one that gets at everything needs no grant)"
        ),
        Error::UserNotFound(name) => anyhow!("the app {app} has no active user {name}"),
        Error::ObjectNotFound(object) => anyhow!("the app {app} has no {}", sentence(object)),
        other => anyhow::Error::new(other).context("it was not done"),
    }
}
