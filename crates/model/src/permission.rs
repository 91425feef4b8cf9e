//! Permissions: what the users of a role may do and with whom, by ids that CometChat has given.

use std::fmt;

use crate::RoleId;

/// Most items of a permission that holds a list.
pub const MAX_PERMISSION_ITEMS: usize = 100;
/// Longest item of such a list, in characters.
const MAX_ITEM: usize = 255;

const CATEGORIES: &[&str] = &["message", "custom", "action", "call", "interactive"];
const TYPES: &[&str] = &["text", "image", "audio", "video", "file"];
const GROUP_TYPES: &[&str] = &["public", "private", "password"];
const RECEIVERS: &[&str] = &["user", "group"];
const SCOPES: &[&str] = &["admin", "moderator", "participant"];

/// What a permission can be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionKind {
    /// `allow` or `deny`.
    Switch,
    /// Whom it reaches: `all` or `friends`.
    Mode,
    /// Roles, by their ids; none of them means all.
    Roles,
    /// Some of these values; none of them means no restriction.
    Known(&'static [&'static str]),
    /// Any texts; none of them means no restriction.
    Free,
}

impl PermissionKind {
    /// The values to choose from, where there is a choice; the default of a single one comes first.
    #[must_use]
    pub fn available(self) -> &'static [&'static str] {
        match self {
            Self::Switch => &["allow", "deny"],
            Self::Mode => &["all", "friends"],
            Self::Known(values) => values,
            Self::Roles | Self::Free => &[],
        }
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $kind:expr;)+) => {
        /// Something that a role's users may or may not do, or how far.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        impl Permission {
            /// Every permission, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The id under which it is stored.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// What it can be set to.
            #[must_use]
            pub fn kind(self) -> PermissionKind {
                match self {
                    $(Self::$name => $kind,)+
                }
            }
        }
    };
}

permissions! {
    /// Listing users.
    ListUsers = "listUsers", PermissionKind::Switch;
    /// Who is listed, by friendship.
    ListUsersMode = "listUsers.mode", PermissionKind::Mode;
    /// Who is listed, by role.
    ListUsersAllowedRoles = "listUsers.allowedRoles", PermissionKind::Roles;
    /// Reading another user's record.
    GetUserDetails = "getUserDetails", PermissionKind::Switch;
    /// Whose record can be read, by friendship.
    GetUserDetailsMode = "getUserDetails.mode", PermissionKind::Mode;
    /// Whose record can be read, by role.
    GetUserDetailsAllowedRoles = "getUserDetails.allowedRoles", PermissionKind::Roles;
    /// Sending messages.
    SendMessage = "sendMessage", PermissionKind::Switch;
    /// Who is written to, by friendship.
    SendMessageMode = "sendMessage.mode", PermissionKind::Mode;
    /// What is written to: users, groups.
    SendMessageAllowedReceiverTypes = "sendMessage.allowedReceiverTypes", PermissionKind::Known(RECEIVERS);
    /// Who is written to, by role.
    SendMessageAllowedReceiverRoles = "sendMessage.allowedReceiverRoles", PermissionKind::Roles;
    /// Which types of messages are sent.
    SendMessageAllowedMessageTypes = "sendMessage.allowedMessageTypes", PermissionKind::Known(TYPES);
    /// Which categories of messages are sent.
    SendMessageAllowedMessageCategories =
        "sendMessage.allowedMessageCategories", PermissionKind::Known(CATEGORIES);
    /// Which types of custom messages are sent.
    SendMessageAllowedCustomTypes = "sendMessage.allowedCustomTypes", PermissionKind::Free;
    /// Which MIME types of files are sent.
    SendMessageAllowedMimeTypes = "sendMessage.allowedMimeTypes", PermissionKind::Free;
    /// Editing messages.
    EditMessage = "editMessage", PermissionKind::Switch;
    /// Who in a group may not edit, by scope.
    EditMessageDenyForScopes = "editMessage.denyForScopes", PermissionKind::Known(SCOPES);
    /// Deleting messages.
    DeleteMessage = "deleteMessage", PermissionKind::Switch;
    /// Who in a group may not delete, by scope.
    DeleteMessageDenyForScopes = "deleteMessage.denyForScopes", PermissionKind::Known(SCOPES);
    /// Starting calls.
    InitiateCall = "initiateCall", PermissionKind::Switch;
    /// Who is called, by friendship.
    InitiateCallMode = "initiateCall.mode", PermissionKind::Mode;
    /// Who is called, by role.
    InitiateCallAllowedReceiverRoles = "initiateCall.allowedReceiverRoles", PermissionKind::Roles;
    /// Making groups.
    CreateGroup = "createGroup", PermissionKind::Switch;
    /// Which types of groups are made.
    CreateGroupAllowedGroupTypes = "createGroup.allowedGroupTypes", PermissionKind::Known(GROUP_TYPES);
    /// Listing groups.
    ListGroups = "listGroups", PermissionKind::Switch;
    /// Which types of groups are listed.
    ListGroupsAllowedGroupTypes = "listGroups.allowedGroupTypes", PermissionKind::Known(GROUP_TYPES);
    /// Joining groups.
    JoinGroup = "joinGroup", PermissionKind::Switch;
    /// Which types of groups are joined.
    JoinGroupAllowedGroupTypes = "joinGroup.allowedGroupTypes", PermissionKind::Known(GROUP_TYPES);
    /// Listing messages.
    ListMessages = "listMessages", PermissionKind::Switch;
    /// Which categories of messages are listed.
    ListMessagesAllowedMessageCategories =
        "listMessages.allowedMessageCategories", PermissionKind::Known(CATEGORIES);
    /// Which types of messages are listed.
    ListMessagesAllowedMessageTypes = "listMessages.allowedMessageTypes", PermissionKind::Known(TYPES);
}

