//! Bodies about users, checked (reference §5.2 and §6).

use rollcall_model::{Creator, Identity, NewUser, Patch, RoleId, Uid, UserPatch};

use crate::fault::Fault;
use crate::form::{Form, Given, cleared, says};

/// Longest uid and role id in characters.
const MAX_ID: usize = 100;
/// Longest name in characters.
const MAX_NAME: usize = 100;
/// Longest avatar or link in characters.
const MAX_URL: usize = 3000;
/// Longest status message in characters; the vendor names no limit.
const MAX_STATUS: usize = 255;
/// Largest metadata in bytes of compact JSON.
const MAX_METADATA: usize = 5120;
/// Most tags on a user.
const MAX_TAGS: usize = 25;
/// Longest tag in characters.
const MAX_TAG: usize = 100;

/// The body of a creation, and whether it asks for an auth token.
pub(super) fn new_user(mut form: Form<'_>) -> Result<(NewUser, bool), Fault> {
    let uid = form.required_text("uid", MAX_ID).and_then(|text| {
        let uid = Uid::parse(&text).ok();
        if uid.is_none() {
            form.refuse("uid", says::format("uid"));
        }
        uid
    });
    let name = form.required_text("name", MAX_NAME);
    let avatar = form.filled_url("avatar", MAX_URL);
    let link = form.filled_url("link", MAX_URL);
    let role = role(&mut form);
    let status_message = match form.text("statusMessage", MAX_STATUS) {
        Given::Value(text) => Some(text),
        Given::Absent | Given::Blank | Given::Wrong => None,
    };
    let metadata = form.document("metadata", MAX_METADATA).filter(|document| !document.is_empty());
    let tags = tags(&mut form).unwrap_or_default();
    let with_token = form.flag("withAuthToken");
    form.finish()?;
    let (Some(uid), Some(name)) = (uid, name) else {
        return Err(Fault::invalid(crate::fault::Details::default()));
    };
    let new = NewUser {
        identity: Identity::Uid(uid),
        email: None,
        name: Some(name),
        avatar,
        link,
        status_message,
        role,
        metadata,
        tags,
        display_name: None,
        custom_attributes: None,
        password_hash: None,
        confirmed: false,
        klaim_metadata: None,
        creator: Creator::Api,
    };
    Ok((new, with_token))
}

/// The body of an update. A field both set and unset ends unset.
pub(crate) fn patch(mut form: Form<'_>) -> Result<UserPatch, Fault> {
    let name = set(form.filled_text("name", MAX_NAME));
    let avatar = set(form.filled_url("avatar", MAX_URL));
    let link = set(form.filled_url("link", MAX_URL));
    let role = set(role(&mut form));
    let status_message = match form.text("statusMessage", MAX_STATUS) {
        Given::Value(text) => Patch::Set(text),
        // The one way to take it back: `unset` does not know it.
        Given::Blank => Patch::Clear,
        Given::Absent | Given::Wrong => Patch::Keep,
    };
    let metadata = match form.document("metadata", MAX_METADATA) {
        Some(document) if document.is_empty() => Patch::Clear,
        document => set(document),
    };
    let tags = match tags(&mut form) {
        Some(tags) if tags.is_empty() => Patch::Clear,
        tags => set(tags),
    };
    let [no_avatar, no_link, no_metadata] = form.names("unset", ["avatar", "link", "metadata"]);
    form.finish()?;
    Ok(UserPatch {
        name,
        avatar: cleared(no_avatar, avatar),
        link: cleared(no_link, link),
        status_message,
        role,
        metadata: cleared(no_metadata, metadata),
        tags,
        email: Patch::Keep,
        user_id: None,
        display_name: Patch::Keep,
        custom_attributes: None,
        password_hash: None,
        klaim_metadata: Patch::Keep,
    })
}

fn set<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Keep, Patch::Set)
}

fn role(form: &mut Form<'_>) -> Option<RoleId> {
    let text = form.filled_text("role", MAX_ID)?;
    let role = RoleId::parse(&text).ok();
    if role.is_none() {
        form.refuse("role", says::format("role"));
    }
    role
}

/// The tags, each once, in the order given.
fn tags(form: &mut Form<'_>) -> Option<Vec<String>> {
    match form.texts("tags", MAX_TAGS, MAX_TAG) {
        Given::Value(texts) => {
            let mut tags: Vec<String> = Vec::with_capacity(texts.len());
            for text in texts {
                if !tags.contains(&text) {
                    tags.push(text);
                }
            }
            Some(tags)
        }
        Given::Blank => {
            form.refuse("tags", says::array("tags"));
            None
        }
        Given::Absent | Given::Wrong => None,
    }
}

/// The body of a deletion: whether it is for good.
pub(super) fn permanent(mut form: Form<'_>) -> Result<bool, Fault> {
    let permanent = form.flag("permanent");
    form.finish()?;
    Ok(permanent)
}
