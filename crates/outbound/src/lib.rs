//! Requests to URLs that somebody else chose: public addresses only, so much and no more, so long and no longer.
//!
//! A name is resolved once; what it resolves to is checked, and the connection goes to the very address that was
//! checked. Each redirect begins anew. No proxy, no cookie, no decompression; a connection serves one request.

mod address;
mod exchange;
mod network;
mod refused;
mod target;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Host;

pub use crate::refused::Refused;

use crate::address::Reach;
use crate::exchange::{Answer, exchange};
use crate::network::{Network, System};
use crate::target::Target;

/// How many addresses of one name are tried.
const ADDRESSES: usize = 6;
/// How long one address may take to accept a connection, so that a dead one leaves time for the next.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Where requests may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether loopback, private (RFC 1918), shared (100.64.0.0/10) and unique local addresses may be reached: for
    /// tests, and for networks in which everybody who may name a URL may reach every service anyway. Link-local
    /// addresses, those of cloud metadata services and whatever else is no public host stay refused.
    pub allow_private: bool,
}

/// What one call of [`Outbound::get`] may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest body.
    pub bytes: usize,
    /// From the call to the last byte of the body, redirects included.
    pub seconds: u64,
    /// How many redirects are followed.
    pub redirects: u8,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What the server says that it is; nobody has checked it.
    pub content_type: Option<String>,
    /// The body.
    pub bytes: Bytes,
}

/// Makes requests to public addresses. Clones share what they hold.
#[derive(Clone)]
pub struct Outbound {
    policy: Policy,
    network: Arc<dyn Network>,
    tls: TlsConnector,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Outbound {
    /// Reads the system's certificates, once: from `SSL_CERT_FILE` and `SSL_CERT_DIR` if set, else where the system
    /// keeps them. Where there are none, `https` is refused and a warning says so.
    ///
    /// # Errors
    /// When TLS cannot be set up at all.
    pub fn new(policy: Policy) -> io::Result<Self> {
        Self::with(policy, Arc::new(System), system_roots())
    }

    fn with(policy: Policy, network: Arc<dyn Network>, roots: RootCertStore) -> io::Result<Self> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { policy, network, tls })
    }

    /// Fetches an `http` or `https` URL without credentials in it, from port 80, 443 or one above 1023: the others
    /// belong to services that are not spoken to in HTTP, and that nobody shall make us talk to.
    ///
    /// Only an answer 200 is one. A redirect is followed unless it leads from `https` to `http`.
    ///
    /// # Errors
    /// See [`Refused`]. What is refused may tell what names exist in our network: log it, but do not show it to
    /// whoever chose the URL.
    pub async fn get(&self, url: &str, limits: Limits) -> Result<Fetched, Refused> {
        timeout(Duration::from_secs(limits.seconds), self.follow(url, limits))
            .await
            .unwrap_or(Err(Refused::Late))
    }

    async fn follow(&self, url: &str, limits: Limits) -> Result<Fetched, Refused> {
        let mut target = Target::parse(url)?;
        for _ in 0..=limits.redirects {
            match self.ask(&target, limits.bytes).await? {
                Answer::Here(fetched) => return Ok(fetched),
                Answer::Elsewhere(location) => target = target.join(&location)?,
            }
        }
        Err(Refused::Redirects)
    }

    async fn ask(&self, target: &Target, most: usize) -> Result<Answer, Refused> {
        let request = target.request()?;
        let stream = self.connect(target).await?;
        if !target.is_secure() {
            return exchange(stream, request, most).await;
        }
        let connecting = self.tls.connect(target.server_name()?, stream);
        exchange(connecting.await.map_err(Refused::Tls)?, request, most).await
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, Refused> {
        let mut last = Refused::Address;
        for address in self.addresses(target).await? {
            let connecting = self.network.connect(SocketAddr::new(address, target.port()));
            last = match timeout(ATTEMPT, connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => Refused::Unreachable(error),
                Err(_) => Refused::Unreachable(io::ErrorKind::TimedOut.into()),
            };
        }
        Err(last)
    }

    /// Those addresses of the host that may be connected to.
    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, Refused> {
        let mut addresses = match target.host() {
            Host::Domain(name) => self.network.resolve(name).await.map_err(Refused::Unresolved)?,
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
        };
        addresses.retain(|address| self.may_reach(*address));
        addresses.truncate(ADDRESSES);
        Ok(addresses)
    }

    fn may_reach(&self, address: IpAddr) -> bool {
        match address::reach(address) {
            Reach::Public => true,
            Reach::Private => self.policy.allow_private,
            Reach::Never => false,
        }
    }
}

fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        tracing::warn!(errors = ?found.errors, "no root certificates found: https URLs cannot be fetched");
    }
    roots
}
