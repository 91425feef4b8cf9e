//! API keys (reference §5.4).

mod input;
mod wire;

use axum::extract::{Request, State};
use rollcall_directory::authz::Action;
use rollcall_directory::{api_keys as directory, credentials};
use rollcall_http::body::Payload;
use rollcall_http::query::Query;
use rollcall_model::Listing;

use crate::answer::{Answer, data, done, page};
use crate::auth::Caller;
use crate::form::Form;
use crate::page::Meta;
use crate::path::Named;
use crate::{Core, MAX_BODY};
use wire::View;

/// The name of the path's segment.
const KEY: &str = "apiKey";

/// Creates a key.
pub(crate) async fn create(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageCredentials).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let (kind, name) = input::new_key(Form::new(body.fields()?))?;
    let made = credentials::create(&core, &actor, kind, &name).await?;
    Ok(data(View::from(&made)))
}

/// Lists keys.
pub(crate) async fn list(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageCredentials).await?;
    let (asked, query) = input::query(&Query::parse(request.uri().query())?)?;
    let keys = directory::list(&core, &actor, &query).await?;
    let listing = Listing::cut(keys.into_iter(), asked);
    let meta = Meta::new(asked, &listing, None);
    Ok(page(listing.items.iter().map(View::from).collect(), meta))
}

/// Reads one key.
pub(crate) async fn get(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::ManageCredentials).await?;
    let key = directory::get(&core, &actor, named.text(KEY)).await?;
    Ok(data(View::from(&key)))
}

/// Changes one key.
pub(crate) async fn update(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ManageCredentials).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let patch = input::patch(Form::new(body.fields()?))?;
    let key = directory::update(&core, &actor, named.text(KEY), patch).await?;
    Ok(data(View::from(&key)))
}

/// Deletes one key.
pub(crate) async fn delete(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::ManageCredentials).await?;
    let key = named.text(KEY);
    directory::delete(&core, &actor, key).await?;
    Ok(done(format!("The API key {key} was deleted.")))
}
