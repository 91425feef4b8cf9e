//! pgbench: what PostgreSQL itself does for the same row and the same transaction, with no HTTP server in front.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use tokio::process::Command;

use crate::half::{Half, Snapshot};
use crate::load::{Histogram, Latency};
use crate::{postgres, records};

/// Part of the transactions whose latency is logged: enough for a p999, too few to slow pgbench.
const SAMPLED: &str = "0.1";

/// What Rollcall reads of a user, too.
const COLUMNS: &str = "id, uid, user_id, klaim_id, name, email, avatar, link, status_message, role, metadata, tags, \
    last_active_at, created_at, updated_at, deactivated_at";

/// A pgbench that is ready to run.
#[derive(Debug)]
pub(crate) struct Pgbench {
    binary: PathBuf,
    url: String,
    postmaster: u32,
    clients: u16,
    threads: u8,
    dir: PathBuf,
}

/// What pgbench says at its end.
#[derive(Debug, PartialEq)]
struct Printed {
    transactions: u64,
    tps: f64,
}

impl Pgbench {
    /// Finds the program and writes its two scripts into `dir`.
    pub(crate) fn new(
        url: String,
        postmaster: u32,
        load: (u32, u16, u8),
        dir: &Path,
    ) -> anyhow::Result<Self> {
        let (users, clients, threads) = load;
        std::fs::create_dir_all(dir)?;
        std::fs::write(dir.join("get.sql"), get_script(users))?;
        std::fs::write(dir.join("put.sql"), put_script(users))?;
        let threads = u8::try_from(u16::from(threads).min(clients))?;
        Ok(Self {
            binary: find()?,
            url,
            postmaster,
            clients,
            threads,
            dir: dir.to_owned(),
        })
    }

    /// The command line without the database, for the report.
    pub(crate) fn command(&self, script: &str, seconds: f64) -> Vec<String> {
        let seconds = (seconds.ceil() as u64).max(1).to_string();
        let (clients, threads) = (self.clients.to_string(), self.threads.to_string());
        let flags = ["-n", "-M", "prepared", "-c", &clients, "-j", &threads, "-T", &seconds];
        let log = ["-l", "--sampling-rate", SAMPLED];
        flags
            .iter()
            .chain(&log)
            .chain(&["-f", script])
            .map(|&text| text.to_owned())
            .collect()
    }

    /// Its version line.
    pub(crate) fn version(&self) -> String {
        crate::machine::first_line(std::process::Command::new(&self.binary).arg("--version"))
    }

    /// Runs a script, `get.sql` or `put.sql`, and measures it as a half.
    pub(crate) async fn half(&self, script: &str, seconds: f64) -> anyhow::Result<Half> {
        let logs = tempfile::tempdir_in(&self.dir)?;
        let mut command = Command::new(&self.binary);
        command.args(self.command(script, seconds));
        command.arg("--log-prefix").arg(logs.path().join("latency")).arg(&self.url);
        let before = Snapshot::take(&[self.postmaster])?;
        let output = command.current_dir(&self.dir).kill_on_drop(true).output().await?;
        let after = Snapshot::take(&[self.postmaster])?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success(),
            "pgbench failed: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let printed = parse(&text)?;
        let spent = before.until(&after);
        Ok(Half {
            rps: printed.tps,
            latency: latencies(logs.path())?,
            cpu_us: spent.side_us / printed.transactions as f64,
            other_cores: spent.other_cores,
            rss_anon_kb: None,
        })
    }
}

fn find() -> anyhow::Result<PathBuf> {
    let works = |path: &Path| {
        std::process::Command::new(path)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let mut found = vec![PathBuf::from("pgbench")];
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        found.extend(versions.flatten().map(|entry| entry.path().join("bin/pgbench")));
    }
    found
        .into_iter()
        .find(|path| works(path))
        .context("pgbench is neither on PATH nor in /usr/lib/postgresql/*/bin")
}

fn get_script(users: u32) -> String {
    let (choose, uid) = (choose(users), postgres::uid(":i"));
    format!(
        "{choose}select {COLUMNS} from users where app = 'bench' and uid = {uid} and deactivated_at is null;\n"
    )
}

