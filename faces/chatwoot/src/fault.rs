//! Errors in the vendor's shapes: one table from ours to its statuses and sentences (reference §4).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use rollcall_http::answer::Detail;
use rollcall_model::Error;
use serde::Serialize;

use crate::answer::json;
use crate::form::too_large;

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    body: Body,
    /// For the log only.
    internal: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Body {
    /// Who calls, and what that caller may touch or do.
    Refused { error: &'static str },
    /// Fields that fail their rules.
    Invalid(Invalid),
    /// Everything that the framework under the vendor's server answers by itself.
    Status { status: u16, error: &'static str },
    /// Signing in.
    Login { success: bool, errors: [&'static str; 1] },
}

/// Sentences about fields that fail their rules, in the order of checking.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invalid {
    sentences: Vec<String>,
    attributes: Vec<&'static str>,
}

impl Invalid {
    /// Says something about a field.
    pub(crate) fn add(&mut self, attribute: &'static str, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
        if !self.attributes.contains(&attribute) {
            self.attributes.push(attribute);
        }
    }

    /// The value, if nothing was said.
    pub(crate) fn or_else<T>(self, value: T) -> Result<T, Fault> {
        if self.sentences.is_empty() {
            Ok(value)
        } else {
            Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, Body::Invalid(self)))
        }
    }
}

impl Serialize for Invalid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            message: String,
            attributes: &'a [&'static str],
        }
        Shape {
            message: self.sentences.join(", "),
            attributes: &self.attributes,
        }
        .serialize(serializer)
    }
}

impl Fault {
    fn new(status: StatusCode, body: Body) -> Self {
        Self { status, body, internal: None }
    }

    /// One field that fails a rule.
    pub(crate) fn invalid(attribute: &'static str, sentence: impl Into<String>) -> Self {
        let mut invalid = Invalid::default();
        invalid.add(attribute, sentence);
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, Body::Invalid(invalid))
    }

    fn refused(error: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Body::Refused { error })
    }

    /// The token is missing, unknown, or opens something else.
    pub(crate) fn unknown_token() -> Self {
        Self::refused("Invalid access_token")
    }

    /// The operator has not switched this on.
    pub(crate) fn switched_off(error: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, Body::Refused { error })
    }

    /// Nothing has this number, or there is no such operation.
    pub(crate) fn not_found() -> Self {
        Self::of_status(StatusCode::NOT_FOUND)
    }

    /// The body cannot be read.
    pub(crate) fn bad_request() -> Self {
        Self::of_status(StatusCode::BAD_REQUEST)
    }

    /// The body is too large.
    pub(crate) fn too_large() -> Self {
        Self::of_status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// Whether the body was too large.
    pub(crate) fn is_too_large(&self) -> bool {
        self.status == StatusCode::PAYLOAD_TOO_LARGE
    }

    fn of_status(status: StatusCode) -> Self {
        let error = status.canonical_reason().unwrap_or("Error");
        Self::new(status, Body::Status { status: status.as_u16(), error })
    }

    fn login_refused() -> Self {
        let errors = ["Invalid login credentials. Please try again."];
        Self::new(StatusCode::UNAUTHORIZED, Body::Login { success: false, errors })
    }

    fn internal(status: StatusCode, text: String) -> Self {
        Self { internal: Some(text), ..Self::of_status(status) }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::UserNotFound(_) | Error::ObjectNotFound(_) | Error::AppNotFound(_) => Self::not_found(),
            Error::NotPermissible(_) => Self::refused("Non permissible resource"),
            Error::EmailTaken => Self::invalid("email", "Email has already been taken"),
            Error::AttributesTooLarge => Self::invalid("custom_attributes", too_large("custom_attributes")),
            Error::NoEmail => Self::invalid("email", "Email can't be blank"),
            Error::UserMustExist => Self::invalid("user", "User must exist"),
            Error::AccountMustExist => Self::invalid("account", "Account must exist"),
            Error::LoginRefused => Self::login_refused(),
            Error::Denied | Error::Forbidden => Self::unknown_token(),
            // Nothing that this face does ends in one of these.
            Error::AppExists(_)
            | Error::CredentialNotFound
            | Error::UidTaken(_)
            | Error::UserIdTaken(_)
            | Error::NotEnoughCredits
            | Error::TooManyCredits
            | Error::RoleNotFound(_)
            | Error::RoleTaken(_)
            | Error::RoleProtected(_)
            | Error::OwnCredential
            | Error::AuthTokenNotFound
            | Error::AuthTokenElsewhere
            | Error::AuthTokenForeign
            | Error::QuotaReached(_)
            | Error::AlreadyFriend(_)
            | Error::NotAFriend(_)
            | Error::OwnFriend
            | Error::TooManyFriends(_)
            | Error::OwnBlock => Self::internal(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
            Error::Busy => Self::internal(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
            Error::Unavailable(text) => Self::internal(StatusCode::SERVICE_UNAVAILABLE, text),
            Error::Internal(text) => Self::internal(StatusCode::INTERNAL_SERVER_ERROR, text),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self { status, body, internal } = self;
        let mut response = json(status, &body);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(internal) = internal {
            response.extensions_mut().insert(Detail(internal));
        }
        response
    }
}
