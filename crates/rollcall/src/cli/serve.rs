//! `rollcall serve`: the server.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use rollcall_model::Entropy;

use super::say;
use crate::app::{self, Drain};
use crate::config::{Config, Flags};
use crate::system::SystemEntropy;
use crate::{demo, listen, log};

/// `rollcall serve`
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "ROLLCALL_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// On an empty database, make an app `demo` with users, and print its keys and requests to paste
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(super) fn run(self, flags: &Flags) -> Result<()> {
        let mut config = Config::load(flags)?;
        if let Some(address) = self.listen {
            config.listen = address;
        }
        log::start(&config.log)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.context("cannot start")?.block_on(serve(&config, self.demo))
    }
}

async fn serve(config: &Config, with_demo: bool) -> Result<()> {
    let stop = listen::told_to_stop()?;
    let listener = listen::bind(config.listen).await?;
    let address = listener.local_addr().context("cannot tell the address")?;
    let directory = Arc::new(app::open(config).await?);
    if with_demo {
        say(&demo::prepare(&directory, address).await?)?;
    }
    let mut first_id = [0; 8];
    SystemEntropy.fill(&mut first_id);
    let drain = Drain::default();
    let router = app::router(Arc::clone(&directory), &drain, u64::from_le_bytes(first_id));
    tracing::info!(address = %address, version = env!("CARGO_PKG_VERSION"), "listening on http://{address}");
    listen::serve(listener, router, &drain, stop).await?;
    tracing::info!("stopped");
    Ok(())
}