/// The value of a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermissionValue {
    /// One word, for switches and modes.
    Text(&'static str),
    /// A list, each item once. An empty one restricts nothing.
    List(Vec<String>),
}

/// Why a value does not fit its permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPermission {
    /// Something else than one text.
    #[error("is not a text")]
    NotAText,
    /// Something else than a list of texts.
    #[error("is not a list of texts")]
    NotAList,
    /// A text that is none of those to choose from.
    #[error("holds a value that is not one of {}", Choices(.0))]
    Unknown(&'static [&'static str]),
    /// What cannot be the id of a role.
    #[error("holds what cannot be the id of a role")]
    RoleId,
    /// Longer than allowed.
    #[error("has more than {MAX_PERMISSION_ITEMS} items")]
    TooMany,
    /// An item that is blank, longer than 255 characters or holds a NUL.
    #[error("holds an item that is blank, longer than {MAX_ITEM} characters or no plain text")]
    Item,
}

struct Choices<'a>(&'a [&'static str]);

impl fmt::Display for Choices<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl Permission {
    /// The permission of this id, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == text)
    }

    /// What it is as long as nobody has set it: no restriction.
    #[must_use]
    pub fn default_value(self) -> PermissionValue {
        match self.kind() {
            PermissionKind::Switch => PermissionValue::Text("allow"),
            PermissionKind::Mode => PermissionValue::Text("all"),
            PermissionKind::Roles | PermissionKind::Known(_) | PermissionKind::Free => {
                PermissionValue::List(Vec::new())
            }
        }
    }

    /// Reads a value for this permission from JSON text. Texts are trimmed, ids of roles lowered, items that come again
    /// left out. Null, a blank text and an empty list are the default.
    ///
    /// # Errors
    /// [`BadPermission`] says what is wrong with it.
    pub fn value(self, json: &str) -> Result<PermissionValue, BadPermission> {
        if is_nothing(json) {
            return Ok(self.default_value());
        }
        match self.kind() {
            kind @ (PermissionKind::Switch | PermissionKind::Mode) => {
                let text: String = serde_json::from_str(json).map_err(|_| BadPermission::NotAText)?;
                choice(kind.available(), text.trim()).map(PermissionValue::Text)
            }
            kind => {
                let texts: Vec<String> = serde_json::from_str(json).map_err(|_| BadPermission::NotAList)?;
                if texts.len() > MAX_PERMISSION_ITEMS {
                    return Err(BadPermission::TooMany);
                }
                let mut items = Vec::with_capacity(texts.len());
                for text in &texts {
                    let item = item(kind, text.trim())?;
                    if !items.contains(&item) {
                        items.push(item);
                    }
                }
                Ok(PermissionValue::List(items))
            }
        }
    }
}

/// Null, a blank text or an empty list.
fn is_nothing(json: &str) -> bool {
    let text = serde_json::from_str::<Option<String>>(json);
    text.is_ok_and(|text| text.is_none_or(|text| text.trim().is_empty()))
        || serde_json::from_str::<[(); 0]>(json).is_ok()
}

fn choice(available: &'static [&'static str], text: &str) -> Result<&'static str, BadPermission> {
    let found = available.iter().copied().find(|&known| known == text);
    found.ok_or(BadPermission::Unknown(available))
}

fn item(kind: PermissionKind, text: &str) -> Result<String, BadPermission> {
    if text.is_empty() || text.contains('\0') || text.chars().count() > MAX_ITEM {
        return Err(BadPermission::Item);
    }
    match kind {
        PermissionKind::Roles => RoleId::parse(text)
            .map(|role| role.to_string())
            .map_err(|_| BadPermission::RoleId),
        PermissionKind::Free => Ok(text.to_owned()),
        PermissionKind::Switch | PermissionKind::Mode | PermissionKind::Known(_) => {
            choice(kind.available(), text).map(str::to_owned)
        }
    }
}

