//! What lists cost, in steps of SQLite's machine: the page, not the users before it, the friends or the blocked users.

use rollcall_store::{Sql, statements};
use rollcall_testkit::{Engine, Scratch};
use rusqlite::{Connection, StatementStatus};

use crate::catalogue::open_file;

/// An app in which user 1 has so many friends and has blocked, and is blocked by, so many others; a tenth of all is
/// deactivated.
fn populated(friends: usize, blocks: usize) -> (Scratch, Connection) {
    let scratch = Scratch::new(Engine::Sqlite);
    drop(scratch.store());
    let db = open_file(&scratch);
    let others = friends + blocks;
    db.execute_batch(&format!(
        "insert into apps (id, name, created_at) values ('shop', 'Shop', 1);
         insert into roles (app, role, name, created_at) values ('shop', 'default', 'Default', 1);
         with recursive n (n) as (select 1 union all select n + 1 from n where n < 1 + {others})
         insert into users (id, app, uid, user_id, klaim_id, role, created_at, deactivated_at)
             select n, 'shop', 'u' || n, 'u' || n, 'k' || n, 'default', 1000 * n, case when n % 10 = 0 then 1 end from n;
         insert into friends
             select app, 1, id, 1 from users where id between 2 and 1 + {friends};
         insert into friends
             select 'shop', friend_key, 1, 1 from friends;
         insert into blocks
             select app, 1, id, id from users where id > 1 + {friends};
         insert into blocks
             select app, id, 1, id from users where id > 1 + {friends};"
    ))
    .unwrap();
    (scratch, db)
}

/// Rows and steps of a statement.
fn run(db: &Connection, sql: &Sql, params: &[&dyn rusqlite::ToSql]) -> (usize, i32) {
    let mut statement = db.prepare(sql.sqlite_text()).unwrap();
    let mut rows = statement.query(params).unwrap();
    let mut count = 0;
    while rows.next().unwrap().is_some() {
        count += 1;
    }
    drop(rows);
    (count, statement.get_status(StatementStatus::VmStep))
}

fn named(name: &str) -> &'static Sql {
    statements().into_iter().find(|sql| sql.name().ends_with(name)).unwrap()
}

/// The pages, or the counts, of lists of friends, that without a filter first.
fn of_friends(pages: bool) -> Vec<&'static Sql> {
    let is_one = |sql: &&Sql| sql.name() == "user_list" && sql.text().contains("from friends");
    let of_kind = |sql: &&Sql| sql.text().contains(" limit ") == pages;
    let mut found: Vec<_> = statements().into_iter().filter(is_one).filter(of_kind).collect();
    found.sort_by_key(|sql| sql.text().len());
    found
}