fn put_script(users: u32) -> String {
    let metadata = records::METADATA
        .replace(records::FIRST_UID, &format!("' || {} || '", postgres::uid(":i")))
        .replace(records::REVISION, "' || :c || '");
    format!(
        "{choose}\\set c random(1000000000, 2000000000)\nbegin;\n\
         update users set status_message = '{status}' || :c, metadata = '{metadata}', \
         updated_at = 1700000000000 + :c, revision = revision + 1 \
         where app = 'bench' and uid = {uid} and deactivated_at is null returning {COLUMNS};\n\
         insert into events (app, at, kind, subject, actor, fields) \
         values ('bench', 1700000000000 + :c, 'user.updated', {uid}, 'key/bench', 'statusMessage,metadata');\nend;\n",
        choose = choose(users),
        status = records::STATUS_PREFIX,
        uid = postgres::uid(":i"),
    )
}

fn choose(users: u32) -> String {
    format!("\\set i random({}, {})\n", records::FIRST_USER, records::FIRST_USER + users - 1)
}

fn parse(text: &str) -> anyhow::Result<Printed> {
    let after = |start: &str| text.lines().find_map(|line| line.strip_prefix(start)).map(str::trim);
    let first = |value: &str| value.split([' ', '/', '(']).next().unwrap_or_default().to_owned();
    if let Some(failed) = after("number of failed transactions:")
        .map(first)
        .filter(|failed| failed != "0")
    {
        bail!("pgbench: {failed} transactions failed");
    }
    let transactions = after("number of transactions actually processed:")
        .map(first)
        .context("pgbench printed no count")?;
    let tps = after("tps =").map(first).context("pgbench printed no tps")?;
    Ok(Printed { transactions: transactions.parse()?, tps: tps.parse()? })
}

/// Reads the sampled log: the third field of a line is the latency in microseconds.
fn latencies(dir: &Path) -> anyhow::Result<Latency> {
    let mut histogram = Histogram::new();
    for entry in std::fs::read_dir(dir)? {
        let text = std::fs::read_to_string(entry?.path())?;
        for micros in text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok()) {
            histogram.record(std::time::Duration::from_micros(micros));
        }
    }
    ensure!(histogram.total() > 0, "pgbench logged no latency");
    Ok(histogram.latency())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "pgbench (15.14 (Debian 15.14-0+deb12u1))\ntransaction type: put.sql\nscaling factor: 1\n\
        query mode: prepared\nnumber of clients: 64\nnumber of threads: 1\nduration: 4 s\n\
        number of transactions actually processed: 38921\nnumber of failed transactions: 0 (0.000%)\n\
        latency average = 6.573 ms\ninitial connection time = 67.522 ms\ntps = 9736.441022 (without initial connection time)\n";

    #[test]
    fn reads_what_pgbench_prints() {
        assert_eq!(parse(PRINTED).unwrap(), Printed { transactions: 38_921, tps: 9736.441022 });
    }

    #[test]
    fn failed_transactions_fail_the_run() {
        let text = PRINTED.replace("failed transactions: 0", "failed transactions: 12");
        assert!(parse(&text).unwrap_err().to_string().contains("12"));
        assert!(parse("").is_err());
    }

    #[test]
    fn scripts_have_no_other_variables() {
        for script in [get_script(100), put_script(100)] {
            let named = script
                .split(':')
                .skip(1)
                .filter(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
            assert!(named.into_iter().all(|rest| rest.starts_with(['i', 'c']) && !rest[1..].starts_with(char::is_alphanumeric)), "{script}");
            assert!(!script.contains(records::FIRST_UID) && !script.contains("\"0000000000\""));
        }
    }

    #[test]
    fn logged_latencies_are_microseconds() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("latency.1"), "0 1 5000 0 1700000000 1\n1 1 7000 0 1700000000 2\n")
            .unwrap();
        assert_eq!(latencies(dir.path()).unwrap().max, 7.0);
    }
}
