//! `rollcall serve`: the server.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use rollcall_directory::{Directory, activity};
use rollcall_http::limits::RateLimits;
use rollcall_model::Entropy;
use rollcall_outbound::Outbound;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::say;
use crate::app::{self, Faces, Purpose};
use crate::config::{Config, Flags};
use crate::system::{SystemEntropy, SystemTime};
use crate::{demo, listen, log};

/// How often it is written down who was active.
const ACTIVITY_PERIOD: Duration = Duration::from_secs(15);

/// `rollcall serve`
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "ROLLCALL_LISTEN", value_name = "ADDRESS", value_parser = address)]
    listen: Option<SocketAddr>,
    /// On an empty database, make an app `demo` with users, and print its keys and requests to paste
    #[arg(long)]
    demo: bool,
}

fn address(text: &str) -> std::result::Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected an IP address and a port, like 127.0.0.1:8080 or [::1]:8080".to_owned())
}

impl Serve {
    pub(super) fn run(self, flags: &Flags) -> Result<()> {
        let mut config = Config::load(flags)?;
        if let Some(address) = self.listen {
            config.listen = address;
        }
        log::start(&config.log)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.context("cannot start")?;
        let outcome = runtime.block_on(serve(config, self.demo));
        // A database that does not answer may still be waited for: not any longer.
        runtime.shutdown_background();
        outcome
    }
}

/// Writes down who was active, every few seconds and once more at the end.
async fn note_activity(directory: Arc<Directory>, mut ended: oneshot::Receiver<()>) {
    loop {
        let more = tokio::time::timeout(ACTIVITY_PERIOD, &mut ended).await.is_err();
        if let Err(error) = activity::flush(&directory).await {
            tracing::warn!(error = %error, "who was active lately was not written down");
        }
        if !more {
            return;
        }
    }
}

async fn serve(config: Config, with_demo: bool) -> Result<()> {
    let mut stop = pin!(listen::told_to_stop()?);
    let socket = listen::reserve(config.listen)?;
    let idle = Duration::from_secs(config.idle_seconds);
    let limits = Arc::new(RateLimits::new(config.rate_limits.quotas(), Arc::new(SystemTime::start())));
    let chatwoot = config.chatwoot.clone();
    let outbound = Outbound::new(config.outbound.policy()).context("cannot set up TLS")?;
    let opening =
        tokio::task::spawn_blocking(move || Handle::current().block_on(app::open(&config, Purpose::Serve)));
    let directory = tokio::select! {
        opened = opening => Arc::new(opened.context("cannot open the database")??),
        () = &mut stop => {
            tracing::info!("stopped before the database was open");
            return Ok(());
        }
    };
    let listener = listen::open(socket)?;
    let address = listener.local_addr().context("cannot tell the address")?;
    if with_demo {
        say(&demo::prepare(&directory, address).await?)?;
    }
    let mut first_id = [0; 8];
    SystemEntropy.fill(&mut first_id);
    let faces = Faces {
        limits,
        chatwoot: Arc::new(chatwoot.settings(address)?),
        outbound,
    };
    let router = app::router(Arc::clone(&directory), faces, u64::from_le_bytes(first_id));
    tracing::info!(address = %address, version = env!("CARGO_PKG_VERSION"), "listening on http://{address}");
    let (over, ended) = oneshot::channel();
    let noting = tokio::spawn(note_activity(Arc::clone(&directory), ended));
    let served = listen::serve(listener, router, idle, stop).await;
    drop(over);
    noting.await.context("cannot write down who was active")?;
    served?;
    tracing::info!("stopped");
    Ok(())
}