fn plan(db: &Connection, sql: &Sql) -> Vec<String> {
    let mut plan = db.prepare(&format!("explain query plan {}", sql.sqlite_text())).unwrap();
    for position in 1..=plan.parameter_count() {
        plan.raw_bind_parameter(position, rusqlite::types::Null).unwrap();
    }
    let mut steps = Vec::new();
    let mut rows = plan.raw_query();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

/// Each friend or blocked user is found in the order of the list, looked up by key, and asked for the rest.
#[test]
fn lists_of_friends_and_blocked_users_go_along_their_index() {
    let (_scratch, db) = populated(1, 1);
    let (pages, counts) = (of_friends(true), of_friends(false));
    assert_eq!((pages.len(), counts.len()), (36, 36));
    let friends = pages.into_iter().chain(counts).map(|sql| (sql, "friends"));
    let blocks = ["blocks::LIST", "blocks::COUNT"].map(|name| (named(name), "blocks"));
    for (sql, table) in friends.chain(blocks) {
        let plan = plan(&db, sql);
        let words = format!("SEARCH {table} USING COVERING INDEX {table}_user (user_key=? AND app=?");
        // A page of friends may begin behind one of them.
        let walk = [")", " AND friend_key<?)"]
            .iter()
            .any(|rest| plan[0] == [&words, *rest].concat());
        assert!(walk, "{}: {plan:?}", sql.text());
        assert_eq!(plan[1], "SEARCH users USING INTEGER PRIMARY KEY (rowid=?)", "{}", sql.text());
        let rest = plan[2..].join("; ");
        let tags = rest.contains("SEARCH user_tags") && rest.contains("user_key=?") && rest.contains("tag=?");
        assert!(rest.is_empty() || tags, "{}: {plan:?}", sql.text());
        assert!(!rest.contains("SCAN") && !rest.contains("B-TREE"), "{}: {plan:?}", sql.text());
    }
}

/// Steps of a page of 100 friends, seen by their friend; and of counting them, which only a full page needs.
fn steps(friends: usize, blocks: usize) -> [i32; 3] {
    let (_scratch, db) = populated(friends, blocks);
    let (rows, page) = run(&db, of_friends(true)[0], &[&"shop", &1, &i64::MAX, &100, &0]);
    assert_eq!(rows, 100);
    let keys: Vec<i64> = (2..102).collect();
    let mut params: Vec<&dyn rusqlite::ToSql> = vec![&"shop", &1];
    params.extend(keys.iter().map(|key| key as &dyn rusqlite::ToSql));
    let (rows, relations) = run(&db, named("blocks::RELATIONS"), &params);
    assert_eq!(rows, 100);
    let (_, count) = run(&db, of_friends(false)[0], &[&"shop", &1]);
    [page, relations, count]
}

#[test]
fn a_page_of_friends_costs_the_page() {
    let [page, relations, count] = steps(200, 200);
    let [page_of_many, relations_among_many, count_of_many] = steps(1000, 1000);
    assert_eq!((page_of_many, relations_among_many), (page, relations));
    // A count asks each friend whether it is active, in a few steps.
    assert!(count_of_many < 6 * count && count_of_many < 12 * 1000, "{count} and {count_of_many}");
    assert!(page_of_many + relations_among_many + count_of_many < 3 * (page + relations + count));
}

#[test]
fn a_page_of_blocked_users_costs_the_page() {
    let cost = |blocks| {
        let (_scratch, db) = populated(1, blocks);
        let (rows, page) = run(&db, named("blocks::LIST"), &[&"shop", &1, &100, &0]);
        assert_eq!(rows, 100);
        let (_, count) = run(&db, named("blocks::COUNT"), &[&"shop", &1]);
        (page, count)
    };
    let ((page, count), (page_of_many, count_of_many)) = (cost(200), cost(1000));
    assert_eq!(page_of_many, page);
    // As with friends, a full page asks each of them whether it is active: this is what grows.
    assert!(count_of_many < 6 * count && count_of_many < 12 * 1000, "{count} and {count_of_many}");
}

/// An app of so many users, a tenth of them deactivated and a fifth of them of another role.
fn crowded(users: usize) -> (Scratch, Connection) {
    let scratch = Scratch::new(Engine::Sqlite);
    drop(scratch.store());
    let db = open_file(&scratch);
    db.execute_batch(&format!(
        "insert into apps (id, name, created_at) values ('shop', 'Shop', 1);
         insert into roles (app, role, name, created_at)
             values ('shop', 'default', 'Default', 1), ('shop', 'vip', 'Vip', 1);
         with recursive n (n) as (select 1 union all select n + 1 from n where n < {users})
         insert into users (id, app, uid, user_id, klaim_id, role, created_at, deactivated_at)
             select n, 'shop', 'u' || n, 'u' || n, 'k' || n, case when n % 5 = 0 then 'vip' else 'default' end,
                 1000 * n, case when n % 10 = 0 then 1 end from n;
         insert into user_counts
             select app, role, id / 4096, 0, count(*) - count(deactivated_at), count(deactivated_at)
             from users group by app, role, id / 4096;"
    ))
    .unwrap();
    (scratch, db)
}

/// The statement of lists whose text, blanks apart, begins and ends so.
fn of_lists(begins: &str, ends: &str) -> &'static Sql {
    let squeezed = |sql: &Sql| sql.text().split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = |sql: &&Sql| squeezed(sql).starts_with(begins) && squeezed(sql).ends_with(ends);
    let found: Vec<_> = statements()
        .into_iter()
        .filter(|sql| sql.name() == "user_list")
        .filter(fits)
        .collect();
    let [sql] = found.as_slice() else {
        panic!("{} statements begin with {begins} and end with {ends}", found.len())
    };
    sql
}

