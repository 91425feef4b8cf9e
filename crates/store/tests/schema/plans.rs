//! What a statement about one user costs does not grow with the number of users.

use rollcall_store::statements;
use rollcall_testkit::{Engine, Scratch};

use crate::catalogue::open_file;

/// Tables that grow with the number of users; an app has few roles and credentials.
const LARGE: [&str; 7] =
    ["users", "user_tags", "auth_tokens", "friends", "blocks", "events", "credit_changes"];

/// SQLite's plan, one line a step, for every statement but lists: none may walk through a table of an app's users,
/// tags, tokens or events. Without statistics its planner decides by the schema alone, so the plan is the same here and
/// on a million users.
#[test]
fn no_statement_but_a_list_walks_through_an_app() {
    let scratch = Scratch::new(Engine::Sqlite);
    drop(scratch.store());
    let file = open_file(&scratch);
    let mut looked_at = 0;
    for sql in statements() {
        let name = sql.name();
        let is_list = ["user_list", "LIST", "AFTER"].iter().any(|list| name.ends_with(list));
        if is_list {
            continue;
        }
        looked_at += 1;
        let mut plan = file.prepare(&format!("explain query plan {}", sql.sqlite_text())).unwrap();
        for position in 1..=plan.parameter_count() {
            plan.raw_bind_parameter(position, rusqlite::types::Null).unwrap();
        }
        let mut rows = plan.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get(3).unwrap();
            let large = LARGE.iter().any(|table| step.split(' ').any(|word| word == *table));
            let walks = large && (step.starts_with("SCAN ") || step.contains("(app=?)"));
            assert!(!walks, "{name}: {step}");
        }
    }
    assert!(looked_at > 25, "only {looked_at} statements were looked at");
}
