//! `kill -9` in the middle of writing, again and again, on the same data: nothing confirmed is lost, nothing is half.

use std::sync::atomic::{AtomicUsize, Ordering};

use rollcall_testkit::Engine;
use serde_json::json;

use crate::harness::{Installation, Server, eventually};
use crate::ledger::{Ledger, check};

on_both_engines! { nothing_confirmed_is_lost_and_nothing_is_half }

const WRITERS: usize = 16;
const ROUNDS: usize = 5;

fn nothing_confirmed_is_lost_and_nothing_is_half(engine: Engine) {
    let installation = Installation::new(engine);
    let keys = installation.make_app("shop");
    let mut server = installation.serve();
    let mut ledgers = begin(&server, &keys.rest);
    for round in 0..ROUNDS {
        // Not at the same point in every round.
        kill_under_load(server, &keys.rest, &mut ledgers, 150 + 37 * round);
        until_the_database_is_left_alone(&installation);
        server = installation.serve();
        check(&installation, &mut server.client(&keys.rest), &ledgers);
    }
    the_blows_hit(&ledgers, ROUNDS);
    server.stop();
}

/// The books of the writers, with a user each to count on.
pub(crate) fn begin(server: &Server, key: &str) -> Vec<Ledger> {
    let ledgers: Vec<Ledger> = (0..WRITERS).map(Ledger::new).collect();
    for ledger in &ledgers {
        let counter = json!({"uid": ledger.counter_uid(), "name": "Counter"});
        assert_eq!(server.client(key).post("/v3/users", &counter).unwrap().status, 200);
    }
    ledgers
}

/// Has all writers write, and kills the server once so many writes are confirmed.
pub(crate) fn kill_under_load(server: Server, key: &str, ledgers: &mut [Ledger], enough: usize) {
    let confirmed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for ledger in ledgers {
            let (confirmed, mut client) = (&confirmed, server.client(key));
            scope.spawn(move || {
                // Users and counts in turns, until the server is gone.
                while ledger.make_user(&mut client) && ledger.count_up(&mut client) {
                    confirmed.fetch_add(2, Ordering::Relaxed);
                }
            });
        }
        eventually("enough confirmed writes", || (confirmed.load(Ordering::Relaxed) >= enough).then_some(()));
        // Every writer is waiting for an answer, or about to: none ever pauses.
        server.kill();
    });
}

/// Whether the test has tested anything.
pub(crate) fn the_blows_hit(ledgers: &[Ledger], rounds: usize) {
    let (made, unconfirmed) = ledgers.iter().fold((0, 0), |(made, unconfirmed), ledger| {
        (made + ledger.made.len(), unconfirmed + ledger.unconfirmed())
    });
    assert!(made > 50 * rounds && unconfirmed > rounds, "{made} made, {unconfirmed} without an answer");
}

/// PostgreSQL goes on with what the dead server had sent; only then is the outcome final.
fn until_the_database_is_left_alone(installation: &Installation) {
    if installation.engine == Engine::Postgres {
        let others = "select count(*) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
        eventually("the dead server's sessions to end", || (installation.number(others) == 0).then_some(()));
    }
}
