//! Users (reference §5.1, §5.2).

mod filter;
pub(crate) mod input;
mod wire;

use axum::extract::{Request, State};
use http::StatusCode;
use rollcall_directory::authz::Action;
use rollcall_directory::users::{self as directory, Switch};
use rollcall_http::answer::written;
use rollcall_http::body::Payload;
use rollcall_http::query::Query;

use crate::answer::{Answer, data, done, page, text};
use crate::auth::Caller;
use crate::form::Form;
use crate::page::Meta;
use crate::path::Named;
use crate::{Core, MAX_BODY, uids};
use filter::Filter;
pub(crate) use filter::search_key;
pub(crate) use wire::View;
use wire::{Deactivated, Reactivated};

/// The answer of [`get`] to a key, as it is kept with the record.
const SEEN: &str = "cometchat.user";

/// Creates a user.
pub(crate) async fn create(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::CreateUser).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let (new, with_token) = input::new_user(Form::new(body.fields()?))?;
    let created = directory::create(&core, &actor, new, with_token).await?;
    Ok(data(View::changed(&created.user).with_token(created.auth_token.as_deref())))
}

/// Lists or counts users.
pub(crate) async fn list(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ListUsers).await?;
    let Filter { query, after, count, with_tags } = filter::read(&Query::parse(request.uri().query())?)?;
    if count {
        return Ok(data(wire::Count { count: directory::count(&core, &actor, query).await? }));
    }
    let asked = query.page;
    let listing = directory::list(&core, &actor, query, after).await?;
    let meta = Meta::of_users(asked, &listing);
    let views: Vec<_> = listing.items.iter().map(|seen| View::seen(seen, &actor, with_tags)).collect();
    Ok(page(views, meta))
}

/// Reads one user.
pub(crate) async fn get(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::ReadUser).await?;
    let uid = named.uid()?;
    let seen = directory::get(&core, &actor, &uid).await?;
    let render = || text(View::seen(&seen, &actor, false));
    Ok(written(
        StatusCode::OK,
        match &actor.viewer {
            // What keys are told is in the record alone.
            None => directory::answer(&core, &actor.app, &seen.user, SEEN, render),
            Some(_) => render(),
        },
    ))
}

/// Changes one user.
pub(crate) async fn update(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::UpdateUser).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let patch = input::patch(Form::new(body.fields()?))?;
    let uid = named.uid()?;
    let user = directory::update(&core, &actor, uid, patch).await?;
    Ok(data(View::changed(&user)))
}

/// Deactivates one user, or removes it for good.
pub(crate) async fn delete(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::DeleteUser).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let permanent = input::permanent(Form::new(body.fields()?))?;
    let uid = named.uid()?;
    if permanent {
        let message = format!("The user with UID {uid} was deleted permanently.");
        directory::delete(&core, &actor, uid).await?;
        return Ok(done(message));
    }
    let answer = Deactivated::one(&uid);
    directory::deactivate(&core, &actor, uid).await?;
    Ok(data(answer))
}

/// Deactivates several users.
pub(crate) async fn deactivate(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::SwitchUser).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let named = uids::required(Form::new(body.fields()?), "uidsToDeactivate")?;
    let switches = directory::switch_many(&core, &actor, named, Switch::Off).await?;
    Ok(data(Deactivated::from(switches)))
}

/// Reactivates several users.
pub(crate) async fn reactivate(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::SwitchUser).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let named = uids::required(Form::new(body.fields()?), "uidsToActivate")?;
    let switches = directory::switch_many(&core, &actor, named, Switch::On).await?;
    Ok(data(Reactivated::from(switches)))
}
