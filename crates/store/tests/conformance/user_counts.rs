//! What is counted of users is what there is, whatever was done and by how many at once.

use rollcall_model::{Activity, AppId, Email, KlaimId, Patch, UserPatch, UserQuery};
use rollcall_store::users::{Changed, Switched, Unchanged};
use rollcall_store::{Error, Result, Sql, Tx, roles, user_list, users};
use rollcall_testkit::Engine;
use tokio_postgres::SimpleQueryMessage;

use crate::house::{House, NOW, bare_role, club, everyone, plain, role, shop, uid};
use crate::role_removals::connect;

rollcall_testkit::on_both_engines! {
    counts_are_exact_after_any_sequence,
    counts_are_exact_after_sixteen_writers,
    what_was_emptied_leaves_no_rows,
    what_is_undone_is_not_counted,
}

static KEPT: Sql = Sql::new(
    "test.kept",
    "select role, stretch, cast(sum(active) as bigint), cast(sum(deactivated) as bigint)
     from user_counts where app = $1 group by role, stretch
     having sum(active) <> 0 or sum(deactivated) <> 0 order by role, stretch",
);
static TRUE: Sql = Sql::new(
    "test.true",
    "select role, id / 4096, count(*) - count(deactivated_at), count(deactivated_at)
     from users where app = $1 group by role, id / 4096 order by role, id / 4096",
);
static ROWS: Sql = Sql::new("test.rows", "select count(*) from user_counts where app = $1");
static ZERO_ROWS: Sql = Sql::new(
    "test.zero_rows",
    "select count(*) from user_counts where app = $1 and shard = 0 and active = 0 and deactivated = 0",
);
static JUMP_SQLITE: Sql = Sql::new(
    "test.jump",
    "update sqlite_sequence set seq = seq + cast($1 as bigint) where name = 'users'",
);
static JUMP_POSTGRES: Sql = Sql::new(
    "test.jump",
    "select setval(pg_get_serial_sequence('users', 'id'),
        nextval(pg_get_serial_sequence('users', 'id')) + cast($1 as bigint))",
);

/// The next users have numbers that lie so much further on.
pub(crate) fn jump(tx: &mut Tx<'_>, engine: Engine, numbers: i64) -> Result<()> {
    let sql = match engine {
        Engine::Sqlite => &JUMP_SQLITE,
        Engine::Postgres => &JUMP_POSTGRES,
    };
    tx.opt(sql, &[numbers.into()], |_| Ok(())).map(drop)
}

static ALIGN_SQLITE: Sql = Sql::new(
    "test.align",
    "update sqlite_sequence set seq = (seq / 64 + 1) * 64 - 1 where name = 'users'",
);
static ALIGN_POSTGRES: Sql = Sql::new(
    "test.align",
    "select setval(pg_get_serial_sequence('users', 'id'),
        (nextval(pg_get_serial_sequence('users', 'id')) / 64 + 1) * 64 - 1)",
);

/// The next user's change is one that folds.
fn align(tx: &mut Tx<'_>, engine: Engine) -> Result<()> {
    let sql = match engine {
        Engine::Sqlite => &ALIGN_SQLITE,
        Engine::Postgres => &ALIGN_POSTGRES,
    };
    tx.opt(sql, &[], |_| Ok(())).map(drop)
}

type Rows = Vec<(String, i64, i64, i64)>;

async fn rows(house: &House, sql: &'static Sql, app: &AppId) -> Rows {
    let app = app.clone();
    let read = move |tx: &mut Tx<'_>| {
        tx.query(sql, &[app.as_str().into()], |row| {
            Ok((row.text(0)?.to_owned(), row.int(1)?, row.int(2)?, row.int(3)?))
        })
    };
    house.look(read).await
}

/// Holds the rows, and what lists say, against the users themselves.
async fn check(house: &House, after: &str) {
    for app in [shop(), club()] {
        let truth = rows(house, &TRUE, &app).await;
        assert_eq!(rows(house, &KEPT, &app).await, truth, "{app:?} after {after}");
        for roles in [&[] as &[&str], &["default"], &["vip"], &["vip", "guest"], &["nobody"]] {
            for activity in [Activity::Active, Activity::Deactivated, Activity::Any] {
                let roles = roles.iter().map(|name| role(name)).collect();
                let query = UserQuery { roles, activity, ..everyone() };
                let wanted = |name: &str| {
                    query.roles.is_empty() || query.roles.iter().any(|role| role.as_str() == name)
                };
                let total: i64 = truth
                    .iter()
                    .filter(|(name, ..)| wanted(name))
                    .map(|(_, _, active, deactivated)| match activity {
                        Activity::Active => *active,
                        Activity::Deactivated => *deactivated,
                        Activity::Any => active + deactivated,
                    })
                    .sum();
                let (asked, app) = (query.clone(), app.clone());
                let count = house.look(move |tx| user_list::count(tx, &app, &asked)).await;
                assert_eq!(count, total, "{query:?} after {after}");
            }
        }
    }
}

