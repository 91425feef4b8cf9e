//! What each feature is called, and which path it is about. Paths of operations that only the vendor's own clients use
//! are named after the noun.

use rollcall_model::Feature;

/// What a list shows of a feature besides its key.
pub(super) struct Shown {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) path: &'static str,
}

pub(super) fn shown(feature: Feature) -> Shown {
    let (title, description, path) = match feature {
        Feature::AddMember => ("Add members", "Add members to a group.", "/v3/groups/{guid}/members"),
        Feature::Ban => ("Ban a user", "Ban a user from a group.", "/v3/groups/{guid}/bannedusers/{uid}"),
        Feature::BlockUser => ("Block users", "Block other users.", "/v3/users/{uid}/blockedusers"),
        Feature::ChangeScope => {
            ("Change a scope", "Change a member's scope in a group.", "/v3/groups/{guid}/members/{uid}")
        }
        Feature::CreateCall => ("Start a call", "Start a call with a user or a group.", "/v3/calls"),
        Feature::CreateGroup => ("Create a group", "Make a group.", "/v3/groups"),
        Feature::CreateMessage => ("Send a message", "Send a message to a user or a group.", "/v3/messages"),
        Feature::CreateMessageThread => {
            ("Reply in a thread", "Send a reply to a message.", "/v3/messages/{id}/thread")
        }
        Feature::DeleteCall => ("Delete a call", "Delete a call.", "/v3/calls/{sessionId}"),
        Feature::DeleteConversationForUser => (
            "Delete a conversation",
            "Delete a conversation for oneself.",
            "/v3/users/{uid}/conversation",
        ),
        Feature::DeleteGroup => ("Delete a group", "Delete a group.", "/v3/groups/{guid}"),
        Feature::DeleteGroupMessages => (
            "Delete a group's messages",
            "Delete all messages of a group.",
            "/v3/groups/{guid}/messages",
        ),
        Feature::DeleteMessage => ("Delete a message", "Delete a message.", "/v3/messages/{id}"),
        Feature::GetBlockedUsers => {
            ("List blocked users", "List whom one has blocked.", "/v3/users/{uid}/blockedusers")
        }
        Feature::GetCall => ("Get a call", "Read a call.", "/v3/calls/{sessionId}"),
        Feature::GetConversation => {
            ("Get a conversation", "Read a conversation.", "/v3/users/{uid}/conversation")
        }
        Feature::GetGroup => ("Get a group", "Read a group.", "/v3/groups/{guid}"),
        Feature::GetGroupMessages => {
            ("List a group's messages", "List the messages of a group.", "/v3/groups/{guid}/messages")
        }
        Feature::GetMember => {
            ("Get a member", "Read a member of a group.", "/v3/groups/{guid}/members/{uid}")
        }
        Feature::GetMessage => ("Get a message", "Read a message.", "/v3/messages/{id}"),
        Feature::GetMyDetails => ("Get one's details", "Read one's own record.", "/v3/me"),
        Feature::GetUser => ("Get a user", "Read another user's record.", "/v3/users/{uid}"),
        Feature::GetUserMessages => (
            "List a user's messages",
            "List the messages exchanged with a user.",
            "/v3/users/{uid}/messages",
        ),
        Feature::JoinGroup => ("Join a group", "Join a group.", "/v3/groups/{guid}/members"),
        Feature::KickMember => {
            ("Kick a member", "Remove a member from a group.", "/v3/groups/{guid}/members/{uid}")
        }
        Feature::LeaveGroup => ("Leave a group", "Leave a group.", "/v3/groups/{guid}/members"),
        Feature::ListBannedUsers => {
            ("List banned users", "List who is banned from a group.", "/v3/groups/{guid}/bannedusers")
        }
        Feature::ListCalls => ("List calls", "List calls.", "/v3/calls"),
        Feature::ListConversations => ("List conversations", "List conversations.", "/v3/conversations"),
        Feature::ListGroupMembers => {
            ("List members", "List the members of a group.", "/v3/groups/{guid}/members")
        }
        Feature::ListGroups => ("List groups", "List groups.", "/v3/groups"),
        Feature::ListMessages => ("List messages", "List messages.", "/v3/messages"),
        Feature::ListSettings => ("List settings", "Read the app's settings.", "/v3/settings"),
        Feature::ListThreadedMessages => {
            ("List replies", "List the replies to a message.", "/v3/messages/{id}/thread")
        }
        Feature::ListUsers => ("List users", "List the users of the app.", "/v3/users"),
        Feature::Logout => ("Log out", "Delete one's auth token.", "/v3/me"),
        Feature::MassMemberOperate => (
            "Change many members",
            "Change many members of a group at once.",
            "/v3/groups/{guid}/members",
        ),
        Feature::PatchOwner => ("Change the owner", "Give a group another owner.", "/v3/groups/{guid}/owner"),
        Feature::Unban => ("Unban a user", "Lift a user's ban.", "/v3/groups/{guid}/bannedusers/{uid}"),
        Feature::UnblockUser => ("Unblock users", "Unblock other users.", "/v3/users/{uid}/blockedusers"),
        Feature::UpdateAuthToken => (
            "Update one's details",
            "Change one's own record and what is known of one's device.",
            "/v3/me",
        ),
        Feature::UpdateCall => ("Update a call", "Change a call.", "/v3/calls/{sessionId}"),
        Feature::UpdateGroup => ("Update a group", "Change a group.", "/v3/groups/{guid}"),
        Feature::UpdateMessage => ("Edit a message", "Edit a message.", "/v3/messages/{id}"),
    };
    Shown { title, description, path }
}
