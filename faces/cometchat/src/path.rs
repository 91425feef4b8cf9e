//! What a path names.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use rollcall_model::{Error, RoleId, Uid};

use crate::fault::Fault;

/// The named segments of a path, decoded. A name that cannot be one is the name of nothing, which is said, as of any
/// other, after the scope and the body were checked.
#[derive(Debug)]
pub(crate) struct Named {
    segments: Option<RawPathParams>,
    /// As the request wrote it, for percent-encoded bytes that are no text.
    written: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let segments = RawPathParams::from_request_parts(parts, state).await.ok();
        let written = match &segments {
            Some(_) => String::new(),
            None => parts.uri.path().split('/').nth(3).unwrap_or_default().to_owned(),
        };
        Ok(Self { segments, written })
    }
}

impl Named {
    /// The segment that the route calls so.
    pub(crate) fn text(&self, name: &str) -> &str {
        let Some(segments) = &self.segments else {
            return &self.written;
        };
        segments.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The user.
    pub(crate) fn uid(&self) -> Result<Uid, Fault> {
        let named = self.text("uid");
        Uid::parse(named).map_err(|_| Fault::unknown_user(&named.to_lowercase()))
    }

    /// The role.
    pub(crate) fn role(&self) -> Result<RoleId, Fault> {
        let named = self.text("role");
        RoleId::parse(named).map_err(|_| Error::RoleNotFound(named.to_lowercase()).into())
    }
}
