//! A small internet on loopback: what names resolve to, which public address leads to which server, and a record of
//! every connection that was asked for.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures_util::future::{BoxFuture, pending};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::rustls::RootCertStore;

use crate::network::Network;
use crate::{Fetched, Limits, Outbound, Policy, Refused};

/// Enough for every test that is not about limits.
pub(super) const AMPLE: Limits = Limits { bytes: 1000, seconds: 30, redirects: 3 };
/// Nobody's name resolves, or nobody answers at this address, ever.
pub(super) const SILENT_NAME: &str = "silent.test";
pub(super) const SILENT_ADDRESS: &str = "9.9.9.9";

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Every look-up of a name takes the next of its answers; the last one stays.
#[derive(Default)]
pub(super) struct World {
    names: Mutex<HashMap<&'static str, Vec<Vec<IpAddr>>>>,
    servers: Mutex<HashMap<SocketAddr, SocketAddr>>,
    connected: Mutex<Vec<SocketAddr>>,
}

impl World {
    pub(super) fn name(&self, name: &'static str, answers: &[&[&str]]) {
        let answers = answers.iter().map(|answer| answer.iter().map(|text| ip(text)).collect());
        self.names.lock().unwrap().insert(name, answers.collect());
    }

    pub(super) fn lead(&self, from: &str, to: SocketAddr) {
        self.servers.lock().unwrap().insert(from.parse().unwrap(), to);
    }

    pub(super) fn connected(&self) -> Vec<String> {
        self.connected.lock().unwrap().iter().map(ToString::to_string).collect()
    }
}

impl Network for World {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        if name == SILENT_NAME {
            return Box::pin(pending());
        }
        let mut names = self.names.lock().unwrap();
        let answer = match names.get_mut(name) {
            Some(answers) if answers.len() > 1 => Ok(answers.remove(0)),
            Some(answers) => Ok(answers[0].clone()),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        Box::pin(async move { answer })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<TcpStream>> {
        self.connected.lock().unwrap().push(address);
        if address.ip() == ip(SILENT_ADDRESS) {
            return Box::pin(pending());
        }
        match self.servers.lock().unwrap().get(&address) {
            Some(server) => Box::pin(TcpStream::connect(*server)),
            None => Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) }),
        }
    }
}

/// An outbound in that world which holds to public addresses and trusts these roots.
pub(super) fn outbound(world: &Arc<World>, roots: RootCertStore) -> Outbound {
    Outbound::with(Policy { allow_private: false }, Arc::clone(world) as Arc<dyn Network>, roots).unwrap()
}

pub(super) async fn get(world: &Arc<World>, url: &str, limits: Limits) -> Result<Fetched, Refused> {
    outbound(world, RootCertStore::empty()).get(url, limits).await
}

/// A server on loopback, which ends with this value.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) heads: Arc<Mutex<Vec<String>>>,
    _task: JoinSet<()>,
}

/// Hands every connection to `serve`.
pub(super) async fn listen<F>(
    serve: impl Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> F + Send + 'static,
) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&heads);
    let mut task = JoinSet::new();
    task.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            connections.spawn(serve(stream, Arc::clone(&recorded)));
        }
    });
    Server { address, heads, _task: task }
}

/// Answers every request with these bytes and closes.
pub(super) async fn answering(answer: impl Into<Vec<u8>>) -> Server {
    let answer = Arc::new(answer.into());
    listen(move |mut stream, heads| {
        let answer = Arc::clone(&answer);
        async move {
            let head = head(&mut stream).await;
            heads.lock().unwrap().push(head);
            // A client that has seen enough may have gone.
            let _ = stream.write_all(&answer).await;
        }
    })
    .await
}

/// Reads a request's head, or what comes instead until the end.
pub(super) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A complete answer.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// A redirect.
pub(super) fn redirect(status: u16, location: &str) -> String {
    answer(&format!("{status} Elsewhere"), &format!("location: {location}\r\n"), "")
}
