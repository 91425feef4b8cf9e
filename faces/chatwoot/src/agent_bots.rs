//! Agent bots: B1 to B6 of the reference, and a way to see a bot's picture.

mod fetch;
mod input;
mod picture;
mod wire;

use std::sync::Arc;

use axum::extract::{Request, State};
use http::HeaderMap;
use rollcall_directory::{Directory, agent_bot_pictures, agent_bots};
use rollcall_model::{Actor, AgentBot, AgentBotId};

use crate::answer::{Answer, done, ok};
use crate::auth::Caller;
use crate::fault::Fault;
use crate::path::Number;

pub(crate) use fetch::Fetches;
use input::Input;
use wire::bot;

/// `GET /agent_bots`
pub(crate) async fn list(State(directory): State<Arc<Directory>>, Caller(actor): Caller) -> Answer {
    let bots = agent_bots::list(&directory, &actor).await?;
    let shown: Vec<_> = bots.iter().map(|each| bot(&directory, &actor.app, each)).collect();
    Ok(ok(&shown))
}

/// `POST /agent_bots`
pub(crate) async fn create(
    State(directory): State<Arc<Directory>>,
    State(fetches): State<Fetches>,
    Caller(actor): Caller,
    request: Request,
) -> Answer {
    let Input { patch, picture, avatar_url } = input::check(input::read(request).await?)?;
    let made = agent_bots::create(&directory, &actor, input::new(patch), picture).await?;
    let answer = ok(&bot(&directory, &actor.app, &made));
    fetch(directory, &fetches, actor, &made, avatar_url);
    Ok(answer)
}

/// `GET /agent_bots/{id}`
pub(crate) async fn get(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    Number(id): Number,
) -> Answer {
    let found = agent_bots::get(&directory, &actor, AgentBotId(id)).await?;
    Ok(ok(&bot(&directory, &actor.app, &found)))
}

/// `PATCH` and `PUT /agent_bots/{id}`
pub(crate) async fn update(
    State(directory): State<Arc<Directory>>,
    State(fetches): State<Fetches>,
    Caller(actor): Caller,
    Number(id): Number,
    request: Request,
) -> Answer {
    let form = input::read(request).await?;
    // Whether there is such a bot is told before what is wrong with its fields.
    agent_bots::get(&directory, &actor, AgentBotId(id)).await?;
    let Input { patch, picture, avatar_url } = input::check(form)?;
    let changed = agent_bots::update(&directory, &actor, AgentBotId(id), patch, picture).await?;
    let answer = ok(&bot(&directory, &actor.app, &changed));
    fetch(directory, &fetches, actor, &changed, avatar_url);
    Ok(answer)
}

fn fetch(
    directory: Arc<Directory>,
    fetches: &Fetches,
    actor: Actor,
    bot: &AgentBot,
    avatar_url: Option<String>,
) {
    if let Some(url) = avatar_url {
        fetches.start(directory, actor, bot.id, url);
    }
}

/// `DELETE /agent_bots/{id}`
pub(crate) async fn delete(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    Number(id): Number,
) -> Answer {
    agent_bots::delete(&directory, &actor, AgentBotId(id)).await?;
    Ok(done())
}

/// `GET /agent_bots/{id}/avatar`: ours, as the vendor shows a bot's picture nowhere in this API.
pub(crate) async fn picture(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    Number(id): Number,
    headers: HeaderMap,
) -> Answer {
    let shown = agent_bot_pictures::get(&directory, &actor, AgentBotId(id)).await?;
    let shown = shown.ok_or_else(Fault::not_found)?;
    Ok(picture::answer(shown, &headers))
}

/// `DELETE /agent_bots/{id}/avatar`
pub(crate) async fn remove_picture(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    Number(id): Number,
) -> Answer {
    let bare = agent_bot_pictures::remove(&directory, &actor, AgentBotId(id)).await?;
    Ok(ok(&bot(&directory, &actor.app, &bare)))
}
