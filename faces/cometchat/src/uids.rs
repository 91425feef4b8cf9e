//! The uids that the body of a bulk call names, checked (reference §5.2, §5.7 and §6).

use crate::fault::Fault;
use crate::form::{Form, Given, says};

/// Most uids in one bulk call.
const MAX_UIDS: usize = 25;

/// 1 to 25 uids, as they were written.
pub(crate) fn required(mut form: Form<'_>, field: &str) -> Result<Vec<String>, Fault> {
    let uids = match texts(&mut form, field) {
        Given::Value(uids) if !uids.is_empty() => uids,
        Given::Wrong => Vec::new(),
        Given::Value(_) | Given::Absent | Given::Blank => {
            form.refuse(field, says::required(field));
            Vec::new()
        }
    };
    form.finish()?;
    Ok(uids)
}

/// Up to 25 uids, as they were written; the list may be left out.
pub(crate) fn optional(mut form: Form<'_>, field: &str) -> Result<Vec<String>, Fault> {
    let uids = match texts(&mut form, field) {
        Given::Value(uids) => uids,
        Given::Absent | Given::Wrong => Vec::new(),
        Given::Blank => {
            form.refuse(field, says::array(field));
            Vec::new()
        }
    };
    form.finish()?;
    Ok(uids)
}

fn texts(form: &mut Form<'_>, field: &str) -> Given<Vec<String>> {
    // Longer than any uid is merely unknown; the body's own limit is limit enough.
    form.texts(field, MAX_UIDS, usize::MAX)
}
