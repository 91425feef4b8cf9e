//! What a path names.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use rollcall_model::{Error, Whom};

use crate::fault::Fault;

/// The user that the path names, by `user_id` or by `klaim_id`. Nothing when the segment is no text.
#[derive(Debug)]
pub(crate) struct Named(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let segments = RawPathParams::from_request_parts(parts, state).await.ok();
        let named = segments.as_ref().and_then(|segments| segments.iter().next());
        Ok(Self(named.map(|(_, value)| value.to_owned())))
    }
}

impl Named {
    /// The user; a name that cannot be one is the name of nobody, which is said after the body was checked.
    pub(crate) fn whom(self) -> Result<Whom, Fault> {
        match self.0.filter(|named| !named.contains('\0')) {
            Some(named) => Ok(Whom::UserId(named)),
            None => Err(Error::UserNotFound(String::new()).into()),
        }
    }
}
