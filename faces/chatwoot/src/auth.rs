//! Who calls: a platform app, by the token in a header (reference §2 and §3).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::HttpBody;
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::request::Parts;
use rollcall_directory::{Directory, credentials};
use rollcall_http::body;
use rollcall_http::params::{self, Limits};
use rollcall_model::{Actor, CredentialKind, Error, Via};
use tokio::sync::OwnedSemaphorePermit;

use crate::Face;
use crate::fault::Fault;

/// Both spellings: what stands before the vendor's server makes one of them.
const HEADERS: [&str; 2] = ["api_access_token", "api-access-token"];

/// The genuine caller of a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) Actor);

/// A handler behind the gate, which lets genuine callers through.
#[derive(Clone, Debug)]
pub(crate) struct Gated<H> {
    /// How large the body may be.
    pub(crate) limits: Limits,
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
        let mut caller = match identify(&face.directory, request.headers()).await {
            Ok(caller) => caller,
            Err(fault) => {
                let mut response = fault.into_response();
                body::leave_unread(&request, &mut response);
                return response;
            }
        };
        let _room = match room(&request, self.limits, &face) {
            Ok(room) => room,
            Err(fault) => {
                let mut response = fault.into_response();
                body::leave_unread(&request, &mut response);
                return response;
            }
        };
        // Whoever was thrown out while the body arrived must not be let through on what was true before.
        if body::is_coming(&request) && params::arrive(&mut request, self.limits).await {
            caller = match Box::pin(identify(&face.directory, request.headers())).await {
                Ok(caller) => caller,
                Err(fault) => return fault.into_response(),
            };
        }
        request.extensions_mut().insert(caller);
        self.handler.call(request, face).await
    }
}

/// Room for a body with a picture, to be kept until the request is handled; nothing for bodies that have none.
fn room(request: &Request, limits: Limits, face: &Face) -> Result<Option<OwnedSemaphorePermit>, Fault> {
    let small = |length| usize::try_from(length).is_ok_and(|length| length <= limits.text);
    if limits.file == 0 || request.body().size_hint().upper().is_some_and(small) {
        return Ok(None);
    }
    let permit = Arc::clone(&face.uploads).try_acquire_owned();
    permit.map(Some).map_err(|_| Error::Busy.into())
}

async fn identify(directory: &Directory, headers: &HeaderMap) -> Result<Caller, Fault> {
    let sent = HEADERS.iter().filter_map(|name| headers.get(*name)?.to_str().ok());
    let token = sent
        .map(str::trim)
        .find(|token| !token.is_empty())
        .ok_or_else(Fault::unknown_token)?;
    let verified = credentials::verify(directory, token).await?;
    let verified = verified.filter(|verified| CredentialKind::PLATFORM_APPS.contains(&verified.kind));
    let verified = verified.ok_or_else(Fault::unknown_token)?;
    let via = Via::Credential { id: verified.id, kind: verified.kind };
    Ok(Caller(Actor { app: verified.app, via, viewer: None }))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let caller = parts.extensions.remove::<Self>();
        caller.ok_or_else(|| Error::Internal("a route has no gate before it".to_owned()).into())
    }
}
