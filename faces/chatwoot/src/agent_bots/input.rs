//! What an agent bot can be made of (reference §10). Nothing is required, not even a name.

use axum::extract::Request;
use http::{HeaderMap, header};
use rollcall_http::params::FileTooLarge;
use rollcall_model::{AccountId, AgentBotPatch, NewAgentBot, Patch, Picture};

use super::picture;
use crate::MAX_PICTURE;
use crate::fault::Fault;
use crate::form::{Form, PICTURE};

/// Longest URL of a picture, in bytes. A longer one is not fetched, like any that leads nowhere.
const MAX_URL: usize = 2048;

const TOO_BIG: &str = "Avatar is too big";
const NOT_SUPPORTED: &str = "Avatar filetype not supported";

/// What a request says about a bot.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) patch: AgentBotPatch,
    /// The picture that came with it.
    pub(super) picture: Option<Picture>,
    /// Where a picture is to be fetched from afterwards.
    pub(super) avatar_url: Option<String>,
}

/// Reads the request of which [`check`] makes sense.
pub(super) async fn read(request: Request) -> Result<Form, Fault> {
    let carries_too_much = carries_too_much(request.headers());
    Form::read(request, PICTURE).await.map_err(|fault| {
        // So far beyond the limit that nobody has looked for the picture in it.
        if fault.is_too_large() && carries_too_much {
            Fault::invalid("avatar", TOO_BIG)
        } else {
            fault
        }
    })
}

/// Whether a form says that it holds more than a picture may be.
fn carries_too_much(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let kind = text(header::CONTENT_TYPE).unwrap_or_default().trim_start();
    let has_files = kind
        .get(.."multipart/form-data".len())
        .is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data"));
    has_files && length.is_some_and(|length| length > MAX_PICTURE)
}

/// Checks the fields and the picture.
pub(super) fn check(mut form: Form) -> Result<Input, Fault> {
    let patch = AgentBotPatch {
        name: form.text_within("name", 255),
        description: form.text_within("description", 255),
        outgoing_url: form.text_within("outgoing_url", 2048),
        account: match form.integer("account_id") {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(number) => Patch::Set(AccountId(number)),
        },
    };
    let picture = uploaded(&mut form);
    let avatar_url = match form.text("avatar_url") {
        Patch::Set(url) if !url.trim().is_empty() && url.len() <= MAX_URL => Some(url),
        Patch::Set(_) | Patch::Keep | Patch::Clear => None,
    };
    form.finish(Input { patch, picture, avatar_url })
}

/// The picture that came as a file, told by its content: what the client calls it counts for nothing.
fn uploaded(form: &mut Form) -> Option<Picture> {
    let refusal = match form.file("avatar") {
        Ok(None) => return None,
        Ok(Some(file)) => match picture::of(&file.bytes) {
            Some(picture) => return Some(picture),
            None => NOT_SUPPORTED,
        },
        Err(FileTooLarge) => TOO_BIG,
    };
    form.refuse("avatar", refusal);
    None
}

/// A bot of what was said; what was not said is null.
pub(super) fn new(patch: AgentBotPatch) -> NewAgentBot {
    let AgentBotPatch { name, description, outgoing_url, account } = patch;
    NewAgentBot {
        name: name.apply(None),
        description: description.apply(None),
        outgoing_url: outgoing_url.apply(None),
        account: account.apply(None),
    }
}
