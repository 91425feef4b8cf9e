//! Whatever is done to users, in whatever order, every shape of list is that of the database.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rollcall_model::{Activity, AppId, Millis, Page, Patch, RoleId, Uid, UserPatch, UserQuery, UserSearch};
use rollcall_store::{Error, Sql, Tx, roles, users};
use rollcall_testkit::Engine;

use crate::shop::{NOW, Shop, club, everyone, new_user, shop};

const ROLES: [&str; 3] = ["default", "vip", "guest"];
const UIDS: [&str; 9] = ["a", "ab", "abc", "abd", "abcd", "b", "ba", "a-a", "a_b"];
const TAGS: [&str; 4] = ["x", "y", "", "é"];

/// What happens to the users of an app.
#[derive(Clone, Debug)]
enum Step {
    Enter(String, Option<String>, usize, Vec<usize>),
    Rename(String, Option<String>),
    GiveRole(String, usize),
    GiveTags(String, Vec<usize>),
    Deactivate(String),
    Reactivate(String),
    Delete(String),
    DeleteRole(usize),
    /// The step, in a transaction that is refused at its end.
    Refused(Box<Step>),
    /// The step, in a transaction whose commit fails.
    Lost(Box<Step>),
    /// Several steps in one transaction.
    Together(Vec<Step>),
    /// The server stops and starts.
    Restart,
}

fn uid() -> impl Strategy<Value = String> {
    prop::sample::select(UIDS.as_slice()).prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = Option<String>> {
    let names =
        vec!["", "a", "AB", "abc", "É", "e\u{301}a", "éa", "😀", "😀😁", "a\u{10ffff}", "a\u{10ffff}b"];
    prop::option::weighted(0.8, prop::sample::select(names).prop_map(str::to_owned))
}

fn tags() -> impl Strategy<Value = Vec<usize>> {
    prop::sample::subsequence(vec![0, 1, 2, 3], 0..=4)
}

fn step() -> impl Strategy<Value = Step> {
    let plain = prop_oneof![
        8 => (uid(), name(), 0..3_usize, tags()).prop_map(|(u, n, r, t)| Step::Enter(u, n, r, t)),
        3 => (uid(), name()).prop_map(|(u, n)| Step::Rename(u, n)),
        2 => (uid(), 0..3_usize).prop_map(|(u, r)| Step::GiveRole(u, r)),
        2 => (uid(), tags()).prop_map(|(u, t)| Step::GiveTags(u, t)),
        2 => uid().prop_map(Step::Deactivate),
        2 => uid().prop_map(Step::Reactivate),
        3 => uid().prop_map(Step::Delete),
        1 => (1..3_usize).prop_map(Step::DeleteRole),
    ];
    let some = plain.clone();
    prop_oneof![
        20 => plain.clone(),
        2 => plain.clone().prop_map(|step| Step::Refused(Box::new(step))),
        1 => plain.clone().prop_map(|step| Step::Lost(Box::new(step))),
        2 => prop::collection::vec(some, 2..5).prop_map(Step::Together),
        1 => Just(Step::Restart),
    ]
}

fn query() -> impl Strategy<Value = UserQuery> {
    let keys = vec!["", "a", "A", "ab", "abc", "abcx", "b", "c", "z", "é", "e\u{301}", "😀", "a\u{10ffff}"];
    let search = (prop::sample::select(keys), any::<bool>(), any::<bool>())
        .prop_map(|(key, in_uid, in_name)| UserSearch { key: key.to_owned(), in_uid, in_name });
    let roles = prop::sample::subsequence(vec!["default", "vip", "guest", "nobody"], 0..3);
    let tags = prop::sample::subsequence(vec!["x", "y", "", "é", "none"], 0..3);
    let activity = prop::sample::select(vec![Activity::Active, Activity::Deactivated, Activity::Any]);
    let page =
        (1..4_i64, prop::sample::select(vec![1_i64, 3, 1000])).prop_map(|(n, s)| Page { number: n, size: s });
    let after = prop::option::weighted(0.3, uid().prop_map(|uid| Uid::stored(&uid)));
    (prop::option::weighted(0.7, search), roles, tags, activity, page, after).prop_map(
        |(search, roles, tags, activity, page, after)| UserQuery {
            search,
            roles: roles.into_iter().map(RoleId::stored).collect(),
            tags: tags.into_iter().map(str::to_owned).collect(),
            activity,
            after,
            page,
            ..everyone()
        },
    )
}

/// Makes the commit fail: a reference to nothing, which is noticed at its end.
fn poison(tx: &mut Tx<'_>) -> rollcall_store::Result<()> {
    static DEFER: Sql = Sql::new("defer", "pragma defer_foreign_keys = on");
    static ORPHAN: Sql = Sql::new(
        "orphan",
        "insert into roles (app, role, name, created_at) values ('nowhere', 'r', 'r', 1)",
    );
    tx.exec(&DEFER, &[])?;
    tx.exec(&ORPHAN, &[])
}

fn texts(tags: &[usize]) -> Vec<&'static str> {
    tags.iter().map(|&tag| TAGS[tag]).collect()
}

