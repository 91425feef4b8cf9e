//! Features: what can be taken away from the users of a role, by names that CometChat has given.

use crate::Millis;

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// Something that users do, and that a role can be kept from.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Feature {
            $($(#[$doc])* $name,)+
        }

        impl Feature {
            /// Every feature, in the order of the names.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name under which it is stored.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

features! {
    /// Add members to a group.
    AddMember = "addMember",
    /// Ban a user from a group.
    Ban = "ban",
    /// Block users.
    BlockUser = "blockUser",
    /// Change a member's scope in a group.
    ChangeScope = "changeScope",
    /// Start a call.
    CreateCall = "createCall",
    /// Make a group.
    CreateGroup = "createGroup",
    /// Send a message.
    CreateMessage = "createMessage",
    /// Reply in a thread.
    CreateMessageThread = "createMessageThread",
    /// Delete a call.
    DeleteCall = "deleteCall",
    /// Delete a conversation for oneself.
    DeleteConversationForUser = "deleteConversationForUser",
    /// Delete a group.
    DeleteGroup = "deleteGroup",
    /// Delete all messages of a group.
    DeleteGroupMessages = "deleteGroupMessages",
    /// Delete a message.
    DeleteMessage = "deleteMessage",
    /// List whom one has blocked.
    GetBlockedUsers = "getBlockedUsers",
    /// Read a call.
    GetCall = "getCall",
    /// Read a conversation.
    GetConversation = "getConversation",
    /// Read a group.
    GetGroup = "getGroup",
    /// List the messages of a group.
    GetGroupMessages = "getGroupMessages",
    /// Read a member of a group.
    GetMember = "getMember",
    /// Read a message.
    GetMessage = "getMessage",
    /// Read one's own record.
    GetMyDetails = "getMyDetails",
    /// Read another user's record.
    GetUser = "getUser",
    /// List the messages exchanged with a user.
    GetUserMessages = "getUserMessages",
    /// Join a group.
    JoinGroup = "joinGroup",
    /// Remove a member from a group.
    KickMember = "kickMember",
    /// Leave a group.
    LeaveGroup = "leaveGroup",
    /// List who is banned from a group.
    ListBannedUsers = "listBannedUsers",
    /// List calls.
    ListCalls = "listCalls",
    /// List conversations.
    ListConversations = "listConversations",
    /// List the members of a group.
    ListGroupMembers = "listGroupMembers",
    /// List groups.
    ListGroups = "listGroups",
    /// List messages.
    ListMessages = "listMessages",
    /// Read the app's settings.
    ListSettings = "listSettings",
    /// List the replies of a thread.
    ListThreadedMessages = "listThreadedMessages",
    /// List users.
    ListUsers = "listUsers",
    /// Log out.
    Logout = "logout",
    /// Change many members of a group at once.
    MassMemberOperate = "massMemberOperate",
    /// Give a group another owner.
    PatchOwner = "patchOwner",
    /// Lift a ban.
    Unban = "unban",
    /// Unblock users.
    UnblockUser = "unblockUser",
    /// Change one's own record and what is known of one's device.
    UpdateAuthToken = "updateAuthToken",
    /// Change a call.
    UpdateCall = "updateCall",
    /// Change a group.
    UpdateGroup = "updateGroup",
    /// Edit a message.
    UpdateMessage = "updateMessage",
}

impl Feature {
    /// The feature of this name, with or without the `u.` that stands before it in some of the vendor's pages.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix("u.").unwrap_or(text);
        Self::ALL.iter().copied().find(|feature| feature.as_str() == name)
    }
}

/// A feature that is restricted for a role, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestrictedFeature {
    /// The feature.
    pub feature: Feature,
    /// When it was restricted.
    pub created_at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_44_in_the_order_of_their_names() {
        let names: Vec<_> = Feature::ALL.iter().map(|feature| feature.as_str()).collect();
        assert_eq!(names.len(), 44);
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
        assert!(Feature::ALL.is_sorted());
    }

    #[test]
    fn a_name_is_known_in_both_spellings_and_in_no_other() {
        for &feature in Feature::ALL {
            assert_eq!(Feature::parse(feature.as_str()), Some(feature));
            assert_eq!(Feature::parse(&format!("u.{}", feature.as_str())), Some(feature));
        }
        for text in ["", "u.", "u.u.ban", "Ban", "U.ban", " ban", "u. ban", "v.ban", "banUser"] {
            assert_eq!(Feature::parse(text), None, "{text:?}");
        }
    }
}
