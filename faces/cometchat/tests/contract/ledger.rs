//! What a request has left in the database, so that a refused one can be shown to have left nothing.

use rollcall_model::{Activity, AppId, Page, RestrictedFeature, Role, User, UserQuery};
use rollcall_store::events::StoredEvent;
use rollcall_store::permissions::Granted;
use rollcall_store::{
    Result, Row, Sql, Store, Tx, events, permissions, restricted_features, roles, user_list,
};

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

const ALL: Page = Page { number: 1, size: 1000 };

/// Every user of an app, active or not, how many tokens and tag rows they have, who is whose friend and who has blocked
/// whom since when, every role with its rules, and every event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ledger {
    pub(crate) users: Vec<User>,
    pub(crate) tokens: i64,
    pub(crate) tags: i64,
    pub(crate) friends: Vec<[i64; 3]>,
    pub(crate) blocks: Vec<[i64; 3]>,
    pub(crate) roles: Vec<Rules>,
    pub(crate) events: Vec<StoredEvent>,
}

/// A role, what is restricted for it, and which permissions are set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rules {
    pub(crate) role: Role,
    pub(crate) restricted: Vec<RestrictedFeature>,
    pub(crate) permissions: Vec<Granted>,
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
            after: None,
            page: ALL,
        };
        let read = move |tx: &mut Tx<'_>| {
            let count =
                |tx: &mut Tx<'_>, sql: &'static Sql| tx.row(sql, &[app.as_str().into()], |row| row.int(0));
            let rows = |tx: &mut Tx<'_>, sql: &'static Sql| {
                let row = |row: &Row<'_>| Ok([row.int(0)?, row.int(1)?, row.int(2)?]);
                tx.query(sql, &[app.as_str().into()], row)
            };
            Ok(Self {
                users: user_list::list(tx, &app, &everybody)?.items,
                tokens: count(tx, &TOKENS)?,
                tags: count(tx, &TAGS)?,
                friends: rows(tx, &FRIENDS)?,
                blocks: rows(tx, &BLOCKS)?,
                roles: rules(tx, &app)?,
                events: events::after(tx, &app, 0, 10_000)?,
            })
        };
        store.read("test.ledger", read).await.unwrap()
    }
}

fn rules(tx: &mut Tx<'_>, app: &AppId) -> Result<Vec<Rules>> {
    let roles = roles::list(tx, app, ALL)?.items;
    let mut all = Vec::with_capacity(roles.len());
    for role in roles {
        all.push(Rules {
            restricted: restricted_features::list(tx, app, &role.role, ALL)?.items,
            permissions: permissions::of(tx, app, &role.role)?,
            role,
        });
    }
    Ok(all)
}
