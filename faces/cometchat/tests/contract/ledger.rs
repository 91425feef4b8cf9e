//! What a request has left in the database, so that a refused one can be shown to have left nothing.

use rollcall_model::{Activity, AppId, Page, User, UserQuery};
use rollcall_store::events::StoredEvent;
use rollcall_store::{Sql, Store, events, user_list};

/// Beside the house's statements, because nothing outside of tests counts these.
static TOKENS: Sql = Sql::new("test.tokens", "select count(*) from auth_tokens where app = $1");
static TAGS: Sql = Sql::new("test.tags", "select count(*) from user_tags where app = $1");
static FRIENDS: Sql = Sql::new(
    "test.friends",
    "select user_key, friend_key, since from friends where app = $1 order by user_key, friend_key",
);
static BLOCKS: Sql = Sql::new(
    "test.blocks",
    "select user_key, blocked_key, blocked_at from blocks where app = $1 order by user_key, blocked_key",
);

/// Every user of an app, active or not, how many tokens and tag rows they have, who is whose friend and who has blocked
/// whom since when, and every event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ledger {
    pub(crate) users: Vec<User>,
    pub(crate) tokens: i64,
    pub(crate) tags: i64,
    pub(crate) friends: Vec<[i64; 3]>,
    pub(crate) blocks: Vec<[i64; 3]>,
    pub(crate) events: Vec<StoredEvent>,
}

impl Ledger {
    pub(crate) async fn read(store: &Store, app: &str) -> Self {
        let app = AppId::parse(app).unwrap();
        let everybody = UserQuery {
            search: None,
            roles: Vec::new(),
            tags: Vec::new(),
            friends_of: None,
            activity: Activity::Any,
            presence: None,
            page: Page { number: 1, size: 1000 },
        };
        let read = move |tx: &mut rollcall_store::Tx<'_>| {
            let count = |tx: &mut rollcall_store::Tx<'_>, sql: &'static Sql| {
                tx.row(sql, &[app.as_str().into()], |row| row.int(0))
            };
            let rows = |tx: &mut rollcall_store::Tx<'_>, sql: &'static Sql| {
                let row = |row: &rollcall_store::Row<'_>| Ok([row.int(0)?, row.int(1)?, row.int(2)?]);
                tx.query(sql, &[app.as_str().into()], row)
            };
            Ok(Self {
                users: user_list::list(tx, &app, &everybody)?.items,
                tokens: count(tx, &TOKENS)?,
                tags: count(tx, &TAGS)?,
                friends: rows(tx, &FRIENDS)?,
                blocks: rows(tx, &BLOCKS)?,
                events: events::after(tx, &app, 0, 10_000)?,
            })
        };
        store.read("test.ledger", read).await.unwrap()
    }
}
