//! Metrics (reference §5.8).

mod input;
mod wire;

use axum::extract::{Request, State};
use rollcall_directory::activity;
use rollcall_directory::authz::Action;
use rollcall_http::query::Query;

use crate::Core;
use crate::answer::{Answer, data};
use crate::auth::Caller;
use wire::{Messages, Usage};

/// Tells how much the app was used between two moments.
pub(crate) async fn usage(State(core): Core, caller: Caller, request: Request) -> Answer {
    let actor = caller.may(&core, Action::ReadStats).await?;
    let (from, to) = input::range(&Query::parse(request.uri().query())?)?;
    let active_users = activity::count(&core, &actor, from, to).await?;
    Ok(data(Usage::new(active_users, from, to)))
}

/// Counts the messages of the last hour, in twelve parts.
pub(crate) async fn messages(State(core): Core, caller: Caller) -> Answer {
    let actor = caller.may(&core, Action::ReadStats).await?;
    let now = activity::now(&core, &actor)?;
    Ok(data(Messages::until(now, &actor.app)))
}
