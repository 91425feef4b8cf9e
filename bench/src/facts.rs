//! With what a run was made: versions, settings and the command line.

use std::path::Path;
use std::process::Command;

use crate::cli::RunArgs;
use crate::machine;
use crate::postgres::Cluster;

/// The facts of `run`.
pub(crate) fn of_run(args: &RunArgs, cluster: Option<&Cluster>, binary: &Path) -> Vec<(String, String)> {
    let mut facts = of_machine(binary);
    if let Some(cluster) = cluster {
        facts.push(("PostgreSQL".to_owned(), cluster.facts.clone()));
    }
    let ((warmup, seconds), pairs) = args.pace();
    facts.push((
        "Load".to_owned(),
        format!("{seconds} s per half after {warmup} s of warm-up, median of {pairs}"),
    ));
    facts
}

/// The facts of any run.
pub(crate) fn of_machine(binary: &Path) -> Vec<(String, String)> {
    let mut facts = machine::facts();
    facts.push(("Rollcall".to_owned(), machine::first_line(Command::new(binary).arg("--version"))));
    let command = command_line(std::env::args().skip(1));
    facts.push(("Command".to_owned(), format!("`rollcall-bench {command}`")));
    facts
}

/// The arguments as they were given, but for the cluster's address, which may hold a password.
fn command_line(arguments: impl Iterator<Item = String>) -> String {
    let mut shown = Vec::new();
    let mut hide = false;
    for argument in arguments {
        if std::mem::take(&mut hide) {
            shown.push("URL".to_owned());
        } else if argument.starts_with("--postgres=") {
            shown.push("--postgres=URL".to_owned());
        } else {
            hide = argument == "--postgres";
            shown.push(argument);
        }
    }
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_reach_the_report() {
        for line in [
            "run --postgres postgres://u:secret@h/d --pairs 3",
            "run --postgres=postgres://u:secret@h/d --pairs 3",
        ] {
            let shown = command_line(line.split(' ').map(str::to_owned));
            assert!(!shown.contains("secret") && shown.ends_with("--pairs 3"), "{shown}");
        }
    }
}
