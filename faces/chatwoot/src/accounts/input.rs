//! Requests about accounts, checked (reference §8.1).

use std::collections::BTreeMap;

use rollcall_model::{AccountPatch, AccountStatus, Document, NewAccount, Patch, switched_features};
use serde_json::value::RawValue;

use super::{locales, support_email};
use crate::Settings;
use crate::fault::Fault;
use crate::form::{Form, blank, human};
use crate::word::{not_included, word};

/// Longest name in characters.
const MAX_NAME: usize = 255;
/// Longest domain in characters.
const MAX_DOMAIN: usize = 100;
/// Longest support address in characters.
const MAX_SUPPORT_EMAIL: usize = 255;

/// What `limits` can hold.
const LIMITS: [&str; 5] = ["agents", "inboxes", "captain_responses", "captain_documents", "emails"];

/// The request that makes an account.
pub(super) fn new_account(mut form: Form, settings: &Settings) -> Result<NewAccount, Fault> {
    if form.text("name") == Patch::Keep {
        form.refuse("name", blank("name"));
    }
    let AccountPatch {
        name,
        locale,
        domain,
        support_email,
        status,
        features,
        limits,
        custom_attributes,
    } = fields(&mut form, settings);
    let nothing = || Document::stored("{}");
    form.finish(NewAccount {
        name: name.unwrap_or_default(),
        locale: locale.unwrap_or_else(|| locales::DEFAULT.to_owned()),
        domain: domain.apply(None),
        support_email: support_email.apply(None),
        status: status.unwrap_or(AccountStatus::Active),
        features: switched_features(settings.default_features.clone(), &features),
        limits: limits.unwrap_or_else(nothing),
        custom_attributes: custom_attributes.unwrap_or_else(nothing),
    })
}

/// The request that changes an account.
pub(super) fn patch(mut form: Form, settings: &Settings) -> Result<AccountPatch, Fault> {
    let patch = fields(&mut form, settings);
    form.finish(patch)
}

/// The fields that are there. Null changes neither locale nor status, which are never without a value.
fn fields(form: &mut Form, settings: &Settings) -> AccountPatch {
    AccountPatch {
        name: name(form),
        locale: word(form, "locale", locales::parse).apply(None),
        domain: form.text_within("domain", MAX_DOMAIN),
        support_email: support_address(form),
        status: word(form, "status", AccountStatus::parse).apply(None),
        features: features(form, settings),
        limits: limits(form),
        custom_attributes: form.document("custom_attributes").apply(None),
    }
}

fn name(form: &mut Form) -> Option<String> {
    match form.text_within("name", MAX_NAME) {
        Patch::Set(name) if !name.trim().is_empty() => Some(name),
        Patch::Keep => None,
        Patch::Set(_) | Patch::Clear => {
            form.refuse("name", blank("name"));
            None
        }
    }
}

fn support_address(form: &mut Form) -> Patch<String> {
    const FIELD: &str = "support_email";
    match form.text_within(FIELD, MAX_SUPPORT_EMAIL) {
        Patch::Set(text) if text.trim().is_empty() => Patch::Clear,
        Patch::Set(text) => {
            if !support_email::is_address(&text) {
                form.refuse(FIELD, format!("{} is not a valid email address", human(FIELD)));
            }
            Patch::Set(text)
        }
        unset @ (Patch::Keep | Patch::Clear) => unset,
    }
}

/// What is said to be on or off. What Rails calls blank is off; everything else, also the text `false`, is on.
fn features(form: &mut Form, settings: &Settings) -> Vec<(String, bool)> {
    let switches = form.document("features").apply(None);
    let switches: Vec<_> = members(switches.as_ref())
        .into_iter()
        .map(|(name, value)| (name, !is_blank(value)))
        .collect();
    if switches.iter().any(|(name, _)| !settings.features.contains(name)) {
        form.refuse("features", not_included("features"));
    }
    switches
}

fn is_blank(value: &RawValue) -> bool {
    match value.get() {
        "null" | "false" | "[]" | "{}" => true,
        text => serde_json::from_str::<String>(text).is_ok_and(|text| text.trim().is_empty()),
    }
}

fn limits(form: &mut Form) -> Option<Document> {
    let limits = form.document("limits").apply(None);
    let is_number = |value: &RawValue| value.get().starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let good = |(name, value): &(String, &RawValue)| LIMITS.contains(&name.as_str()) && is_number(value);
    if !members(limits.as_ref()).iter().all(good) {
        form.refuse("limits", "Limits : Invalid data");
    }
    limits
}

/// The members of a document, by name.
fn members(document: Option<&Document>) -> Vec<(String, &RawValue)> {
    let text = document.map_or("{}", Document::as_str);
    // A document is an object whose members have names of their own.
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    members.into_iter().collect()
}
