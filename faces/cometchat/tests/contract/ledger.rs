//! What a request has left in the database, so that a refused one can be shown to have left nothing.

use rollcall_model::{Activity, AppId, Page, User, UserQuery};
use rollcall_store::events::StoredEvent;
use rollcall_store::{Sql, Store, events, user_list};

/// Beside the house's statements, because nothing outside of tests counts these.
static TOKENS: Sql = Sql::new("test.tokens", "select count(*) from auth_tokens where app = $1");
static TAGS: Sql = Sql::new("test.tags", "select count(*) from user_tags where app = $1");

/// Every user of an app, active or not, how many tokens and tag rows they have, and every event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ledger {
    pub(crate) users: Vec<User>,
    pub(crate) tokens: i64,
    pub(crate) tags: i64,
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
            Ok(Self {
                users: user_list::list(tx, &app, &everybody)?.items,
                tokens: count(tx, &TOKENS)?,
                tags: count(tx, &TAGS)?,
                events: events::after(tx, &app, 0, 10_000)?,
            })
        };
        store.read("test.ledger", read).await.unwrap()
    }
}
