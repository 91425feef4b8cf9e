//! Errors in the vendor's envelope: one table from ours to its codes and statuses (reference §3). The sentences are
//! our own; clients branch on `code`.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use rollcall_http::answer::{Detail, json};
use rollcall_http::body::BadBody;
use rollcall_http::query::BadQuery;
use rollcall_model::{BadPermission, Error, MAX_FRIENDS};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// What every answer of this API names as its source.
const SOURCE: &str = "chat-api";

/// Messages per field path, in the order of checking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Details(Vec<(String, Vec<String>)>);

impl Details {
    pub(crate) fn add(&mut self, path: impl Into<String>, message: String) {
        let path = path.into();
        match self.0.iter_mut().find(|(known, _)| *known == path) {
            Some((_, messages)) => messages.push(message),
            None => self.0.push((path, vec![message])),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (path, messages) in &self.0 {
            map.serialize_entry(path, messages)?;
        }
        map.end()
    }
}

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    code: &'static str,
    message: String,
    dev_message: String,
    details: Option<Details>,
    /// For the log only.
    internal: Option<String>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    message: &'a str,
    dev_message: &'a str,
    source: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Details>,
}

impl Fault {
    fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        dev_message: impl Into<String>,
    ) -> Self {
        let (message, dev_message) = (message.into(), dev_message.into());
        Self {
            status,
            code,
            message,
            dev_message,
            details: None,
            internal: None,
        }
    }

    /// Code and message, for an item of a bulk call.
    pub(crate) fn reason(self) -> (&'static str, String) {
        (self.code, self.message)
    }

    /// Fields that fail their rules.
    pub(crate) fn invalid(details: Details) -> Self {
        let message = "Some of the values in the request are not valid.";
        let dev = "See details for what each field should be.";
        Self { details: Some(details), ..Self::bad_request(message, dev) }
    }

    fn bad_request(message: &str, dev_message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ERR_BAD_REQUEST", message, dev_message)
    }

    pub(crate) fn empty_app_id() -> Self {
        let dev =
            "Send the app id in the appId header or as the first label of the host, or leave the header out.";
        Self::new(StatusCode::UNAUTHORIZED, "AUTH_ERR_EMPTY_APPID", "The app id is missing.", dev)
    }

    pub(crate) fn invalid_app_id(given: &str) -> Self {
        let message = format!("There is no app {given} here.");
        let dev = "The appId header or the first label of the host names an app that does not exist, or they differ.";
        Self::new(StatusCode::UNAUTHORIZED, "AUTH_ERR_INVALID_APPID", message, dev)
    }

    pub(crate) fn empty_api_key() -> Self {
        let dev = "Send the key in the apikey header.";
        Self::new(StatusCode::UNAUTHORIZED, "AUTH_ERR_EMPTY_APIKEY", "The API key is missing.", dev)
    }

    pub(crate) fn unknown_api_key(key: &str) -> Self {
        let message = format!("The API key {} does not exist.", masked(key));
        let dev = "The key in the apikey header is unknown in this app or has been revoked.";
        Self::new(StatusCode::UNAUTHORIZED, "AUTH_ERR_APIKEY_NOT_FOUND", message, dev)
    }

    pub(crate) fn empty_auth_token() -> Self {
        let dev = "Send the user's auth token in the authToken header, or an API key in the apikey header.";
        Self::new(StatusCode::UNAUTHORIZED, "AUTH_ERR_EMPTY_AUTH_TOKEN", "The auth token is missing.", dev)
    }

    pub(crate) fn nobody_acts() -> Self {
        let dev = "A key needs the onBehalfOf header here; a user sends an auth token in its place.";
        Self::new(StatusCode::UNAUTHORIZED, "AUTH_ERR_EMPTY_AUTH_TOKEN", "No user is acting.", dev)
    }

    pub(crate) fn unknown_auth_token() -> Self {
        let message = "The auth token does not exist.";
        let dev = "It is unknown in this app, has been deleted, or its user is deactivated.";
        Self::new(StatusCode::UNAUTHORIZED, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", message, dev)
    }

    pub(crate) fn too_many(after: u64) -> Self {
        let message = format!("Too many requests. Try again in {after} seconds.");
        let dev = "The app's rate limit for this class of operations is used up; see Retry-After.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "ERR_TOO_MANY_REQUESTS", message, dev)
    }

    pub(crate) fn unknown_operation(method: &Method, path: &str) -> Self {
        let message = format!("There is no operation {method} {path}.");
        let dev = "Check the method and the path; docs/faces/cometchat.md lists what is there.";
        Self::new(StatusCode::NOT_FOUND, "ERR_API_NOT_FOUND", message, dev)
    }

    pub(crate) fn unknown_version(path: &str) -> Self {
        let message = format!("{path} names an API version that is not served.");
        Self::new(StatusCode::NOT_FOUND, "ERR_INVALID_API_VERSION", message, "Use the prefix /v3 or /v3.0.")
    }

    pub(crate) fn unknown_user(uid: &str) -> Self {
        let message = format!("The user with UID {uid} does not exist.");
        let dev = "The uid was never created, or the user is deactivated or deleted.";
        Self::new(StatusCode::NOT_FOUND, "ERR_UID_NOT_FOUND", message, dev)
    }

    pub(crate) fn unknown_feature(name: &str) -> Self {
        let dev = "docs/faces/cometchat.md lists the features.";
        Self::bad_request(&format!("There is no feature {name}."), dev)
    }

    pub(crate) fn unknown_permission(id: &str) -> Self {
        let dev = "The list of a role's permissions has their ids.";
        Self::bad_request(&format!("There is no permission {id}."), dev)
    }

    pub(crate) fn unfit_permission(id: &str, bad: BadPermission) -> Self {
        let dev = "The list of a role's permissions says what each can be set to.";
        Self::bad_request(&format!("The value of {id} {bad}."), dev)
    }
}

