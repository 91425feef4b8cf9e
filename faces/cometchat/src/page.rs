//! Paging as the vendor writes it (reference §1.1).

use rollcall_directory::users::Seen;
use rollcall_http::query::Query;
use rollcall_model::{Listing, Page};
use serde::Serialize;

use crate::fault::{Details, Fault};
use crate::form::says;

/// Items on a page when the request does not say.
const DEFAULT_SIZE: i64 = 100;
/// Most items on a page.
pub(crate) const MAX_SIZE: i64 = 1000;

/// Reads `page` and `perPage`.
pub(crate) fn read(query: &Query, details: &mut Details) -> Page {
    let number = number(query, "page", 1, i64::MAX, details);
    let size = self::number(query, "perPage", DEFAULT_SIZE, MAX_SIZE, details);
    Page { number, size }
}

/// As [`read`], for lists that are asked for nothing else.
pub(crate) fn only(query: &Query) -> Result<Page, Fault> {
    let mut details = Details::default();
    let page = read(query, &mut details);
    if details.is_empty() {
        Ok(page)
    } else {
        Err(Fault::invalid(details))
    }
}

/// Reads `after`, which is ours: the list goes on behind the user of this uid, and does not shift
/// with whoever is made or removed meanwhile. Whether there is such a user is said after what the role allows.
pub(crate) fn after(query: &Query) -> Option<String> {
    query.one("after").map(str::to_owned)
}

fn number(query: &Query, name: &str, default: i64, max: i64, details: &mut Details) -> i64 {
    let Some(text) = query.one(name) else {
        return default;
    };
    let fault = match text.parse() {
        Ok(number) if (1..=max).contains(&number) => return number,
        Ok(_) if max == i64::MAX => says::at_least(name, 1),
        Ok(_) => says::between(name, 1, max),
        Err(_) => says::integer(name),
    };
    details.add(name, fault);
    default
}

/// The `meta` of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Meta {
    pagination: Pagination,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
}

#[derive(Debug, Serialize)]
struct Pagination {
    total: i64,
    count: usize,
    per_page: i64,
    current_page: i64,
    total_pages: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Cursor {
    updated_at: i64,
    affix: &'static str,
}

impl Meta {
    /// The meta of one page of users.
    pub(crate) fn of_users(page: Page, listing: &Listing<Seen>) -> Self {
        let last_change = listing.items.last().map(|Seen { user, relation: _, veiled }| {
            let changed = user.updated_at.filter(|_| !veiled);
            changed.unwrap_or(user.created_at).seconds()
        });
        Self::new(page, listing, last_change)
    }

    /// The meta of one page; the cursor points at the page's last item, by the second of its last change.
    pub(crate) fn new<T>(page: Page, listing: &Listing<T>, last_change: Option<i64>) -> Self {
        let pagination = Pagination {
            total: listing.total,
            count: listing.items.len(),
            per_page: page.size,
            current_page: page.number,
            total_pages: page.pages(listing.total),
        };
        Self {
            pagination,
            cursor: last_change.map(|updated_at| Cursor { updated_at, affix: "append" }),
        }
    }
}
