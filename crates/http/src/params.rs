//! The parameters of a request as a Rails application takes them: the fields of a JSON, form or multipart body and of the
//! query string, in one place, each as JSON whatever way it came.

mod form;
mod multipart;
mod nested;

use std::collections::BTreeMap;

use axum::extract::Request;
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::value::RawValue;

use crate::body::{self, BadBody};

/// Bytes that the frame of a multipart body may take: boundaries and the heads of its parts.
const FRAME: usize = 64 * 1024;

/// How large a body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body, files not counted.
    pub text: usize,
    /// Bytes of one file. Several in one body share the same room.
    pub file: usize,
}

/// Why the parameters of a request cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadParams {
    /// More bytes than allowed, or they stand in a file that is far too large.
    TooLarge,
    /// The client stopped sending, or took too long.
    Incomplete,
    /// Not what its label says, no text, too many fields, or fields that contradict each other.
    Malformed,
}

impl From<BadBody> for BadParams {
    fn from(bad: BadBody) -> Self {
        match bad {
            BadBody::TooLarge => Self::TooLarge,
            BadBody::Incomplete => Self::Incomplete,
            BadBody::ContentType | BadBody::Syntax | BadBody::NotAnObject | BadBody::DuplicateMember => {
                Self::Malformed
            }
        }
    }
}

/// A file that came in a multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name that the client gives it; nothing to trust as a path.
    pub name: Option<String>,
    /// The type that the client says it has.
    pub content_type: Option<String>,
    /// What is in it.
    pub bytes: Bytes,
}

/// A file has more bytes than [`Limits::file`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileTooLarge;

/// Named values, each as JSON.
type Fields = BTreeMap<String, Box<RawValue>>;

/// The parameters of a request.
#[derive(Clone, Debug, Default)]
pub struct Params {
    fields: Fields,
    files: BTreeMap<String, Result<File, FileTooLarge>>,
}

impl Params {
    /// Reads the query string and the body of a request. A field that is in both has the value of the query string, as in
    /// Rails. A body of another type than JSON, form or multipart, and JSON that is no object, have no fields.
    ///
    /// # Errors
    /// [`BadParams`].
    pub async fn read(request: Request, limits: Limits) -> Result<Self, BadParams> {
        let kind = Kind::of(request.headers());
        let room = kind.room(limits);
        let (head, body) = body::whole(request, room).await;
        let body = body?;
        if body.len() > room {
            return Err(BadParams::TooLarge);
        }
        let mut params = match kind {
            Kind::Json => Self::of(json(&body)?),
            Kind::Form => Self::of(form::read(&body)?),
            Kind::Multipart if !body.is_empty() => multipart::read(&head.headers, body, limits)?,
            Kind::Multipart | Kind::Other => Self::default(),
        };
        if let Some(query) = head.uri.query() {
            params.fields.append(&mut form::read(query.as_bytes())?);
        }
        Ok(params)
    }

    /// Fields without files.
    const fn of(fields: Fields) -> Self {
        Self { fields, files: BTreeMap::new() }
    }

    /// The field of this name, as JSON. What came in a form, in a multipart body or in the query string is a string, or an
    /// object or a list where names have brackets: `a[b]=1&c[]=2` is `{"b":"1"}` and `["2"]`. A name without `=` is null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.fields.get(name).map(|value| &**value)
    }

    /// The file of this name.
    ///
    /// # Errors
    /// [`FileTooLarge`]: it came, but has more bytes than allowed.
    pub fn file(&self, name: &str) -> Result<Option<&File>, FileTooLarge> {
        self.files
            .get(name)
            .map(|file| file.as_ref().map_err(|too_large| *too_large))
            .transpose()
    }
}

/// Lets the body of a request arrive for [`Params::read`] to find, as [`body::arrive`] does.
pub async fn arrive(request: &mut Request, limits: Limits) -> bool {
    let room = Kind::of(request.headers()).room(limits);
    body::arrive(request, room).await
}

/// What a body is labelled as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Form,
    Multipart,
    /// Something else, or not labelled at all.
    Other,
}

impl Kind {
    fn of(headers: &HeaderMap) -> Self {
        let label = headers.get(header::CONTENT_TYPE).and_then(body::essence);
        match label.as_deref().unwrap_or_default() {
            "application/json" | "text/x-json" | "application/jsonrequest" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart,
            label if label.ends_with("+json") => Self::Json,
            _ => Self::Other,
        }
    }

    /// How many bytes such a body may have.
    const fn room(self, limits: Limits) -> usize {
        match self {
            Self::Multipart => limits.text.saturating_add(limits.file).saturating_add(FRAME),
            Self::Json | Self::Form | Self::Other => limits.text,
        }
    }
}

/// The members of a JSON object; the last one of a name counts.
fn json(body: &[u8]) -> Result<Fields, BadParams> {
    let text = std::str::from_utf8(body).map_err(|_| BadParams::Malformed)?.trim_ascii();
    let fields = match text.bytes().next() {
        None => return Ok(Fields::new()),
        Some(b'{') => serde_json::from_str(text),
        Some(_) => serde_json::from_str::<&RawValue>(text).map(|_| Fields::new()),
    };
    match fields {
        Ok(fields) if !escapes_nul(text) => Ok(fields),
        _ => Err(BadParams::Malformed),
    }
}

/// Whether valid JSON holds a NUL, which it can only write as an escape.
fn escapes_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let before = json.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\');
        // After an odd number of backslashes the one found is itself escaped.
        before.count() % 2 == 0
    })
}

/// Bytes as text, which holds no NUL.
fn text(bytes: &[u8]) -> Result<&str, BadParams> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(BadParams::Malformed),
    }
}

#[cfg(test)]
mod tests;
