//! The rivals: how each is installed, started and asked.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;

use super::caller::{self, Crowd, Question};
use super::{ejabberd, pocketbase, slapd, synapse};
use crate::child::{Ready, Server, end, free_address};
use crate::procfs;

/// Long enough for a slow network.
const INSTALLING: Duration = Duration::from_secs(900);
/// Long enough to load users and start on a busy machine.
const STARTING: Duration = Duration::from_secs(120);

/// A server that Rollcall is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// PocketBase.
    Pocketbase,
    /// OpenLDAP's slapd.
    Slapd,
    /// ejabberd.
    Ejabberd,
    /// Matrix Synapse.
    Synapse,
}

/// The two requests that are measured.
#[derive(Debug, Clone)]
pub(crate) struct Questions {
    /// Read one user.
    pub(crate) get: Question,
    /// Change one user's profile.
    pub(crate) update: Question,
}

impl Peer {
    /// As in the report.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Pocketbase => "PocketBase",
            Self::Slapd => "OpenLDAP slapd",
            Self::Ejabberd => "ejabberd",
            Self::Synapse => "Matrix Synapse",
        }
    }

    /// Where its scripts and its data are.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Pocketbase => "pocketbase",
            Self::Slapd => "slapd",
            Self::Ejabberd => "ejabberd",
            Self::Synapse => "synapse",
        }
    }

    /// More users than these would take it too long to make.
    fn most_users(self) -> u32 {
        match self {
            Self::Pocketbase | Self::Slapd => u32::MAX,
            Self::Ejabberd => 10_000,
            Self::Synapse => 1_000,
        }
    }

    fn ready(self) -> Ready {
        match self {
            Self::Pocketbase => Ready::Answers("/api/health"),
            Self::Slapd | Self::Ejabberd => Ready::Listens,
            Self::Synapse => Ready::Answers("/health"),
        }
    }
}

/// A peer that runs, with its users.
#[derive(Debug)]
pub(crate) struct Running {
    /// What it says it is.
    pub(crate) version: String,
    /// Its process.
    pub(crate) server: Server,
    /// Where it is and how much it is asked.
    pub(crate) crowd: Crowd,
    /// What it is asked.
    pub(crate) questions: Questions,
    /// First revision that was not used.
    pub(crate) next_revision: u64,
}

impl Running {
    /// Installs a peer unless that was done before, starts it with fresh data, makes its users, and sees that a change can be read.
    pub(crate) async fn start(
        peer: Peer,
        scripts: &Path,
        dir: &Path,
        users: u32,
        connections: u16,
    ) -> anyhow::Result<Self> {
        let (scripts, dir) = (scripts.join(peer.folder()), dir.join(peer.folder()));
        std::fs::create_dir_all(&dir)?;
        eprintln!("{}: installing", peer.label());
        run(Command::new(scripts.join("install")).arg(&dir), &dir.join("install.log"), INSTALLING)
            .await
            .context("installing")?;
        let users = users.min(peer.most_users());
        eprintln!("{}: starting with {users} users", peer.label());
        match peer {
            Peer::Pocketbase => pocketbase::write_seed(&dir)?,
            Peer::Slapd => slapd::write_seed(&dir, users)?,
            Peer::Ejabberd | Peer::Synapse => {}
        }
        let address = free_address()?;
        let port = address.port().to_string();
        let mut command = Command::new(scripts.join("start"));
        command.arg(&dir).args([&port, &users.to_string()]);
        let log = dir.join("server.log");
        let server = Server::start_until(&mut command, address, &log, peer.ready(), STARTING).await?;
        let crowd = Crowd { address, users, connections };
        let questions = match peer {
            Peer::Pocketbase => pocketbase::questions(address).await,
            Peer::Slapd => Ok(slapd::questions()),
            Peer::Ejabberd => ejabberd::seed(crowd).await.map(|()| ejabberd::questions(address)),
            Peer::Synapse => {
                let mut prepare = Command::new(scripts.join("prepare"));
                run(prepare.arg(&dir).arg(&port), &dir.join("prepare.log"), STARTING).await?;
                synapse::seed(crowd).await
            }
        };
        let questions = questions.map_err(|error| with_words(error.context("seeding"), &server))?;
        let version = std::fs::read_to_string(dir.join("version"))?.trim().to_owned();
        let running = Self { version, server, crowd, questions, next_revision: 2 };
        running.change_shows(users - 1).await?;
        Ok(running)
    }

    /// Reads users again: what was acknowledged last must be what is there.
    pub(crate) async fn verify(&self, user: u32, revision: u64) -> anyhow::Result<()> {
        let answer = caller::single(self.crowd, &self.questions.get, user, 0).await?;
        ensure!(
            answer.contains(&format!("{revision:010}")),
            "a write was lost: {revision} is not in {answer}"
        );
        Ok(())
    }

    /// An error with what the server wrote last, if it wrote anything.
    pub(crate) fn with_its_words(&self, error: anyhow::Error) -> anyhow::Error {
        with_words(error, &self.server)
    }

    async fn change_shows(&self, user: u32) -> anyhow::Result<()> {
        caller::single(self.crowd, &self.questions.update, user, 1)
            .await
            .context("the first update")?;
        self.verify(user, 1).await
    }
}

fn with_words(error: anyhow::Error, server: &Server) -> anyhow::Error {
    match server.log_tail() {
        words if words.is_empty() => error,
        words => anyhow::anyhow!("{error:#}; it wrote:\n{words}"),
    }
}

/// Runs a script to its end, its output going to `log`.
async fn run(command: &mut Command, log: &PathBuf, patience: Duration) -> anyhow::Result<()> {
    let file = std::fs::File::create(log).with_context(|| format!("creating {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let child = tokio::process::Command::from(std::mem::replace(command, Command::new("true"))).spawn();
    let mut script = Script(child.context("starting the script")?);
    let status = tokio::time::timeout(patience, script.0.wait()).await;
    let status = status.with_context(|| format!("not done after {patience:?}"))??;
    let said = || std::fs::read_to_string(log).unwrap_or_default();
    ensure!(status.success(), "{status}; it wrote:\n{}", last_lines(&said(), 12));
    Ok(())
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A script under way; what it started ends with it.
struct Script(tokio::process::Child);

impl Drop for Script {
    fn drop(&mut self) {
        // No number is known any more once it has ended by itself.
        if let Some(pid) = self.0.id() {
            let mut tree = procfs::descendants(pid).unwrap_or_default();
            tree.push(pid);
            end(&tree);
        }
    }
}
