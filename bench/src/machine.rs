//! What the report says about where and when it was made.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Moment, processor and kernel, as lines of the report.
pub(crate) fn facts() -> Vec<(String, String)> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo").lines().find_map(|line| {
        line.strip_prefix("model name")?
            .split_once(": ")
            .map(|(_, name)| name.to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    vec![
        ("Date".to_owned(), first_line(Command::new("date").args(["-u", "+%F %H:%M UTC"]))),
        (
            "Machine".to_owned(),
            format!("{cores} cores, {}", model.unwrap_or_else(|| "unknown processor".to_owned())),
        ),
        ("Kernel".to_owned(), format!("Linux {}", read("/proc/sys/kernel/osrelease").trim())),
    ]
}

/// The first line that a command prints, or a word of regret.
pub(crate) fn first_line(command: &mut Command) -> String {
    let output = command.output().ok().filter(|output| output.status.success());
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    text.lines()
        .next()
        .map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}

/// The kind of file system that a folder lies on.
pub(crate) fn file_system(dir: &Path) -> String {
    first_line(Command::new("stat").args(["--file-system", "--format=%T"]).arg(dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found() {
        assert!(facts().iter().all(|(_, value)| !value.is_empty() && value != "unknown"), "{:?}", facts());
        assert_eq!(file_system(Path::new("/proc")), "proc");
        assert_eq!(first_line(&mut Command::new("false")), "unknown");
    }
}
