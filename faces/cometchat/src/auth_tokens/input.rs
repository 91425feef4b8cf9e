//! Bodies about auth tokens, checked (reference §5.3). The vendor names no limits.

use rollcall_model::{AuthTokenPatch, Document, Patch};

use crate::fault::Fault;
use crate::form::{Form, Given};

/// Longest platform in characters.
const MAX_PLATFORM: usize = 100;
/// Longest user agent in characters.
const MAX_AGENT: usize = 1000;
/// Largest app info in bytes of compact JSON.
const MAX_INFO: usize = 5120;

/// The body of a creation: whether it must be a new one.
pub(super) fn force(mut form: Form<'_>) -> Result<bool, Fault> {
    let force = form.flag("force");
    form.finish()?;
    Ok(force)
}

/// The body of an update. A blank text or an empty object takes the value back.
pub(super) fn patch(mut form: Form<'_>) -> Result<AuthTokenPatch, Fault> {
    let platform = change(form.text("platform", MAX_PLATFORM));
    let user_agent = change(form.text("userAgent", MAX_AGENT));
    let app_info = form.document("appInfo", MAX_INFO);
    form.finish()?;
    Ok(AuthTokenPatch { platform, user_agent, app_info: document(app_info) })
}

fn change(given: Given<String>) -> Patch<String> {
    match given {
        Given::Value(text) => Patch::Set(text),
        Given::Blank => Patch::Clear,
        Given::Absent | Given::Wrong => Patch::Keep,
    }
}

fn document(given: Option<Document>) -> Patch<Document> {
    match given {
        None => Patch::Keep,
        Some(document) if document.is_empty() => Patch::Clear,
        Some(document) => Patch::Set(document),
    }
}
