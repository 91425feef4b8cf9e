//! Who calls: an application, by its bearer key (reference §2).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, header};
use rollcall_directory::{Directory, credentials};
use rollcall_http::body;
use rollcall_model::{Actor, CredentialKind, Error, Via};

use crate::MAX_BODY;
use crate::fault::Fault;

type Core = Arc<Directory>;

/// The genuine caller of a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) Actor);

/// A handler behind the gate, which lets genuine callers through.
#[derive(Clone, Debug)]
pub(crate) struct Gated<H> {
    pub(crate) handler: H,
}

impl<H, T> Handler<T, Core> for Gated<H>
where
    H: Handler<T, Core>,
    T: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, core: Core) -> Self::Future {
        Box::pin(self.admit(request, core))
    }
}

impl<H> Gated<H> {
    async fn admit<T>(self, mut request: Request, core: Core) -> Response
    where
        H: Handler<T, Core>,
    {
        let mut caller = match identify(&core, request.headers()).await {
            Ok(caller) => caller,
            Err(fault) => {
                let mut response = fault.into_response();
                body::leave_unread(&request, &mut response);
                return response;
            }
        };
        // Whoever was thrown out while the body arrived must not be let through on what was true before.
        if body::is_coming(&request) && body::arrive(&mut request, MAX_BODY).await {
            caller = match Box::pin(identify(&core, request.headers())).await {
                Ok(caller) => caller,
                Err(fault) => return fault.into_response(),
            };
        }
        request.extensions_mut().insert(caller);
        self.handler.call(request, core).await
    }
}

async fn identify(directory: &Directory, headers: &HeaderMap) -> Result<Caller, Fault> {
    let key = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| bearer(value.to_str().ok()?));
    let key = key.ok_or_else(Fault::unknown_key)?;
    let verified = credentials::verify(directory, key).await?;
    let verified = verified.filter(|verified| verified.kind == CredentialKind::Klaim);
    let verified = verified.ok_or_else(Fault::unknown_key)?;
    let via = Via::Credential { id: verified.id, kind: verified.kind };
    Ok(Caller(Actor { app: verified.app, via, viewer: None }))
}

/// The key in `Bearer KEY`; the scheme's case does not matter (RFC 9110).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let caller = parts.extensions.remove::<Self>();
        caller.ok_or_else(|| Error::Internal("a route has no gate before it".to_owned()).into())
    }
}
