//! A running server.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

use super::eventually;

/// Lines of a stream, as they come.
struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
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

/// A server of this test's own. Killed when dropped, unless it has ended before.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Lines,
    out: Lines,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Lines::of(child.stderr.take().unwrap());
        let out = Lines::of(child.stdout.take().unwrap());
        let address = SocketAddr::from(([0, 0, 0, 0], 0));
        // Made before it is waited for, so that a server that never listens is killed all the same.
        let mut server = Self { child, address, log, out };
        server.address = eventually("the server to listen", || {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended with {status}: {:?}", server.log.all());
            }
            server.log.so_far().iter().find_map(|line| {
                let (_, rest) = line.split_once("listening on http://")?;
                rest.split('"').next()?.parse().ok()
            })
        });
        server
    }

    /// The log lines that have come so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.so_far()
    }

    /// The one log line about a request with this id, as JSON.
    pub(crate) fn log_about(&self, id: &str) -> Value {
        eventually("the log line", || {
            let about = self.log().into_iter().filter_map(|line| {
                let line: Value = serde_json::from_str(&line).expect("JSON on every line of the log");
                (line["request_id"] == id).then_some(line)
            });
            let about: Vec<Value> = about.collect();
            assert!(about.len() < 2, "more than one line about one request: {about:?}");
            about.into_iter().next()
        })
    }

    /// What it has printed so far.
    pub(crate) fn printed(&self) -> String {
        self.out.so_far().join("\n")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let script = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("/bin/sh").args(["-c", &script]).status().unwrap().success());
    }

    /// Waits for the end; answers how it ended and all that it logged.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Vec<String>) {
        let status = eventually("the server to end", || self.child.try_wait().unwrap());
        (status, self.log.all())
    }

    /// Stops it as an operator does.
    pub(crate) fn stop(mut self) {
        self.terminate();
        let (status, log) = self.ended();
        assert_eq!(status.code(), Some(0), "{log:?}");
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_running() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}