/// Five characters at each end, so that a reader knows which key is meant and nobody else learns it.
fn masked(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    let shown = |position: usize| characters.len() > 10 && (position < 5 || position >= characters.len() - 5);
    characters
        .iter()
        .enumerate()
        .take(256)
        .map(|(i, c)| if shown(i) { *c } else { '*' })
        .collect()
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::AppNotFound(app) => Self::invalid_app_id(app.as_str()),
            Error::UserNotFound(uid) => Self::unknown_user(&uid),
            Error::UidTaken(uid) => Self::new(
                StatusCode::BAD_REQUEST,
                "ERR_UID_ALREADY_EXISTS",
                format!("The UID {uid} is already taken."),
                "Uids are unique in an app, deactivated users included. Choose another, or update that user.",
            ),
            Error::RoleNotFound(role) => Self::new(
                StatusCode::NOT_FOUND,
                "ERR_ROLE_NOT_FOUND",
                format!("The role {role} does not exist."),
                "The role was never created, or it is deleted.",
            ),
            Error::RoleTaken(role) => Self::new(
                StatusCode::BAD_REQUEST,
                "ERR_ROLE_ALREADY_EXISTS",
                format!("The role {role} already exists."),
                "Role ids are unique in an app. Choose another, or update that role.",
            ),
            Error::RoleProtected(role) => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_ROLE_DELETE_DENIED",
                format!("The role {role} cannot be deleted."),
                "Every app has this role: users get it when no other is named.",
            ),
            Error::OwnCredential => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_APIKEY_NO_SELF_ACTION",
                "An API key cannot change or delete itself.",
                "Use another fullAccess key for this.",
            ),
            Error::AuthTokenNotFound => Self::new(
                StatusCode::NOT_FOUND,
                "ERR_AUTH_TOKEN_NOT_FOUND",
                "The user has no such auth token.",
                "It was never made, or it has been deleted.",
            ),
            Error::AuthTokenElsewhere => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_AUTHTOKEN_UNAVAILABLE",
                "The auth token belongs to another device.",
                "A user gets only at the token that the request came with.",
            ),
            Error::AuthTokenForeign => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_AUTHTOKEN_NOT_ACCESSIBLE",
                "The auth token belongs to another user.",
                "A user gets only at the token that the request came with.",
            ),
            Error::QuotaReached(quota) => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_PLAN_QUOTA_RESTRICTION",
                format!("An app may have {quota}, and this one has them."),
                "Delete one that is not needed any more.",
            ),
            Error::AlreadyFriend(uid) => Self::new(
                StatusCode::BAD_REQUEST,
                "ERR_ALREADY_FRIEND",
                format!("The user with UID {uid} is a friend already."),
                "Nothing was changed.",
            ),
            Error::NotAFriend(uid) => Self::new(
                StatusCode::BAD_REQUEST,
                "ERR_NOT_A_FRIEND",
                format!("The user with UID {uid} is not a friend."),
                "No friendship was ended, those of the other uids included.",
            ),
            Error::OwnFriend => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_CANNOT_FORM_SELF_RELATION",
                "Users cannot be their own friends.",
                "Name another user.",
            ),
            Error::TooManyFriends(uid) => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_FAILED_TO_ADD_FRIEND",
                format!("The user with UID {uid} has {MAX_FRIENDS} friends, which is the most."),
                "End a friendship first.",
            ),
            Error::OwnBlock => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_CANNOT_BLOCK_SELF",
                "Users cannot block themselves.",
                "Name another user.",
            ),
            Error::Forbidden => Self::new(
                StatusCode::FORBIDDEN,
                "ERR_PERMISSION_DENIED",
                "The user is not allowed to do this.",
                "Users act on themselves, within what their role allows. An API key without onBehalfOf has no such limits.",
            ),
            Error::Denied => Self::new(
                StatusCode::FORBIDDEN,
                "AUTH_ERR_NO_ACCESS",
                "The API key does not allow this operation.",
                "Keys of scope authOnly may create and update users and make auth tokens; everything else needs fullAccess.",
            ),
            Error::CredentialNotFound => Self::new(
                StatusCode::NOT_FOUND,
                "ERR_APIKEY_NOT_FOUND",
                "The API key does not exist.",
                "The app has no such key.",
            ),
            Error::AppExists(app) => {
                Self::bad_request(&format!("The app {app} already exists."), "App ids are unique.")
            }
            // Nothing that this face does ends in one of these.
            Error::UserIdTaken(_)
            | Error::EmailTaken
            | Error::AttributesTooLarge
            | Error::NoEmail
            | Error::ObjectNotFound(_)
            | Error::NotPermissible(_)
            | Error::UserMustExist
            | Error::AccountMustExist
            | Error::LoginRefused
            | Error::NotEnoughCredits
            | Error::TooManyCredits => Self::bad_request(&error.to_string(), "It belongs to another API."),
            Error::Busy => Self::unavailable(None),
            Error::Unavailable(text) => Self::unavailable(Some(text)),
            Error::Internal(text) => Self {
                internal: Some(text),
                ..Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "ERR_EXCEPTION",
                    "Something went wrong on our side.",
                    "The server's log says more under this answer's x-request-id.",
                )
            },
        }
    }
}

