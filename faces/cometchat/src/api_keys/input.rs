//! Bodies and queries about API keys, checked (reference §5.4 and §6).

use rollcall_directory::api_keys::ApiKeyQuery;
use rollcall_http::query::Query;
use rollcall_model::{CredentialKind, CredentialPatch, Page};

use crate::fault::{Details, Fault};
use crate::form::{Form, Given, says};
use crate::page;

/// Longest name, in the vendor's way of counting: an emoji is two.
const MAX_NAME: usize = 100;
/// Longest search key in characters; the vendor names no limit.
const MAX_KEY: usize = 100;

/// The body of a creation: scope and name.
pub(super) fn new_key(mut form: Form<'_>) -> Result<(CredentialKind, String), Fault> {
    let name = form.required_text("name", usize::MAX).and_then(|text| fitting(&mut form, text));
    let kind = scope(&mut form);
    form.finish()?;
    match name {
        Some(name) => Ok((kind.unwrap_or(CredentialKind::AuthOnly), name)),
        None => Err(Fault::invalid(Details::default())),
    }
}

/// The body of an update.
pub(super) fn patch(mut form: Form<'_>) -> Result<CredentialPatch, Fault> {
    let name = form.filled_text("name", usize::MAX).and_then(|text| fitting(&mut form, text));
    let kind = scope(&mut form);
    form.finish()?;
    Ok(CredentialPatch { name, kind })
}

fn fitting(form: &mut Form<'_>, name: String) -> Option<String> {
    if name.encode_utf16().count() <= MAX_NAME {
        return Some(name);
    }
    form.refuse("name", says::too_long("name", MAX_NAME));
    None
}

fn scope(form: &mut Form<'_>) -> Option<CredentialKind> {
    let Given::Value(text) = form.text("scope", usize::MAX) else {
        return None;
    };
    let kind = parse(&text);
    if kind.is_none() {
        form.refuse("scope", says::selected("scope"));
    }
    kind
}

fn parse(scope: &str) -> Option<CredentialKind> {
    CredentialKind::API_KEYS.into_iter().find(|kind| kind.as_str() == scope)
}

/// The query of a list.
pub(super) fn query(query: &Query) -> Result<(Page, ApiKeyQuery), Fault> {
    let mut details = Details::default();
    let page = page::read(query, &mut details);
    let kind = query.one("scope").and_then(|scope| {
        let kind = parse(scope);
        if kind.is_none() {
            details.add("scope", says::selected("scope"));
        }
        kind
    });
    let search = query.one("searchKey");
    if search.is_some_and(|key| key.chars().count() > MAX_KEY) {
        details.add("searchKey", says::too_long("searchKey", MAX_KEY));
    }
    if !details.is_empty() {
        return Err(Fault::invalid(details));
    }
    Ok((page, ApiKeyQuery { kind, search: search.map(str::to_owned) }))
}
