//! Bodies about credits, checked (reference §5, K6).

use rollcall_http::body::Fields;
use rollcall_model::{Credits, NewCreditChange};

use crate::fault::Fault;
use crate::form;

/// Longest description in characters; the vendor names no limit.
const MAX_DESCRIPTION: usize = 1000;

/// The body of a change.
pub(super) fn change(fields: &Fields<'_>) -> Result<NewCreditChange, Fault> {
    let delta = form::given(fields, "credit_delta").ok_or_else(Fault::missing_fields)?;
    let delta = Credits::parse(delta.get()).map_err(|_| Fault::bad_request("invalid credit_delta"))?;
    let description = form::line(fields, "description", MAX_DESCRIPTION)?;
    Ok(NewCreditChange {
        delta,
        description: description.filter(|text| !text.is_empty()),
    })
}
