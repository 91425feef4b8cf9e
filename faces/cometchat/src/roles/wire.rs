//! What answers about roles look like, to the byte: names, order, what is left out (reference §5.5).

use rollcall_model::{Audience, Document, Role};
use serde::Serialize;

use crate::raw::raw;

/// A role. Nothing is ever null: what has no value is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View<'a> {
    role: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "raw")]
    metadata: Option<&'a Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Settings>,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    list_users: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_messages_to: Option<&'static str>,
}

impl<'a> From<&'a Role> for View<'a> {
    fn from(role: &'a Role) -> Self {
        let Role {
            role,
            name,
            description,
            metadata,
            list_users,
            send_messages_to,
            created_at,
            updated_at,
        } = role;
        let settings = Settings {
            list_users: list_users.map(Audience::as_str),
            send_messages_to: send_messages_to.map(Audience::as_str),
        };
        let is_set = list_users.is_some() || send_messages_to.is_some();
        Self {
            role: role.as_str(),
            name,
            description: description.as_deref(),
            metadata: metadata.as_ref(),
            settings: is_set.then_some(settings),
            created_at: created_at.seconds(),
            updated_at: updated_at.map(|at| at.seconds()),
        }
    }
}
