//! Measures Rollcall against a bare server, pgbench and rival servers, on the same machine in the same minutes.
//!
//! Owns: the load generator, the bare server, the pairing and the report. Knows Rollcall only from outside: its command line and HTTP.

mod bare;
mod child;
mod cli;
mod curves;
mod facts;
mod half;
mod load;
mod machine;
mod noise;
mod pair;
mod peers;
mod pgbench;
mod postgres;
mod procfs;
mod records;
mod report;
mod requirements;
mod rollcall;
mod run;
mod scale;
mod scenario;
mod seeds;
mod stand;

use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Bare(args) => many_threads(bare::serve(args)).map(|()| ExitCode::SUCCESS),
        Command::Load(args) => one_thread(load::command::run(args)).map(|()| ExitCode::SUCCESS),
        Command::Run(args) => one_thread(run::run(args)),
        Command::Scale(args) => one_thread(scale::run(args)),
        Command::Curves(args) => one_thread(curves::run(args)).map(|()| ExitCode::SUCCESS),
        Command::Peers(args) => one_thread(peers::run(args)).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("rollcall-bench: {error:#}");
        ExitCode::from(2)
    })
}

fn many_threads<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

fn one_thread<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
