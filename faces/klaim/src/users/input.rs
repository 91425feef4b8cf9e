//! Bodies about users, checked (reference §5, K1 and K4).

use rollcall_http::body::Fields;
use rollcall_model::{Creator, Email, Identity, NewUser, Patch, UserPatch};

use crate::fault::Fault;
use crate::form;

/// Longest name in characters; the vendor names no limit.
const MAX_NAME: usize = 255;
/// Longest `user_id` in bytes.
const MAX_USER_ID: usize = 255;
/// Largest metadata in bytes of compact JSON; the vendor names no limit.
const MAX_METADATA: usize = 16 * 1024;

/// The body of a creation.
pub(super) fn new_user(fields: &Fields<'_>) -> Result<NewUser, Fault> {
    let email = form::text(fields, "email")?.filter(|text| !text.trim().is_empty());
    let email = self::email(&email.ok_or_else(Fault::missing_fields)?)?;
    let user_id = user_id(fields)?;
    let name = form::line(fields, "name", MAX_NAME)?.filter(|name| !name.is_empty());
    let klaim_metadata = form::document(fields, "metadata", MAX_METADATA)?;
    Ok(NewUser {
        identity: user_id.map_or(Identity::Made, Identity::UserId),
        email: Some(email),
        name,
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
        klaim_metadata,
        creator: Creator::Api,
    })
}

/// The body of a change. An empty name takes the name away; an e-mail address cannot be taken away.
pub(super) fn patch(fields: &Fields<'_>) -> Result<UserPatch, Fault> {
    let name = match form::line(fields, "name", MAX_NAME)? {
        None => Patch::Keep,
        Some(name) if name.is_empty() => Patch::Clear,
        Some(name) => Patch::Set(name),
    };
    let email = form::text(fields, "email")?.map(|text| email(&text)).transpose()?;
    let metadata = form::document(fields, "metadata", MAX_METADATA)?;
    Ok(UserPatch {
        name,
        avatar: Patch::Keep,
        link: Patch::Keep,
        status_message: Patch::Keep,
        role: Patch::Keep,
        metadata: Patch::Keep,
        tags: Patch::Keep,
        email: email.map_or(Patch::Keep, Patch::Set),
        user_id: user_id(fields)?,
        display_name: Patch::Keep,
        custom_attributes: None,
        password_hash: None,
        klaim_metadata: metadata.map_or(Patch::Keep, Patch::Set),
    })
}

fn email(text: &str) -> Result<Email, Fault> {
    Email::parse(text).map_err(|error| Fault::bad_request(format!("email {error}")))
}

/// The caller's own identifier, under either of the vendor's two names.
fn user_id(fields: &Fields<'_>) -> Result<Option<String>, Fault> {
    let camel = checked_user_id(fields, "userId")?;
    let snake = checked_user_id(fields, "user_id")?;
    match (camel, snake) {
        (Some(camel), Some(snake)) if camel != snake => Err(Fault::bad_request("userId and user_id differ")),
        (camel, snake) => Ok(camel.or(snake)),
    }
}

fn checked_user_id(fields: &Fields<'_>, name: &str) -> Result<Option<String>, Fault> {
    let Some(text) = form::text(fields, name)? else {
        return Ok(None);
    };
    if text.trim().is_empty() {
        return Err(Fault::bad_request(format!("{name} is empty")));
    }
    if text.contains(char::is_control) {
        return Err(form::character(name));
    }
    if text.len() > MAX_USER_ID {
        return Err(Fault::bad_request(format!("{name} is longer than {MAX_USER_ID} bytes")));
    }
    Ok(Some(text))
}
