//! Listening: connections with time limits, and a drain at the end that loses no request.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tower::{Layer, ServiceExt};
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};

/// How long a client may take to send its first request's head.
const FIRST_DEADLINE: Duration = Duration::from_secs(15);
/// How often an HTTP/2 client must prove that it is still there, and how long it may take.
const PING: Duration = Duration::from_secs(20);
/// How long requests under way may take to finish once the server is told to stop.
const DRAIN_DEADLINE: Duration = Duration::from_secs(30);

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// Takes an address, without answering on it yet: connections are refused until [`open`].
///
/// # Errors
/// When it is taken already or not this machine's.
pub fn reserve(address: SocketAddr) -> Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    };
    let reserved = socket.and_then(|socket| {
        // A port that a connection of an earlier run still lingers on is free.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    });
    reserved.with_context(|| format!("cannot listen on {address}"))
}

/// Begins to answer on a reserved address.
///
/// # Errors
/// When another process has been quicker.
pub fn open(socket: TcpSocket) -> Result<TcpListener> {
    socket.listen(BACKLOG).context("cannot listen")
}

/// Serves until `stop` comes, then finishes what is under way. A connection that has been idle for `idle` is closed.
///
/// # Errors
/// When requests were still under way after the drain deadline.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    idle: Duration,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let clients = Clients::new(router, idle);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => clients.take(accepted).await,
            () = &mut stop => break,
        }
    }
    // Who connected before the end is served; the operating system would reset whoever is still in its queue.
    while let Poll::Ready(accepted @ Ok(_)) = poll_fn(|cx| Poll::Ready(listener.poll_accept(cx))).await {
        clients.take(accepted).await;
    }
    drop(listener);
    tokio::time::timeout(DRAIN_DEADLINE, clients.graceful.shutdown())
        .await
        .map_err(|_| {
            anyhow::anyhow!("requests were still under way after {} seconds", DRAIN_DEADLINE.as_secs())
        })
}

/// The connections, and how they are served.
struct Clients {
    service: NormalizePath<Router>,
    builder: Builder<TokioExecutor>,
    graceful: GracefulShutdown,
}

impl Clients {
    fn new(router: Router, idle: Duration) -> Self {
        // A trailing slash never makes another resource in any of the vendors' APIs.
        let service = NormalizePathLayer::trim_trailing_slash().layer(router);
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(idle);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(256)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        Self { service, builder, graceful: GracefulShutdown::new() }
    }

    /// Serves a connection on a task of its own.
    async fn take(&self, accepted: std::io::Result<(TcpStream, SocketAddr)>) {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                // Out of file descriptors, most likely: trying again at once would only burn a core.
                return tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "a connection went away at once");
            return;
        }
        let asked = Arc::new(AtomicBool::new(false));
        let service = self.service.clone().map_request({
            let asked = Arc::clone(&asked);
            move |mut request: Request<Incoming>| {
                asked.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(ConnectInfo(peer));
                request.map(Body::new)
            }
        });
        let connection = self
            .builder
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = self.graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // hyper's own deadline begins when it knows the protocol, which a silent client never tells.
            let ended = match tokio::time::timeout(FIRST_DEADLINE, connection.as_mut()).await {
                Ok(ended) => ended,
                Err(_) if asked.load(Ordering::Relaxed) => connection.await,
                Err(_) => {
                    tracing::debug!("a client that asked for nothing was let go");
                    return;
                }
            };
            if let Err(error) = ended {
                tracing::debug!(error = %error, "a connection ended early");
            }
        });
    }
}

/// Comes when the process is told to stop: SIGTERM or SIGINT.
///
/// # Errors
/// When the operating system does not let us listen for signals.
pub fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
