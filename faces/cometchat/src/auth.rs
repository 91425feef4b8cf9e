//! Who calls: the app from key, header and host, and the API key itself (reference §1 and §2).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Uri, header};
use rollcall_directory::{Directory, apps, authz, credentials};
use rollcall_model::{Actor, AppId, CredentialKind, Error, Uid, Via};

use crate::fault::Fault;

/// The genuine caller of a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequestParts<Arc<Directory>> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, directory: &Arc<Directory>) -> Result<Self, Fault> {
        let claimed = claimed_app(&parts.headers, &parts.uri)?;
        let key = text(&parts.headers, "apikey").unwrap_or_default();
        if key.is_empty() {
            if let Some(app) = &claimed {
                apps::find(directory, app).await?;
            }
            return Err(Fault::empty_api_key());
        }
        let verified = credentials::verify(directory, key).await?.filter(|verified| {
            matches!(verified.kind, CredentialKind::FullAccess | CredentialKind::AuthOnly)
                && claimed.as_ref().is_none_or(|app| *app == verified.app)
        });
        match (verified, claimed) {
            (Some(verified), _) => {
                let via = Via::Credential { id: verified.id, kind: verified.kind };
                Ok(Self(Actor { app: verified.app, via, viewer: None }))
            }
            (None, None) => Err(Fault::unknown_api_key(key)),
            (None, Some(app)) => {
                apps::find(directory, &app).await?;
                Err(Fault::unknown_api_key(key))
            }
        }
    }
}

impl Caller {
    /// Goes on only if the caller may do this. The use case asks again; asking here keeps a caller without the
    /// right from learning what it thinks of the rest of the request.
    pub(crate) fn may(self, action: authz::Action) -> Result<Actor, Fault> {
        authz::require(&self.0, action)?;
        Ok(self.0)
    }
}

/// The actor, seeing things as the user named in `onBehalfOf`, if any.
pub(crate) fn on_behalf(mut actor: Actor, headers: &HeaderMap) -> Result<Actor, Fault> {
    if let Some(named) = text(headers, "onbehalfof").filter(|named| !named.is_empty()) {
        let viewer = Uid::parse(named).map_err(|_| Error::UserNotFound(named.to_lowercase()))?;
        actor.viewer = Some(viewer);
    }
    Ok(actor)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // What is no text is no key, app id or uid either: an illegal character makes it unknown.
    headers.get(name).map(|value| value.to_str().map_or("\u{fffd}", str::trim))
}

/// The app that the request names, in the header, in the host or in both alike.
fn claimed_app(headers: &HeaderMap, uri: &Uri) -> Result<Option<AppId>, Fault> {
    let in_header = match text(headers, "appid") {
        Some("") => return Err(Fault::empty_app_id()),
        other => other,
    };
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| uri.host());
    let in_host = host.and_then(app_label);
    let parse = |named: &str| AppId::parse(named).map_err(|_| Fault::invalid_app_id(named));
    match (in_header.map(parse).transpose()?, in_host.map(parse).transpose()?) {
        (Some(header), Some(host)) if header != host => Err(Fault::invalid_app_id(header.as_str())),
        (header, host) => Ok(header.or(host)),
    }
}

/// The first label of a host of the form `{appId}.api-…` or `{appId}.apiclient-…`.
fn app_label(host: &str) -> Option<&str> {
    let (app, rest) = host.split_once('.')?;
    let service = rest.split(['.', ':']).next().unwrap_or_default().to_ascii_lowercase();
    (service.starts_with("api-") || service.starts_with("apiclient-")).then_some(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_an_app_only_in_the_vendors_form() {
        let cases = [
            ("shop.api-us.cometchat.io", Some("shop")),
            ("Shop.API-eu.example.test:8080", Some("Shop")),
            ("shop.apiclient-in.example", Some("shop")),
            ("shop.api-local:8080", Some("shop")),
            ("api-us.cometchat.io", None),
            ("shop.apis.example", None),
            ("shop.example.test", None),
            ("127.0.0.1:8080", None),
            ("localhost", None),
            ("", None),
        ];
        for (host, app) in cases {
            assert_eq!(app_label(host), app, "{host}");
        }
    }
}