/// The statement for a page of a list of users under these conditions.
fn slice(conditions: &str) -> &'static Sql {
    let conditions = ["app = $1", conditions].map(str::to_owned).into_iter();
    let conditions = conditions.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" and ");
    let first = if conditions.contains("$2") { 3 } else { 2 };
    let (below, limit, offset) = (first, first + 1, first + 2);
    of_lists(
        "select id",
        &format!(
            "acquisition_source from users where {conditions} and id <= ( \
             select id from users where {conditions} and id < ${below} \
             order by id desc limit 1 offset cast(${offset} as bigint) \
             ) order by id desc limit cast(${limit} as bigint)"
        ),
    )
}

/// Steps of the statements behind a page of 100 active users, the total among them; and of a page that skips all
/// users before it.
fn page_steps(users: usize, number: i64) -> (i32, i32) {
    let (_scratch, db) = crowded(users);
    let offset = (number - 1) * 100;
    let total = of_lists("select cast(coalesce(sum(active), 0)", "from user_counts where app = $1");
    let (rows, counting) = run(&db, total, &[&"shop"]);
    assert_eq!(rows, 1);
    let sums = "select stretch, before from ( \
                select stretch, own, cast(sum(own) over (order by stretch desc) as bigint) - own as before from ( \
                select stretch, cast(sum(active) as bigint)";
    let place = of_lists(sums, "where before <= $2 and before + own > $2");
    let (_, placing) = run(&db, place, &[&"shop", &offset]);
    let found = db.query_row(place.sqlite_text(), rusqlite::params!["shop", offset], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    });
    let (stretch, before) = found.unwrap();
    let page = slice("deactivated_at is null");
    let below = (stretch + 1) * 4096;
    let (rows, slicing) = run(&db, page, &[&"shop", &below, &100, &(offset - before)]);
    assert_eq!(rows, 100);
    let (rows, skipping) = run(&db, page, &[&"shop", &i64::MAX, &100, &offset]);
    assert_eq!(rows, 100);
    (counting + placing + slicing, counting + skipping)
}

#[test]
fn a_deep_page_of_users_costs_a_page_and_a_piece_of_a_stretch() {
    let (near, _) = page_steps(60_000, 1);
    let (deep, skipping) = page_steps(60_000, 500);
    let (deeper, skipping_more) = page_steps(240_000, 2000);
    // Each user that is skipped takes a few steps, each of the stretches some more.
    let stretch = 4096 * 8;
    assert!(deep < near + stretch && deeper < near + stretch + 60 * 100, "{near}, {deep} and {deeper}");
    assert!(skipping_more > 3 * skipping && skipping > 4 * deep, "{skipping} and {skipping_more}");
}

/// Lists of all users go along an index in their order, without sorting; what is skipped is read from the index alone.
#[test]
fn lists_without_search_and_tags_go_along_their_index() {
    let (_scratch, db) = crowded(1);
    for (conditions, index) in [
        ("deactivated_at is null", "users_app (app=?"),
        ("", "users_app (app=?"),
        ("deactivated_at is not null", "users_deactivated (app=?"),
        ("deactivated_at is null and role = $2", "users_role (app=? AND role=?"),
        ("role = $2", "users_role (app=? AND role=?"),
    ] {
        let sql = slice(conditions);
        let steps = [
            format!("SEARCH users USING INDEX {index} AND id<?)"),
            "SCALAR SUBQUERY 1".to_owned(),
            format!("SEARCH users USING COVERING INDEX {index} AND id<?)"),
        ];
        assert_eq!(plan(&db, sql), steps, "{conditions}");
    }
}
