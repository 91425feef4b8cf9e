//! A process of this test's own, and what it writes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::eventually;

/// Lines of a stream, as they come.
struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Lines {
    fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let stream = stream.unwrap();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let sink = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                sink.lock().unwrap().push(line.unwrap());
            }
        });
        Self { lines, reader: Some(reader) }
    }

    fn so_far(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// All of them, once the process has ended.
    fn all(&mut self) -> Vec<String> {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.so_far()
    }
}

/// Killed when dropped, unless it has ended before.
pub(crate) struct Process {
    child: Child,
    out: Lines,
    err: Lines,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (Lines::of(child.stdout.take()), Lines::of(child.stderr.take()));
        Self { child, out, err }
    }

    /// The lines of standard output that have come so far.
    pub(crate) fn out(&self) -> Vec<String> {
        self.out.so_far()
    }

    /// The lines of standard error that have come so far.
    pub(crate) fn err(&self) -> Vec<String> {
        self.err.so_far()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let script = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("/bin/sh").args(["-c", &script]).status().unwrap().success());
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end; answers how it ended and all that it wrote on standard output and standard error.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Vec<String>, Vec<String>) {
        let status = eventually("a process to end", || self.child.try_wait().unwrap());
        (status, self.out.all(), self.err.all())
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_running() {
            self.kill();
        }
    }
}
