//! Bodies about roles, checked (reference §5.5 and §6).

use rollcall_model::{Audience, NewRole, Patch, RoleId, RolePatch};

use crate::fault::{Details, Fault};
use crate::form::{Form, Given, cleared, says};

/// Longest role id in characters.
const MAX_ID: usize = 100;
/// Longest name in characters.
const MAX_NAME: usize = 100;
/// Longest description in characters.
const MAX_DESCRIPTION: usize = 255;
/// The vendor names no limit for metadata; the body's own is limit enough.
const MAX_METADATA: usize = usize::MAX;

/// What a body says about the two settings.
#[derive(Default)]
struct Settings {
    list_users: Patch<Audience>,
    send_messages_to: Patch<Audience>,
}

/// The body of a creation.
pub(super) fn new_role(mut form: Form<'_>) -> Result<NewRole, Fault> {
    let role = form.required_text("role", MAX_ID).and_then(|text| {
        let role = RoleId::parse(&text).ok();
        if role.is_none() {
            form.refuse("role", says::format("role"));
        }
        role
    });
    let name = form.required_text("name", MAX_NAME);
    let description = description(&mut form).apply(None);
    let metadata = form.document("metadata", MAX_METADATA).filter(|document| !document.is_empty());
    let Settings { list_users, send_messages_to } = settings(&mut form);
    form.finish()?;
    let (Some(role), Some(name)) = (role, name) else {
        return Err(Fault::invalid(Details::default()));
    };
    Ok(NewRole {
        role,
        name,
        description,
        metadata,
        list_users: list_users.apply(None),
        send_messages_to: send_messages_to.apply(None),
    })
}

/// The body of an update. A field both set and unset ends unset.
pub(super) fn patch(mut form: Form<'_>) -> Result<RolePatch, Fault> {
    let name = form.filled_text("name", MAX_NAME).map_or(Patch::Keep, Patch::Set);
    let description = description(&mut form);
    let metadata = match form.document("metadata", MAX_METADATA) {
        Some(document) if document.is_empty() => Patch::Clear,
        document => document.map_or(Patch::Keep, Patch::Set),
    };
    let Settings { list_users, send_messages_to } = settings(&mut form);
    let [no_settings, no_description, no_metadata] =
        form.names("unset", ["settings", "description", "metadata"]);
    form.finish()?;
    Ok(RolePatch {
        name,
        description: cleared(no_description, description),
        metadata: cleared(no_metadata, metadata),
        list_users: cleared(no_settings, list_users),
        send_messages_to: cleared(no_settings, send_messages_to),
    })
}

fn description(form: &mut Form<'_>) -> Patch<String> {
    match form.text("description", MAX_DESCRIPTION) {
        Given::Value(text) => Patch::Set(text),
        Given::Blank => Patch::Clear,
        Given::Absent | Given::Wrong => Patch::Keep,
    }
}

fn settings(form: &mut Form<'_>) -> Settings {
    let members = match form.object("settings") {
        Given::Value(members) => members,
        Given::Blank => {
            form.refuse("settings", says::filled("settings"));
            return Settings::default();
        }
        Given::Absent | Given::Wrong => return Settings::default(),
    };
    let mut audience = |name: &str| {
        let Some(raw) = members.get(name) else {
            return Patch::Keep;
        };
        match form.word_at(&format!("settings.{name}"), raw, Audience::parse) {
            Given::Value(audience) => Patch::Set(audience),
            Given::Blank => Patch::Clear,
            Given::Absent | Given::Wrong => Patch::Keep,
        }
    };
    Settings {
        list_users: audience("listUsers"),
        send_messages_to: audience("sendMessagesTo"),
    }
}
