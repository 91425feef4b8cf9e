//! Roles (reference §5.5).

mod input;
mod wire;

use axum::extract::{Request, State};
use rollcall_directory::authz::Action;
use rollcall_directory::roles as directory;
use rollcall_http::body::Payload;
use rollcall_http::query::Query;

use crate::answer::{Answer, data, done, page};
use crate::auth::Caller;
use crate::form::Form;
use crate::page::{self, Meta};
use crate::path::Named;
use crate::{Core, MAX_BODY};
use wire::View;

/// Creates a role.
pub(crate) async fn create(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let new = input::new_role(Form::new(body.fields()?))?;
    let role = directory::create(&core, &actor, new).await?;
    Ok(data(View::from(&role)))
}

/// Lists roles.
pub(crate) async fn list(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let asked = page::only(&Query::parse(request.uri().query())?)?;
    let listing = directory::list(&core, &actor, asked).await?;
    let meta = Meta::new(asked, &listing, None);
    Ok(page(listing.items.iter().map(View::from).collect(), meta))
}

/// Reads one role.
pub(crate) async fn get(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let role = directory::get(&core, &actor, &named.role()?).await?;
    Ok(data(View::from(&role)))
}

/// Changes one role.
pub(crate) async fn update(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let patch = input::patch(Form::new(body.fields()?))?;
    let role = directory::update(&core, &actor, named.role()?, patch).await?;
    Ok(data(View::from(&role)))
}

/// Removes one role.
pub(crate) async fn delete(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let role = named.role()?;
    let message = format!("The role {role} was deleted; its users have the default role now.");
    directory::delete(&core, &actor, role).await?;
    Ok(done(message))
}
