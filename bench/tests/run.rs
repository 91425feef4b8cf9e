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
        .arg("run")
        .arg("--rollcall")
        .arg(fake());
    command.args([
        "--engines",
        "sqlite",
        "--users",
        "200",
        "--connections",
        "12",
        "--seconds",
        "0.2",
        "--warmup",
        "0.05",
    ]);
    command
        .args(["--pairs", "1", "--extra-pairs", "0", "--dir"])
        .arg(dir)
        .args(more);
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
        &["--no-gate", "--scenarios", "get,put,put-name", "--out", page.to_str().unwrap()],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.starts_with("# Performance\n") && text.ends_with("\n\nEnd.\n"), "{text}");
    for part in [
        "| SQLite GET user | bare |",
        "| SQLite PUT user | bare |",
        "| SQLite PUT user with name | bare |",
        "- Kernel: Linux",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(part));
    }
    assert_ended(dir.path());
}

#[test]
fn a_lost_write_fails_the_run() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output = run(dir.path(), &["--no-gate", "--scenarios", "put", "--serve-arg=--forget"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("a write was lost"), "{}", stderr(&output));
    assert_ended(dir.path());
}

#[test]
fn an_error_answer_fails_the_run_and_is_shown() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output = run(dir.path(), &["--no-gate", "--scenarios", "get", "--serve-arg=--refuse"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("429") && stderr(&output).contains("TOO_MANY_REQUEST"),
        "{}",
        stderr(&output)
    );
    assert_ended(dir.path());
}

#[test]
fn a_required_figure_that_cannot_be_measured_is_an_error() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output = run(dir.path(), &["--scenarios", "pgbench-put"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("ROLLCALL_TEST_POSTGRES"), "{}", stderr(&output));
}
