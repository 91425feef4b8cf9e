//! Removing a role on PostgreSQL, where others write meanwhile.

use std::sync::{Arc, Mutex, mpsc};

use rollcall_model::NewUser;
use rollcall_store::{Sql, roles};
use rollcall_testkit::Engine;
use tokio_postgres::Client;

use crate::house::{House, NOW, plain, role, shop};

static ACTIVE: Sql = Sql::new(
    "test.active",
    "select cast(sum(active) as bigint) from user_counts where app = $1 and role = 'default'",
);

pub(crate) async fn connect(house: &House) -> Client {
    let address = house.scratch.address();
    let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn house_of(named: &[&str]) -> House {
    let house = House::new(Engine::Postgres).await;
    for name in named {
        house.make_role(&shop(), name).await;
        house
            .insert(&shop(), NewUser { role: Some(role(name)), ..plain(&format!("of-{name}")) })
            .await;
    }
    house
}

/// Who holds the rows of all connections stands for as many writers, who would wait for the removal, too. To wait for a lock
/// fails after five seconds.
#[tokio::test]
async fn a_removal_meets_no_connection_at_its_counts() {
    const HOLD: &str = "
        begin;
        insert into user_counts (app, role, stretch, shard, active, deactivated)
        select 'shop', role, stretch, shard, 0, 0
        from (values ('default'), ('vip')) as r (role), generate_series(0, 1) as s (stretch),
            generate_series(1, 64) as n (shard)
        on conflict (app, role, stretch, shard) do update set active = user_counts.active";
    let house = house_of(&["vip"]).await;
    let holder = connect(&house).await;
    holder.batch_execute(HOLD).await.unwrap();
    assert!(house.run(|tx| roles::delete(tx, &shop(), &role("vip"), NOW)).await);
    holder.batch_execute("rollback").await.unwrap();
    assert_eq!(house.number(&ACTIVE, &shop()).await, 1);
}

/// They add to the same rows, in whatever order the server likes, and would meet in a deadlock.
#[tokio::test]
async fn removals_in_one_app_take_turns() {
    const WAITING: &str = "
        select pid from pg_stat_activity where datname = current_database() and wait_event = 'advisory'";
    let house = house_of(&["vip", "guest"]).await;
    let administrator = connect(&house).await;
    let (open, gate) = mpsc::channel();
    let gate = Arc::new(Mutex::new(gate));
    let remove = |name: &'static str| {
        let gate = Arc::clone(&gate);
        house.run(move |tx| {
            let removed = roles::delete(tx, &shop(), &role(name), NOW)?;
            gate.lock().unwrap().recv().unwrap();
            Ok(removed)
        })
    };
    let release = async {
        while administrator.query(WAITING, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        open.send(()).unwrap();
        open.send(()).unwrap();
    };
    let (vip, guest, ()) = tokio::join!(remove("vip"), remove("guest"), release);
    assert!(vip && guest);
    assert_eq!(house.number(&ACTIVE, &shop()).await, 2);
}