fn patched(tx: &mut Tx<'_>, app: &AppId, uid: &str, patch: UserPatch) -> rollcall_store::Result<()> {
    users::update(tx, app, &Uid::stored(uid), &patch, Millis(NOW.0 + 1)).map(drop)
}

fn take(tx: &mut Tx<'_>, app: &AppId, step: &Step, klaim_id: &str) -> rollcall_store::Result<()> {
    match step {
        Step::Enter(uid, name, role, tags) => {
            let new = new_user(uid, name.as_deref(), ROLES[*role], &texts(tags));
            let id = rollcall_model::KlaimId::stored(&format!("{klaim_id}-{uid}"));
            users::insert(tx, app, &new, &id, NOW).map(drop)
        }
        Step::Rename(uid, name) => {
            let name = name.clone().map_or(Patch::Clear, Patch::Set);
            patched(tx, app, uid, UserPatch { name, ..UserPatch::default() })
        }
        Step::GiveRole(uid, role) => {
            let role = Patch::Set(RoleId::stored(ROLES[*role]));
            patched(tx, app, uid, UserPatch { role, ..UserPatch::default() })
        }
        Step::GiveTags(uid, tags) => {
            let tags = Patch::Set(texts(tags).into_iter().map(str::to_owned).collect());
            patched(tx, app, uid, UserPatch { tags, ..UserPatch::default() })
        }
        Step::Deactivate(uid) => users::deactivate(tx, app, &Uid::stored(uid), NOW).map(drop),
        Step::Reactivate(uid) => users::reactivate(tx, app, &Uid::stored(uid)).map(drop),
        Step::Delete(uid) => users::delete(tx, app, &Uid::stored(uid)).map(drop),
        Step::DeleteRole(role) => roles::delete(tx, app, &RoleId::stored(ROLES[*role]), NOW).map(drop),
        Step::Refused(step) => {
            take(tx, app, step, klaim_id)?;
            Err(rollcall_model::Error::Denied.into())
        }
        Step::Lost(step) => {
            take(tx, app, step, klaim_id)?;
            poison(tx)
        }
        Step::Together(steps) => steps
            .iter()
            .enumerate()
            .try_for_each(|(n, step)| take(tx, app, step, &format!("{klaim_id}-{n}"))),
        Step::Restart => Ok(()),
    }
}

/// A step makes the roles again that another removed, for otherwise nobody could be given them.
fn roles_of(step: &Step) -> Vec<usize> {
    match step {
        Step::Enter(_, _, role, _) | Step::GiveRole(_, role) => vec![*role],
        Step::Refused(step) | Step::Lost(step) => roles_of(step),
        Step::Together(steps) => steps.iter().flat_map(roles_of).collect(),
        Step::Rename(..)
        | Step::GiveTags(..)
        | Step::Deactivate(_)
        | Step::Reactivate(_)
        | Step::Delete(_)
        | Step::DeleteRole(_)
        | Step::Restart => Vec::new(),
    }
}

async fn history(few: u64, steps: Vec<(bool, Step)>, queries: Vec<UserQuery>) {
    let mut house = Shop::new(Engine::Sqlite, few).await;
    // Most steps find somebody to change, in an app that has an index.
    for (n, uid) in UIDS.iter().enumerate().skip(1) {
        let name = ["abc", "ab", "\u{e9}a", "b"][n % 4];
        house.enter(&shop(), uid, Some(name), ROLES[n % 3], &[TAGS[n % 4]]).await;
    }
    for (in_shop, step) in steps {
        let app = if in_shop { shop() } else { club() };
        for role in roles_of(&step) {
            house.make_role(&app, ROLES[role]).await;
        }
        if matches!(step, Step::Restart) {
            house = house.reopened();
        }
        let klaim_id = house.klaim_id().as_str().to_owned();
        let taken = house.store.write("test.step", move |tx| take(tx, &app, &step, &klaim_id));
        // A role that another step of the same transaction has removed cannot be given.
        let outcome = taken.await;
        let known =
            matches!(outcome, Ok(()) | Err(Error::Rule(_) | Error::Unavailable(_) | Error::Broken(_)));
        assert!(known, "{outcome:?}");
        for app in [shop(), club()] {
            house.list(&app, &everyone()).await;
        }
    }
    for app in [shop(), club()] {
        for query in &queries {
            house.list(&app, query).await;
        }
    }
    assert!(house.store.wait_for_index());
    for app in [shop(), club()] {
        for query in &queries {
            house.list(&app, query).await;
        }
    }
}

#[test]
fn every_shape_of_list_is_that_of_the_database() {
    let config = ProptestConfig {
        cases: 40,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let steps = prop::collection::vec((prop::bool::weighted(0.8), step()), 1..70);
    let input = (1..4_u64, steps, prop::collection::vec(query(), 40));
    let run = |(few, steps, queries)| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        runtime.unwrap().block_on(history(few, steps, queries));
        Ok(())
    };
    TestRunner::new(config).run(&input, run).unwrap();
}
