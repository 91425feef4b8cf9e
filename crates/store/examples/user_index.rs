//! What the index of users costs and saves, on SQLite, in the process:
//! `cargo run --release -p rollcall-store --example user_index [users] [few]`
//!
//! Prints how long it takes to build, what memory it holds, and what lists cost with it and without. The fastest of many
//! rounds is shown beside the median, because the machine has other work.

#![expect(clippy::unwrap_used, reason = "a measurement stops where something is wrong")]

use std::io::Write;
use std::time::{Duration, Instant};

use rollcall_model::{Activity, AppId, Page, RoleId, UserQuery, UserSearch};
use rollcall_store::{Options, Store, Tx, user_list};
use rollcall_testkit::{Engine, Scratch};

const ROUNDS: usize = 60;

fn fill(scratch: &Scratch, users: i64) {
    drop(scratch.store());
    let rollcall_store::Database::Sqlite(path) = scratch.database() else {
        return;
    };
    let db = rusqlite::Connection::open(path).unwrap();
    // Names as people have them: a few first names are frequent, and so are beginnings of family names.
    db.execute_batch(&format!(
        "pragma synchronous = off;
         pragma cache_size = -400000;
         insert into apps (id, name, created_at) values ('shop', 'Shop', 1);
         insert into roles (app, role, name, created_at)
             values ('shop', 'default', 'Default', 1), ('shop', 'vip', 'VIP', 1);
         with recursive
             n (n) as (select 1 union all select n + 1 from n where n < {users}),
             m (n, h) as (select n, (n * 2654435761) % 4294967296 from n)
         insert into users (app, uid, user_id, klaim_id, name, name_key, role, tags, created_at, deactivated_at)
         select 'shop', 'user-' || n, 'user-' || n, '1753000000000_' || n, name, lower(name),
                case when n % 50 = 0 then 'vip' else 'default' end, '[]', 1753000000000 + n,
                case when n % 20 = 7 then 1 end
         from (select n, substr('MiraTomeZoraAnnaLeonNinaPaulEmmaOttoIdas', 1 + 4 * (h % 10), 4) || ' '
                 || char(65 + h / 10 % 26, 97 + h / 260 % 26, 97 + h / 6760 % 26, 97 + h / 175760 % 26) as name
               from m);
         insert into user_tags (app, tag, user_key)
             select 'shop', 'team-' || (id % 200), id from users where id % 2 = 0
             union all select 'shop', 'rare-' || (id / 40), id from users where id % 40 = 0
             order by 1, 2, 3;"
    ))
    .unwrap();
}

fn anonymous_kb() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Processor time of this process so far, in milliseconds, in steps of ten.
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>() * 10
}

fn everyone(number: i64) -> UserQuery {
    UserQuery {
        search: None,
        roles: Vec::new(),
        tags: Vec::new(),
        friends_of: None,
        activity: Activity::Active,
        presence: None,
        after: None,
        page: Page { number, size: 100 },
    }
}

fn searching(key: &str, in_uid: bool, in_name: bool) -> UserQuery {
    let search = Some(UserSearch { key: key.to_owned(), in_uid, in_name });
    UserQuery { search, ..everyone(1) }
}

fn queries(users: i64) -> Vec<(String, UserQuery)> {
    let named = |name: &str, query| (name.to_owned(), query);
    let mut queries = vec![
        named("page 1", everyone(1)),
        named("page in the middle", everyone(users / 200)),
        named("last page", everyone(users * 19 / 2000)),
        named("role vip", UserQuery { roles: vec![RoleId::stored("vip")], ..everyone(3) }),
        named("tag team-8", UserQuery { tags: vec!["team-8".to_owned()], ..everyone(1) }),
        named("tag rare-7", UserQuery { tags: vec!["rare-7".to_owned()], ..everyone(1) }),
        named("deactivated", UserQuery { activity: Activity::Deactivated, ..everyone(2) }),
        named(
            "m, role vip, tag team-50",
            UserQuery {
                roles: vec![RoleId::stored("vip")],
                tags: vec!["team-50".to_owned()],
                ..searching("m", false, true)
            },
        ),
    ];
    for key in ["u", "user-1", "user-12", "user-123", "user-1234", "user-12345", "zzz"] {
        queries.push(named(&format!("uid or name {key}"), searching(key, true, true)));
    }
    for key in ["m", "mira", "mira a", "mira ab", "mira abc", "mirax"] {
        queries.push(named(&format!("name {key}"), searching(key, false, true)));
    }
    queries
}

/// Fastest and median time of a list in microseconds, and what it finds.
async fn timed(store: &Store, query: &UserQuery, rounds: usize) -> (u128, u128, i64) {
    let mut times = Vec::new();
    let mut total = 0;
    for _ in 0..rounds {
        let query = query.clone();
        let read = move |tx: &mut Tx<'_>| {
            let started = Instant::now();
            let listing = user_list::list(tx, &AppId::stored("shop"), &query)?;
            Ok((started.elapsed(), listing.total))
        };
        let (time, found): (Duration, i64) = store.read("measure", read).await.unwrap();
        times.push(time.as_micros());
        total = found;
    }
    times.sort_unstable();
    (times[0], times[times.len() / 2], total)
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let users: i64 = arguments.next().map_or(100_000, |text| text.parse().unwrap());
    let few: u64 = arguments.next().map_or(1024, |text| text.parse().unwrap());
    let mut out = std::io::stdout().lock();
    let scratch = Scratch::new(Engine::Sqlite);
    fill(&scratch, users);
    let options = |few_users| Options { serving: true, few_users, ..Options::default() };
    let (without, before) = {
        let store = Store::open(scratch.database(), &options(None)).unwrap();
        let mut without = Vec::new();
        for (_, query) in queries(users) {
            without.push(timed(&store, &query, 5).await);
        }
        (without, anonymous_kb())
    };
    let (started, processor) = (Instant::now(), processor_ms());
    let store = Store::open(scratch.database(), &options(Some(few))).unwrap();
    let opened = started.elapsed();
    assert!(store.wait_for_index());
    let built = started.elapsed();
    writeln!(out, "{users} users, few = {few}: open after {opened:?}, index after {built:?}").unwrap();
    writeln!(out, "{} ms of processor time", processor_ms() - processor).unwrap();
    writeln!(out, "RssAnon {before} kB before, {} kB with the index", anonymous_kb()).unwrap();
    writeln!(out, "| list of 100 | finds | without: fastest µs | with: fastest µs | median µs |").unwrap();
    writeln!(out, "| --- | ---: | ---: | ---: | ---: |").unwrap();
    for ((name, query), (slow, _, total)) in queries(users).into_iter().zip(without) {
        let (fastest, median, found) = timed(&store, &query, ROUNDS).await;
        assert_eq!(total, found, "{name}");
        writeln!(out, "| {name} | {total} | {slow} | {fastest} | {median} |").unwrap();
    }
    writeln!(out, "RssAnon {} kB after all lists", anonymous_kb()).unwrap();
}
