//! Who may do what: one table.

use rollcall_model::{Actor, CredentialKind, Error, Result, Via};

/// Something that can be allowed or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
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
    /// Make, list or revoke credentials.
    ManageCredentials,
}

impl Action {
    /// Every action, for the test of the whole matrix.
    pub const ALL: [Self; 7] = [
        Self::CreateUser,
        Self::UpdateUser,
        Self::ReadUser,
        Self::ListUsers,
        Self::SwitchUser,
        Self::DeleteUser,
        Self::ManageCredentials,
    ];
}

/// Whether the actor may do it.
#[must_use]
pub fn allows(actor: &Actor, action: Action) -> bool {
    match actor.via {
        Via::Operator => true,
        Via::Credential { id: _, kind } => match kind {
            CredentialKind::FullAccess => true,
            // The vendor's pages contradict each other; this is what its SDKs need (docs/faces/cometchat.md).
            CredentialKind::AuthOnly => matches!(action, Action::CreateUser | Action::UpdateUser),
            // Their faces are not there yet.
            CredentialKind::Platform | CredentialKind::Klaim => false,
        },
    }
}

/// Goes on only if the actor may do it.
///
/// # Errors
/// [`Error::Denied`] otherwise.
pub fn require(actor: &Actor, action: Action) -> Result<()> {
    if allows(actor, action) {
        Ok(())
    } else {
        Err(Error::Denied)
    }
}
