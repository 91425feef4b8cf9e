//! What a writer sent and what was confirmed to it, and how that is held against the database.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::harness::{Client, Installation};

/// One user that a writer asked for, with the answer if there was one.
pub(crate) struct Made {
    body: Value,
    confirmed: Option<Value>,
}

impl Made {
    fn uid(&self) -> &str {
        self.body["uid"].as_str().unwrap()
    }
}

/// The book of one writer.
pub(crate) struct Ledger {
    writer: usize,
    pub(crate) made: Vec<Made>,
    counted: u64,
    counted_for_sure: u64,
    unconfirmed_counts: usize,
}

impl Ledger {
    pub(crate) fn new(writer: usize) -> Self {
        Self {
            writer,
            made: Vec::new(),
            counted: 0,
            counted_for_sure: 0,
            unconfirmed_counts: 0,
        }
    }

    pub(crate) fn counter_uid(&self) -> String {
        format!("counter-{}", self.writer)
    }

    /// Asks for one more user. Answers whether the server still answers. What is sent is written down before.
    pub(crate) fn make_user(&mut self, client: &mut Client) -> bool {
        let uid = format!("w{}-{}", self.writer, self.made.len());
        let body = json!({
            "uid": uid, "name": format!("User {uid}"), "avatar": format!("https://example.org/{uid}.png"),
            "link": format!("https://example.org/{uid}"), "statusMessage": format!("I am {uid}"),
            "metadata": {"number": self.made.len(), "@private": {"of": uid}},
            "tags": [format!("writer-{}", self.writer), "made"], "withAuthToken": true
        });
        self.made.push(Made { body: body.clone(), confirmed: None });
        let Ok(answer) = client.post("/v3/users", &body) else {
            return false;
        };
        assert_eq!(answer.status, 200, "{}", answer.text);
        is_as_asked_for(&answer.at("/data"), &body);
        self.made.last_mut().unwrap().confirmed = Some(answer.at("/data"));
        true
    }

    /// Counts up by one, in three fields at once.
    pub(crate) fn count_up(&mut self, client: &mut Client) -> bool {
        self.counted += 1;
        self.unconfirmed_counts += 1;
        let n = self.counted;
        let body =
            json!({"statusMessage": n.to_string(), "metadata": {"counter": n}, "tags": [format!("c{n}")]});
        let Ok(answer) = client.put(&format!("/v3/users/{}", self.counter_uid()), &body) else {
            return false;
        };
        assert_eq!((answer.status, count_of(&answer.at("/data"))), (200, n), "{}", answer.text);
        self.counted_for_sure = n;
        self.unconfirmed_counts -= 1;
        true
    }

    /// How many requests got no answer.
    pub(crate) fn unconfirmed(&self) -> usize {
        self.unconfirmed_counts + self.made.iter().filter(|made| made.confirmed.is_none()).count()
    }
}

fn is_as_asked_for(user: &Value, body: &Value) {
    for field in ["uid", "name", "avatar", "link", "statusMessage", "metadata", "tags"] {
        assert_eq!(user[field], body[field], "{field} of {user}");
    }
}

/// The count that a counter shows: the same in all fields, or an update was torn.
fn count_of(counter: &Value) -> u64 {
    let Some(n) = counter.pointer("/metadata/counter") else {
        assert_eq!((counter.get("statusMessage"), &counter["tags"]), (None, &json!([])), "{counter}");
        return 0;
    };
    let n = n.as_u64().unwrap();
    assert_eq!(counter["statusMessage"], n.to_string(), "{counter}");
    assert_eq!(counter["tags"], json!([format!("c{n}")]), "{counter}");
    n
}

/// What lies in the tables about a user, beside its record.
#[derive(Debug, Default, PartialEq)]
struct Around {
    tags: i64,
    tokens: i64,
    events: BTreeMap<String, i64>,
}

