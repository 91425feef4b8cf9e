//! Users (reference §5.1, §5.2).

mod filter;
mod input;
mod wire;

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use rollcall_directory::Directory;
use rollcall_directory::authz::Action;
use rollcall_directory::users::{self as directory_users, Switch};
use rollcall_http::answer::json;
use rollcall_http::body::Payload;
use rollcall_http::query::Query;
use rollcall_model::Uid;
use serde::Serialize;

use crate::MAX_BODY;
use crate::auth::{Caller, on_behalf};
use crate::fault::Fault;
use crate::form::Form;
use crate::page::Meta;
use filter::Filter;
use wire::{Deactivated, Done, Reactivated, View};

type Answer = Result<Response, Fault>;
type Core = State<Arc<Directory>>;

#[derive(Serialize)]
struct Data<T> {
    data: T,
}

#[derive(Serialize)]
struct Page<T> {
    data: Vec<T>,
    meta: Meta,
}

fn data(data: impl Serialize) -> Response {
    json(StatusCode::OK, &Data { data })
}

/// The user that the path names. One that cannot be a uid is one that does not exist, which is said, as of any other,
/// after the scope and the body were checked.
pub(crate) struct Named(Uid);

type Naming = Result<Named, Fault>;

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Ok(params) = RawPathParams::from_request_parts(parts, state).await else {
            // Percent-encoded bytes that are no text.
            let written = parts.uri.path().rsplit('/').next().unwrap_or_default();
            return Err(Fault::unknown_user(&written.to_lowercase()));
        };
        let named = params.iter().find(|(name, _)| *name == "uid").map_or("", |(_, value)| value);
        Uid::parse(named)
            .map(Self)
            .map_err(|_| Fault::unknown_user(&named.to_lowercase()))
    }
}

/// Creates a user.
pub(crate) async fn create(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(Action::CreateUser)?;
    let body = Payload::read(request, MAX_BODY).await?;
    let (new, with_token) = input::new_user(Form::new(body.fields()?))?;
    let created = directory_users::create(&core, &actor, new, with_token).await?;
    Ok(data(View::changed(&created.user).with_token(created.auth_token.as_deref())))
}

/// Lists or counts users.
pub(crate) async fn list(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = on_behalf(caller.may(Action::ListUsers)?, request.headers())?;
    let Filter { query, count, with_tags } = filter::read(&Query::parse(request.uri().query())?)?;
    if count {
        return Ok(data(wire::Count { count: directory_users::count(&core, &actor, query).await? }));
    }
    let page = query.page;
    let listing = directory_users::list(&core, &actor, query).await?;
    let last_change = listing
        .items
        .last()
        .map(|user| user.updated_at.unwrap_or(user.created_at).seconds());
    let meta = Meta::new(page, &listing, last_change);
    let view = |user| View::seen_by(user, actor.viewer.as_ref(), with_tags);
    Ok(json(StatusCode::OK, &Page { data: listing.items.iter().map(view).collect(), meta }))
}

/// Reads one user.
pub(crate) async fn get(State(core): Core, caller: Caller, named: Naming, request: Request) -> Answer {
    let actor = on_behalf(caller.may(Action::ReadUser)?, request.headers())?;
    let Named(uid) = named?;
    let user = directory_users::get(&core, &actor, &uid).await?;
    Ok(data(View::seen_by(&user, actor.viewer.as_ref(), false)))
}

/// Changes one user.
pub(crate) async fn update(State(core): Core, caller: Caller, named: Naming, request: Request) -> Answer {
    let actor = caller.may(Action::UpdateUser)?;
    let body = Payload::read(request, MAX_BODY).await?;
    let patch = input::patch(Form::new(body.fields()?))?;
    let Named(uid) = named?;
    let user = directory_users::update(&core, &actor, uid, patch).await?;
    Ok(data(View::changed(&user)))
}

/// Deactivates one user, or removes it for good.
pub(crate) async fn delete(State(core): Core, caller: Caller, named: Naming, request: Request) -> Answer {
    let actor = caller.may(Action::DeleteUser)?;
    let body = Payload::read(request, MAX_BODY).await?;
    let permanent = input::permanent(Form::new(body.fields()?))?;
    let Named(uid) = named?;
    if permanent {
        let message = format!("The user with UID {uid} was deleted permanently.");
        directory_users::delete(&core, &actor, uid).await?;
        return Ok(data(Done { success: true, message }));
    }
    let answer = Deactivated::one(&uid);
    directory_users::deactivate(&core, &actor, uid).await?;
    Ok(data(answer))
}

/// Deactivates several users.
pub(crate) async fn deactivate(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(Action::SwitchUser)?;
    let body = Payload::read(request, MAX_BODY).await?;
    let uids = input::uids(Form::new(body.fields()?), "uidsToDeactivate")?;
    let switches = directory_users::switch_many(&core, &actor, uids, Switch::Off).await?;
    Ok(data(Deactivated::from(switches)))
}

/// Reactivates several users.
pub(crate) async fn reactivate(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(Action::SwitchUser)?;
    let body = Payload::read(request, MAX_BODY).await?;
    let uids = input::uids(Form::new(body.fields()?), "uidsToActivate")?;
    let switches = directory_users::switch_many(&core, &actor, uids, Switch::On).await?;
    Ok(data(Reactivated::from(switches)))
}
