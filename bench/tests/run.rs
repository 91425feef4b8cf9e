//! The whole of `run` against a stand-in for the product: it measures, reports, notices lies, and leaves nothing running.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helper functions too")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

fn run(dir: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall-bench"));
    command
        .env_remove("ROLLCALL_TEST_POSTGRES")
        .env_remove("ROLLCALL_BENCH_KEEP")
        .arg("run")
        .arg("--rollcall")
        .arg(fake());
    command.args(["--users", "200", "--large-users", "300", "--connections", "12"]);
    command.args(["--seconds", "0.1", "--warmup", "0.05"]);
    command.args(["--pairs", "1", "--extra", "0", "--dir"]).arg(dir).args(more);
    command
        .arg("--serve-arg=--pid-file")
        .arg(format!("--serve-arg={}", dir.join("pid").display()));
    command.output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn assert_ended(dir: &Path) {
    let pid = std::fs::read_to_string(dir.join("pid")).unwrap();
    assert!(!Path::new("/proc").join(&pid).exists(), "the server {pid} still runs");
}

#[test]
fn measures_reports_and_cleans_up() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let page = dir.path().join("page.md");
    std::fs::write(&page, "# Performance\n\n<!-- bench:begin --><!-- bench:end -->\n\nEnd.\n").unwrap();
    let output = run(
        dir.path(),
        &["--no-gate", "--parts", "small,works,large", "--out", page.to_str().unwrap()],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.starts_with("# Performance\n") && text.ends_with("\n\nEnd.\n"), "{text}");
    for part in [
        "| GET user, small, of bare | **",
        "| start to ready, large | **",
        "| count and `total`, huge, CPU of the dearer | – |",
        "| PostgreSQL GET user, small, of pgbench's select | – |",
        "| SQLite PUT user with name, 200 users, 12 connections | bare |",
        "| SQLite GET user, 200 users, 1 connection | bare |",
        "| SQLite Klaim PUT credits, 200 users, 12 connections | **",
        "| SQLite deactivate or reactivate 25 users, 200 users, 12 connections | **",
        "| SQLite `searchKey` that finds nobody, 300 users, 4 connections | **",
        "- Noise: ",
        "- Kernel: Linux",
        "- Nothing was measured on PostgreSQL",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(part));
    }
    assert_ended(dir.path());
}

#[test]
fn a_lost_write_fails_the_run() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output = run(dir.path(), &["--no-gate", "--parts", "small", "--serve-arg=--forget"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("a write was lost"), "{}", stderr(&output));
    assert_ended(dir.path());
}

#[test]
fn an_error_answer_fails_the_run_and_is_shown() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output = run(dir.path(), &["--no-gate", "--parts", "small", "--serve-arg=--refuse"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("429") && stderr(&output).contains("TOO_MANY_REQUEST"),
        "{}",
        stderr(&output)
    );
    assert_ended(dir.path());
}

#[test]
fn a_part_that_cannot_be_measured_is_an_error() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output = run(dir.path(), &["--parts", "pgbench"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("ROLLCALL_TEST_POSTGRES"), "{}", stderr(&output));
}

#[test]
fn a_missed_requirement_fails_the_run_unless_told_otherwise() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let more = ["--parts", "large", "--serve-arg=--late"];
    let output = run(dir.path(), &more);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("missed: start to ready, large is 2."), "{}", stderr(&output));
    assert_ended(dir.path());
}

#[test]
fn curves_are_drawn_and_written() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let page = dir.path().join("page.md");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall-bench"));
    command
        .env_remove("ROLLCALL_BENCH_KEEP")
        .arg("curves")
        .arg("--rollcall")
        .arg(fake());
    command.args([
        "--users",
        "100,200",
        "--apps",
        "1,2",
        "--app-users",
        "64",
        "--tags",
        "1,2",
        "--tagged-users",
        "64",
    ]);
    command.args(["--connections", "8", "--seconds", "0.05", "--warmup", "0.02", "--rounds", "1"]);
    command.arg("--dir").arg(dir.path()).arg("--out").arg(&page);
    command.arg("--pictures").arg(dir.path().join("performance"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = std::fs::read_to_string(&page).unwrap();
    for name in ["users", "apps", "tags"] {
        let picture = std::fs::read_to_string(dir.path().join(format!("performance/{name}.svg"))).unwrap();
        assert!(picture.contains("GET user") && picture.trim_end().ends_with("</svg>"), "{picture}");
        assert!(text.contains(&format!("](performance/{name}.svg)")), "{text}");
    }
}