impl PermissionValue {
    /// The value as JSON text, as the store keeps it.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Text(word) => serde_json::Value::from(*word).to_string(),
            Self::List(items) => serde_json::Value::from(items.as_slice()).to_string(),
        }
    }

    /// The items of a list; a word has none.
    #[must_use]
    pub fn items(&self) -> &[String] {
        match self {
            Self::Text(_) => &[],
            Self::List(items) => items,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(items: &[&str]) -> PermissionValue {
        PermissionValue::List(items.iter().map(|&item| item.to_owned()).collect())
    }

    #[test]
    fn ids_are_known_once_and_exactly() {
        assert_eq!(Permission::ALL.len(), 30);
        assert!(Permission::ALL.is_sorted());
        for &permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        for text in ["", "listusers", "listUsers.", " listUsers", "listUsers.Mode", "permissions"] {
            assert_eq!(Permission::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn nothing_given_is_the_default() {
        for &permission in Permission::ALL {
            let default = permission.default_value();
            for json in ["null", r#""""#, r#"" ""#, "[]", "[ ]"] {
                assert_eq!(permission.value(json).as_ref(), Ok(&default), "{json}");
            }
            assert_eq!(permission.value(&default.to_json()).as_ref(), Ok(&default));
            if let Some(first) = permission.kind().available().first() {
                let fits = PermissionValue::Text(first) == default || default == list(&[]);
                assert!(fits, "{permission:?}");
            }
        }
    }

    #[test]
    fn words_are_chosen_from() {
        let (switch, mode) = (Permission::ListUsers, Permission::ListUsersMode);
        assert_eq!(switch.value(r#"" deny ""#), Ok(PermissionValue::Text("deny")));
        assert_eq!(mode.value(r#""friends""#), Ok(PermissionValue::Text("friends")));
        assert_eq!(switch.value(r#""friends""#), Err(BadPermission::Unknown(&["allow", "deny"])));
        assert_eq!(mode.value(r#""Friends""#), Err(BadPermission::Unknown(&["all", "friends"])));
        for json in ["true", "1", r#"["deny"]"#, "{}", r#""\ud800""#, "1e999"] {
            assert_eq!(switch.value(json), Err(BadPermission::NotAText), "{json}");
        }
    }

    #[test]
    fn lists_hold_what_fits_and_each_once() {
        let (roles, types) = (Permission::ListUsersAllowedRoles, Permission::SendMessageAllowedMessageTypes);
        let free = Permission::SendMessageAllowedMimeTypes;
        assert_eq!(roles.value(r#"["VIP"," vip ","a_1"]"#), Ok(list(&["vip", "a_1"])));
        assert_eq!(types.value(r#"["text","file","text"]"#), Ok(list(&["text", "file"])));
        assert_eq!(free.value(r#"["image/*"," привет "]"#), Ok(list(&["image/*", "привет"])));
        assert_eq!(roles.value(r#"["no role"]"#), Err(BadPermission::RoleId));
        assert_eq!(types.value(r#"["Text"]"#), Err(BadPermission::Unknown(TYPES)));
        for json in [r#""text""#, "7", "{}", "[1]", "[null]", r#"[["text"]]"#, r#"["\ud800"]"#] {
            assert_eq!(types.value(json), Err(BadPermission::NotAList), "{json}");
        }
        for json in [r#"[" "]"#, r#"["a\u0000"]"#] {
            assert_eq!(free.value(json), Err(BadPermission::Item), "{json}");
        }
    }

    #[test]
    fn lists_end_at_their_limits() {
        let free = Permission::SendMessageAllowedCustomTypes;
        let many = |count: usize| list(&vec!["x"; count]).to_json();
        let long = |length: usize| list(&[&"🦀".repeat(length)]).to_json();
        assert_eq!(free.value(&many(100)), Ok(list(&["x"])));
        assert_eq!(free.value(&many(101)), Err(BadPermission::TooMany));
        assert!(free.value(&long(255)).is_ok());
        assert_eq!(free.value(&long(256)), Err(BadPermission::Item));
        let told = BadPermission::Unknown(RECEIVERS).to_string();
        assert_eq!(told, "holds a value that is not one of user, group");
    }

    proptest! {
        #[test]
        fn what_was_read_is_read_again(which in 0..30_usize, items in prop::collection::vec("\\PC{0,12}", 0..6)) {
            let permission = Permission::ALL[which];
            for json in [serde_json::json!(items).to_string(), serde_json::json!(items.concat()).to_string()] {
                if let Ok(value) = permission.value(&json) {
                    prop_assert_eq!(permission.value(&value.to_json()), Ok(value));
                }
            }
        }
    }
}
