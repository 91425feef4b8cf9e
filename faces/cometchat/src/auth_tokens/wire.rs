//! What answers about auth tokens look like, to the byte (reference §5.3).

use rollcall_directory::auth_tokens::Opened;
use rollcall_model::{AuthToken, Document, Uid};
use serde::Serialize;

use crate::raw::raw;

/// A token, in clear.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View<'a> {
    uid: &'a str,
    auth_token: &'a str,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "raw")]
    app_info: Option<&'a Document>,
}

impl<'a> View<'a> {
    pub(super) fn new(uid: &'a Uid, Opened { token, text }: &'a Opened) -> Self {
        let AuthToken { id: _, sealed: _, platform, user_agent, app_info, created_at } = token;
        Self {
            uid: uid.as_str(),
            auth_token: text,
            created_at: created_at.seconds(),
            platform: platform.as_deref(),
            user_agent: user_agent.as_deref(),
            app_info: app_info.as_ref(),
        }
    }
}
