//! How much lies in the database for one app, so that a refused request can be shown to have left nothing.

use rollcall_model::AppId;
use rollcall_store::{Sql, Store};

macro_rules! counts {
    ($($table:literal),+ $(,)?) => {
        [$(Sql::new(concat!("test.", $table), concat!("select count(*) from ", $table, " where app = $1"))),+]
    };
}

static COUNTS: [Sql; 18] = counts![
    "credentials",
    "roles",
    "users",
    "user_tags",
    "auth_tokens",
    "events",
    "friends",
    "blocks",
    "restricted_features",
    "permissions",
    "accounts",
    "memberships",
    "agent_bots",
    "agent_bot_pictures",
    "permissibles",
    "login_links",
    "sessions",
    "credit_changes",
];

/// Every change of a user's record raises one of these.
static USERS: Sql = Sql::new(
    "test.revisions",
    "select cast(coalesce(sum(revision + credit_balance), 0) as bigint) from users where app = $1",
);

/// How many rows of each table an app has, and how often its users were changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces(Vec<i64>);

impl Traces {
    /// Reads them.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn read(store: &Store, app: &str) -> Self {
        let app = AppId::parse(app).unwrap();
        let read = store.read("test.traces", move |tx| {
            let statements = COUNTS.iter().chain([&USERS]);
            let number = |sql: &'static Sql| tx.row(sql, &[app.as_str().into()], |row| row.int(0));
            statements.map(number).collect()
        });
        Self(read.await.unwrap())
    }
}
