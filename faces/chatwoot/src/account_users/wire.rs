//! What answers about memberships look like, to the byte (reference §9).

use rollcall_model::{AccountId, MemberRole, Membership, Millis, UserKey};
use serde::Serialize;

use crate::timestamp::iso8601;

/// A membership. What nobody can set here has the vendor's default.
#[derive(Debug, Serialize)]
pub(super) struct View {
    id: i64,
    account_id: i64,
    user_id: i64,
    role: Option<&'static str>,
    inviter_id: Option<i64>,
    #[serde(serialize_with = "iso8601")]
    created_at: Millis,
    #[serde(serialize_with = "iso8601")]
    updated_at: Millis,
    active_at: Option<&'static str>,
    availability: &'static str,
    auto_offline: bool,
    custom_role_id: Option<i64>,
    agent_capacity_policy_id: Option<i64>,
}

impl From<&Membership> for View {
    fn from(membership: &Membership) -> Self {
        let Membership {
            id,
            account: AccountId(account),
            user: UserKey(user),
            role,
            created_at,
            updated_at,
        } = membership;
        Self {
            id: *id,
            account_id: *account,
            user_id: *user,
            role: role.map(MemberRole::as_str),
            inviter_id: None,
            created_at: *created_at,
            updated_at: *updated_at,
            active_at: None,
            availability: "online",
            auto_offline: true,
            custom_role_id: None,
            agent_capacity_policy_id: None,
        }
    }
}
