//! Roles: every user of an app has exactly one.

use crate::patch::changed_fields;
use crate::{Document, Feature, Millis, Patch, Permission, PermissionValue, RoleId};

/// The role that every app is born with and that a user gets when none is named.
pub const DEFAULT_ROLE: &str = "default";

/// Whom a role lets its holders reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    All,
    /// Friends.
    FriendsOnly,
}

impl Audience {
    /// The name under which it is stored, which is CometChat's own.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::FriendsOnly => "friendsOnly",
        }
    }

    /// The audience of this name, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::FriendsOnly]
            .into_iter()
            .find(|audience| audience.as_str() == text)
    }
}

/// A role of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id, unique in the app.
    pub role: RoleId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Free-form document.
    pub metadata: Option<Document>,
    /// Whom its holders can list.
    pub list_users: Option<Audience>,
    /// Whom its holders can write to.
    pub send_messages_to: Option<Audience>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed; nothing before the first change.
    pub updated_at: Option<Millis>,
}

/// A role about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRole {
    /// Its id, unique in the app.
    pub role: RoleId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Free-form document.
    pub metadata: Option<Document>,
    /// Whom its holders can list.
    pub list_users: Option<Audience>,
    /// Whom its holders can write to.
    pub send_messages_to: Option<Audience>,
}

/// What a role says about its holders: settings, restricted features, permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleRules {
    /// Whom they can list.
    pub list_users: Option<Audience>,
    /// Whom they can write to.
    pub send_messages_to: Option<Audience>,
    /// What they cannot do.
    pub restricted: Vec<Feature>,
    /// What differs from the defaults.
    pub permissions: Vec<(Permission, PermissionValue)>,
}

/// A change of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolePatch {
    /// Its name for people; it cannot be cleared.
    pub name: Patch<String>,
    /// What it is for.
    pub description: Patch<String>,
    /// Free-form document, replaced whole.
    pub metadata: Patch<Document>,
    /// Whom its holders can list.
    pub list_users: Patch<Audience>,
    /// Whom its holders can write to.
    pub send_messages_to: Patch<Audience>,
}

impl RolePatch {
    /// The names of the fields that change, comma separated: what the event records.
    #[must_use]
    pub fn fields(&self) -> String {
        let Self { name, description, metadata, list_users, send_messages_to } = self;
        let changes = [
            (name.is_change(), "name"),
            (description.is_change(), "description"),
            (metadata.is_change(), "metadata"),
            (list_users.is_change(), "list_users"),
            (send_messages_to.is_change(), "send_messages_to"),
        ];
        changed_fields(&changes)
    }
}
