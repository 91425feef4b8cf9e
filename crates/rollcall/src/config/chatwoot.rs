//! The settings of Chatwoot's face.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, ensure};
use rollcall_face_chatwoot::Settings;
use serde::Deserialize;
use url::Url;

/// The settings of Chatwoot's face, as the file has them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chatwoot {
    /// Where login links lead; when not set, the address that the server listens on.
    pub frontend_url: Option<String>,
    /// What an account's `support_email` is when it has none of its own.
    pub support_email: Option<String>,
    /// The features that accounts can have.
    pub features: Vec<String>,
    /// The features that a new account has.
    pub default_features: Vec<String>,
    /// The header in which a proxy tells the client's address.
    pub client_address_header: Option<String>,
}

impl Default for Chatwoot {
    fn default() -> Self {
        let Settings {
            frontend_url: _,
            support_email,
            features,
            default_features,
            client_address_header: _,
        } = Settings::default();
        Self {
            frontend_url: None,
            support_email,
            features,
            default_features,
            client_address_header: None,
        }
    }
}

impl Chatwoot {
    /// The same as the face's own settings, on a server that listens on `address`.
    ///
    /// # Errors
    /// When something cannot be used.
    pub fn settings(&self, address: SocketAddr) -> Result<Settings> {
        let Self {
            frontend_url,
            support_email,
            features,
            default_features,
            client_address_header,
        } = self;
        let frontend_url = frontend_url.clone().unwrap_or_else(|| reachable(address));
        let url = Url::parse(&frontend_url).context("chatwoot.frontend_url is not a URL")?;
        ensure!(
            ["http", "https"].contains(&url.scheme()) && url.query().is_none() && url.fragment().is_none(),
            "chatwoot.frontend_url must begin with http:// or https:// and have no ? or #; it is {frontend_url}"
        );
        for feature in default_features {
            ensure!(
                features.contains(feature),
                "chatwoot.default_features names {feature}, which is not among chatwoot.features"
            );
        }
        let header = client_address_header.as_deref().map(str::parse);
        Ok(Settings {
            frontend_url: frontend_url.trim_end_matches('/').to_owned(),
            support_email: support_email.clone(),
            features: features.clone(),
            default_features: default_features.clone(),
            client_address_header: header
                .transpose()
                .context("chatwoot.client_address_header is not the name of a header")?,
        })
    }
}

/// Where a browser on this machine finds a server that listens on this address.
fn reachable(address: SocketAddr) -> String {
    let ip = if address.ip().is_unspecified() {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        address.ip()
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<Settings> {
        let address = "127.0.0.1:8080".parse()?;
        toml::from_str::<Chatwoot>(text)?.settings(address)
    }

    #[test]
    fn the_defaults_are_the_face_s_own() {
        assert_eq!(settings("").unwrap(), Settings::default());
    }

    #[test]
    fn login_links_lead_to_where_the_server_listens() {
        for (address, expected) in [
            ("127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:80", "http://127.0.0.1:80"),
            ("[::1]:81", "http://[::1]:81"),
        ] {
            let settings = Chatwoot::default().settings(address.parse().unwrap()).unwrap();
            assert_eq!(settings.frontend_url, expected);
        }
        let url = settings(r#"frontend_url = "https://chat.example/x/""#).unwrap().frontend_url;
        assert_eq!(url, "https://chat.example/x");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (text, named) in [
            (r#"frontend_url = "chat.example""#, "frontend_url"),
            (r#"frontend_url = "ftp://chat.example""#, "frontend_url"),
            (r#"frontend_url = "https://chat.example/?a=b""#, "frontend_url"),
            (r#"default_features = ["nothing"]"#, "nothing"),
            (r#"client_address_header = "x forwarded""#, "client_address_header"),
            (r#"frontend = "x""#, "frontend"),
        ] {
            let error = format!("{:#}", settings(text).unwrap_err());
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
