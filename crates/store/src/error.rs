//! What the store can answer besides data.

use rollcall_model as model;

/// The result of a statement or transaction.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a statement or transaction did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The use case said no; the transaction is undone.
    #[error(transparent)]
    Rule(#[from] model::Error),
    /// A unique key is taken. Names the index, or on SQLite the columns.
    #[error("unique key {0} is taken")]
    Unique(String),
    /// Another transaction got in the way; running the closure again may succeed.
    #[error("conflict with another transaction: {0}")]
    Retry(String),
    /// The queue is full; nothing was started.
    #[error("too many operations are waiting")]
    Busy,
    /// The engine did not take or confirm the work.
    #[error("{0}")]
    Unavailable(String),
    /// A fault of ours: a statement that does not fit the schema, a closure that panicked.
    #[error("{0}")]
    Broken(String),
}

impl From<Error> for model::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Rule(error) => error,
            Error::Busy => Self::Busy,
            Error::Retry(text) | Error::Unavailable(text) => Self::Unavailable(text),
            Error::Unique(text) => Self::Internal(format!("unexpected conflict on {text}")),
            Error::Broken(text) => Self::Internal(text),
        }
    }
}

/// An error with all its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
