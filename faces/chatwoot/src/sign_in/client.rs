//! Where a request comes from, as far as failed attempts to sign in are counted by it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};

use crate::Settings;

/// The address of the client; that of the connection unless the operator names a header that the proxy in front writes. Of
/// an IPv6 address the network, within which a client can have as many as it likes.
pub(super) fn address(request: &Request, settings: &Settings) -> String {
    let told = settings.client_address_header.as_ref().and_then(|name| {
        let line = request.headers().get_all(name).iter().next_back()?.to_str().ok()?;
        // What stands before the last comma is what the client itself may have sent.
        line.rsplit(',').next()?.trim().parse().ok()
    });
    let connected = || {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        Some(peer.ip())
    };
    told.or_else(connected).map(network).unwrap_or_default()
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::HeaderName;

    use super::*;

    fn request(headers: &[&str]) -> Request {
        let mut request = Request::builder();
        for value in headers {
            request = request.header("x-forwarded-for", *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = "192.0.2.7:5".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    #[test]
    fn a_header_counts_only_when_the_operator_says_so() {
        let silent = Settings::default();
        let trusting = Settings {
            client_address_header: Some(HeaderName::from_static("x-forwarded-for")),
            ..Settings::default()
        };
        assert_eq!(address(&request(&["198.51.100.1"]), &silent), "192.0.2.7");
        for (headers, expected) in [
            (["198.51.100.1"].as_slice(), "198.51.100.1"),
            (&["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (&["203.0.113.9", "198.51.100.2"], "198.51.100.2"),
            (&["no address"], "192.0.2.7"),
            (&[], "192.0.2.7"),
        ] {
            assert_eq!(address(&request(headers), &trusting), expected, "{headers:?}");
        }
        assert_eq!(address(&Request::new(Body::empty()), &silent), "");
    }

    #[test]
    fn a_network_is_one_client() {
        for (address, expected) in [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }
}
