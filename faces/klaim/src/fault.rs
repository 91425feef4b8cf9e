//! Errors in the vendor's shape, a `message` alone: one table from ours to its statuses and sentences (reference §5, §6).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use rollcall_http::answer::{Detail, json};
use rollcall_http::body::BadBody;
use rollcall_http::query::BadQuery;
use rollcall_model::Error;
use serde::Serialize;

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    message: String,
    /// For the log only.
    internal: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
}

impl Fault {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), internal: None }
    }

    /// Something in the request cannot be used.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A field that must be there is not.
    pub(crate) fn missing_fields() -> Self {
        Self::bad_request("missing required fields")
    }

    /// The key is missing, unknown, or opens something else.
    pub(crate) fn unknown_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid API key")
    }

    /// There is no such operation.
    pub(crate) fn unknown_operation(method: &Method, path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no operation {method} {path}"))
    }

    fn conflict(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    fn internal(status: StatusCode, message: &str, text: String) -> Self {
        Self { internal: Some(text), ..Self::new(status, message) }
    }
}

/// What is said when the server cannot do it now.
const UNAVAILABLE: &str = "The server cannot do this at the moment; try again";

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::UserNotFound(_) => {
                Self::new(StatusCode::NOT_FOUND, "Can not find user with the given user_id.")
            }
            Error::EmailTaken => Self::conflict("Email already exists"),
            Error::UserIdTaken(_) | Error::UidTaken(_) => Self::conflict("User ID already exists"),
            Error::NotEnoughCredits => Self::conflict("Insufficient credit balance"),
            Error::TooManyCredits => Self::conflict("Credit balance would be too large"),
            Error::Denied | Error::Forbidden | Error::AppNotFound(_) => Self::unknown_key(),
            // Nothing that this face does ends in one of these.
            Error::AppExists(_)
            | Error::CredentialNotFound
            | Error::AttributesTooLarge
            | Error::NoEmail
            | Error::ObjectNotFound(_)
            | Error::NotPermissible(_)
            | Error::UserMustExist
            | Error::AccountMustExist
            | Error::LoginRefused
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
            | Error::OwnBlock => Self::bad_request(error.to_string()),
            Error::Busy => Self::internal(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, error.to_string()),
            Error::Unavailable(text) => Self::internal(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, text),
            Error::Internal(text) => {
                let message = "Something went wrong on our side";
                Self::internal(StatusCode::INTERNAL_SERVER_ERROR, message, text)
            }
        }
    }
}

impl From<BadBody> for Fault {
    fn from(bad: BadBody) -> Self {
        match bad {
            BadBody::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            BadBody::Incomplete => Self::bad_request("The body did not arrive whole"),
            BadBody::ContentType => Self::bad_request("The body must be JSON, labelled application/json"),
            BadBody::Syntax => Self::bad_request("The body is not valid JSON"),
            BadBody::NotAnObject => Self::bad_request("The body must be a JSON object"),
            BadBody::DuplicateMember => Self::bad_request("The body holds the same member twice"),
        }
    }
}

impl From<BadQuery> for Fault {
    fn from(BadQuery(name): BadQuery) -> Self {
        Self::bad_request(format!("{name} is not text"))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self { status, message, internal } = self;
        let mut response = json(status, &Body { message: &message });
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(internal) = internal {
            response.extensions_mut().insert(Detail(internal));
        }
        response
    }
}
