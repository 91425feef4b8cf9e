//! `rollcall-bench load`: the generator alone.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;

use super::{Op, Plan, Target, Window, each_once, measure};
use crate::cli::LoadArgs;
use crate::procfs;

/// Runs the load and prints one line of JSON.
pub(crate) async fn run(args: LoadArgs) -> anyhow::Result<()> {
    let url = url::Url::parse(&args.url).with_context(|| format!("--url {}", args.url))?;
    let address = url
        .socket_addrs(|| Some(80))?
        .into_iter()
        .next()
        .context("--url names no address")?;
    let target = Target { address, app_id: args.app_id, api_key: args.apikey };
    let plan = Plan::new(target, args.op, args.users, args.connections);
    let line = if args.op == Op::Create {
        each_once(&plan).await?;
        serde_json::json!({ "op": "create", "requests": args.users, "errors": 0 })
    } else {
        let window = Window {
            warmup: Duration::from_secs_f64(args.warmup),
            measured: Duration::from_secs_f64(args.seconds),
        };
        let probe = || args.server_pid.map(procfs::tree_ns).transpose();
        let outcome = measure(&plan, window, probe).await?;
        let cpu = outcome
            .before
            .zip(outcome.after)
            .map(|(before, after)| after.saturating_sub(before));
        serde_json::json!({
            "op": format!("{:?}", args.op).to_lowercase(),
            "connections": args.connections,
            "seconds": outcome.seconds,
            "requests": outcome.requests,
            "errors": 0,
            "rps": (outcome.requests as f64 / outcome.seconds).round(),
            "p50_ms": outcome.latency.p50,
            "p99_ms": outcome.latency.p99,
            "p999_ms": outcome.latency.p999,
            "max_ms": outcome.latency.max,
            "server_cpu_us": cpu.map(|nanos| nanos as f64 / 1e3 / outcome.requests as f64),
        })
    };
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
