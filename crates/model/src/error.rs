//! What can go wrong, in words of the directory. Each face has a table that turns these into its vendor's own.

use crate::{AppId, Uid};

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a use case did not happen. Nothing was changed when one of these comes back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No app has this id.
    #[error("there is no app {0}")]
    AppNotFound(AppId),
    /// The app id is taken.
    #[error("there is already an app {0}")]
    AppExists(AppId),
    /// The app has no credential like this.
    #[error("the app has no such credential")]
    CredentialNotFound,
    /// The app has no active user of this uid. Holds the uid as asked for, in lower case.
    #[error("there is no user {0}")]
    UserNotFound(String),
    /// The uid is taken, be it as uid or as another identifier of some user.
    #[error("the uid {0} is taken")]
    UidTaken(Uid),
    /// The app has no role of this id.
    #[error("there is no role {0}")]
    RoleNotFound(String),
    /// The credential is genuine but does not reach this far.
    #[error("the credential does not allow this")]
    Denied,
    /// Too much is waiting already; nothing was started.
    #[error("the server is busy; try again shortly")]
    Busy,
    /// The database did not take or confirm the work; it is not known to have happened.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Our fault.
    #[error("internal error: {0}")]
    Internal(String),
}
