//! Permissions of roles (reference §5.6).

mod input;
mod table;
mod wire;

use axum::extract::{Request, State};
use rollcall_directory::authz::Action;
use rollcall_directory::permissions as directory;
use rollcall_http::body::Payload;
use rollcall_http::query::Query;

use crate::answer::{Answer, data, page};
use crate::auth::Caller;
use crate::form::Form;
use crate::page::{self, Meta};
use crate::path::Named;
use crate::{Core, MAX_BODY};
use wire::{Left, View};

/// Lists the permissions that a role has.
pub(crate) async fn list(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let asked = page::only(&Query::parse(request.uri().query())?)?;
    let listing = directory::list(&core, &actor, named.role()?, asked).await?;
    let meta = Meta::new(asked, &listing, None);
    Ok(page(listing.items.iter().map(View::from).collect(), meta))
}

/// Sets permissions of a role.
pub(crate) async fn set(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let asked = input::values(Form::new(body.fields()?))?;
    let role = named.role()?;
    let (values, outcomes) = wire::sorted(&role, asked);
    let effective = directory::set(&core, &actor, role, values).await?;
    Ok(data(wire::Set::new(outcomes, effective)))
}

/// Takes a permission of a role back to its default.
pub(crate) async fn unset(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let permission = input::permission(named.text("permission"))?;
    let effective = directory::unset(&core, &actor, named.role()?, permission).await?;
    Ok(data(Left::from(effective)))
}
