//! Credits as the vendor shows them, and rows of the ledger in the same manner.

use rollcall_model::{CreditChange, Credits, Millis};
use serde::Serialize;

use crate::answer::FETCHED;
use crate::raw;

/// A balance.
#[derive(Debug, Serialize)]
pub(super) struct Balance {
    message: &'static str,
    #[serde(serialize_with = "raw::credits")]
    credit_balance: Credits,
}

impl Balance {
    pub(super) fn of(credit_balance: Credits) -> Self {
        Self { message: FETCHED, credit_balance }
    }
}

/// One change of a balance.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    id: i64,
    #[serde(serialize_with = "raw::credits")]
    credit_delta: Credits,
    /// The balance after it.
    #[serde(serialize_with = "raw::credits")]
    credit_balance: Credits,
    description: Option<&'a str>,
    /// In milliseconds.
    created_at: i64,
}

impl<'a> From<&'a CreditChange> for Row<'a> {
    fn from(change: &'a CreditChange) -> Self {
        let CreditChange { id, delta, balance, description, at: Millis(at) } = change;
        Self {
            id: *id,
            credit_delta: *delta,
            credit_balance: *balance,
            description: description.as_deref(),
            created_at: *at,
        }
    }
}
