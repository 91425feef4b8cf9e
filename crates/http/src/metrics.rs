//! Figures for Prometheus.

use std::fmt::Write;
use std::hash::{Hash, Hasher};

use axum::extract::MatchedPath;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// A route as its pattern, or nothing for a request that met none.
#[derive(Clone, Debug)]
struct Route(Option<MatchedPath>);

impl Route {
    fn as_str(&self) -> &str {
        self.0.as_ref().map_or("none", MatchedPath::as_str)
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Route {}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        encoder.write_str(self.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: Route,
    status: u16,
}

/// Durations from 50 microseconds to 5 seconds.
fn duration() -> Histogram {
    Histogram::new([
        0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
        5.0,
    ])
}

/// The server's figures.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<Labels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::new_with_constructor(duration as fn() -> Histogram);
        let in_flight = Gauge::default();
        let mut registry = Registry::with_prefix("rollcall");
        registry.register("http_request_duration_seconds", "Time to answer a request", requests.clone());
        registry.register("http_requests_in_flight", "Requests being answered", in_flight.clone());
        Self { requests, in_flight, registry }
    }
}

impl Metrics {
    /// Counts a request that begins.
    pub(crate) fn begin(&self) {
        self.in_flight.inc();
    }

    /// Counts a request that was given up before its answer.
    pub(crate) fn abandon(&self) {
        self.in_flight.dec();
    }

    /// Counts a request that was answered after so many seconds.
    pub(crate) fn end(&self, method: &'static str, route: Option<MatchedPath>, status: u16, seconds: f64) {
        self.in_flight.dec();
        self.requests
            .get_or_create(&Labels { method, route: Route(route), status })
            .observe(seconds);
    }

    /// The text that Prometheus reads, with further counters (name, help, value) at its end.
    ///
    /// # Errors
    /// Only when the text cannot be put together, which would be our fault.
    pub fn text(&self, counters: &[(&str, &str, u64)]) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        let end = text.rfind("# EOF").unwrap_or(text.len());
        text.truncate(end);
        for (name, help, value) in counters {
            writeln!(text, "# HELP rollcall_{name} {help}.\n# TYPE rollcall_{name} counter")?;
            writeln!(text, "rollcall_{name}_total {value}")?;
        }
        text.push_str("# EOF\n");
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_counters_are_told() {
        let metrics = Metrics::default();
        metrics.begin();
        metrics.end("GET", None, 200, 0.000_2);
        metrics.begin();
        metrics.abandon();
        let text = metrics.text(&[("store_commits", "Commits", 7)]).unwrap();
        for line in [
            r#"rollcall_http_request_duration_seconds_count{method="GET",route="none",status="200"} 1"#,
            "rollcall_http_requests_in_flight 0",
            "rollcall_store_commits_total 7",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in {text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
