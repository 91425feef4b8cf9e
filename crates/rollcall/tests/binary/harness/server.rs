//! A running server.

use std::net::SocketAddr;
use std::process::{Command, ExitStatus};

use serde_json::Value;

use super::eventually;
use super::process::Process;

/// A server of this test's own. Killed when dropped, unless it has ended before.
pub(crate) struct Server {
    process: Process,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) fn start(command: Command) -> Self {
        let mut process = Process::start(command);
        let address = eventually("the server to listen", || {
            assert!(process.is_running(), "the server has ended: {:?}", process.ended());
            process.err().iter().find_map(|line| {
                let (_, rest) = line.split_once("listening on http://")?;
                rest.split('"').next()?.parse().ok()
            })
        });
        Self { process, address }
    }

    /// The log lines that have come so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.process.err()
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
        self.process.out().join("\n")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.process.terminate();
    }

    /// Waits for the end; answers how it ended and all that it logged.
    pub(crate) fn ended(&mut self) -> (ExitStatus, Vec<String>) {
        let (status, _, log) = self.process.ended();
        (status, log)
    }

    /// Stops it as an operator does.
    pub(crate) fn stop(mut self) {
        self.terminate();
        let (status, log) = self.ended();
        assert_eq!(status.code(), Some(0), "{log:?}");
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.process.kill();
    }
}
