//! Putting the server together: the one place where faces meet.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use rollcall_directory::Directory;
use rollcall_face_chatwoot as chatwoot;
use rollcall_face_cometchat as cometchat;
use rollcall_face_klaim as klaim;
use rollcall_http::answer::json_text;
use rollcall_http::limits::RateLimits;
use rollcall_http::metrics::Metrics;
use rollcall_http::observe::Observe;
use rollcall_outbound::Outbound;
use rollcall_store::{Database, Store};

use crate::config::Config;
use crate::secret_key;
use crate::system::{SystemClock, SystemEntropy};

/// How long the database may take to say that it is there.
const READY_DEADLINE: Duration = Duration::from_secs(2);

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To serve it; made when it is not there.
    Serve,
    /// To write into it, also beside a server; made when it is not there.
    Write,
    /// To look into it: one that is not there is an error.
    Look,
}

/// Opens the database that the configuration names, with its secret key. Blocks while the schema is brought up to
/// date.
///
/// # Errors
/// When the database or the key is not usable.
pub async fn open(config: &Config, purpose: Purpose) -> Result<Directory> {
    let database = config.database()?;
    if let Database::Sqlite(path) = &database {
        find_or_make_room(path, purpose)
            .with_context(|| format!("cannot open the database {}", path.display()))?;
    }
    let options = config.store.options(purpose == Purpose::Serve);
    let store = Store::open(&database, &options).context("cannot open the database")?;
    let sealed = rollcall_directory::is_sealed(&store)
        .await
        .context("cannot read the database")?;
    let key = secret_key::load(config, sealed)?;
    let directory = Directory::open(store, &key, Arc::new(SystemClock), Arc::new(SystemEntropy)).await;
    directory.context("cannot use the database")
}

/// Looking makes nothing; everything else makes the folder, and later the file, when they are not there.
fn find_or_make_room(path: &Path, purpose: Purpose) -> Result<()> {
    match purpose {
        Purpose::Look => {
            ensure!(
                path.try_exists()?,
                "there is no such file; make one with `rollcall app create` or `rollcall serve`"
            );
        }
        Purpose::Serve | Purpose::Write => {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)?;
            }
        }
    }
    Ok(())
}

#[derive(Clone)]
struct Server {
    directory: Arc<Directory>,
    metrics: Arc<Metrics>,
}

/// What the faces are told by the configuration.
#[derive(Debug)]
pub struct Faces {
    /// The rate limits of CometChat's.
    pub limits: Arc<RateLimits>,
    /// The settings of Chatwoot's.
    pub chatwoot: Arc<chatwoot::Settings>,
    /// What fetches URLs that somebody else chose.
    pub outbound: Outbound,
}

/// Every route of the server. Request ids count up from `first_id`.
pub fn router(directory: Arc<Directory>, faces: Faces, first_id: u64) -> Router {
    let Faces { limits, chatwoot, outbound } = faces;
    let metrics = Arc::new(Metrics::default());
    let server = Server {
        directory: Arc::clone(&directory),
        metrics: Arc::clone(&metrics),
    };
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(figures))
        .with_state(server)
        .merge(chatwoot::router(Arc::clone(&directory), chatwoot, outbound))
        .merge(cometchat::router(Arc::clone(&directory), limits))
        .merge(klaim::router(directory))
        .fallback(nowhere)
        .layer(Observe::new(metrics, first_id))
}

async fn live() -> Response {
    json_text(StatusCode::OK, r#"{"status":"live"}"#)
}

async fn ready(State(server): State<Server>) -> Response {
    let error = match tokio::time::timeout(READY_DEADLINE, server.directory.ready()).await {
        Ok(Ok(())) => return json_text(StatusCode::OK, r#"{"status":"ready"}"#),
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::warn!(error, "not ready");
    json_text(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"database not available"}"#)
}

async fn figures(State(server): State<Server>) -> Response {
    let counters = server.directory.store().stats().snapshot();
    let (status, text) = match server.metrics.text(&counters) {
        Ok(text) => (StatusCode::OK, text),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    };
    let mut response = json_text(status, text);
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// What no face has a route for. A path that belongs to a vendor's API answers in that vendor's words.
async fn nowhere(request: Request) -> Response {
    if cometchat::claims(request.uri().path()) {
        return cometchat::unknown(request).await;
    }
    if chatwoot::claims(request.uri().path()) {
        return chatwoot::unknown(request).await;
    }
    if klaim::claims(request.uri().path()) {
        return klaim::unknown(request).await;
    }
    let text = r#"{"error":"not found","hint":"CometChat's API is under /v3, Chatwoot's Platform API under /platform/api/v1, Klaim's under /klaim; /health/ready and /metrics are for operators"}"#;
    json_text(StatusCode::NOT_FOUND, text)
}
