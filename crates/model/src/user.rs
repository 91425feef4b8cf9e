//! Users: one person or bot in an app, the same one in every face.

use std::fmt;

use crate::patch::changed_fields;
use crate::{Credits, DEFAULT_ROLE, Document, Email, KlaimId, Millis, Page, Patch, RoleId, Uid, UserKey};

/// A user as the directory keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The number (Chatwoot's `id`).
    pub key: UserKey,
    /// The uid (CometChat).
    pub uid: Uid,
    /// The caller's own identifier (Klaim): any text, changeable, unique in the app.
    pub user_id: String,
    /// Klaim's identifier.
    pub klaim_id: KlaimId,
    /// The name, if one was given; faces that need one show the uid.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<Email>,
    /// URL of the picture.
    pub avatar: Option<String>,
    /// URL of the profile page.
    pub link: Option<String>,
    /// What the user says about being here.
    pub status_message: Option<String>,
    /// The role.
    pub role: RoleId,
    /// CometChat's free-form document.
    pub metadata: Option<Document>,
    /// Tags, in the order given.
    pub tags: Vec<String>,
    /// When the user was last active, if ever.
    pub last_active_at: Option<Millis>,
    /// When the user was made.
    pub created_at: Millis,
    /// When the record was last changed; nothing before the first change.
    pub updated_at: Option<Millis>,
    /// Since when the user is deactivated.
    pub deactivated_at: Option<Millis>,
    /// The name to show to customers (Chatwoot).
    pub display_name: Option<String>,
    /// Chatwoot's free-form document.
    pub custom_attributes: Option<Document>,
    /// Since when the e-mail address counts as the user's own (Chatwoot).
    pub confirmed_at: Option<Millis>,
    /// How often the token for realtime connections was replaced (Chatwoot).
    pub pubsub_generation: i64,
    /// Klaim's free-form document.
    pub klaim_metadata: Option<Document>,
    /// The balance (Klaim); never below zero.
    pub credit_balance: Credits,
    /// Through what the user came into being.
    pub creator: Creator,
}

impl User {
    /// The name to show: the given one, else the uid.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.uid.as_str())
    }
}

/// Through what a user came into being (Klaim's `acquisition_source`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creator {
    /// Any of the APIs.
    Api,
    /// The console.
    Console,
}

impl Creator {
    /// The name under which it is stored, which is Klaim's own.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Console => "member_manual",
        }
    }

    /// The creator of this name, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Api, Self::Console].into_iter().find(|creator| creator.as_str() == text)
    }
}

/// How a user is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// By the uid (CometChat).
    Uid(Uid),
    /// By the number (Chatwoot).
    Key(UserKey),
    /// By the caller's own identifier or, when that is nobody's, by Klaim's.
    UserId(String),
}

impl From<Uid> for Whom {
    fn from(uid: Uid) -> Self {
        Self::Uid(uid)
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uid(uid) => uid.fmt(f),
            Self::Key(UserKey(key)) => key.fmt(f),
            Self::UserId(id) => id.fmt(f),
        }
    }
}

/// Which identifiers a new user gets, besides the Klaim id that each is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// This uid, which is the `user_id` too (CometChat).
    Uid(Uid),
    /// This `user_id`; the uid is the same in lower case when that is legal and free, else the Klaim id in lower case
    /// (Klaim).
    UserId(String),
    /// The Klaim id for both, the uid in lower case (Chatwoot, and Klaim without a `user_id`).
    Made,
}

/// A user about to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The identifiers.
    pub identity: Identity,
    /// The e-mail address.
    pub email: Option<Email>,
    /// The name.
    pub name: Option<String>,
    /// URL of the picture.
    pub avatar: Option<String>,
    /// URL of the profile page.
    pub link: Option<String>,
    /// What the user says about being here.
    pub status_message: Option<String>,
    /// The role; the default role when none is named.
    pub role: Option<RoleId>,
    /// CometChat's free-form document.
    pub metadata: Option<Document>,
    /// Tags.
    pub tags: Vec<String>,
    /// The name to show to customers (Chatwoot).
    pub display_name: Option<String>,
    /// Chatwoot's free-form document.
    pub custom_attributes: Option<Document>,
    /// Hash of the password (Chatwoot), as a PHC string.
    pub password_hash: Option<String>,
    /// Whether the e-mail address counts as the user's own from the beginning (Chatwoot).
    pub confirmed: bool,
    /// Klaim's free-form document.
    pub klaim_metadata: Option<Document>,
    /// Through what the user comes into being.
    pub creator: Creator,
}

impl NewUser {
    /// A user of whom nothing but the identifiers is known, made through an API.
    #[must_use]
    pub fn of(identity: Identity) -> Self {
        Self {
            identity,
            email: None,
            name: None,
            avatar: None,
            link: None,
            status_message: None,
            role: None,
            metadata: None,
            tags: Vec::new(),
            display_name: None,
            custom_attributes: None,
            password_hash: None,
            confirmed: false,
            klaim_metadata: None,
            creator: Creator::Api,
        }
    }
}

