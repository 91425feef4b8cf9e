//! What can be asked of the server, and how each request is written.

use clap::ValueEnum;

use crate::records;

/// What is asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Op {
    /// Read one user.
    Get,
    /// Change status message and metadata of one user.
    Put,
    /// The same, and the name.
    PutName,
    /// Make the users, each once (not at random).
    Create,
    /// Make users beyond those.
    New,
    /// Read nine times, change once.
    Mix,
    /// The first hundred users of the list.
    ListFirst,
    /// A hundred users on any page of the list.
    ListPage,
    /// The hundred users on the last page of the list.
    ListLast,
    /// The first hundred users with one of many tags.
    ListTag,
    /// Search for the beginning of a uid that all users have.
    SearchAll,
    /// Search for the beginning of a name that all users have.
    SearchName,
    /// Search for the beginning of a uid that at most 100,000 users have.
    SearchMany,
    /// Search for the beginning of a uid that at most 10,000 users have.
    SearchSome,
    /// Search for the beginning of a uid that at most 1,000 users have.
    SearchFew,
    /// Search for a uid.
    SearchOne,
    /// Search for what nobody has.
    SearchNone,
    /// How many users there are, by `count`.
    Count,
    /// How many users there are, by the total of a list of one.
    Total,
    /// Deactivate 25 users, then reactivate them.
    Bulk,
    /// Change one user through Chatwoot's face.
    Patch,
    /// Change one user's credits through Klaim's face.
    Credits,
}

/// Whose API a request belongs to, which decides how it carries its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// `apikey`, with `appid` beside it.
    Cometchat,
    /// `api_access_token`.
    Chatwoot,
    /// `authorization`.
    Klaim,
}

/// One request of an operation, aimed at the first user.
#[derive(Debug)]
pub(crate) struct Step {
    /// Method.
    pub(crate) method: &'static str,
    /// Path and query.
    pub(crate) path: String,
    /// JSON.
    pub(crate) body: Option<String>,
}

/// What the answer to an operation must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The uid of the user asked for.
    Uid,
    /// The number of the user asked for.
    Number,
    /// This text.
    Text(&'static str),
}

/// Stands for a number that counts from one: a page, or a user in Chatwoot's face.
pub(crate) const NUMBER: &str = "NNNNNNNN";
/// Users on a page.
pub(crate) const PAGE: u32 = 100;

const USERS_FOUND: Proof = Proof::Text("{\"data\":[{\"uid\":\"bench-");
const NOBODY_FOUND: Proof = Proof::Text("{\"data\":[]");

impl Op {
    /// Whose API it belongs to.
    pub(crate) fn face(self) -> Face {
        match self {
            Self::Patch => Face::Chatwoot,
            Self::Credits => Face::Klaim,
            _ => Face::Cometchat,
        }
    }

    /// The requests it is made of; most are one.
    pub(crate) fn steps(self, many_tags: bool) -> Vec<Step> {
        let first = records::FIRST_UID;
        let user = || format!("/v3/users/{first}");
        match self {
            Self::Get => vec![step("GET", user(), None)],
            Self::Put => vec![step("PUT", user(), Some(records::put_body()))],
            Self::PutName => vec![step("PUT", user(), Some(records::put_name_body()))],
            Self::Create | Self::New => {
                vec![step("POST", "/v3/users".to_owned(), Some(records::create_body(many_tags)))]
            }
            Self::Mix => [Self::Get.steps(false), Self::Put.steps(false)].into_iter().flatten().collect(),
            Self::ListFirst => list(&format!("perPage={PAGE}")),
            Self::ListPage | Self::ListLast => list(&format!("perPage={PAGE}&page={NUMBER}")),
            Self::ListTag => list(&format!("perPage={PAGE}&tags={}", records::TAG)),
            Self::SearchName => list("searchKey=ada"),
            Self::SearchNone => list("searchKey=zzy"),
            Self::SearchAll | Self::SearchMany | Self::SearchSome | Self::SearchFew | Self::SearchOne => {
                list(&format!("searchKey={}", records::UID_PREFIX.to_owned() + &"K".repeat(self.digits())))
            }
            Self::Count => list("count=true"),
            Self::Total => list("perPage=1"),
            Self::Bulk => vec![
                step("DELETE", "/v3/users".to_owned(), Some(records::bulk_body("uidsToDeactivate"))),
                step("PUT", "/v3/users".to_owned(), Some(records::bulk_body("uidsToActivate"))),
            ],
            Self::Patch => {
                vec![step(
                    "PATCH",
                    format!("/platform/api/v1/users/{NUMBER}"),
                    Some(records::chatwoot_body()),
                )]
            }
            Self::Credits => {
                vec![step("PUT", format!("/klaim/users/{first}/credits"), Some(records::klaim_body()))]
            }
        }
    }

