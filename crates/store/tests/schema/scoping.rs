//! Every statement that touches a tenant's table is scoped by the app.

use std::collections::BTreeSet;

use rollcall_store::{postgres_statements, statements};

use crate::catalogue::both;

/// The statements that no app scopes, each of them on purpose: a secret itself says which app it belongs to, and the
/// operator sees all apps.
pub(crate) const UNSCOPED: [&str; 4] = [
    "rollcall_store::apps::LIST",
    "rollcall_store::credentials::BY_LOOKUP",
    "rollcall_store::login_links::BY_LOOKUP",
    "rollcall_store::sessions::BY_LOOKUP",
];

/// How often the statement names a tenant's table as its source or target.
fn tables(text: &str, tenants: &BTreeSet<String>) -> usize {
    let words: Vec<_> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .filter(|pair| ["from", "join", "into", "update"].contains(&pair[0]) && tenants.contains(pair[1]))
        .count()
}

/// How often it says which app is meant: by a condition, or by the first column of a new row.
fn scopes(text: &str) -> usize {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let conditions = [
        "where app = $1",
        "and app = $1",
        "on u.app = t.app",
        "where t.app = $1",
        "on a.id = t.app",
        "apps where id = $1",
        "where id = $1 returning id",
    ];
    let rows = ["(app, ", "into apps (id, "];
    conditions.iter().chain(&rows).map(|words| text.matches(words).count()).sum()
}

#[tokio::test]
async fn every_statement_says_whose_rows_it_means() {
    let (sqlite, _) = both().await;
    let mut tenants: BTreeSet<_> = sqlite
        .tables
        .into_iter()
        .filter(|(_, table)| table.columns.iter().any(|column| column.0 == "app"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(tenants.len(), 20, "{tenants:?}");
    tenants.insert("apps".to_owned());
    let mut unscoped = BTreeSet::new();
    for sql in statements() {
        let (touched, scoped) = (tables(sql.text(), &tenants), scopes(sql.text()));
        let mentions = !sql.name().contains("installation");
        assert_eq!(touched > 0, mentions, "{} was not understood", sql.name());
        if scoped < touched {
            unscoped.insert(sql.name());
        }
    }
    assert_eq!(unscoped, BTreeSet::from(UNSCOPED));
    for sql in postgres_statements() {
        let (touched, scoped) = (tables(sql.text(), &tenants), scopes(sql.text()));
        assert_eq!(touched > 0, sql.name() != "tx::LOCK", "{} was not understood", sql.name());
        assert!(scoped >= touched, "{}", sql.name());
    }
}
