//! Features that a role's users cannot use (reference §5.6).

mod input;
mod table;
mod wire;

use axum::extract::{Request, State};
use rollcall_directory::authz::Action;
use rollcall_directory::restricted_features::{self as directory, Allowed};
use rollcall_http::body::Payload;
use rollcall_http::query::Query;

use crate::answer::{Answer, data, done, page};
use crate::auth::Caller;
use crate::form::Form;
use crate::page::{self, Meta};
use crate::path::Named;
use crate::{Core, MAX_BODY};
use wire::View;

/// Restricts features for a role.
pub(crate) async fn restrict(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let asked = input::to_restrict(Form::new(body.fields()?))?;
    let role = named.role()?;
    let answer = wire::restricted(&role, &asked);
    let features = asked.into_iter().filter_map(|(_, feature)| feature).collect();
    directory::restrict(&core, &actor, role, features).await?;
    Ok(data(answer))
}

/// Lists what is restricted for a role.
pub(crate) async fn list(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let asked = page::only(&Query::parse(request.uri().query())?)?;
    let listing = directory::list(&core, &actor, named.role()?, asked).await?;
    let meta = Meta::new(asked, &listing, None);
    Ok(page(listing.items.iter().map(View::from).collect(), meta))
}

/// Allows features to a role again.
pub(crate) async fn allow(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageRoles).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let allowed = input::to_allow(Form::new(body.fields()?))?;
    let role = named.role()?;
    let message = match &allowed {
        Allowed::All => format!("All features are allowed to the role {role}."),
        Allowed::Some(_) => format!("The features are allowed to the role {role}."),
    };
    directory::allow(&core, &actor, role, allowed).await?;
    Ok(done(message))
}
