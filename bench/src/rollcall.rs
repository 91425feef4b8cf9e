//! The product, seen from outside: its command line, its readiness and its users.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::child::{Server, free_address};
use crate::load::op::Face;
use crate::load::{self, Acknowledged, Op, Plan, Target};
use crate::records;
use crate::seeds::{self, Keys, Seeds};

/// Connections while users are made: the more there are, the more of them share a commit.
const SEEDERS: u16 = 256;

/// A running Rollcall with seeded users.
#[derive(Debug)]
pub(crate) struct Rollcall {
    recipe: Recipe,
    /// Its process.
    pub(crate) server: Server,
    /// Ids and keys of its apps; the first is the one that is measured unless all are.
    keys: Vec<Keys>,
    /// What it answers about a user as most of them are.
    pub(crate) sample: String,
    /// Lengths of its answers to a GET: of users as they were made, and changed.
    pub(crate) get_lengths: [usize; 2],
    /// Length of its answers to a PUT.
    pub(crate) put_length: usize,
    /// First revision that was not used.
    pub(crate) next_revision: u64,
    /// First user that was not made, counted from zero.
    pub(crate) next_new: u32,
}

/// How to start one.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    /// The program.
    pub(crate) binary: PathBuf,
    /// Further arguments of `serve`.
    pub(crate) serve_args: Vec<String>,
    /// Where it keeps its data.
    pub(crate) database: String,
    /// Its working folder; logs go there too.
    pub(crate) dir: PathBuf,
    /// Apps and users to make.
    pub(crate) seeds: Seeds,
    /// Where seeded SQLite files are kept for the next run.
    pub(crate) keep: Option<PathBuf>,
}

impl Rollcall {
    /// Makes the apps, starts the server and seeds it, or starts it on a copy of what an earlier run has kept.
    pub(crate) async fn start(recipe: Recipe) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&recipe.dir)?;
        let kept = recipe.keep.as_deref().map(|keep| recipe.seeds.folder(keep));
        let found = match &kept {
            Some(kept) => seeds::take_out(kept, &recipe.dir)?,
            None => false,
        };
        if !found {
            let keys = make_apps(&recipe)?;
            seeds::write_keys(&recipe.dir, &keys)?;
        }
        let keys = seeds::read_keys(&recipe.dir)?;
        let server = serve(&recipe).await?;
        let mut rollcall = Self {
            recipe,
            server,
            keys,
            sample: String::new(),
            get_lengths: [0; 2],
            put_length: 0,
            next_revision: 1,
            next_new: 0,
        };
        rollcall.next_new = rollcall.recipe.seeds.users;
        let seeded = rollcall.seed(found, kept).await;
        seeded.with_context(|| format!("seeding; the server wrote:\n{}", rollcall.server.log_tail()))?;
        Ok(rollcall)
    }

    /// Stops the server and starts it again on the same database; answers how long that start took.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<Duration> {
        self.server.stop().await?;
        self.server = serve(&self.recipe).await?;
        Ok(self.server.ready_after)
    }

    /// How to ask for something that belongs to this face.
    pub(crate) fn target(&self, face: Face) -> Target {
        let keys = &self.keys[0];
        Target {
            address: self.server.address,
            app_id: keys.app_id.clone(),
            api_key: match face {
                Face::Cometchat => keys.rest_api_key.clone(),
                Face::Chatwoot => keys.platform_token.clone(),
                Face::Klaim => keys.klaim_key.clone(),
            },
        }
    }

    /// How to ask for something, over so many connections.
    pub(crate) fn plan(&self, op: Op, connections: u16) -> Plan {
        let Seeds { users, apps, tags } = self.recipe.seeds;
        let mut plan = Plan::new(self.target(op.face()), op, users, connections);
        if apps > 1 {
            plan.apps = self
                .keys
                .iter()
                .map(|keys| (keys.app_id.clone(), keys.rest_api_key.clone()))
                .collect();
        }
        plan.tags = tags;
        plan.first_revision = self.next_revision;
        plan.first_new = self.next_new;
        plan.body_lengths = match op {
            Op::Get => Some(self.get_lengths),
            Op::Put | Op::PutName => Some([self.put_length; 2]),
            _ => None,
        };
        plan
    }

    /// Reads the watched users again: what was acknowledged last must be what is there.
    pub(crate) async fn verify(&self, op: Op, acknowledged: &[Acknowledged]) -> anyhow::Result<()> {
        ensure!(!acknowledged.is_empty(), "no write was watched");
        for write in acknowledged {
            let body = load::single(&self.target(Face::Cometchat), Op::Get, write.user, 0).await?;
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

    /// That it counts as many users as were made.
    pub(crate) async fn verify_count(&self) -> anyhow::Result<()> {
        let body = load::single(&self.target(Face::Cometchat), Op::Count, 0, 0).await?;
        let expected = format!("{{\"data\":{{\"count\":{}}}}}", self.next_new);
        ensure!(body == expected, "it was made {} users and says {body}", self.next_new);
        Ok(())
    }

    async fn seed(&mut self, found: bool, keep: Option<PathBuf>) -> anyhow::Result<()> {
        if !found {
            let mut plan = self.plan(Op::Create, SEEDERS);
            plan.first_revision = load::each_once(&plan).await?;
            if self.recipe.seeds.changes_all() {
                plan.op = Op::Put;
                plan.first_revision = load::each_once(&plan).await?;
            }
            if let Some(keep) = keep {
                self.server.stop().await?;
                seeds::put_by(&self.recipe.dir, &keep)?;
                self.server = serve(&self.recipe).await?;
            }
        }
        // Beyond whatever an earlier run can have used.
        self.next_revision = 4 * u64::from(self.recipe.seeds.users) * u64::from(self.recipe.seeds.apps) + 1;
        let target = self.target(Face::Cometchat);
        self.sample = load::single(&target, Op::Get, 0, 0).await?;
        ensure!(
            self.sample.contains(&format!("\"uid\":\"{}\"", records::FIRST_UID)),
            "GET answered something else: {}",
            self.sample
        );
        self.put_length = load::single(&target, Op::Put, 0, self.next_revision).await?.len();
        let changed = load::single(&target, Op::Get, 0, 0).await?;
        self.get_lengths = [self.sample.len(), changed.len()];
        self.next_revision += 1;
        Ok(())
    }
}

async fn serve(recipe: &Recipe) -> anyhow::Result<Server> {
    let address = free_address()?;
    let mut command = Command::new(&recipe.binary);
    command.args(["serve", "--listen", &address.to_string(), "--database", &recipe.database]);
    command.args(&recipe.serve_args).current_dir(&recipe.dir);
    Server::start(&mut command, address, &recipe.dir.join("serve.log")).await
}

fn make_apps(recipe: &Recipe) -> anyhow::Result<Vec<Keys>> {
    (0..recipe.seeds.apps)
        .map(|number| make_app(recipe, &format!("bench-{number:04}")))
        .collect()
}

fn make_app(recipe: &Recipe, id: &str) -> anyhow::Result<Keys> {
    let mut command = Command::new(&recipe.binary);
    command.args(["app", "create", "--id", id, "--name", "Bench", "--json", "--database", &recipe.database]);
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
    Keys::read(&keys)
}

/// The folder's name as `rollcall` takes a database in it.
pub(crate) fn sqlite(dir: &Path) -> String {
    format!("sqlite:{}", dir.join(seeds::FILE).display())
}
