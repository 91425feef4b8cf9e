//! Blocked users (reference §5.7).

use axum::extract::{Request, State};
use rollcall_directory::authz::Action;
use rollcall_directory::blocks as directory;
use rollcall_http::body::Payload;
use rollcall_http::query::Query;

use crate::answer::{Answer, Outcomes, data, page};
use crate::auth::Caller;
use crate::form::Form;
use crate::page::{self, Meta};
use crate::path::Named;
use crate::users::View;
use crate::{Core, MAX_BODY, uids};

/// Blocks users for a user.
pub(crate) async fn block(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::Block).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let blocked = uids::required(Form::new(body.fields()?), "blockedUids")?;
    let uid = named.uid()?;
    let outcomes = directory::block(&core, &actor, uid.clone(), blocked).await?;
    let done = |target: &str| format!("The user with UID {target} is blocked by the user with UID {uid}.");
    Ok(data(Outcomes::told(outcomes, done)))
}

/// Lists whom a user has blocked.
pub(crate) async fn list(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ListBlocks).await?;
    let asked = page::only(&Query::parse(request.uri().query())?)?;
    let uid = named.uid()?;
    let listing = directory::list(&core, &actor, uid.clone(), asked).await?;
    let meta = Meta::of_users(asked, &listing);
    let views = listing.items.iter().map(|seen| View::seen_from(seen, &uid, &actor));
    Ok(page(views.collect(), meta))
}

/// Unblocks users for a user.
pub(crate) async fn unblock(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::Unblock).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let blocked = uids::required(Form::new(body.fields()?), "blockedUids")?;
    let uid = named.uid()?;
    let outcomes = directory::unblock(&core, &actor, uid.clone(), blocked).await?;
    let done =
        |target: &str| format!("The user with UID {target} is no longer blocked by the user with UID {uid}.");
    Ok(data(Outcomes::told(outcomes, done)))
}
