//! The product, seen from outside: its command line, its readiness and its users.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::child::{Server, free_address};
use crate::load::{self, Acknowledged, Op, Plan, Target};
use crate::records;

const APP: &str = "bench";

/// A running Rollcall with seeded users.
#[derive(Debug)]
pub(crate) struct Rollcall {
    /// Its process.
    pub(crate) server: Server,
    /// How to ask it.
    pub(crate) target: Target,
    /// What it answers about the first user.
    pub(crate) sample: String,
    /// Length of its answers to a PUT.
    pub(crate) put_length: usize,
    /// First revision that was not used.
    pub(crate) next_revision: u64,
}

/// How to start one.
#[derive(Debug)]
pub(crate) struct Recipe<'a> {
    /// The program.
    pub(crate) binary: &'a Path,
    /// Further arguments of `serve`.
    pub(crate) serve_args: &'a [String],
    /// Where it keeps its data.
    pub(crate) database: &'a str,
    /// Its working folder; logs go there too.
    pub(crate) dir: PathBuf,
    /// How many users to make.
    pub(crate) users: u32,
    /// Over how many connections.
    pub(crate) connections: u16,
}

/// The program to measure: the one that was given, else the one in the folder of this program.
pub(crate) fn binary(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let beside = || anyhow::Ok(std::env::current_exe()?.with_file_name("rollcall"));
    let path = given.map_or_else(beside, |path| Ok(path.to_owned()))?;
    path.canonicalize()
        .with_context(|| format!("no server to measure at {} (give --rollcall PATH)", path.display()))
}

impl Rollcall {
    /// Makes an app, starts the server and seeds it; every user is changed once, so that all answers have one length.
    pub(crate) async fn start(recipe: &Recipe<'_>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&recipe.dir)?;
        let api_key = create_app(recipe)?;
        let address = free_address()?;
        let mut command = Command::new(recipe.binary);
        command.args(["serve", "--listen", &address.to_string(), "--database", recipe.database]);
        command.args(recipe.serve_args).current_dir(&recipe.dir);
        let server = Server::start(&mut command, address, &recipe.dir.join("serve.log")).await?;
        let target = Target { address, app_id: APP.to_owned(), api_key };
        seed(&target, recipe)
            .await
            .with_context(|| format!("seeding; the server wrote:\n{}", server.log_tail()))
            .map(|seeded| Self {
                server,
                target,
                sample: seeded.0,
                put_length: seeded.1,
                next_revision: seeded.2,
            })
    }

    /// Reads the watched users again: what was acknowledged last must be what is there.
    pub(crate) async fn verify(&self, op: Op, acknowledged: &[Acknowledged]) -> anyhow::Result<()> {
        ensure!(!acknowledged.is_empty(), "no write was watched");
        for write in acknowledged {
            let body = load::single(&self.target, Op::Get, write.user, 0).await?;
            let body: serde_json::Value = serde_json::from_str(&body).context("the answer is not JSON")?;
            let revision = format!("{:010}", write.revision);
            let data = &body["data"];
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let mut found = vec![text(&data["statusMessage"]), text(&data["metadata"]["revision"])];
            if op == Op::PutName {
                found.push(text(&data["name"]));
            }
            let kept = found.iter().all(|text| text.ends_with(&revision));
            ensure!(
                kept,
                "a write was lost: {} acknowledged revision {revision} and now has {found:?}",
                records::uid(write.user)
            );
        }
        Ok(())
    }
}

fn create_app(recipe: &Recipe<'_>) -> anyhow::Result<String> {
    let mut command = Command::new(recipe.binary);
    command.args(["app", "create", "--id", APP, "--name", "Bench", "--json", "--database", recipe.database]);
    let output = command.current_dir(&recipe.dir).output();
    let output = output.with_context(|| format!("starting {}", recipe.binary.display()))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "`rollcall app create` failed ({}): {stdout}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let keys: serde_json::Value =
        serde_json::from_str(&stdout).context("`rollcall app create --json` printed no JSON")?;
    Ok(keys["restApiKey"]
        .as_str()
        .context("`rollcall app create --json` printed no restApiKey")?
        .to_owned())
}

async fn seed(target: &Target, recipe: &Recipe<'_>) -> anyhow::Result<(String, usize, u64)> {
    let mut plan = Plan {
        target: target.clone(),
        op: Op::Create,
        users: recipe.users,
        connections: recipe.connections,
        first_revision: 1,
        body_length: None,
    };
    plan.first_revision = load::each_once(&plan).await?;
    plan.op = Op::Put;
    let next = load::each_once(&plan).await?;
    let answer = load::single(target, Op::Put, 0, next).await?;
    let sample = load::single(target, Op::Get, 0, 0).await?;
    ensure!(
        sample.contains(&format!("\"uid\":\"{}\"", records::FIRST_UID)),
        "GET answered something else: {sample}"
    );
    Ok((sample, answer.len(), next + 1))
}