impl Fault {
    fn unavailable(internal: Option<String>) -> Self {
        let message = "The server cannot do this at the moment.";
        let dev = "Nothing was confirmed. Try again after the time in the Retry-After header.";
        Self {
            internal,
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "ERR_OPERATION_FAILED", message, dev)
        }
    }
}

impl From<BadBody> for Fault {
    fn from(bad: BadBody) -> Self {
        let message = "The body of the request cannot be used.";
        match bad {
            BadBody::TooLarge => Self {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                ..Self::bad_request("The body of the request is too large.", "A body may have 32 KB.")
            },
            BadBody::Incomplete => Self::bad_request(message, "It did not arrive whole."),
            BadBody::ContentType => {
                Self::bad_request(message, "Send JSON, with Content-Type: application/json.")
            }
            BadBody::Syntax => Self::bad_request(message, "It is not valid JSON in UTF-8."),
            BadBody::NotAnObject => Self::bad_request(message, "It is not a JSON object."),
            BadBody::DuplicateMember => Self::bad_request(message, "It holds the same member twice."),
        }
    }
}

impl From<BadQuery> for Fault {
    fn from(BadQuery(name): BadQuery) -> Self {
        let mut details = Details::default();
        let message = format!("The {name} format is invalid.");
        details.add(name, message);
        Self::invalid(details)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self { status, code, message, dev_message, details, internal } = self;
        let error = Body {
            message: &message,
            dev_message: &dev_message,
            source: SOURCE,
            code,
            details: details.as_ref(),
        };
        let mut response = json(status, &Envelope { error });
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        let told = internal.map_or_else(|| code.to_owned(), |text| format!("{code}: {text}"));
        response.extensions_mut().insert(Detail(told));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_only_its_ends() {
        assert_eq!(masked("0123456789abcdef"), "01234******bcdef");
        assert_eq!(masked("0123456789"), "**********");
        assert_eq!(masked(""), "");
        assert!(masked(&"k".repeat(10_000)).len() <= 256);
    }
}
