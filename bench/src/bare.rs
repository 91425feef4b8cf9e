//! The bare server: same runtime, allocator and HTTP stack as the product, and nothing behind them.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use bytes::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use crate::cli::BareArgs;
use crate::records;

type Answers = Arc<HashMap<String, Bytes>>;

/// Serves until the process is killed.
pub(crate) async fn serve(args: BareArgs) -> anyhow::Result<()> {
    let sample = match &args.sample {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?,
        None => records::built_in_answer(),
    };
    let router = Router::new()
        .route("/v3/users/{uid}", get(read).put(replace))
        .route("/health/ready", get(|| async { StatusCode::OK }))
        .with_state(render(&sample, args.users));
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("listening on {}", args.listen))?;
    eprintln!(
        "bare server on {}, {} users, answers of {} bytes",
        listener.local_addr()?,
        args.users,
        sample.len()
    );
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            // A client that went away is of no interest here.
            let _ = Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn render(sample: &str, users: u32) -> Answers {
    let answer = |uid: &str| Bytes::from(sample.replace(records::FIRST_UID, uid));
    Arc::new((0..users).map(records::uid).map(|uid| (uid.clone(), answer(&uid))).collect())
}

async fn read(State(answers): State<Answers>, Path(uid): Path<String>) -> Response {
    match answers.get(&uid) {
        Some(answer) => json(answer.clone()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn replace(answers: State<Answers>, uid: Path<String>, body: Bytes) -> Response {
    if body.is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    read(answers, uid).await
}

fn json(answer: Bytes) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], answer).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_has_an_answer_of_its_own_and_of_the_same_length() {
        let answers = render(&records::built_in_answer(), 100);
        assert_eq!(answers.len(), 100);
        let length = records::built_in_answer().len();
        for (uid, answer) in answers.iter() {
            assert_eq!(answer.len(), length);
            assert!(String::from_utf8_lossy(answer).contains(&format!("\"uid\":\"{uid}\"")));
        }
    }
}
