//! CPU time and memory of processes and of the whole machine, from /proc.

use std::collections::HashMap;
use std::fs;

use anyhow::Context as _;

/// Linux reports these fields in ticks of 10 ms whatever the kernel's own tick is.
const TICK_NS: u64 = 10_000_000;

/// CPU nanoseconds of a process with all its threads, and of children it has waited for.
pub(crate) fn own_ns(pid: u32) -> anyhow::Result<u64> {
    let fields = stat(pid)?;
    let reaped: u64 = fields
        .iter()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    let mut total = reaped * TICK_NS;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between the listing and the reading.
        let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else {
            continue;
        };
        total += text.split(' ').next().and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(total)
}

/// CPU nanoseconds of a process and all its descendants, living or waited for.
pub(crate) fn tree_ns(pid: u32) -> anyhow::Result<u64> {
    let root = own_ns(pid).with_context(|| format!("process {pid}"))?;
    Ok(root + descendants(pid)?.into_iter().filter_map(|pid| own_ns(pid).ok()).sum::<u64>())
}

/// CPU nanoseconds that all processors were busy, stolen time included: it is as lost as a neighbour's.
pub(crate) fn machine_ns() -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/stat")?;
    let busy = busy_ticks(text.lines().next().unwrap_or_default()).context("/proc/stat")?;
    Ok(busy * TICK_NS)
}

/// Kilobytes of anonymous memory.
pub(crate) fn rss_anon_kb(pid: u32) -> anyhow::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .context("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Kilobytes of anonymous memory of a process and all its living descendants.
pub(crate) fn tree_anon_kb(pid: u32) -> anyhow::Result<u64> {
    let root = rss_anon_kb(pid)?;
    // A descendant may end between the listing and the reading, and a kernel thread has no memory.
    Ok(root
        + descendants(pid)?
            .into_iter()
            .filter_map(|pid| rss_anon_kb(pid).ok())
            .sum::<u64>())
}

/// The process that started this one.
pub(crate) fn parent(pid: u32) -> anyhow::Result<u32> {
    Ok(stat(pid)?.get(1).context("no parent")?.parse()?)
}

/// The state of a process: `Z` when it has ended and nobody has waited for it.
#[cfg(test)]
pub(crate) fn state(pid: u32) -> Option<char> {
    stat(pid).ok()?.first()?.chars().next()
}

/// All processes below this one.
pub(crate) fn descendants(root: u32) -> anyhow::Result<Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if let Ok(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        let next = children.remove(&pid).unwrap_or_default();
        found.extend(&next);
        open.extend(next);
    }
    Ok(found)
}

/// The fields of `stat` from the state on; the name before it may hold anything.
fn stat(pid: u32) -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = text.rsplit_once(')').context("malformed stat")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}

fn busy_ticks(line: &str) -> Option<u64> {
    let fields: Vec<u64> = line
        .strip_prefix("cpu ")?
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    let &[user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = fields.as_slice() else {
        return None;
    };
    Some(user + nice + system + irq + softirq + steal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn own_time_is_counted_in_nanoseconds() {
        let before = own_ns(std::process::id()).unwrap();
        let begun = Instant::now();
        let mut spent = 0_u64;
        // By its own clock and not by the wall's, which runs on while a busy machine lets others work.
        while (spent < 5_000_000 || spent.is_multiple_of(TICK_NS))
            && begun.elapsed() < Duration::from_secs(60)
        {
            spent = own_ns(std::process::id()).unwrap() - before;
        }
        assert!((5_000_000..2_000_000_000).contains(&spent), "{spent}");
        assert!(!spent.is_multiple_of(TICK_NS), "{spent} are whole ticks");
    }

    #[test]
    fn a_child_counts_while_it_lives() {
        let mut child = std::process::Command::new("sleep").arg("5").spawn().unwrap();
        assert!(descendants(std::process::id()).unwrap().contains(&child.id()));
        assert_eq!(parent(child.id()).unwrap(), std::process::id());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn idle_and_waiting_are_not_busy() {
        assert_eq!(busy_ticks("cpu  10 1 20 9999 500 3 4 2 0 0"), Some(40));
        assert_eq!(busy_ticks("cpu0 10"), None);
    }

    #[test]
    fn memory_is_read() {
        let own = rss_anon_kb(std::process::id()).unwrap();
        assert!(own > 100);
        assert!(tree_anon_kb(std::process::id()).unwrap() >= own / 2);
    }
}
