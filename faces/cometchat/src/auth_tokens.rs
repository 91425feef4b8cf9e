//! Auth tokens (reference §5.3).

mod input;
mod wire;

use axum::extract::{Request, State};
use rollcall_directory::auth_tokens as directory;
use rollcall_directory::authz::Action;
use rollcall_http::body::Payload;
use rollcall_http::query::Query;

use crate::answer::{Answer, data, done, page};
use crate::auth::Caller;
use crate::form::Form;
use crate::page::{self, Meta};
use crate::path::Named;
use crate::{Core, MAX_BODY};
use wire::View;

/// The name of the path's segment.
const TOKEN: &str = "authToken";

/// Creates a token: a user logs in.
pub(crate) async fn create(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::CreateAuthToken).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let force = input::force(Form::new(body.fields()?))?;
    let uid = named.uid()?;
    let made = directory::create(&core, &actor, uid.clone(), force).await?;
    Ok(data(View::new(&uid, &made)))
}

/// Lists a user's tokens.
pub(crate) async fn list(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ListAuthTokens).await?;
    let asked = page::only(&Query::parse(request.uri().query())?)?;
    let uid = named.uid()?;
    let listing = directory::list(&core, &actor, uid.clone(), asked).await?;
    let meta = Meta::new(asked, &listing, None);
    Ok(page(listing.items.iter().map(|token| View::new(&uid, token)).collect(), meta))
}

/// Deletes all tokens of a user.
pub(crate) async fn flush(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::FlushAuthTokens).await?;
    let uid = named.uid()?;
    directory::flush(&core, &actor, uid.clone()).await?;
    Ok(done(format!("All auth tokens of the user with UID {uid} were deleted.")))
}

/// Reads one token.
pub(crate) async fn get(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::ReadAuthToken).await?;
    let uid = named.uid()?;
    let token = directory::get(&core, &actor, &uid, named.text(TOKEN)).await?;
    Ok(data(View::new(&uid, &token)))
}

/// Changes what is known of the device behind a token.
pub(crate) async fn update(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::UpdateAuthToken).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let patch = input::patch(Form::new(body.fields()?))?;
    let uid = named.uid()?;
    let token = directory::update(&core, &actor, uid.clone(), named.text(TOKEN), patch).await?;
    Ok(data(View::new(&uid, &token)))
}

/// Deletes one token: its holder is logged out.
pub(crate) async fn delete(State(core): Core, caller: Caller, named: Named) -> Answer {
    let actor = caller.may(&core, Action::DeleteAuthToken).await?;
    let uid = named.uid()?;
    directory::delete(&core, &actor, uid.clone(), named.text(TOKEN)).await?;
    Ok(done(format!("The auth token of the user with UID {uid} was deleted.")))
}
