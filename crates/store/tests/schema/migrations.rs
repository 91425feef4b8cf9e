//! Migrating: once, by one at a time, and never a database from the future.

use std::path::{Path, PathBuf};

use rollcall_store::{Error, Options, Sql, Store};
use rollcall_testkit::{Engine, Scratch};

use crate::catalogue::{connect, open_file, postgres, sqlite};

async fn execute(scratch: &Scratch, engine: Engine, statement: &str) {
    match engine {
        Engine::Sqlite => open_file(scratch).execute_batch(statement).unwrap(),
        Engine::Postgres => connect(scratch).await.batch_execute(statement).await.unwrap(),
    }
}

async fn done(scratch: &Scratch, engine: Engine) -> Vec<(i64, String)> {
    const DONE: &str = "select number, name from schema_migrations order by number";
    match engine {
        Engine::Sqlite => {
            let file = open_file(scratch);
            let mut statement = file.prepare(DONE).unwrap();
            statement
                .query_map([], |row| row.try_into())
                .unwrap()
                .map(Result::unwrap)
                .collect()
        }
        Engine::Postgres => {
            let rows = connect(scratch).await.query(DONE, &[]).await.unwrap();
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        }
    }
}

fn folder(engine: Engine) -> PathBuf {
    let folder = match engine {
        Engine::Sqlite => "../../migrations/sqlite",
        Engine::Postgres => "../../migrations/postgres",
    };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn files(engine: Engine) -> Vec<String> {
    let entries = std::fs::read_dir(folder(engine)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

rollcall_testkit::on_both_engines! {
    migrating_again_changes_nothing,
    every_file_is_a_migration,
    many_may_open_a_fresh_database_at_once,
    a_database_from_the_future_is_refused_and_left_alone,
    every_earlier_schema_becomes_this_one_and_keeps_its_rows,
}

async fn migrating_again_changes_nothing(engine: Engine) {
    let scratch = Scratch::new(engine);
    drop(scratch.store());
    let before = (catalogue(&scratch, engine).await, done(&scratch, engine).await);
    execute(&scratch, engine, "insert into installation (name, value) values ('mark', 'x')").await;
    for _ in 0..2 {
        drop(scratch.store());
    }
    assert_eq!((catalogue(&scratch, engine).await, done(&scratch, engine).await), before);
    // A second run that made the tables anew would have lost the row, or failed on it.
    execute(
        &scratch,
        engine,
        "insert into installation (name, value) select 'more', value || '!' from installation",
    )
    .await;
}

async fn catalogue(scratch: &Scratch, engine: Engine) -> crate::catalogue::Catalogue {
    match engine {
        Engine::Sqlite => sqlite(&open_file(scratch)),
        Engine::Postgres => postgres(&connect(scratch).await).await,
    }
}

async fn every_file_is_a_migration(engine: Engine) {
    let scratch = Scratch::new(engine);
    drop(scratch.store());
    let names: Vec<_> = done(&scratch, engine)
        .await
        .into_iter()
        .map(|(_, name)| format!("{name}.sql"))
        .collect();
    assert_eq!(names, files(engine));
    assert_eq!(files(Engine::Sqlite), files(Engine::Postgres));
}

async fn many_may_open_a_fresh_database_at_once(engine: Engine) {
    let scratch = Scratch::new(engine);
    let barrier = std::sync::Barrier::new(4);
    std::thread::scope(|scope| {
        let open = || {
            barrier.wait();
            Store::open(scratch.database(), &Options::default()).map(drop)
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap().map_err(|e| e.to_string()), Ok(()));
        }
    });
    assert_eq!(done(&scratch, engine).await.len(), files(engine).len());
}

/// What a database held that was made by an earlier release.
const ROWS: &str = "
    insert into apps (id, name, created_at) values ('shop', 'Shop', 1);
    insert into roles (app, role, name, created_at) values ('shop', 'default', 'Default Role', 1);
    insert into users (app, uid, user_id, klaim_id, name, role, created_at)
        values ('shop', 'mira', 'mira', '1_aaaaa', 'Mira ✓', 'default', 7);
    insert into user_tags (app, tag, user_key) select app, 'north', id from users;
    insert into users (app, uid, user_id, klaim_id, role, created_at, deactivated_at)
        values ('shop', 'tom', 'tom', '2_aaaaa', 'default', 7, 8);
    insert into events (app, at, kind, subject, actor, fields) values ('shop', 1, 'x', 'mira', 'operator', '');";

/// A friendship, in the schemas that have friends with their uids and births.
const FRIENDS: &str = "
    insert into friends (app, user_key, friend_key, friend_uid, friend_created_at, since)
        select a.app, a.id, b.id, b.uid, b.created_at, 9 from users a join users b on a.app = b.app and a.id <> b.id;";

async fn every_earlier_schema_becomes_this_one_and_keeps_its_rows(engine: Engine) {
    static FRIENDS_KEPT: Sql =
        Sql::new("test.friends", "select count(*) from friends where app = $1 and since = 9");
    static COUNTED: Sql = Sql::new(
        "test.counted",
        "select 10 * active + deactivated as counted from user_counts where app = $1 and role = 'default' and stretch = 0",
    );
    static MIRA: Sql = Sql::new(
        "test.mira",
        "select u.name from users u join user_tags t on t.app = u.app and t.user_key = u.id where u.app = $1",
    );
    let fresh = Scratch::new(engine);
    drop(fresh.store());
    let names = files(engine);
    for known in 1..names.len() {
        let scratch = Scratch::new(engine);
        let note = match engine {
            Engine::Sqlite => {
                "create table schema_migrations (number integer not null primary key, name text not null) strict"
            }
            Engine::Postgres => {
                "create table schema_migrations (number bigint not null primary key, name text not null)"
            }
        };
        execute(&scratch, engine, note).await;
        for (position, name) in names[..known].iter().enumerate() {
            let text = std::fs::read_to_string(folder(engine).join(name)).unwrap();
            execute(&scratch, engine, &text).await;
            let (number, name) = (position + 1, name.trim_end_matches(".sql"));
            let noted = format!("insert into schema_migrations (number, name) values ({number}, '{name}')");
            execute(&scratch, engine, &noted).await;
        }
        execute(&scratch, engine, ROWS).await;
        let has_friends = (2..4).contains(&known);
        if has_friends {
            execute(&scratch, engine, FRIENDS).await;
        }
        let store = scratch.store();
        let number = async |sql: &'static Sql| {
            let read = store.read("test.number", move |tx| tx.row(sql, &["shop".into()], |row| row.int(0)));
            read.await.unwrap()
        };
        assert_eq!(number(&FRIENDS_KEPT).await, if has_friends { 2 } else { 0 });
        // What a later schema counts by itself is not counted by rows that were put in by hand.
        if known < 4 {
            assert_eq!(number(&COUNTED).await, 11, "one active, one deactivated");
        }
        let name = store
            .read("test.mira", |tx| tx.row(&MIRA, &["shop".into()], |row| row.text(0).map(str::to_owned)));
        assert_eq!(name.await.unwrap(), "Mira ✓");
        drop(store);
        assert_eq!(done(&scratch, engine).await, done(&fresh, engine).await);
        assert_eq!(catalogue(&scratch, engine).await, catalogue(&fresh, engine).await, "from {known}");
    }
}

async fn a_database_from_the_future_is_refused_and_left_alone(engine: Engine) {
    let scratch = Scratch::new(engine);
    drop(scratch.store());
    execute(
        &scratch,
        engine,
        "insert into schema_migrations (number, name) values (9999, '9999_later')",
    )
    .await;
    let before = (catalogue(&scratch, engine).await, done(&scratch, engine).await);
    let error = Store::open(scratch.database(), &Options::default()).unwrap_err();
    assert!(matches!(&error, Error::Unavailable(text) if text.contains("newer Rollcall")), "{error:?}");
    assert_eq!((catalogue(&scratch, engine).await, done(&scratch, engine).await), before);
}
