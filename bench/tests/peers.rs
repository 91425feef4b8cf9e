//! The whole of `peers` against stand-ins for the product and for its rivals.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helper functions too")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn fake() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_rollcall-bench"))
        .with_file_name("examples")
        .join("fake_rollcall");
    assert!(
        beside.exists(),
        "{} is missing: run `cargo test -p rollcall-bench`, which builds the examples",
        beside.display()
    );
    beside
}

fn script(path: PathBuf, lines: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, format!("#!/bin/sh\nset -eu\n{lines}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A folder with scripts: a PocketBase that is our stand-in, with these further arguments.
fn scripts(dir: &Path, arguments: &str) {
    let pocketbase = dir.join("scripts/pocketbase");
    script(pocketbase.join("install"), "echo PocketBase 1.2.3 >\"$1/version\"");
    let serve = format!(
        "exec {} serve --listen 127.0.0.1:\"$2\" --users \"$3\" --pid-file \"$1/pid\" {arguments}",
        fake().display()
    );
    script(pocketbase.join("start"), &serve);
}

fn command(dir: &Path, only: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall-bench"));
    command.args(["peers", "--only", only, "--users", "200", "--connections", "12"]);
    command.args(["--seconds", "0.2", "--warmup", "0.05", "--pairs", "1", "--extra-pairs", "0"]);
    command.arg("--rollcall").arg(fake()).arg("--dir").arg(dir.join("data"));
    command.arg("--scripts").arg(dir.join("scripts"));
    command
        .arg("--serve-arg=--pid-file")
        .arg(format!("--serve-arg={}", dir.join("pid").display()));
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn assert_ended(pid_file: &Path) {
    let pid = std::fs::read_to_string(pid_file).unwrap();
    assert!(!Path::new("/proc").join(&pid).exists(), "the server {pid} still runs");
}

#[test]
fn one_peer_is_measured_though_another_cannot_be_installed() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    scripts(dir.path(), "");
    script(dir.path().join("scripts/slapd/install"), "echo no such package >&2; exit 1");
    let page = dir.path().join("page.md");
    std::fs::write(&page, "# Peers\n\n<!-- bench:begin --><!-- bench:end -->\n\nEnd.\n").unwrap();
    let output = command(dir.path(), "slapd,pocketbase")
        .arg("--out")
        .arg(&page)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.starts_with("# Peers\n") && text.ends_with("\n\nEnd.\n"), "{text}");
    for part in [
        "| **Rollcall** | get |",
        "| PocketBase | get |",
        "| PocketBase | update |",
        "| OpenLDAP slapd | not measured to the end",
        "it wrote: / no such package",
        "- PocketBase: PocketBase 1.2.3, 200 users",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert_ended(&dir.path().join("pid"));
    assert_ended(&dir.path().join("data/pocketbase/pid"));
}

#[test]
fn a_peer_that_forgets_is_found_out() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    scripts(dir.path(), "--forget --keep 1");
    let output = command(dir.path(), "pocketbase").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("**PocketBase was not measured to the end**: a write was lost"), "{text}");
}

#[test]
fn a_peer_whose_first_change_does_not_show_is_not_measured() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    scripts(dir.path(), "--forget --keep 0");
    let output = command(dir.path(), "pocketbase").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("**PocketBase was not measured to the end**: a write was lost"), "{text}");
    assert!(!text.contains("| PocketBase | get |"), "{text}");
}

#[test]
fn a_rollcall_that_forgets_fails_the_run() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    scripts(dir.path(), "");
    let output = command(dir.path(), "pocketbase").arg("--serve-arg=--forget").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("a write was lost"), "{}", stderr(&output));
    assert_ended(&dir.path().join("data/pocketbase/pid"));
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    let lock = std::fs::File::create(dir.path().join("data/lock")).unwrap();
    lock.lock().unwrap();
    let output = command(dir.path(), "pocketbase").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("another run works in"), "{}", stderr(&output));
}

#[test]
fn an_interrupted_installation_ends_with_all_that_it_started() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let pid_file = dir.path().join("sleeper");
    let lines = format!("sleep 600 & echo $! >{0}.new; mv {0}.new {0}; wait", pid_file.display());
    script(dir.path().join("scripts/pocketbase/install"), &lines);
    let mut command = command(dir.path(), "pocketbase");
    let run: Child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !pid_file.exists() {
        std::thread::yield_now();
    }
    let kill = Command::new("sh")
        .args(["-c", "kill -TERM $0", &run.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("terminated"), "{}", stderr(&output));
    let sleeper = std::fs::read_to_string(&pid_file).unwrap();
    let stat = Path::new("/proc").join(sleeper.trim()).join("stat");
    // Nobody may have waited for it yet, but it does not run any more.
    let ended = || std::fs::read_to_string(&stat).map_or(true, |text| text.contains(") Z "));
    let begun = Instant::now();
    while !ended() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the installation still runs");
        std::thread::yield_now();
    }
    assert_ended(&dir.path().join("pid"));
}