/// A change of a user's record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserPatch {
    /// The name; it cannot be cleared through CometChat, where it is required.
    pub name: Patch<String>,
    /// URL of the picture.
    pub avatar: Patch<String>,
    /// URL of the profile page.
    pub link: Patch<String>,
    /// What the user says about being here.
    pub status_message: Patch<String>,
    /// The role; clearing it gives the default role.
    pub role: Patch<RoleId>,
    /// CometChat's free-form document, replaced whole.
    pub metadata: Patch<Document>,
    /// Tags, replaced whole; clearing leaves none.
    pub tags: Patch<Vec<String>>,
    /// The e-mail address.
    pub email: Patch<Email>,
    /// The caller's own identifier.
    pub user_id: Option<String>,
    /// The name to show to customers (Chatwoot).
    pub display_name: Patch<String>,
    /// Members of Chatwoot's free-form document: these are put in, the others stay.
    pub custom_attributes: Option<Document>,
    /// Hash of a new password (Chatwoot), as a PHC string. It also replaces the token for realtime connections.
    pub password_hash: Option<String>,
    /// Klaim's free-form document, replaced whole.
    pub klaim_metadata: Patch<Document>,
}

impl UserPatch {
    /// The names of the fields that change, comma separated: what the event records.
    #[must_use]
    pub fn fields(&self) -> String {
        let Self {
            name,
            avatar,
            link,
            status_message,
            role,
            metadata,
            tags,
            email,
            user_id,
            display_name,
            custom_attributes,
            password_hash,
            klaim_metadata,
        } = self;
        let changes = [
            (name.is_change(), "name"),
            (avatar.is_change(), "avatar"),
            (link.is_change(), "link"),
            (status_message.is_change(), "status_message"),
            (role.is_change(), "role"),
            (metadata.is_change(), "metadata"),
            (tags.is_change(), "tags"),
            (email.is_change(), "email"),
            (user_id.is_some(), "user_id"),
            (display_name.is_change(), "display_name"),
            (custom_attributes.is_some(), "custom_attributes"),
            (password_hash.is_some(), "password"),
            (klaim_metadata.is_change(), "klaim_metadata"),
        ];
        changed_fields(&changes)
    }

    /// The user as it is after the change, made at `now`. `updated_at` is set whatever changes.
    #[must_use]
    pub fn apply(&self, before: &User, now: Millis) -> User {
        let Self {
            name,
            avatar,
            link,
            status_message,
            role,
            metadata,
            tags,
            email,
            user_id,
            display_name,
            custom_attributes,
            password_hash,
            klaim_metadata,
        } = self;
        let custom_attributes = match (&before.custom_attributes, custom_attributes) {
            (Some(held), Some(members)) => Some(held.merged(members)),
            (held, members) => members.as_ref().or(held.as_ref()).cloned(),
        };
        let role = match role {
            Patch::Keep => before.role.clone(),
            Patch::Clear => RoleId::stored(DEFAULT_ROLE),
            Patch::Set(role) => role.clone(),
        };
        User {
            key: before.key,
            uid: before.uid.clone(),
            user_id: user_id.as_ref().unwrap_or(&before.user_id).clone(),
            klaim_id: before.klaim_id.clone(),
            name: name.of(before.name.as_ref()),
            email: email.of(before.email.as_ref()),
            avatar: avatar.of(before.avatar.as_ref()),
            link: link.of(before.link.as_ref()),
            status_message: status_message.of(before.status_message.as_ref()),
            role,
            metadata: metadata.of(before.metadata.as_ref()),
            tags: tags.of(Some(&before.tags)).unwrap_or_default(),
            last_active_at: before.last_active_at,
            created_at: before.created_at,
            updated_at: Some(now),
            deactivated_at: before.deactivated_at,
            display_name: display_name.of(before.display_name.as_ref()),
            custom_attributes,
            confirmed_at: before.confirmed_at,
            pubsub_generation: before.pubsub_generation + i64::from(password_hash.is_some()),
            klaim_metadata: klaim_metadata.of(before.klaim_metadata.as_ref()),
            credit_balance: before.credit_balance,
            creator: before.creator,
        }
    }
}

/// A search for the beginning of a text, without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSearch {
    /// What the field begins with, as typed.
    pub key: String,
    /// Look into uids.
    pub in_uid: bool,
    /// Look into names.
    pub in_name: bool,
}

/// Which users a list holds, by activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// Only active users.
    Active,
    /// Only deactivated users.
    Deactivated,
    /// Both.
    Any,
}

/// Whether a user is connected at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Connected.
    Available,
    /// Not connected.
    Offline,
}

/// Most roles or tags in one filter of a [`UserQuery`].
pub const MAX_CHOICES: usize = 100;

/// What a list of users is asked for. Filters narrow: a user must pass each.
#[derive(Clone, Debug)]
pub struct UserQuery {
    /// Beginning of uid or name.
    pub search: Option<UserSearch>,
    /// One of these roles, at most [`MAX_CHOICES`]; no matter when empty.
    pub roles: Vec<RoleId>,
    /// At least one of these tags, at most [`MAX_CHOICES`]; no matter when empty.
    pub tags: Vec<String>,
    /// Only friends of this user. Lists of friends know active users only, whatever `activity` says.
    pub friends_of: Option<UserKey>,
    /// Active, deactivated or both.
    pub activity: Activity,
    /// Only users who are connected, or only those who are not; presence is not stored, so `directory` decides it.
    pub presence: Option<Presence>,
    /// Only users behind this one in the order of the list, whether it is in the list or not; nobody when there is no
    /// such user. The total is that of the whole list, and pages count from here.
    pub after: Option<Uid>,
    /// Which slice.
    pub page: Page,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_names_what_it_changes() {
        assert_eq!(UserPatch::default().fields(), "");
        let patch = UserPatch {
            name: Patch::Set("Mira".to_owned()),
            link: Patch::Clear,
            tags: Patch::Set(Vec::new()),
            ..UserPatch::default()
        };
        assert_eq!(patch.fields(), "name,link,tags");
    }
}
