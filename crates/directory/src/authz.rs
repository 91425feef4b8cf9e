//! Who may do what: two tables, one for credentials and one for the user who acts.
//!
//! What a user may do is narrowed further by the role: see [`crate::policy`].

use rollcall_model::{Actor, CredentialKind, Error, Result, Uid, Via};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Something that can be allowed or denied.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// Every action, for the test of the whole matrix.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

actions! {
    /// Make a user.
    CreateUser,
    /// Change a user's record.
    UpdateUser,
    /// Read one user.
    ReadUser,
    /// List or count users.
    ListUsers,
    /// Deactivate or reactivate users.
    SwitchUser,
    /// Remove a user for good.
    DeleteUser,
    /// Make an auth token for a user.
    CreateAuthToken,
    /// List a user's auth tokens.
    ListAuthTokens,
    /// Read one auth token.
    ReadAuthToken,
    /// Change what is known of the device behind an auth token.
    UpdateAuthToken,
    /// Delete one auth token: log out.
    DeleteAuthToken,
    /// Delete all auth tokens of a user.
    FlushAuthTokens,
    /// List a user's friends.
    ListFriends,
    /// Make users friends of a user.
    AddFriends,
    /// End friendships of a user.
    RemoveFriends,
    /// List whom a user has blocked.
    ListBlocks,
    /// Block users for a user.
    Block,
    /// Unblock users for a user.
    Unblock,
    /// Make, read, change or remove roles, and what they may do.
    ManageRoles,
    /// Read figures about the app.
    ReadStats,
    /// Make, list, change or revoke credentials.
    ManageCredentials,
    /// Make a login link for a user.
    CreateLoginLink,
    /// Make, read, list, change or remove accounts.
    ManageAccounts,
    /// List, set or end memberships.
    ManageMemberships,
    /// Make, read, list, change or remove agent bots.
    ManageAgentBots,
    /// Read a user's credit balance and the ledger of its changes.
    ReadCredits,
    /// Change a user's credit balance.
    ChangeCredits,
}

/// How far a user who acts gets with an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is not for users.
    Nobody,
    /// On oneself.
    Oneself,
    /// On everybody in the app.
    Everybody,
}

/// Whether the credential, or whatever proved the right to act, opens this.
#[must_use]
pub fn opens(via: Via, action: Action) -> bool {
    match via {
        Via::Operator => true,
        // What the user behind it may do is asked separately.
        Via::AuthToken { id: _ } => is_of_cometchat(action),
        Via::Credential { id: _, kind } => match kind {
            CredentialKind::FullAccess => is_of_cometchat(action),
            // The vendor's pages contradict each other; this is what its SDKs need (docs/faces/cometchat.md).
            CredentialKind::AuthOnly => {
                matches!(action, Action::CreateUser | Action::UpdateUser | Action::CreateAuthToken)
            }
            // Which objects, is asked separately.
            CredentialKind::Platform | CredentialKind::OwnPlatform => matches!(
                action,
                Action::CreateUser
                    | Action::ReadUser
                    | Action::UpdateUser
                    | Action::DeleteUser
                    | Action::CreateLoginLink
                    | Action::ManageAccounts
                    | Action::ManageMemberships
                    | Action::ManageAgentBots
            ),
            CredentialKind::Klaim => matches!(
                action,
                Action::CreateUser
                    | Action::ReadUser
                    | Action::UpdateUser
                    | Action::ListUsers
                    | Action::ReadCredits
                    | Action::ChangeCredits
            ),
        },
    }
}

/// Whether CometChat's API has this at all.
fn is_of_cometchat(action: Action) -> bool {
    match action {
        Action::CreateLoginLink
        | Action::ManageAccounts
        | Action::ManageMemberships
        | Action::ManageAgentBots
        | Action::ReadCredits
        | Action::ChangeCredits => false,
        Action::CreateUser
        | Action::UpdateUser
        | Action::ReadUser
        | Action::ListUsers
        | Action::SwitchUser
        | Action::DeleteUser
        | Action::CreateAuthToken
        | Action::ListAuthTokens
        | Action::ReadAuthToken
        | Action::UpdateAuthToken
        | Action::DeleteAuthToken
        | Action::FlushAuthTokens
        | Action::ListFriends
        | Action::AddFriends
        | Action::RemoveFriends
        | Action::ListBlocks
        | Action::Block
        | Action::Unblock
        | Action::ManageRoles
        | Action::ReadStats
        | Action::ManageCredentials => true,
    }
}

/// How far a user who acts gets.
#[must_use]
pub fn reach(action: Action) -> Reach {
    match action {
        Action::ReadUser | Action::ListUsers => Reach::Everybody,
        Action::UpdateUser
        | Action::ReadAuthToken
        | Action::UpdateAuthToken
        | Action::DeleteAuthToken
        | Action::ListFriends
        | Action::AddFriends
        | Action::RemoveFriends
        | Action::ListBlocks
        | Action::Block
        | Action::Unblock => Reach::Oneself,
        Action::CreateUser
        | Action::SwitchUser
        | Action::DeleteUser
        | Action::CreateAuthToken
        | Action::ListAuthTokens
        | Action::FlushAuthTokens
        | Action::ManageRoles
        | Action::ReadStats
        | Action::ManageCredentials
        | Action::CreateLoginLink
        | Action::ManageAccounts
        | Action::ManageMemberships
        | Action::ManageAgentBots
        | Action::ReadCredits
        | Action::ChangeCredits => Reach::Nobody,
    }
}

/// Goes on only if the credential opens this.
///
/// # Errors
/// [`Error::Denied`] otherwise.
pub fn require_scope(actor: &Actor, action: Action) -> Result<()> {
    if opens(actor.via, action) {
        Ok(())
    } else {
        Err(Error::Denied)
    }
}

/// Goes on only if the actor may do this at all, be it only on the user who acts.
///
/// # Errors
/// [`Error::Denied`] or, when it is the user who may not, [`Error::Forbidden`].
pub fn require(actor: &Actor, action: Action) -> Result<()> {
    require_scope(actor, action)?;
    let is_user = match actor.via {
        Via::AuthToken { id: _ } => is_of_cometchat(action),
        Via::Credential { id: _, kind: _ } | Via::Operator => actor.viewer.is_some(),
    };
    match reach(action) {
        Reach::Nobody if is_user => Err(Error::Forbidden),
        Reach::Nobody | Reach::Oneself | Reach::Everybody => Ok(()),
    }
}

/// Goes on only if the actor may do this to the user of this uid.
///
/// # Errors
/// As [`require`].
pub fn require_on(actor: &Actor, action: Action, uid: &Uid) -> Result<()> {
    require(actor, action)?;
    let Some(viewer) = &actor.viewer else { return Ok(()) };
    match reach(action) {
        Reach::Everybody => Ok(()),
        Reach::Oneself if viewer.uid == *uid => Ok(()),
        Reach::Oneself | Reach::Nobody => Err(Error::Forbidden),
    }
}
