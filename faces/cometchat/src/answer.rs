//! Answers: the vendor's envelopes (reference §1).

use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use rollcall_http::answer::{self, json};
use rollcall_model::Error;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::fault::Fault;
use crate::page::Meta;

/// What a handler answers.
pub(crate) type Answer = Result<Response, Fault>;

#[derive(Serialize)]
struct Data<T> {
    data: T,
}

#[derive(Serialize)]
struct Page<T> {
    data: Vec<T>,
    meta: Meta,
}

/// One thing.
pub(crate) fn data(data: impl Serialize) -> Response {
    json(StatusCode::OK, &Data { data })
}

/// One thing as text, for an answer that may be kept.
pub(crate) fn text(data: impl Serialize) -> Result<Bytes, serde_json::Error> {
    answer::text(&Data { data })
}

/// One page of a list.
pub(crate) fn page(data: Vec<impl Serialize>, meta: Meta) -> Response {
    json(StatusCode::OK, &Page { data, meta })
}

/// Something was done, and a sentence says what.
pub(crate) fn done(message: impl Into<String>) -> Response {
    data(Done { success: true, message: message.into() })
}

#[derive(Debug, Serialize)]
struct Done {
    success: bool,
    message: String,
}

/// What came of one item of a bulk call.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    /// It was done.
    Done {
        /// True.
        success: bool,
        /// A sentence that says what was done.
        message: String,
    },
    /// It was not done, for a reason of its own.
    Failed {
        /// False.
        success: bool,
        /// The error's message once more, where older clients look for it.
        message: String,
        /// Why.
        error: Reason,
    },
}

/// What came of each item of a bulk call, by its name and in this order.
#[derive(Debug)]
pub(crate) struct Outcomes(pub(crate) Vec<(String, Outcome)>);

impl Outcomes {
    /// What came of each item, with a sentence for those that were done.
    pub(crate) fn told(outcomes: Vec<(String, Result<(), Error>)>, done: impl Fn(&str) -> String) -> Self {
        let outcome = |(name, result): (String, Result<(), Error>)| {
            let outcome = match result {
                Ok(()) => Outcome::done(done(&name)),
                Err(error) => Outcome::failed(error.into()),
            };
            (name, outcome)
        };
        Self(outcomes.into_iter().map(outcome).collect())
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, outcome) in &self.0 {
            map.serialize_entry(name, outcome)?;
        }
        map.end()
    }
}

/// Why an item of a bulk call was not done.
#[derive(Debug, Serialize)]
pub(crate) struct Reason {
    code: &'static str,
    message: String,
}

impl Outcome {
    pub(crate) fn done(message: impl Into<String>) -> Self {
        Self::Done { success: true, message: message.into() }
    }

    pub(crate) fn failed(fault: Fault) -> Self {
        let (code, message) = fault.reason();
        Self::Failed {
            success: false,
            message: message.clone(),
            error: Reason { code, message },
        }
    }
}
