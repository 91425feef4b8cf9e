//! The query of a list of users (reference §5.2).

use rollcall_http::query::Query;
use rollcall_model::{Activity, MAX_CHOICES, Presence, RoleId, UserQuery, UserSearch};

use crate::fault::{Details, Fault};
use crate::form::says;
use crate::page;

/// Longest search key in characters; the vendor names no limit.
const MAX_KEY: usize = 100;

/// What a list is asked for.
pub(super) struct Filter {
    /// Which users, which page.
    pub(super) query: UserQuery,
    /// Behind whom the list goes on, as it was written; does not matter to its count.
    pub(super) after: Option<String>,
    /// Only their number.
    pub(super) count: bool,
    /// With their tags.
    pub(super) with_tags: bool,
}

/// Reads every parameter, or says what is wrong with each.
pub(super) fn read(query: &Query) -> Result<Filter, Fault> {
    let mut details = Details::default();
    let page = page::read(query, &mut details);
    let presence = match query.one("status") {
        None => None,
        Some("available") => Some(Presence::Available),
        Some("offline") => Some(Presence::Offline),
        Some(_) => {
            details.add("status", says::selected("status"));
            None
        }
    };
    let count = flag(query, "count", &mut details);
    let with_tags = flag(query, "withTags", &mut details);
    let only_deactivated = flag(query, "onlyDeactivated", &mut details);
    let with_deactivated = flag(query, "withDeactivated", &mut details);
    let activity = match (only_deactivated, with_deactivated) {
        (true, _) => Activity::Deactivated,
        (false, true) => Activity::Any,
        (false, false) => Activity::Active,
    };
    let search = search(query, &mut details);
    let tags = choices(query, "tags", &mut details).into_iter().map(str::to_owned).collect();
    let roles = roles(query, &mut details);
    if !details.is_empty() {
        return Err(Fault::invalid(details));
    }
    Ok(Filter {
        query: UserQuery {
            search,
            roles,
            tags,
            friends_of: None,
            activity,
            presence,
            after: None,
            page,
        },
        after: page::after(query),
        count,
        with_tags,
    })
}

fn flag(query: &Query, name: &str, details: &mut Details) -> bool {
    match query.one(name).map(str::to_ascii_lowercase).as_deref() {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => {
            details.add(name, says::boolean(name));
            false
        }
    }
}

fn search(query: &Query, details: &mut Details) -> Option<UserSearch> {
    let mut fields = (false, false);
    for (position, name) in query.list("searchIn").into_iter().enumerate() {
        match name {
            "uid" => fields.0 = true,
            "name" => fields.1 = true,
            _ => {
                let path = format!("searchIn.{position}");
                details.add(path.clone(), says::selected(&path));
            }
        }
    }
    let key = search_key(query, details)?;
    let (in_uid, in_name) = if fields == (false, false) { (true, true) } else { fields };
    Some(UserSearch { key: key.to_owned(), in_uid, in_name })
}

/// The beginning of a uid or name that is searched for.
pub(crate) fn search_key<'a>(query: &'a Query, details: &mut Details) -> Option<&'a str> {
    let key = query.one("searchKey")?;
    if key.chars().count() > MAX_KEY {
        details.add("searchKey", says::too_long("searchKey", MAX_KEY));
    }
    Some(key)
}

/// `role` and `roles`, when both are there, must both hold, like any two filters. What cannot be a role id is a role
/// that nobody has.
fn roles(query: &Query, details: &mut Details) -> Vec<RoleId> {
    let wanted = choices(query, "roles", details);
    let one = query.one("role").map(str::to_ascii_lowercase);
    let nobody = RoleId::stored("");
    let several: Vec<_> = wanted
        .iter()
        .map(|text| RoleId::parse(text).unwrap_or(nobody.clone()))
        .collect();
    match one {
        None => several,
        Some(one) => {
            let one = RoleId::parse(&one).unwrap_or(nobody.clone());
            vec![if several.is_empty() || several.contains(&one) {
                one
            } else {
                nobody
            }]
        }
    }
}

/// The values of a filter, each once.
fn choices<'a>(query: &'a Query, name: &str, details: &mut Details) -> Vec<&'a str> {
    let mut values = query.list(name);
    values.sort_unstable();
    values.dedup();
    if values.len() > MAX_CHOICES {
        details.add(name, says::too_many(name, MAX_CHOICES));
    }
    values
}
