//! Server processes that end with the value that owns them.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::procfs;

/// What a server must do to count as ready.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ready {
    /// Answer 200 to a GET of this path.
    Answers(&'static str),
    /// Take a connection.
    Listens,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start of its process until it was ready.
    pub(crate) ready_after: Duration,
    log: PathBuf,
}

impl Server {
    /// Starts Rollcall or the bare server, its output going to `log`, and waits until it says that it is ready.
    pub(crate) async fn start(
        command: &mut Command,
        address: SocketAddr,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let ready = Ready::Answers("/health/ready");
        Self::start_until(command, address, log, ready, Duration::from_secs(120)).await
    }

    /// Starts any server, its output going to `log`, and waits until it is ready.
    pub(crate) async fn start_until(
        command: &mut Command,
        address: SocketAddr,
        log: &Path,
        ready: Ready,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let file = File::create(log).with_context(|| format!("creating {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let begun = Instant::now();
        let child = command.spawn().with_context(|| format!("starting {command:?}"))?;
        let mut server = Self {
            child,
            address,
            ready_after: Duration::ZERO,
            log: log.to_owned(),
        };
        server
            .wait_ready(ready, begun, patience)
            .await
            .with_context(|| format!("{command:?}"))?;
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        let term = format!("kill -TERM {}", self.pid());
        ensure!(Command::new("/bin/sh").args(["-c", &term]).status()?.success(), "{term} failed");
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(begun.elapsed() < Duration::from_secs(60), "did not end; it wrote:\n{}", self.log_tail());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Waits until it has nothing to do: what it does after the last answer belongs to no measurement.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        let span = Duration::from_millis(200);
        let begun = Instant::now();
        loop {
            let before = procfs::own_ns(self.pid())?;
            tokio::time::sleep(span).await;
            let spent = procfs::own_ns(self.pid())?.saturating_sub(before);
            if u128::from(spent) * 20 < span.as_nanos() || begun.elapsed() > Duration::from_secs(60) {
                return Ok(());
            }
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The last lines that it wrote.
    pub(crate) fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    async fn wait_ready(&mut self, ready: Ready, begun: Instant, patience: Duration) -> anyhow::Result<()> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("ended before it was ready ({status}); it wrote:\n{}", self.log_tail());
            }
            if is_ready(self.address, ready).await {
                return Ok(());
            }
            if begun.elapsed() > patience {
                bail!("not ready ({ready:?}) after {patience:?}; it wrote:\n{}", self.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let below = procfs::descendants(self.pid()).unwrap_or_default();
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
        end(&below);
    }
}

/// An address on loopback that nobody listens on now.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// Ends processes that a server left behind; most have ended with it.
pub(crate) fn end(processes: &[u32]) {
    if !processes.is_empty() {
        // The shell's own `kill`, because a small system has no other.
        let mut kill = Command::new("sh");
        kill.args(["-c", r#"kill -9 "$@" 2>/dev/null"#, "sh"]);
        let _ = kill.args(processes.iter().map(u32::to_string)).status();
    }
}

async fn is_ready(address: SocketAddr, ready: Ready) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        let Ready::Answers(path) = ready else {
            return Ok(true);
        };
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut start = [0; 12];
        stream.read_exact(&mut start).await?;
        std::io::Result::Ok(start == *b"HTTP/1.1 200")
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), ask).await, Ok(Ok(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_ends_is_reported_with_its_words() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such database >&2; exit 3"]);
        let error = Server::start(&mut command, free_address().unwrap(), log.path())
            .await
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("no such database") && text.contains("exit status: 3"), "{text}");
    }

    #[tokio::test]
    async fn a_server_ends_when_asked_to() {
        let child = Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id();
        let mut server = Server {
            child,
            address: free_address().unwrap(),
            ready_after: Duration::ZERO,
            log: PathBuf::new(),
        };
        server.settle().await.unwrap();
        server.stop().await.unwrap();
        assert!(!Path::new("/proc").join(pid.to_string()).exists());
    }

    #[tokio::test]
    async fn what_a_server_started_ends_with_it() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut command = Command::new("sh");
        // The grandchild survives its parent's end unless it is ended too.
        command.args(["-c", "sleep 600 & echo $!; wait"]);
        let (address, patience) = (listener.local_addr().unwrap(), Duration::from_secs(30));
        let server = Server::start_until(&mut command, address, log.path(), Ready::Listens, patience).await;
        let server = server.unwrap();
        let below = loop {
            let below = procfs::descendants(server.pid()).unwrap();
            if !below.is_empty() {
                break below;
            }
            tokio::task::yield_now().await;
        };
        drop(server);
        let state = |pid| procfs::state(pid).unwrap_or('X');
        let begun = Instant::now();
        while below.iter().any(|pid| !matches!(state(*pid), 'X' | 'Z')) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{below:?} still run");
            tokio::task::yield_now().await;
        }
    }
}