/// Numbers that look random and are the same in every run.
#[derive(Clone, Copy)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn of<'a>(&mut self, names: &[&'a str]) -> &'a str {
        names[usize::try_from(self.below(names.len() as u64)).unwrap()]
    }
}

const ROLES: [&str; 3] = ["default", "vip", "guest"];

/// One change of one of a few users, or of a role. Whether it could be done does not matter.
fn change(tx: &mut Tx<'_>, dice: &mut Dice, klaim_id: &KlaimId) -> Result<()> {
    let app = if dice.below(4) == 0 { club() } else { shop() };
    let who = uid(&format!("u{}", dice.below(24)));
    match dice.below(16) {
        0..5 => {
            let mut new = plain(who.as_str());
            let name = dice.of(&ROLES);
            new.role = roles::find(tx, &app, &role(name))?.map(|_| role(name));
            drop(users::insert(tx, &app, &new, klaim_id, NOW)?);
        }
        5..7 => drop(users::deactivate(tx, &app, &who, NOW)?),
        7..9 => drop(users::reactivate(tx, &app, &who)?),
        9..11 => drop(users::delete(tx, &app, &who)?),
        11..15 => {
            let name = dice.of(&ROLES);
            let known = roles::find(tx, &app, &role(name))?.is_some();
            let patch = UserPatch {
                role: if known { Patch::Set(role(name)) } else { Patch::Clear },
                name: if dice.below(2) == 0 {
                    Patch::Keep
                } else {
                    Patch::Set("Mira".to_owned())
                },
                ..UserPatch::default()
            };
            drop(users::update(tx, &app, &who, &patch, NOW)?);
        }
        _ => {
            let name = dice.of(&ROLES[1..]);
            if !roles::delete(tx, &app, &role(name), NOW)? {
                roles::insert(tx, &app, &bare_role(name))?;
            }
        }
    }
    Ok(())
}

async fn counts_are_exact_after_any_sequence(engine: Engine) {
    let house = House::new(engine).await;
    let mut dice = Dice(0x5eed_0fc0_7715);
    for round in 0..60 {
        let start = dice;
        let klaim_ids: Vec<_> = (0..8).map(|_| house.next_klaim_id()).collect();
        let numbers = i64::try_from(dice.below(2500)).unwrap();
        let several = move |tx: &mut Tx<'_>| {
            let mut dice = start;
            // Several changes in one transaction, also of the same user.
            for klaim_id in &klaim_ids {
                change(tx, &mut dice, klaim_id)?;
            }
            jump(tx, engine, numbers)
        };
        house.run(several).await;
        if round % 6 == 0 {
            check(&house, &format!("round {round}")).await;
        }
    }
    check(&house, "all").await;
    let stretches = rows(&house, &TRUE, &shop()).await;
    assert!(stretches.len() > 5, "too few stretches to tell: {stretches:?}");
    assert_eq!(house.number(&ZERO_ROWS, &shop()).await, 0, "rows that say nothing are taken away");
}

async fn counts_are_exact_after_sixteen_writers(engine: Engine) {
    let house = House::new(engine).await;
    let writer = async |number: u64| {
        let mut dice = Dice(0x1234_5678 + number * 7919);
        let mut done = 0;
        for _ in 0..20 {
            let (start, klaim_id) = (dice, house.next_klaim_id());
            // The next change is not the rest of this one.
            dice = Dice(dice.below(u64::MAX) ^ number);
            let one = move |tx: &mut Tx<'_>| {
                let mut dice = start;
                if number.is_multiple_of(2) {
                    align(tx, engine)?;
                }
                change(tx, &mut dice, &klaim_id)
            };
            // Too many conflicts in a row are an answer, too: then nothing was done.
            done += u32::from(house.write("test.change", one).await.is_ok());
        }
        done
    };
    let done: Vec<u32> = futures_util::future::join_all((0..16).map(writer)).await;
    assert!(done.iter().sum::<u32>() > 160, "hardly anything was done: {done:?}");
    check(&house, "sixteen writers").await;
}

async fn what_was_emptied_leaves_no_rows(engine: Engine) {
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        house.make_role(&app, "vip").await;
        for n in 0..130 {
            let mut new = plain(&format!("u{n}"));
            new.role = Some(role(["default", "vip"][n % 2]));
            house.insert(&app, new).await;
        }
    }
    house.run(|tx| roles::delete(tx, &shop(), &role("vip"), NOW)).await;
    let ranks = rows(&house, &KEPT, &shop()).await;
    assert_eq!(ranks, [("default".to_owned(), 0, 130, 0)]);
    for n in 0..130 {
        assert!(house.delete(&shop(), &format!("u{n}")).await);
    }
    check(&house, "everybody was removed").await;
    // A connection may have left its part behind, until the next change but so many; the parts of what went are gone.
    let rows = house.number(&ROWS, &shop()).await;
    let most = match engine {
        Engine::Sqlite => 0,
        Engine::Postgres => 66,
    };
    assert!(rows <= most, "{rows} rows");
}

