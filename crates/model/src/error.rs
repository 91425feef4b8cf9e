//! What can go wrong, in words of the directory. Each face has a table that turns these into its vendor's own.

use crate::{AppId, MAX_FRIENDS, Permissible, Quota, RoleId, Uid};

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
    /// The app has no active user of this name. Holds the uid in lower case, the number or the `user_id`, as asked for.
    #[error("there is no user {0}")]
    UserNotFound(String),
    /// The uid is taken, be it as uid or as another identifier of some user.
    #[error("the uid {0} is taken")]
    UidTaken(Uid),
    /// The `user_id` is another user's, or the Klaim id of one.
    #[error("the user_id {0} is taken")]
    UserIdTaken(String),
    /// The e-mail address is another user's, active or not.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The user's custom attributes would have more than [`MAX_ATTRIBUTES`](crate::MAX_ATTRIBUTES) bytes.
    #[error("the custom attributes would be too large")]
    AttributesTooLarge,
    /// The user has no e-mail address, which this needs.
    #[error("the user has no e-mail address")]
    NoEmail,
    /// The app has no such account, agent bot or other object of a platform app.
    #[error("there is no {0}")]
    ObjectNotFound(Permissible),
    /// The object is there, but the platform app has not made, adopted or been granted it.
    #[error("the {0} is not this platform app's")]
    NotPermissible(Permissible),
    /// Something refers to a user that the app does not have.
    #[error("the user must exist")]
    UserMustExist,
    /// Something refers to an account that the app does not have.
    #[error("the account must exist")]
    AccountMustExist,
    /// A login link is unknown, used, too old or another user's; or a session is.
    #[error("the login is not valid")]
    LoginRefused,
    /// The balance does not suffice.
    #[error("the credit balance does not suffice")]
    NotEnoughCredits,
    /// The balance would be larger than one may be.
    #[error("the credit balance would be too large")]
    TooManyCredits,
    /// The app has no role of this id.
    #[error("there is no role {0}")]
    RoleNotFound(String),
    /// The app has a role of this id already.
    #[error("there is already a role {0}")]
    RoleTaken(RoleId),
    /// The default role cannot be removed.
    #[error("the role {0} cannot be deleted")]
    RoleProtected(RoleId),
    /// A credential cannot change or revoke itself.
    #[error("a credential cannot change itself")]
    OwnCredential,
    /// The user has no such auth token.
    #[error("the user has no such auth token")]
    AuthTokenNotFound,
    /// The auth token is another one than that which the user came with.
    #[error("the auth token belongs to another device")]
    AuthTokenElsewhere,
    /// The auth token is another user's.
    #[error("the auth token belongs to another user")]
    AuthTokenForeign,
    /// The app has as many of these as it may have.
    #[error("the app has {0} already, which is the limit")]
    QuotaReached(Quota),
    /// The two are friends already. Holds the other's uid.
    #[error("{0} is a friend already")]
    AlreadyFriend(Uid),
    /// The two are no friends. Holds the other's uid as asked for.
    #[error("{0} is not a friend")]
    NotAFriend(String),
    /// Nobody is a friend of oneself.
    #[error("users cannot befriend themselves")]
    OwnFriend,
    /// This user has as many friends as one may have.
    #[error("{0} has {MAX_FRIENDS} friends, which is the limit")]
    TooManyFriends(Uid),
    /// Nobody blocks oneself.
    #[error("users cannot block themselves")]
    OwnBlock,
    /// The credential is genuine but does not reach this far.
    #[error("the credential does not allow this")]
    Denied,
    /// The user who acts may not do this.
    #[error("the user is not allowed to do this")]
    Forbidden,
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
