//! What comes in about users (reference §5.1).

use rollcall_model::{Creator, Document, Email, Identity, NewUser, Patch, UserPatch};

use super::{email, password};
use crate::fault::Fault;
use crate::form::{Form, blank};

/// Longest name, in characters.
const MAX_NAME: usize = 255;

/// A user to be made, whose password is still to be hashed.
pub(super) struct Create {
    pub(super) new: NewUser,
    pub(super) password: String,
}

/// A change of a user, whose new password is still to be hashed.
pub(super) struct Update {
    pub(super) patch: UserPatch,
    pub(super) password: Option<String>,
}

/// The address by which a user is looked for before anything else is looked at.
pub(super) fn sought(form: &mut Form) -> Option<Email> {
    Email::parse(form.text("email").value()?).ok()
}

/// What makes a user.
pub(super) fn create(mut form: Form) -> Result<Create, Fault> {
    let email = match form.text("email") {
        Patch::Set(text) => checked_email(&mut form, &text),
        Patch::Keep | Patch::Clear => checked_email(&mut form, ""),
    };
    let password = form.text("password").apply(None).unwrap_or_default();
    check_password(&mut form, &password);
    let name = match form.text_within("name", MAX_NAME) {
        Patch::Set(name) => name,
        Patch::Keep | Patch::Clear => String::new(),
    };
    check_name(&mut form, &name);
    let display_name = form.text_within("display_name", MAX_NAME).apply(None);
    let custom_attributes = members(&mut form);
    let new = NewUser {
        identity: Identity::Made,
        email,
        name: Some(name),
        avatar: None,
        link: None,
        status_message: None,
        role: None,
        metadata: None,
        tags: Vec::new(),
        display_name,
        custom_attributes,
        // Hashed when everything is known to be right.
        password_hash: None,
        confirmed: true,
        klaim_metadata: None,
        creator: Creator::Api,
    };
    form.finish(Create { new, password })
}

/// What changes a user, who has this e-mail address now. What clients send back as they were told it is no change, also
/// where another face had allowed it.
pub(super) fn update(mut form: Form, held: Option<&Email>) -> Result<Update, Fault> {
    let email = match form.text("email") {
        Patch::Keep => None,
        Patch::Clear if held.is_none() => None,
        Patch::Set(text) if held.is_some_and(|held| text.trim() == held.key()) => None,
        Patch::Clear => checked_email(&mut form, ""),
        Patch::Set(text) => checked_email(&mut form, &text),
    };
    let password = form.text("password").apply(None);
    if let Some(password) = &password {
        check_password(&mut form, password);
    }
    let name = match form.text_within("name", MAX_NAME) {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Set(String::new()),
        Patch::Set(name) => Patch::Set(name),
    };
    if let Patch::Set(name) = &name {
        check_name(&mut form, name);
    }
    let patch = UserPatch {
        name,
        avatar: Patch::Keep,
        link: Patch::Keep,
        status_message: Patch::Keep,
        role: Patch::Keep,
        metadata: Patch::Keep,
        tags: Patch::Keep,
        email: email.map_or(Patch::Keep, Patch::Set),
        user_id: None,
        display_name: form.text_within("display_name", MAX_NAME),
        custom_attributes: members(&mut form),
        password_hash: None,
        klaim_metadata: Patch::Keep,
    };
    form.finish(Update { patch, password })
}

fn checked_email(form: &mut Form, text: &str) -> Option<Email> {
    let checked = email::check(text);
    checked
        .map_err(|sentences| sentences.into_iter().for_each(|sentence| form.refuse("email", sentence)))
        .ok()
}

fn check_password(form: &mut Form, password: &str) {
    for sentence in password::faults(password) {
        form.refuse("password", sentence);
    }
}

fn check_name(form: &mut Form, name: &str) {
    if name.trim().is_empty() {
        form.refuse("name", blank("name"));
    }
}

/// Members of the free-form document; none is as good as no document.
fn members(form: &mut Form) -> Option<Document> {
    let document = form.document("custom_attributes").apply(None);
    document.filter(|document| !document.is_empty())
}
