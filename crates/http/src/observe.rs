//! The layer around every route: request id, log line, metrics.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use tower::{Layer, Service};

use crate::answer::{Detail, json_text};
use crate::metrics::Metrics;

/// The header that carries a request's id, in both directions.
pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over from a client.
const LONGEST_ID: usize = 64;

/// Gives every request an id, writes its log line and counts it.
#[derive(Clone, Debug)]
pub struct Observe {
    metrics: Arc<Metrics>,
    ids: Arc<AtomicU64>,
}

impl Observe {
    /// Counts into `metrics`; ids go up from `first_id`, which should be random so that they differ between runs.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>, first_id: u64) -> Self {
        Self { metrics, ids: Arc::new(AtomicU64::new(first_id)) }
    }

    fn id(&self, request: &Request) -> HeaderValue {
        if let Some(given) = request.headers().get(&REQUEST_ID)
            && is_sane(given)
        {
            return given.clone();
        }
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        // Hexadecimal digits are always a legal header value.
        HeaderValue::from_bytes(&digits(number)).unwrap_or(HeaderValue::from_static("0"))
    }
}

/// A number as sixteen hexadecimal digits, the highest first.
fn digits(number: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(number.to_be_bytes()) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    digits
}

/// Ids go into logs: nothing but plain characters, and not too many.
fn is_sane(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=LONGEST_ID).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Observed { inner, observe: self.clone() }
    }
}

/// A service inside [`Observe`].
#[derive(Clone, Debug)]
pub struct Observed<S> {
    inner: S,
    observe: Observe,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Send + 'static,
    S::Error: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let id = self.observe.id(&request);
        let method = method_name(request.method());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let open = Open::new(Arc::clone(&self.observe.metrics));
        // A panic must cost its own request an answer, not the connection of others.
        let answer = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        Box::pin(async move {
            let mut response = answer.await.unwrap_or_else(|_| Ok(panicked()))?;
            let status = response.status().as_u16();
            let seconds = open.end(method, route.clone(), status);
            log(&id, method, route.as_ref(), status, seconds, &response);
            response.headers_mut().insert(REQUEST_ID.clone(), id);
            Ok(response)
        })
    }
}

fn panicked() -> Response {
    let mut response = json_text(StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"internal error"}"#);
    response.extensions_mut().insert(Detail("the handler panicked".to_owned()));
    response
}

/// A request that is being answered. Counted out also when the client goes away and the answer is dropped.
struct Open {
    metrics: Option<Arc<Metrics>>,
    started: Instant,
}

impl Open {
    fn new(metrics: Arc<Metrics>) -> Self {
        metrics.begin();
        Self { metrics: Some(metrics), started: Instant::now() }
    }

    fn end(mut self, method: &'static str, route: Option<MatchedPath>, status: u16) -> f64 {
        let seconds = self.started.elapsed().as_secs_f64();
        if let Some(metrics) = self.metrics.take() {
            metrics.end(method, route, status, seconds);
        }
        seconds
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(metrics) = self.metrics.take() {
            metrics.abandon();
        }
    }
}

/// The method as a label: what is not in the list is one group, so that no client can make labels.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn log(
    id: &HeaderValue,
    method: &str,
    route: Option<&MatchedPath>,
    status: u16,
    seconds: f64,
    response: &Response,
) {
    let request_id = id.to_str().unwrap_or_default();
    let route = route.map_or("none", MatchedPath::as_str);
    let duration_us = seconds * 1e6;
    let detail = response.extensions().get::<Detail>().map_or("", |Detail(text)| text.as_str());
    match status {
        500.. => tracing::error!(request_id, method, route, status, duration_us, detail, "request failed"),
        400.. => tracing::info!(request_id, method, route, status, duration_us, detail, "request refused"),
        _ => tracing::debug!(request_id, method, route, status, duration_us, "request answered"),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer_with_an_id() {
        async fn broken() -> Response {
            panic!("on purpose");
        }
        let observe = Observe::new(Arc::default(), 7);
        let router = Router::new().route("/", get(broken)).layer(observe);
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[&REQUEST_ID], "0000000000000007");
    }

    #[test]
    fn numbers_become_digits() {
        for number in [0, 7, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(digits(number), *format!("{number:016x}").as_bytes());
        }
    }

    #[test]
    fn ids_from_clients_are_taken_only_when_plain() {
        for (id, sane) in [("a1-B_2.c", true), ("", false), ("a b", false), ("a\"b", false)] {
            assert_eq!(is_sane(&HeaderValue::from_static(id)), sane, "{id:?}");
        }
        assert!(is_sane(&HeaderValue::from_str(&"a".repeat(64)).unwrap()));
        assert!(!is_sane(&HeaderValue::from_str(&"a".repeat(65)).unwrap()));
    }
}