    /// How many digits of a user's number its search key has.
    pub(crate) fn digits(self) -> usize {
        match self {
            Self::SearchAll => 1,
            Self::SearchMany => 3,
            Self::SearchSome => 4,
            Self::SearchFew => 5,
            Self::SearchOne => records::USER_DIGITS,
            _ => 0,
        }
    }

    /// How many of `users` a search finds; none for what is no search.
    pub(crate) fn finds(self, users: u32) -> Option<u32> {
        match self {
            Self::SearchName => Some(users),
            Self::SearchNone => Some(0),
            _ if self.digits() > 0 => {
                let missing = records::USER_DIGITS - self.digits();
                Some(10_u32.pow(missing as u32).min(users))
            }
            _ => None,
        }
    }

    /// What its answers must hold.
    pub(crate) fn proof(self) -> Proof {
        match self {
            Self::Get | Self::Put | Self::PutName | Self::Create | Self::New | Self::Mix | Self::Bulk => {
                Proof::Uid
            }
            Self::ListFirst | Self::ListPage | Self::ListLast | Self::ListTag | Self::Total => USERS_FOUND,
            Self::SearchAll
            | Self::SearchName
            | Self::SearchMany
            | Self::SearchSome
            | Self::SearchFew
            | Self::SearchOne => USERS_FOUND,
            Self::SearchNone => NOBODY_FOUND,
            Self::Count => Proof::Text("{\"data\":{\"count\":"),
            Self::Patch => Proof::Number,
            Self::Credits => Proof::Text("\"credit_balance\":"),
        }
    }

    /// Whether the last acknowledged write of some users is kept, to be read back.
    pub(crate) fn is_watched(self) -> bool {
        matches!(self, Self::Put | Self::PutName)
    }

    /// Whether it reads more than one user.
    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::ListFirst | Self::ListPage | Self::ListLast | Self::ListTag)
            || self.finds(1).is_some()
    }

    /// As in a curve, where the number of users is no constant.
    pub(crate) fn plain(self) -> String {
        match self.finds(1) {
            Some(_) => "search".to_owned(),
            None => self.label(0),
        }
    }

    /// As in the report, for a server with so many users.
    pub(crate) fn label(self, users: u32) -> String {
        let found = self.finds(users).map(thousands).unwrap_or_default();
        match self {
            Self::Get => "GET user".to_owned(),
            Self::Put => "PUT user".to_owned(),
            Self::PutName => "PUT user with name".to_owned(),
            Self::Create | Self::New => "POST user".to_owned(),
            Self::Mix => "GET user 90 %, PUT user 10 %".to_owned(),
            Self::ListFirst => "list, first page of 100".to_owned(),
            Self::ListPage => "list, random page of 100".to_owned(),
            Self::ListLast => "list, last page of 100".to_owned(),
            Self::ListTag => "list by tag, first page of 100".to_owned(),
            Self::SearchName => format!("`searchKey` of a name, finds {found}"),
            Self::SearchNone => "`searchKey` that finds nobody".to_owned(),
            Self::SearchAll | Self::SearchMany | Self::SearchSome | Self::SearchFew | Self::SearchOne => {
                format!("`searchKey` of a uid, finds {found}")
            }
            Self::Count => "`count=true`".to_owned(),
            Self::Total => "`total` of a list of one".to_owned(),
            Self::Bulk => "deactivate or reactivate 25 users".to_owned(),
            Self::Patch => "Chatwoot PATCH user".to_owned(),
            Self::Credits => "Klaim PUT credits".to_owned(),
        }
    }
}

fn step(method: &'static str, path: String, body: Option<String>) -> Step {
    Step { method, path, body }
}

fn list(query: &str) -> Vec<Step> {
    vec![step("GET", format!("/v3/users?{query}"), None)]
}

/// A number with commas, as the report writes it.
pub(crate) fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_find_what_their_digits_say() {
        assert_eq!(Op::SearchAll.finds(1_000_000), Some(1_000_000));
        assert_eq!(Op::SearchMany.finds(1_000_000), Some(100_000));
        assert_eq!(Op::SearchMany.finds(10_000), Some(10_000));
        assert_eq!(Op::SearchFew.finds(1_000_000), Some(1_000));
        assert_eq!(Op::SearchOne.finds(1_000_000), Some(1));
        assert_eq!(Op::SearchNone.finds(1_000_000), Some(0));
        assert_eq!(Op::Get.finds(1_000_000), None);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn no_two_operations_have_one_label_at_a_million() {
        let all = Op::value_variants().iter().filter(|op| !matches!(op, Op::New | Op::SearchAll));
        let mut labels: Vec<_> = all.map(|op| op.label(1_000_000)).collect();
        let before = labels.len();
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), before, "{labels:?}");
    }
}
