//! Pictures that are fetched from where `avatar_url` says, after the answer. What comes of it is told to the log alone.

use std::sync::Arc;

use rollcall_directory::{Directory, agent_bot_pictures};
use rollcall_model::{Actor, AgentBotId, Error, Millis};
use rollcall_outbound::{Limits, Outbound, Refused};
use tokio::sync::Semaphore;
use url::Url;

use super::picture;
use crate::MAX_PICTURE;

/// Most fetches at once, each of which may hold a whole picture in memory.
const AT_ONCE: usize = 4;

/// Most fetches that may be under way or wait their turn; what comes beyond that is not fetched.
const PLACES: usize = 64;

/// What one fetch may cost.
const LIMITS: Limits = Limits { bytes: MAX_PICTURE, seconds: 30, redirects: 5 };

/// Why a bot has no new picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotFetched {
    #[error("too many pictures are waiting to be fetched")]
    Crowded,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("neither PNG, JPEG nor GIF")]
    Kind,
    #[error("a newer picture came first")]
    Overtaken,
    #[error(transparent)]
    Directory(#[from] Error),
}

/// Fetches pictures in the background. Clones share the bounds.
#[derive(Clone, Debug)]
pub(crate) struct Fetches {
    outbound: Outbound,
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// A picture that is asked for.
#[derive(Clone, Debug)]
struct Wanted {
    actor: Actor,
    bot: AgentBotId,
    url: String,
    asked: Millis,
}

impl Fetches {
    pub(crate) fn new(outbound: Outbound) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self {
            outbound,
            places: semaphore(PLACES),
            turns: semaphore(AT_ONCE),
        }
    }

    /// Fetches a picture for a bot, in the background. A server that is stopped forgets about it.
    pub(super) fn start(&self, directory: Arc<Directory>, actor: Actor, bot: AgentBotId, url: String) {
        let wanted = Wanted {
            actor,
            bot,
            url,
            asked: agent_bot_pictures::asked(&directory),
        };
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return log(&wanted, &NotFetched::Crowded);
        };
        let fetches = self.clone();
        tokio::spawn(async move {
            if let Err(why) = fetches.fetch(&directory, &wanted).await {
                log(&wanted, &why);
            }
            drop(place);
        });
    }

    async fn fetch(&self, directory: &Directory, wanted: &Wanted) -> Result<(), NotFetched> {
        // Nobody closes it; if somebody did, there would be no turns to wait for.
        let _turn = self.turns.acquire().await.map_err(|_| NotFetched::Crowded)?;
        let fetched = self.outbound.get(&wanted.url, LIMITS).await?;
        let picture = picture::of(&fetched.bytes).ok_or(NotFetched::Kind)?;
        let Wanted { actor, bot, url: _, asked } = wanted;
        if agent_bot_pictures::put(directory, actor, *bot, picture, *asked).await? {
            Ok(())
        } else {
            Err(NotFetched::Overtaken)
        }
    }
}

fn log(Wanted { actor, bot, url, asked: _ }: &Wanted, why: &NotFetched) {
    tracing::info!(
        app = %actor.app,
        agent_bot = bot.0,
        url = place(url),
        why = %why,
        "a bot's picture was not fetched"
    );
}

/// A URL as a log may hold it: without what is often secret in one.
fn place(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) if url.has_host() => {
            let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
            format!("{}://{host}", url.scheme())
        }
        Ok(_) | Err(_) => "(no URL of a host)".to_owned(),
    }
}
