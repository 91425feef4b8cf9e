//! What a list of friends is asked for (reference §5.7).

use rollcall_http::query::Query;
use rollcall_model::{Page, UserSearch};

use crate::fault::{Details, Fault};
use crate::page;
use crate::users::search_key;

/// What a list is asked for.
pub(super) struct Filter {
    /// Beginning of uid or name.
    pub(super) search: Option<UserSearch>,
    /// Behind whom the list goes on, as it was written.
    pub(super) after: Option<String>,
    /// Which page.
    pub(super) page: Page,
}

/// Reads every parameter, or says what is wrong with each.
pub(super) fn filter(query: &Query) -> Result<Filter, Fault> {
    let mut details = Details::default();
    let page = page::read(query, &mut details);
    let key = search_key(query, &mut details);
    if !details.is_empty() {
        return Err(Fault::invalid(details));
    }
    let search = key.map(|key| UserSearch { key: key.to_owned(), in_uid: true, in_name: true });
    Ok(Filter { search, after: page::after(query), page })
}
