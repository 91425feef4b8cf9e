//! What each permission is called, and what it is for.

use rollcall_model::Permission;

/// What a list shows of a permission besides its id and its values.
pub(super) struct Shown {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
}

pub(super) fn shown(permission: Permission) -> Shown {
    let (title, description) = match permission {
        Permission::ListUsers => ("List users", "Whether users can be listed."),
        Permission::ListUsersMode => ("List users: whom", "Whether a list shows everybody or friends only."),
        Permission::ListUsersAllowedRoles => {
            ("List users: roles", "Of which roles a list shows users; none named means all.")
        }
        Permission::GetUserDetails => ("Get a user", "Whether other users' records can be read."),
        Permission::GetUserDetailsMode => {
            ("Get a user: whom", "Whether everybody's record can be read or only friends'.")
        }
        Permission::GetUserDetailsAllowedRoles => {
            ("Get a user: roles", "Of which roles users' records can be read; none named means all.")
        }
        Permission::SendMessage => ("Send messages", "Whether messages can be sent."),
        Permission::SendMessageMode => {
            ("Send messages: to whom", "Whether everybody can be written to or friends only.")
        }
        Permission::SendMessageAllowedReceiverTypes => (
            "Send messages: receivers",
            "Whether users or groups can be written to; none named means both.",
        ),
        Permission::SendMessageAllowedReceiverRoles => {
            ("Send messages: roles", "Users of which roles can be written to; none named means all.")
        }
        Permission::SendMessageAllowedMessageTypes => {
            ("Send messages: types", "Which types of messages can be sent; none named means all.")
        }
        Permission::SendMessageAllowedMessageCategories => (
            "Send messages: categories",
            "Which categories of messages can be sent; none named means all.",
        ),
        Permission::SendMessageAllowedCustomTypes => (
            "Send messages: custom types",
            "Which types of custom messages can be sent; none named means all.",
        ),
        Permission::SendMessageAllowedMimeTypes => (
            "Send messages: MIME types",
            "Files of which MIME types can be sent; none named means all.",
        ),
        Permission::EditMessage => ("Edit messages", "Whether messages can be edited."),
        Permission::EditMessageDenyForScopes => {
            ("Edit messages: scopes", "Members of which scopes cannot edit messages in a group.")
        }
        Permission::DeleteMessage => ("Delete messages", "Whether messages can be deleted."),
        Permission::DeleteMessageDenyForScopes => {
            ("Delete messages: scopes", "Members of which scopes cannot delete messages in a group.")
        }
        Permission::InitiateCall => ("Start calls", "Whether calls can be started."),
        Permission::InitiateCallMode => {
            ("Start calls: with whom", "Whether everybody can be called or friends only.")
        }
        Permission::InitiateCallAllowedReceiverRoles => {
            ("Start calls: roles", "Users of which roles can be called; none named means all.")
        }
        Permission::CreateGroup => ("Create groups", "Whether groups can be made."),
        Permission::CreateGroupAllowedGroupTypes => {
            ("Create groups: types", "Which types of groups can be made; none named means all.")
        }
        Permission::ListGroups => ("List groups", "Whether groups can be listed."),
        Permission::ListGroupsAllowedGroupTypes => {
            ("List groups: types", "Which types of groups a list shows; none named means all.")
        }
        Permission::JoinGroup => ("Join groups", "Whether groups can be joined."),
        Permission::JoinGroupAllowedGroupTypes => {
            ("Join groups: types", "Which types of groups can be joined; none named means all.")
        }
        Permission::ListMessages => ("List messages", "Whether messages can be listed."),
        Permission::ListMessagesAllowedMessageCategories => (
            "List messages: categories",
            "Which categories of messages a list shows; none named means all.",
        ),
        Permission::ListMessagesAllowedMessageTypes => {
            ("List messages: types", "Which types of messages a list shows; none named means all.")
        }
    };
    Shown { title, description }
}
