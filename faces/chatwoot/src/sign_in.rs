//! Signing in with a login link, and what the session is good for (reference §5.6).
//!
//! Outside of the Platform API: no token of a platform app opens these, the link itself does. There is no signing in with a
//! password: such a request names no app.

pub(crate) mod attempts;
mod client;
mod wire;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rollcall_directory::sessions::{self, Session, SignedIn};
use rollcall_directory::{Directory, login_links, memberships};
use rollcall_http::params::Limits;
use rollcall_model::Error;

use crate::Face;
use crate::answer::{Answer, json, ok};
use crate::fault::Fault;
use crate::form::Form;
use crate::users::email;
use crate::users::wire::view;
use attempts::Standing;

/// Larger than any request to sign in.
const LIMITS: Limits = Limits { text: 8 * 1024, file: 0 };

/// `POST /auth/sign_in`: redeems a login link.
pub(crate) async fn create(State(face): State<Face>, request: Request) -> Answer {
    let address = client::address(&request, &face.settings);
    let mut form = Form::read(request, LIMITS).await?;
    let mut text = |field| form.text(field).apply(None).unwrap_or_default();
    let (email, token) = (text("email"), text("sso_auth_token"));
    form.finish(())?;
    let at = face.directory.now();
    let standing = face.attempts.standing(&address, &email, at);
    if standing == Standing::Closed {
        return Ok(later());
    }
    let redeemed = login_links::redeem(&face.directory, &email, &token).await;
    if matches!(redeemed, Err(Error::LoginRefused)) {
        face.attempts.failed(&address, &email, at);
        if standing == Standing::Crowded {
            return Ok(later());
        }
    }
    welcome(&face.directory, &redeemed?, None).await
}

/// `GET /auth/validate_token`: whose session it is.
pub(crate) async fn get(State(directory): State<Arc<Directory>>, headers: HeaderMap) -> Answer {
    match held(&directory, &headers).await {
        Ok(signed_in) => welcome(&directory, &signed_in, Some(true)).await,
        Err(Error::LoginRefused) => {
            Ok(json(StatusCode::UNAUTHORIZED, &wire::Refused::because("Invalid login credentials")))
        }
        Err(error) => Err(error.into()),
    }
}

/// `DELETE /auth/sign_out`: ends the session.
pub(crate) async fn delete(State(directory): State<Arc<Directory>>, headers: HeaderMap) -> Answer {
    let ended = match held(&directory, &headers).await {
        Ok(signed_in) => sessions::end(&directory, &signed_in).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => Ok(ok(&wire::Done { success: true })),
        Err(Error::LoginRefused) => {
            let refused = wire::Refused::because("User was not found or was not logged in.");
            Ok(json(StatusCode::NOT_FOUND, &refused))
        }
        Err(error) => Err(error.into()),
    }
}

/// Who holds the session that the headers name.
async fn held(directory: &Directory, headers: &HeaderMap) -> Result<SignedIn, Error> {
    let text = |name: &str| {
        let value = headers.get(name)?;
        std::str::from_utf8(value.as_bytes()).ok()
    };
    match (text("client"), text("access-token"), text("uid")) {
        (Some(client), Some(token), Some(uid)) => sessions::verify(directory, client, token, uid).await,
        _ => Err(Error::LoginRefused),
    }
}

/// The user's record, with the session in the headers.
async fn welcome(directory: &Directory, signed_in: &SignedIn, success: Option<bool>) -> Answer {
    let SignedIn { app, user, session } = signed_in;
    let accounts = memberships::of_user(directory, app, user).await?;
    let data = view(directory, app, user, &accounts);
    let mut response = ok(&wire::Data { success, data });
    let Session { client, token, expires_at } = session;
    let uid = user.email.as_ref().map(email::shown).unwrap_or_default();
    for (name, text) in [
        ("access-token", token.as_str()),
        ("token-type", "Bearer"),
        ("client", client),
        ("expiry", &expires_at.seconds().to_string()),
        ("uid", &uid),
    ] {
        // An address may have letters beyond ASCII, which go as they are.
        let value = HeaderValue::from_bytes(text.as_bytes())
            .map_err(|_| Fault::from(Error::Internal(format!("{name} is no header"))))?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// Too many attempts have failed.
fn later() -> Response {
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::TOO_MANY_REQUESTS, plain, "Retry later\n").into_response()
}
