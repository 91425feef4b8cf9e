//! URLs that may be asked for, before anything is known of addresses.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Empty;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Position, Url};

use crate::Refused;

const USER_AGENT: &str = concat!("Rollcall/", env!("CARGO_PKG_VERSION"));

/// A URL whose scheme, port and user part are in order.
#[derive(Debug)]
pub(crate) struct Target {
    url: Url,
    host: Host,
    port: u16,
}

impl Target {
    pub(crate) fn parse(text: &str) -> Result<Self, Refused> {
        Self::check(Url::parse(text).map_err(|_| Refused::Url)?)
    }

    /// Where a redirect leads.
    pub(crate) fn join(&self, location: &[u8]) -> Result<Self, Refused> {
        let location = std::str::from_utf8(location).map_err(|_| Refused::Url)?;
        let next = Self::check(self.url.join(location).map_err(|_| Refused::Url)?)?;
        if self.is_secure() && !next.is_secure() {
            return Err(Refused::Downgrade);
        }
        Ok(next)
    }

    fn check(url: Url) -> Result<Self, Refused> {
        if !["http", "https"].contains(&url.scheme()) {
            return Err(Refused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let host = url.host().ok_or(Refused::Url)?.to_owned();
        let port = url.port_or_known_default().ok_or(Refused::Port)?;
        if !matches!(port, 80 | 443 | 1024..) {
            return Err(Refused::Port);
        }
        Ok(Self { url, host, port })
    }

    /// As the `url` crate reads it: every spelling of an IPv4 address (`0x7f.1`, `017700000001`, `2130706433`,
    /// full-width digits) is an address here, not a name.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whom the certificate must name.
    pub(crate) fn server_name(&self) -> Result<ServerName<'static>, Refused> {
        match &self.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| Refused::Url),
            Host::Ipv4(address) => Ok(ServerName::from(std::net::IpAddr::V4(*address))),
            Host::Ipv6(address) => Ok(ServerName::from(std::net::IpAddr::V6(*address))),
        }
    }

    pub(crate) fn request(&self) -> Result<Request<Empty<Bytes>>, Refused> {
        Request::get(&self.url[Position::BeforePath..Position::AfterQuery])
            .header(header::HOST, &self.url[Position::BeforeHost..Position::AfterPort])
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::ACCEPT, "*/*")
            .header(header::ACCEPT_ENCODING, "identity")
            .header(header::CONNECTION, "close")
            .body(Empty::new())
            .map_err(|_| Refused::Url)
    }
}
