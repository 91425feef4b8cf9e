//! Why nothing was fetched.

use std::error::Error;
use std::io;

/// Why nothing was fetched. None of these texts holds the URL or an address.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Not a URL.
    #[error("not a URL")]
    Url,
    /// Neither `http` nor `https`.
    #[error("neither http nor https")]
    Scheme,
    /// There is a user name or a password in the URL.
    #[error("credentials in the URL")]
    Credentials,
    /// Below 1024 and neither 80 nor 443.
    #[error("a port that is not for HTTP")]
    Port,
    /// The host has no address that the policy allows.
    #[error("not a public address")]
    Address,
    /// The name could not be resolved.
    #[error("the name does not resolve")]
    Unresolved(#[source] io::Error),
    /// No address took the connection.
    #[error("no connection")]
    Unreachable(#[source] io::Error),
    /// The server is not who the URL says, or speaks no TLS that we accept.
    #[error("no trusted TLS connection")]
    Tls(#[source] io::Error),
    /// The server broke off, or what it speaks is no HTTP.
    #[error("no complete HTTP answer")]
    Http(#[source] Box<dyn Error + Send + Sync>),
    /// An answer with this status, which is neither 200 nor a redirect that leads somewhere.
    #[error("answered with status {0}")]
    Status(u16),
    /// More redirects than the limit.
    #[error("too many redirects")]
    Redirects,
    /// A redirect from `https` to `http`.
    #[error("redirected from https to http")]
    Downgrade,
    /// The body is compressed, though we asked for it plain.
    #[error("a compressed body")]
    Encoded,
    /// The body is longer than the limit.
    #[error("too large")]
    TooLarge,
    /// The deadline has passed.
    #[error("too slow")]
    Late,
}
