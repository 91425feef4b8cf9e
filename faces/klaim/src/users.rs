//! Users (reference §5, K1 to K4).

mod input;
mod wire;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use rollcall_directory::Directory;
use rollcall_directory::users::{self as directory, Record};
use rollcall_http::answer::{text, written};
use rollcall_http::body::Payload;
use rollcall_model::{Actor, KlaimId, Stretch};

use crate::answer::{Answer, ok};
use crate::auth::Caller;
use crate::page::{self, Asked, LastKey, Page};
use crate::path::Named;
use crate::{Core, MAX_BODY};
use wire::{Created, One, View};

/// Adds a user.
pub(crate) async fn create(State(core): Core, Caller(actor): Caller, request: Request) -> Answer {
    let body = Payload::read(request, MAX_BODY).await?;
    let new = input::new_user(&body.fields()?)?;
    let created = directory::create(&core, &actor, new, false).await?;
    Ok(ok(&Created::from(View::of(&created.user))))
}

/// Reads one user.
pub(crate) async fn get(State(core): Core, Caller(actor): Caller, named: Named) -> Answer {
    let user = directory::find(&core, &actor, &named.whom()?).await?;
    Ok(one(&core, &actor, &user))
}

/// Lists the app's users.
pub(crate) async fn list(State(core): Core, Caller(actor): Caller, request: Request) -> Answer {
    let place = |text: &str| KlaimId::parse(text).ok();
    let Asked { limit, after } = page::read(request.uri().query(), &actor.app, place)?;
    let Stretch { items, more } = directory::walk(&core, &actor, after, limit).await?;
    let last = items.last().filter(|_| more);
    let last_key = last.map(|user| LastKey::new(&actor.app, user.klaim_id.as_str()));
    Ok(ok(&Page::new(items.iter().map(View::of).collect(), last_key)))
}

/// Changes one user.
pub(crate) async fn update(
    State(core): Core,
    Caller(actor): Caller,
    named: Named,
    request: Request,
) -> Answer {
    let body = Payload::read(request, MAX_BODY).await?;
    let patch = input::patch(&body.fields()?)?;
    let user = directory::update(&core, &actor, named.whom()?, patch).await?;
    Ok(one(&core, &actor, &user))
}

/// One user, by an answer that is kept with the record.
fn one(core: &Directory, actor: &Actor, user: &Arc<Record>) -> Response {
    let render = || text(&One::from(View::of(user)));
    written(StatusCode::OK, directory::answer(core, &actor.app, user, "klaim.user", render))
}
