//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::load::Op;
use crate::peers::Peer;
use crate::records;
use crate::scenario::Part;

/// Measures Rollcall against a bare server, pgbench and rival servers.
#[derive(Debug, Parser)]
#[command(name = "rollcall-bench", version)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The programs in this binary.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve pre-rendered answers: the ceiling that Rollcall is compared with.
    Bare(BareArgs),
    /// Send load to a server that already runs, and print one line of JSON.
    Load(LoadArgs),
    /// Start everything, measure interleaved pairs, print the report; exits 1 when a requirement is missed.
    Run(RunArgs),
    /// Measure one, two and four Rollcall processes on one PostgreSQL, and print how they compare.
    Scale(crate::scale::ScaleArgs),
    /// Measure how costs grow with users, apps and tags, and draw it.
    Curves(CurvesArgs),
    /// Install rival servers in a scratch folder, measure each beside Rollcall, print the report.
    Peers(PeersArgs),
}

/// Options of `bare`.
#[derive(Debug, Args)]
pub(crate) struct BareArgs {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// How many users to hold in memory.
    #[arg(long, default_value_t = 10_000, value_parser = users())]
    pub(crate) users: u32,
    /// A real answer for the first user, rendered again for all the others (default: a built-in one).
    #[arg(long, value_name = "FILE")]
    pub(crate) sample: Option<PathBuf>,
}

/// Options of `load`.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// Where the server is, e.g. http://127.0.0.1:8080.
    #[arg(long)]
    pub(crate) url: String,
    /// What to ask.
    #[arg(long, value_enum, default_value_t = Op::Get)]
    pub(crate) op: Op,
    /// How many users the server holds.
    #[arg(long, default_value_t = 10_000, value_parser = users())]
    pub(crate) users: u32,
    /// Connections kept open, each with one request under way.
    #[arg(long, default_value_t = 64, value_parser = connections())]
    pub(crate) connections: u16,
    /// Seconds measured.
    #[arg(long, default_value_t = 4.0, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// Seconds before measuring starts.
    #[arg(long, default_value_t = 0.6, value_parser = seconds)]
    pub(crate) warmup: f64,
    /// Sent as the `apikey` header.
    #[arg(long, default_value = "none")]
    pub(crate) apikey: String,
    /// Sent as the `appId` header.
    #[arg(long, default_value = "bench")]
    pub(crate) app_id: String,
    /// Process whose CPU time per request is to be printed too.
    #[arg(long, value_name = "PID")]
    pub(crate) server_pid: Option<u32>,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The server to measure (default: `rollcall` in the folder of this program).
    #[arg(long, value_name = "PATH")]
    pub(crate) rollcall: Option<PathBuf>,
    /// One more argument for `rollcall serve`; may be repeated.
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub(crate) serve_arg: Vec<String>,
    /// Only the parts that something is required of, and shorter halves.
    #[arg(long)]
    pub(crate) quick: bool,
    /// What to measure (default: everything; with --quick, what something is required of).
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) parts: Vec<Part>,
    /// How many users are few.
    #[arg(long, default_value_t = 10_000, value_parser = users())]
    pub(crate) users: u32,
    /// How many users are many.
    #[arg(long, default_value_t = 1_000_000, value_parser = users())]
    pub(crate) large_users: u32,
    /// How many users are very many, e.g. 10000000; counting them is measured only when this is given.
    #[arg(long, value_parser = users())]
    pub(crate) huge_users: Option<u32>,
    /// Connections kept open, each with one request under way (pgbench: clients).
    #[arg(long, default_value_t = 64, value_parser = connections())]
    pub(crate) connections: u16,
    /// Seconds measured per half (default: 2.5; with --quick 1).
    #[arg(long, value_parser = seconds)]
    pub(crate) seconds: Option<f64>,
    /// Seconds before measuring starts, per half (default: 0.5; with --quick 0.3).
    #[arg(long, value_parser = seconds)]
    pub(crate) warmup: Option<f64>,
    /// Quiet measurements wanted of everything; the median is reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) pairs: u8,
    /// Measurements that may be added in the whole run to replace noisy ones.
    #[arg(long, default_value_t = 24)]
    pub(crate) extra: u16,
    /// Superuser URL of a private PostgreSQL cluster with fsync on; databases named rollcall_bench* are dropped and made there.
    #[arg(long, value_name = "URL", env = "ROLLCALL_TEST_POSTGRES", hide_env_values = true)]
    pub(crate) postgres: Option<String>,
    /// Threads of pgbench.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) pgbench_threads: u8,
    /// Folder for SQLite files and logs, on a real disk (default: a temporary one, removed afterwards).
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Folder where seeded SQLite files are kept for the next run.
    #[arg(long, value_name = "DIR", env = "ROLLCALL_BENCH_KEEP")]
    pub(crate) keep: Option<PathBuf>,
    /// Markdown file whose part between the bench markers is replaced by the report.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Report only: exit 0 whatever the figures are.
    #[arg(long)]
    pub(crate) no_gate: bool,
}

