//! Friends (reference §5.7).

mod input;
mod wire;

use axum::extract::{Request, State};
use rollcall_directory::authz::Action;
use rollcall_directory::friends as directory;
use rollcall_http::body::Payload;
use rollcall_http::query::Query;

use crate::answer::{Answer, Outcomes, data, done, page};
use crate::auth::Caller;
use crate::form::Form;
use crate::page::Meta;
use crate::path::Named;
use crate::users::View;
use crate::{Core, MAX_BODY, uids};
use input::Filter;
use wire::Accepted;

/// Makes users friends of a user.
pub(crate) async fn add(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::AddFriends).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let accepted = uids::optional(Form::new(body.fields()?), "accepted")?;
    let uid = named.uid()?;
    let outcomes = directory::add(&core, &actor, uid.clone(), accepted).await?;
    let made =
        |friend: &str| format!("The user with UID {friend} is now a friend of the user with UID {uid}.");
    let accepted = Outcomes::told(outcomes, made);
    Ok(data(Accepted { accepted }))
}

/// Lists a user's friends.
pub(crate) async fn list(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ListFriends).await?;
    let Filter { search, after, page: asked } = input::filter(&Query::parse(request.uri().query())?)?;
    let uid = named.uid()?;
    let listing = directory::list(&core, &actor, uid.clone(), search, after, asked).await?;
    let meta = Meta::of_users(asked, &listing);
    let views = listing.items.iter().map(|seen| View::seen_from(seen, &uid, &actor));
    Ok(page(views.collect(), meta))
}

/// Ends friendships of a user, all of those named or none.
pub(crate) async fn remove(State(core): Core, caller: Caller, named: Named, request: Request) -> Answer {
    let actor = caller.may(&core, Action::RemoveFriends).await?;
    let body = Payload::read(request, MAX_BODY).await?;
    let friends = uids::required(Form::new(body.fields()?), "friends")?;
    let uid = named.uid()?;
    let message = format!("The users named are no longer friends of the user with UID {uid}.");
    directory::remove(&core, &actor, uid, friends).await?;
    Ok(done(message))
}
