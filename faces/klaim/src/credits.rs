//! Credits (reference §5, K5 and K6), and the ledger, which is ours.

mod input;
mod wire;

use axum::extract::{Request, State};
use rollcall_directory::credits as directory;
use rollcall_http::body::Payload;
use rollcall_model::Stretch;

use crate::answer::{Answer, ok};
use crate::auth::Caller;
use crate::page::{self, Asked, LastKey, Page};
use crate::path::Named;
use crate::{Core, MAX_BODY};
use wire::{Balance, Row};

/// Reads a user's balance.
pub(crate) async fn get(State(core): Core, Caller(actor): Caller, named: Named) -> Answer {
    let balance = directory::balance(&core, &actor, &named.whom()?).await?;
    Ok(ok(&Balance::of(balance)))
}

/// Changes a user's balance.
pub(crate) async fn change(
    State(core): Core,
    Caller(actor): Caller,
    named: Named,
    request: Request,
) -> Answer {
    let body = Payload::read(request, MAX_BODY).await?;
    let new = input::change(&body.fields()?)?;
    let balance = directory::change(&core, &actor, named.whom()?, new).await?;
    Ok(ok(&Balance::of(balance)))
}

/// Lists the changes of a user's balance, newest first.
pub(crate) async fn history(
    State(core): Core,
    Caller(actor): Caller,
    named: Named,
    request: Request,
) -> Answer {
    let place = |text: &str| text.parse::<i64>().ok().filter(|id| *id > 0);
    let Asked { limit, after } = page::read(request.uri().query(), &actor.app, place)?;
    let Stretch { items, more } = directory::history(&core, &actor, named.whom()?, after, limit).await?;
    let last = items.last().filter(|_| more);
    let last_key = last.map(|change| LastKey::new(&actor.app, change.id.to_string()));
    Ok(ok(&Page::new(items.iter().map(Row::from).collect(), last_key)))
}