/// Holds the database against all that was sent and confirmed.
pub(crate) fn check(installation: &Installation, client: &mut Client, ledgers: &[Ledger]) {
    let users = all_users(client);
    let around = all_around(installation);
    let token_owners = token_owners(installation);
    let mut expected = BTreeSet::new();
    for ledger in ledgers {
        for made in &ledger.made {
            let uid = made.uid();
            match (&made.confirmed, users.get(uid)) {
                (None, None) => {
                    assert!(
                        !around.contains_key(uid),
                        "{uid} is absent, but not all of it: {:?}",
                        around[uid]
                    );
                    continue;
                }
                (Some(_), None) => panic!("{uid} was confirmed and is lost"),
                (None, Some(user)) => is_as_asked_for(user, &made.body),
                (Some(confirmed), Some(user)) => {
                    let mut confirmed = confirmed.clone();
                    let token = confirmed.as_object_mut().unwrap().remove("authToken").unwrap();
                    assert_eq!(&confirmed, user, "as it was confirmed");
                    let owner = token_owners.get(&installation.lookup(token.as_str().unwrap()));
                    assert_eq!(owner.map(String::as_str), Some(uid), "the owner of the token");
                }
            }
            let events = [("auth_token.created", 1), ("user.created", 1)];
            let whole = Around {
                tags: 2,
                tokens: 1,
                events: events.map(|(kind, n)| (kind.to_owned(), n)).into(),
            };
            assert_eq!(around.get(uid), Some(&whole), "{uid}");
            expected.insert(uid.to_owned());
        }
        check_counter(ledger, &users, &around);
        expected.insert(ledger.counter_uid());
    }
    assert_eq!(users.keys().cloned().collect::<BTreeSet<_>>(), expected, "nobody else");
    assert_eq!(around.keys().cloned().collect::<BTreeSet<_>>(), expected, "nothing about anybody else");
    assert_eq!(token_owners.len(), expected.len() - ledgers.len(), "one token each");
    if installation.engine == Engine::Sqlite {
        assert_eq!(installation.rows("pragma integrity_check"), [["ok"]]);
        assert!(installation.rows("pragma foreign_key_check").is_empty());
    }
}

fn check_counter(ledger: &Ledger, users: &BTreeMap<String, Value>, around: &BTreeMap<String, Around>) {
    let uid = ledger.counter_uid();
    let count = count_of(&users[&uid]);
    let possible = ledger.counted_for_sure..=ledger.counted;
    assert!(possible.contains(&count), "{uid} stands at {count}, confirmed and sent: {possible:?}");
    let Around { tags, tokens, events } = &around[&uid];
    assert_eq!((*tags, *tokens), (i64::from(count > 0), 0), "{uid}");
    assert_eq!(events["user.created"], 1, "{uid}");
    // As many events as there were changes (the revision was subtracted), and at least those confirmed.
    let changes = events.get("user.updated").copied().unwrap_or(0);
    assert_eq!(events.get("changes without event").copied().unwrap_or(0), 0, "{uid}");
    assert!(
        changes.unsigned_abs() + ledger.unconfirmed_counts as u64 >= ledger.counted,
        "{uid}: {changes} changes"
    );
    assert!(changes.unsigned_abs() <= ledger.counted, "{uid}: {changes} changes of {}", ledger.counted);
}

fn all_users(client: &mut Client) -> BTreeMap<String, Value> {
    let mut users = BTreeMap::new();
    for page in 1.. {
        let list = client
            .get(&format!("/v3/users?perPage=1000&withTags=true&page={page}"))
            .unwrap();
        assert_eq!(list.status, 200, "{}", list.text);
        for user in list.at("/data").as_array().unwrap() {
            let uid = user["uid"].as_str().unwrap().to_owned();
            assert!(users.insert(uid, user.clone()).is_none(), "a user came twice: {user}");
        }
        if list.at("/meta/pagination/total_pages").as_u64().unwrap() <= page {
            assert_eq!(list.at("/meta/pagination/total"), users.len());
            return users;
        }
    }
    unreachable!("there is a last page")
}

fn all_around(installation: &Installation) -> BTreeMap<String, Around> {
    let mut around = BTreeMap::<String, Around>::new();
    let number = |text: &str| text.parse::<i64>().unwrap();
    for row in installation.rows(
        "select subject, kind, count(*) from events
         where kind like 'user.%' or kind like 'auth_token.%' group by subject, kind",
    ) {
        around
            .entry(row[0].clone())
            .or_default()
            .events
            .insert(row[1].clone(), number(&row[2]));
    }
    for row in installation.rows(
        "select uid, revision,
                (select count(*) from user_tags t where t.user_key = users.id),
                (select count(*) from auth_tokens t where t.user_key = users.id)
         from users",
    ) {
        let around = around.entry(row[0].clone()).or_default();
        (around.tags, around.tokens) = (number(&row[2]), number(&row[3]));
        let updated = around.events.get("user.updated").copied().unwrap_or(0);
        if number(&row[1]) - 1 != updated {
            around
                .events
                .insert("changes without event".to_owned(), number(&row[1]) - 1 - updated);
        }
    }
    around
}

/// The uid behind each token's keyed hash.
fn token_owners(installation: &Installation) -> BTreeMap<String, String> {
    let hash = match installation.engine {
        Engine::Sqlite => "lower(hex(t.lookup))",
        Engine::Postgres => "encode(t.lookup, 'hex')",
    };
    let rows = installation
        .rows(&format!("select {hash}, u.uid from auth_tokens t left join users u on u.id = t.user_key"));
    rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
}
