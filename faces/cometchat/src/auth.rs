//! Who calls: the app from key, header and host; the API key or the user's auth token; the rate limit; and the user in
//! whose place a key acts (reference §1, §2 and §4).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Uri, header};
use rollcall_directory::authz::{self, Action};
use rollcall_directory::{Directory, apps, auth_tokens, credentials, users};
use rollcall_http::body;
use rollcall_http::limits::{Class, Standing};
use rollcall_model::{Actor, AppId, CredentialKind, Error, Limits, Uid, Via};

use crate::fault::Fault;
use crate::{Face, MAX_BODY};

static API_KEY: HeaderName = HeaderName::from_static("apikey");
static AUTH_TOKEN: HeaderName = HeaderName::from_static("authtoken");
static APP_ID: HeaderName = HeaderName::from_static("appid");
static ON_BEHALF_OF: HeaderName = HeaderName::from_static("onbehalfof");

/// The genuine caller of a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    actor: Actor,
    /// Whom a key acts for, as the header names it.
    on_behalf_of: Option<String>,
}

/// A handler behind the gate: it lets genuine callers through, so many in a minute. A handler of its own rather than a
/// layer, which would cost every request a tenth of its time in boxes.
#[derive(Clone, Debug)]
pub(crate) struct Gated<H> {
    pub(crate) class: Class,
    pub(crate) handler: H,
}

impl<H, T> Handler<T, Face> for Gated<H>
where
    H: Handler<T, Face>,
    T: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, face: Face) -> Self::Future {
        Box::pin(self.admit(request, face))
    }
}

impl<H> Gated<H> {
    async fn admit<T>(self, mut request: Request, face: Face) -> Response
    where
        H: Handler<T, Face>,
    {
        let Self { class, handler } = self;
        let (mut caller, own) = match identify(&face.directory, request.headers(), request.uri()).await {
            Ok(identified) => identified,
            Err(fault) => return refuse(&request, fault),
        };
        let own = match class {
            Class::Core => own.core,
            Class::Standard => own.standard,
        };
        let standing = face.limits.count(caller.actor.app.as_str(), class, own);
        let mut response = match standing {
            Some(Standing { refused: Some(refused), .. }) => refuse(&request, Fault::too_many(refused.after)),
            _ => {
                // Whoever was thrown out while the body arrived must not be let through on what was true before.
                if body::is_coming(&request) && body::arrive(&mut request, MAX_BODY).await {
                    let again = Box::pin(identify(&face.directory, request.headers(), request.uri()));
                    caller = match again.await {
                        Ok((caller, _)) => caller,
                        Err(fault) => return fault.into_response(),
                    };
                }
                request.extensions_mut().insert(caller);
                handler.call(request, face).await
            }
        };
        if let Some(standing) = standing {
            standing.write(response.headers_mut());
        }
        response
    }
}

/// The answer to a request whose body is not read.
fn refuse(request: &Request, fault: Fault) -> Response {
    let mut response = fault.into_response();
    body::leave_unread(request, &mut response);
    response
}

async fn identify(directory: &Directory, headers: &HeaderMap, uri: &Uri) -> Result<(Caller, Limits), Fault> {
    let claimed = claimed_app(headers, uri)?;
    let (actor, limits) = match (text(headers, &API_KEY).unwrap_or_default(), text(headers, &AUTH_TOKEN)) {
        ("", None) => {
            Box::pin(require_app(directory, claimed.as_ref())).await?;
            return Err(Fault::empty_api_key());
        }
        ("", Some(token)) => Box::pin(user(directory, claimed, token)).await?,
        (key, _) => holder(directory, claimed, key).await?,
    };
    let on_behalf_of = text(headers, &ON_BEHALF_OF).filter(|named| !named.is_empty());
    Ok((Caller { actor, on_behalf_of: on_behalf_of.map(str::to_owned) }, limits))
}

/// Whoever holds an API key.
async fn holder(directory: &Directory, claimed: Option<AppId>, key: &str) -> Result<(Actor, Limits), Fault> {
    let verified = credentials::verify(directory, key).await?.filter(|verified| {
        matches!(verified.kind, CredentialKind::FullAccess | CredentialKind::AuthOnly)
            && claimed.as_ref().is_none_or(|app| *app == verified.app)
    });
    let Some(verified) = verified else {
        Box::pin(require_app(directory, claimed.as_ref())).await?;
        return Err(Fault::unknown_api_key(key));
    };
    let via = Via::Credential { id: verified.id, kind: verified.kind };
    Ok((Actor { app: verified.app, via, viewer: None }, verified.limits))
}

/// A user with an auth token. The token does not say of which app it is.
async fn user(directory: &Directory, claimed: Option<AppId>, token: &str) -> Result<(Actor, Limits), Fault> {
    let app = claimed.ok_or_else(Fault::empty_app_id)?;
    let holder = match token {
        "" => None,
        token => auth_tokens::verify(directory, &app, token).await?,
    };
    let Some(holder) = holder else {
        require_app(directory, Some(&app)).await?;
        return Err(if token.is_empty() {
            Fault::empty_auth_token()
        } else {
            Fault::unknown_auth_token()
        });
    };
    let via = Via::AuthToken { id: holder.token };
    Ok((Actor { app, via, viewer: Some(holder.viewer) }, holder.limits))
}

/// That the app, if one is named, is what is wrong comes first.
async fn require_app(directory: &Directory, claimed: Option<&AppId>) -> Result<(), Fault> {
    if let Some(app) = claimed {
        apps::find(directory, app).await?;
    }
    Ok(())
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let caller = parts.extensions.remove::<Self>();
        caller.ok_or_else(|| Error::Internal("a route has no gate before it".to_owned()).into())
    }
}

impl Caller {
    /// The actor, if it may do this. The use case asks again; asking here keeps a caller without the right from
    /// learning what it thinks of the rest of the request.
    pub(crate) async fn may(self, directory: &Arc<Directory>, action: Action) -> Result<Actor, Fault> {
        let Self { mut actor, on_behalf_of } = self;
        authz::require_scope(&actor, action)?;
        if let Some(named) = on_behalf_of {
            let uid = Uid::parse(&named).map_err(|_| Error::UserNotFound(named.to_lowercase()))?;
            match &actor.viewer {
                // A user acts for nobody else.
                Some(viewer) if viewer.uid != uid => return Err(Error::Forbidden.into()),
                Some(_) => {}
                None => actor.viewer = Some(Box::pin(users::viewer(directory, &actor.app, &uid)).await?),
            }
        }
        authz::require(&actor, action)?;
        Ok(actor)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // What is no text is no key, app id or uid either: an illegal character makes it unknown.
    headers.get(name).map(|value| value.to_str().map_or("\u{fffd}", str::trim))
}

/// The app that the request names, in the header, in the host or in both alike.
fn claimed_app(headers: &HeaderMap, uri: &Uri) -> Result<Option<AppId>, Fault> {
    let in_header = match text(headers, &APP_ID) {
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
