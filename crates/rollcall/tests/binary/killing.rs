//! `kill -9` in the middle of writing, again and again, on the same data: nothing confirmed is lost, nothing is half.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use rollcall_testkit::Engine;
use serde_json::json;

use crate::harness::{Client, Installation, eventually};
use crate::ledger::{Ledger, check};

on_both_engines! { nothing_confirmed_is_lost_and_nothing_is_half }

const WRITERS: usize = 16;
const ROUNDS: usize = 5;

fn nothing_confirmed_is_lost_and_nothing_is_half(engine: Engine) {
    let installation = Installation::new(engine);
    let keys = installation.make_app("shop");
    let mut server = installation.serve();
    let mut ledgers: Vec<Ledger> = (0..WRITERS).map(Ledger::new).collect();
    for ledger in &ledgers {
        let counter = json!({"uid": ledger.counter_uid(), "name": "Counter"});
        assert_eq!(server.client(&keys.rest).post("/v3/users", &counter).unwrap().status, 200);
    }
    for round in 0..ROUNDS {
        let confirmed = AtomicUsize::new(0);
        // Not at the same point in every round.
        let enough = 150 + 37 * round;
        let address = server.address;
        std::thread::scope(|scope| {
            for ledger in &mut ledgers {
                let (confirmed, key) = (&confirmed, &keys.rest);
                scope.spawn(move || write_until_the_end(ledger, address, key, confirmed));
            }
            eventually("enough confirmed writes", || {
                (confirmed.load(Ordering::Relaxed) >= enough).then_some(())
            });
            // Every writer is waiting for an answer, or about to: nothing here ever pauses.
            server.kill();
        });
        until_the_database_is_left_alone(&installation);
        server = installation.serve();
        check(&installation, &mut server.client(&keys.rest), &ledgers);
    }
    let (made, unconfirmed) = ledgers.iter().fold((0, 0), |(made, unconfirmed), ledger| {
        (made + ledger.made.len(), unconfirmed + ledger.unconfirmed())
    });
    assert!(
        made > 300 && unconfirmed > ROUNDS,
        "the blows hit: {made} made, {unconfirmed} without an answer"
    );
    server.stop();
}

/// Makes users and counts up, in turns, until the server is gone. What is sent is written down before.
fn write_until_the_end(ledger: &mut Ledger, address: SocketAddr, key: &str, confirmed: &AtomicUsize) {
    let mut client = Client::open(address, key).unwrap();
    loop {
        let body = ledger.next_user();
        let Ok(answer) = client.post("/v3/users", &body) else {
            return;
        };
        assert_eq!(answer.status, 200, "{}", answer.text);
        ledger.user_confirmed(answer.at("/data"));
        confirmed.fetch_add(1, Ordering::Relaxed);

        let path = format!("/v3/users/{}", ledger.counter_uid());
        let Ok(answer) = client.put(&path, &ledger.next_count()) else {
            return;
        };
        assert_eq!(answer.status, 200, "{}", answer.text);
        ledger.count_confirmed(&answer.at("/data"));
        confirmed.fetch_add(1, Ordering::Relaxed);
    }
}

/// PostgreSQL goes on with what the dead server had sent; only then is the outcome final.
fn until_the_database_is_left_alone(installation: &Installation) {
    if installation.engine == Engine::Postgres {
        let others = "select count(*) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
        eventually("the dead server's sessions to end", || (installation.number(others) == 0).then_some(()));
    }
}