/// Options of `curves`.
#[derive(Debug, Args)]
pub(crate) struct CurvesArgs {
    /// The server to measure (default: `rollcall` in the folder of this program).
    #[arg(long, value_name = "PATH")]
    pub(crate) rollcall: Option<PathBuf>,
    /// One more argument for `rollcall serve`; may be repeated.
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub(crate) serve_arg: Vec<String>,
    /// Numbers of users.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000], value_parser = users())]
    pub(crate) users: Vec<u32>,
    /// Numbers of apps.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1_000], value_parser = clap::value_parser!(u32).range(1..=9_999))]
    pub(crate) apps: Vec<u32>,
    /// Users of each of those apps.
    #[arg(long, default_value_t = 100, value_parser = users())]
    pub(crate) app_users: u32,
    /// Numbers of tags.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1_000], value_parser = clap::value_parser!(u32).range(1..=999_999))]
    pub(crate) tags: Vec<u32>,
    /// Users who have those tags between them.
    #[arg(long, default_value_t = 20_000, value_parser = users())]
    pub(crate) tagged_users: u32,
    /// Connections kept open, each with one request under way; lists use 4 at most.
    #[arg(long, default_value_t = 64, value_parser = connections())]
    pub(crate) connections: u16,
    /// Seconds measured each time.
    #[arg(long, default_value_t = 0.8, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// Seconds before measuring starts.
    #[arg(long, default_value_t = 0.2, value_parser = seconds)]
    pub(crate) warmup: f64,
    /// How often each point is measured; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) rounds: u8,
    /// Folder for SQLite files and logs, on a real disk (default: a temporary one, removed afterwards).
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Folder where seeded SQLite files are kept for the next run.
    #[arg(long, value_name = "DIR", env = "ROLLCALL_BENCH_KEEP")]
    pub(crate) keep: Option<PathBuf>,
    /// Folder for the pictures: users.svg, apps.svg and tags.svg.
    #[arg(long, value_name = "DIR")]
    pub(crate) pictures: PathBuf,
    /// Markdown file whose part between the curves markers is replaced by the figures.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Options of `peers`.
#[derive(Debug, Args)]
pub(crate) struct PeersArgs {
    /// Which peers to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Peer::value_variants().to_vec())]
    pub(crate) only: Vec<Peer>,
    /// The server to measure (default: `rollcall` in the folder of this program).
    #[arg(long, value_name = "PATH")]
    pub(crate) rollcall: Option<PathBuf>,
    /// One more argument for `rollcall serve`; may be repeated.
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub(crate) serve_arg: Vec<String>,
    /// How many users to make; a peer that makes them slowly gets fewer, and the report says so.
    #[arg(long, default_value_t = 10_000, value_parser = users())]
    pub(crate) users: u32,
    /// Connections kept open, each with one request under way.
    #[arg(long, default_value_t = 32, value_parser = connections())]
    pub(crate) connections: u16,
    /// Seconds measured per half.
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// Seconds before measuring starts, per half.
    #[arg(long, default_value_t = 0.6, value_parser = seconds)]
    pub(crate) warmup: f64,
    /// Quiet pairs wanted per peer and work; the median is reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) pairs: u8,
    /// Pairs that may be added in the whole run to replace noisy ones.
    #[arg(long, default_value_t = 8)]
    pub(crate) extra_pairs: u8,
    /// Folder on a real disk where peers are installed, and all data lies; installations are kept for the next run.
    #[arg(long, value_name = "DIR", default_value = ".bench-peers")]
    pub(crate) dir: PathBuf,
    /// Folder with the peers' install and start scripts.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/peers"))]
    pub(crate) scripts: PathBuf,
    /// Markdown file whose part between the bench markers is replaced by the report.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

impl RunArgs {
    /// Seconds of warm-up and of measuring per half, and how many quiet measurements are wanted.
    pub(crate) fn pace(&self) -> ((f64, f64), u8) {
        let (warmup, seconds) = if self.quick { (0.3, 1.0) } else { (0.5, 2.5) };
        ((self.warmup.unwrap_or(warmup), self.seconds.unwrap_or(seconds)), self.pairs)
    }

    /// What is measured.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut parts = if !self.parts.is_empty() {
            self.parts.clone()
        } else if self.quick {
            Part::REQUIRED.to_vec()
        } else {
            Part::value_variants().to_vec()
        };
        if self.huge_users.is_some() {
            parts.push(Part::Huge);
        } else {
            parts.retain(|part| *part != Part::Huge);
        }
        parts
    }
}

fn users() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(64..=i64::from(records::MOST_USERS / 2))
}

fn connections() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=4096)
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 3600.0 => Ok(value),
        _ => Err("a number of seconds above 0, at most 3600".to_owned()),
    }
}