async fn what_is_undone_is_not_counted(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    let klaim_id = house.next_klaim_id();
    let undone = house
        .refused(move |tx| {
            users::insert(tx, &shop(), &plain("tom"), &klaim_id, NOW)?.ok();
            users::deactivate(tx, &shop(), &uid("mira"), NOW)?;
            Err::<(), _>(Error::Broken("on purpose".to_owned()))
        })
        .await;
    assert!(undone.to_string().contains("on purpose"), "{undone}");
    assert_eq!(rows(&house, &KEPT, &shop()).await, [("default".to_owned(), 0, 1, 0)]);
    check(&house, "an undone change").await;
}

/// A role that is changed while another change of it is under way is taken from where that one has put the user.
#[tokio::test]
async fn a_change_of_role_waits_for_another() {
    const HOLD: &str = "
        begin;
        update users set role = 'guest' where app = 'shop' and uid = 'mira';
        insert into user_counts (app, role, stretch, shard, active, deactivated)
        select 'shop', r.role, id / 4096, 0, n, 0
        from users, (values ('vip', -1), ('guest', 1)) as r (role, n) where uid = 'mira'";
    let house = house_of_vip_mira().await;
    let clear = UserPatch { role: Patch::Clear, ..UserPatch::default() };
    let changed = change_meanwhile(&house, HOLD, clear).await;
    assert_eq!(changed.unwrap().role, role("default"));
    check(&house, "two changes of one role").await;
}

/// A change of several steps is not done to a user who has come under the uid of one that was removed meanwhile: the
/// first of them would be missing.
#[tokio::test]
async fn a_change_is_of_the_user_that_it_waited_for() {
    const HOLD: &str = "
        begin;
        delete from users where app = 'shop' and uid = 'mira';
        insert into users (app, uid, user_id, klaim_id, role, tags, created_at, acquisition_source)
        values ('shop', 'mira', 'mira', 'another', 'guest', '[]', 1, 'api');
        insert into user_counts (app, role, stretch, shard, active, deactivated)
        values ('shop', 'vip', 0, 0, -1, 0), ('shop', 'guest', 0, 0, 1, 0)";
    let renamed = UserPatch { name: Patch::Set("Mira".to_owned()), ..UserPatch::default() };
    let email = Patch::Set(Email::parse("mira@example.com").unwrap());
    for patch in [
        UserPatch { role: Patch::Clear, ..renamed.clone() },
        UserPatch { email, ..renamed.clone() },
        UserPatch { user_id: Some("m-1".to_owned()), ..renamed.clone() },
    ] {
        let house = house_of_vip_mira().await;
        let changed = change_meanwhile(&house, HOLD, patch.clone()).await;
        assert_eq!(changed.map(|_| ()), Err(Unchanged::Unknown), "{patch:?}");
        check(&house, "a change of one who was removed").await;
    }
}

/// A change that folds leaves a sum alone that somebody holds.
#[tokio::test]
async fn no_change_waits_for_a_sum() {
    const HOLD: &str = "begin; select 1 from user_counts where app = 'shop' and shard = 0 for update";
    let house = House::new(Engine::Postgres).await;
    house.run(|tx| align(tx, Engine::Postgres)).await;
    house.insert(&shop(), plain("mira")).await;
    let holder = connect(&house).await;
    let held = holder.simple_query(HOLD).await.unwrap();
    let rows = held.iter().filter(|message| matches!(message, SimpleQueryMessage::Row(_)));
    assert_eq!(rows.count(), 1);
    let switched = house.run(|tx| users::deactivate(tx, &shop(), &uid("mira"), NOW)).await;
    assert_eq!(switched, Switched::Done);
    holder.batch_execute("commit").await.unwrap();
    check(&house, "a sum that was held").await;
}

/// A user of the role `vip` on PostgreSQL, and a role `guest`.
async fn house_of_vip_mira() -> House {
    let house = House::new(Engine::Postgres).await;
    for name in ["vip", "guest"] {
        house.make_role(&shop(), name).await;
    }
    let mut mira = plain("mira");
    mira.role = Some(role("vip"));
    house.insert(&shop(), mira).await;
    house
}

/// Changes the user while another connection holds what it has done, which commits as soon as this waits for it.
async fn change_meanwhile(house: &House, hold: &str, patch: UserPatch) -> Changed {
    const WAITING: &str = "
        select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let (holder, administrator) = (connect(house).await, connect(house).await);
    holder.batch_execute(hold).await.unwrap();
    let change = house.run(move |tx| users::update(tx, &shop(), &uid("mira"), &patch, NOW));
    let release = async {
        while administrator.query(WAITING, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        holder.batch_execute("commit").await.unwrap();
    };
    tokio::join!(change, release).0
}
