//! Lists, walked through from one item to the next (reference §5, K3).

use rollcall_http::query::Query;
use rollcall_model::AppId;
use serde::{Deserialize, Serialize};

use crate::answer::FETCHED;
use crate::fault::Fault;

/// Items on a page when the request does not say.
const DEFAULT_LIMIT: i64 = 100;
/// Most items on a page.
const MAX_LIMIT: i64 = 1000;

/// Where a page begins and how long it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked<T> {
    pub(crate) limit: i64,
    pub(crate) after: Option<T>,
}

/// The place in a list behind which the next page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastKey {
    prefix_app_id: String,
    type_id: String,
}

impl LastKey {
    pub(crate) fn new(app: &AppId, type_id: impl Into<String>) -> Self {
        Self { prefix_app_id: app.to_string(), type_id: type_id.into() }
    }
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    message: &'static str,
    data: Vec<T>,
    /// Null on the last page.
    #[serde(rename = "lastKey")]
    last_key: Option<LastKey>,
}

impl<T> Page<T> {
    pub(crate) fn new(data: Vec<T>, last_key: Option<LastKey>) -> Self {
        Self { message: FETCHED, data, last_key }
    }
}

/// Reads `limit` and `starting_after`, which holds the `lastKey` of the page before as JSON or its `type_id` alone, and
/// which `place` understands.
pub(crate) fn read<T>(
    query: Option<&str>,
    app: &AppId,
    place: impl Fn(&str) -> Option<T>,
) -> Result<Asked<T>, Fault> {
    let query = Query::parse(query)?;
    let limit = match query.one("limit").map(str::parse) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
        Some(_) => {
            return Err(Fault::bad_request(format!("limit is not a number from 1 to {MAX_LIMIT}")));
        }
    };
    let after = match starting_after(&query) {
        None => None,
        Some(key) => {
            let key = key.filter(|key| key.prefix_app_id.as_deref().is_none_or(|id| id == app.as_str()));
            let place = key.and_then(|key| place(&key.type_id));
            Some(place.ok_or_else(|| Fault::bad_request("starting_after is not the lastKey of a page"))?)
        }
    };
    Ok(Asked { limit, after })
}

/// A [`LastKey`] as it came.
struct Key {
    prefix_app_id: Option<String>,
    type_id: String,
}

impl From<LastKey> for Key {
    fn from(LastKey { prefix_app_id, type_id }: LastKey) -> Self {
        Self { prefix_app_id: Some(prefix_app_id), type_id }
    }
}

/// The key, if one was sent; nothing in it when it cannot be read.
fn starting_after(query: &Query) -> Option<Option<Key>> {
    // Under the name that the answer gives it, too.
    if let Some(text) = query.one("starting_after").or_else(|| query.one("lastKey")) {
        return Some(if text.starts_with('{') {
            serde_json::from_str::<LastKey>(text).ok().map(Key::from)
        } else {
            Some(Key { prefix_app_id: None, type_id: text.to_owned() })
        });
    }
    // As libraries write an object into a query.
    let member = |name: &str| query.one(&format!("starting_after[{name}]")).map(str::to_owned);
    match (member("prefix_app_id"), member("type_id")) {
        (None, None) => None,
        (prefix_app_id, type_id) => Some(type_id.map(|type_id| Key { prefix_app_id, type_id })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(query: &str) -> Result<Asked<i64>, Fault> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        read(Some(query), &AppId::stored("shop"), number)
    }

    #[test]
    fn a_place_comes_in_several_forms() {
        for (query, limit, after) in [
            ("", 100, None),
            ("limit=1", 1, None),
            ("limit=1000&limit=", 100, None),
            ("limit=7&limit=1000&starting_after=7", 1000, Some(7)),
            ("starting_after=%7B%22prefix_app_id%22:%22shop%22,%22type_id%22:%227%22%7D", 100, Some(7)),
            ("starting_after=+{\"type_id\":\"7\",+\"prefix_app_id\":\"shop\"}", 100, Some(7)),
            ("starting_after[prefix_app_id]=shop&starting_after[type_id]=7", 100, Some(7)),
            ("starting_after%5Btype_id%5D=7", 100, Some(7)),
            ("lastKey=7", 100, Some(7)),
            ("starting_after=&something=else", 100, None),
        ] {
            assert_eq!(number(query).unwrap(), Asked { limit, after }, "{query}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for query in [
            "limit=0",
            "limit=1001",
            "limit=-1",
            "limit=1.0",
            "limit=ten",
            "limit=99999999999999999999",
            "starting_after=x",
            "starting_after=0",
            "starting_after=null",
            "starting_after=[]",
            "starting_after={}",
            "starting_after={",
            "starting_after={\"type_id\":\"7\"}",
            "starting_after={\"type_id\":7,\"prefix_app_id\":\"shop\"}",
            "starting_after={\"type_id\":\"7\",\"prefix_app_id\":\"club\"}",
            "starting_after[prefix_app_id]=shop",
            "starting_after[prefix_app_id]=club&starting_after[type_id]=7",
            "starting_after=%ff",
        ] {
            assert!(number(query).is_err(), "{query}");
        }
    }
}
