//! Auth tokens: what an end user's client logs in with.

use crate::SealedSecret;

/// A token about to be stored.
#[derive(Clone, Debug)]
pub struct NewAuthToken {
    /// The token, sealed.
    pub secret: SealedSecret,
}
