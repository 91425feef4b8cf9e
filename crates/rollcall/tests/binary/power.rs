//! The power fails in the middle of writing: what the disk was not made to confirm is gone.
//!
//! A killed process leaves its writes to the operating system; a machine without power does not. So after the kill the
//! log is cut back to where it stood at its last fsync, or, as disks do, somewhere in what came after.

use std::fs::{File, OpenOptions};

use rollcall_testkit::Engine::Sqlite;

use crate::harness::{Installation, Server, Shim};
use crate::killing::{begin, kill_under_load, the_blows_hit};
use crate::ledger::check;

const ROUNDS: usize = 6;

#[test]
fn nothing_confirmed_is_lost_with_the_power() {
    let installation = Installation::new(Sqlite);
    let keys = installation.make_app("shop");
    let shim = Shim::build(installation.folder());
    let serve = || {
        let mut command = installation.server_command();
        shim.put_under(&mut command);
        Server::start(command)
    };
    let mut server = serve();
    let mut ledgers = begin(&server, &keys.rest);
    let mut lost = 0;
    for round in 0..ROUNDS {
        kill_under_load(server, &keys.rest, &mut ledgers, 120 + 29 * round);
        let log = OpenOptions::new()
            .write(true)
            .open(installation.folder().join("test.db-wal"))
            .unwrap();
        let confirmed = *shim.fsyncs().last().unwrap();
        lost += cut_back(&log, confirmed, round % 3);
        // What was in memory only.
        std::fs::remove_file(installation.folder().join("test.db-shm")).unwrap();

        server = serve();
        check(&installation, &mut server.client(&keys.rest), &ledgers);
        // The next round begins with an empty log, so that it only grows and its length tells what was confirmed.
        server.stop();
        server = serve();
    }
    the_blows_hit(&ledgers, ROUNDS);
    assert!(lost > 0, "in no round was there anything to lose");
    server.stop();
}

/// Cuts the log to what was confirmed and so many halves of the rest. Answers how much was lost.
fn cut_back(log: &File, confirmed: u64, halves: usize) -> u64 {
    let length = log.metadata().unwrap().len();
    assert!(confirmed <= length, "the log shrank: its length tells nothing");
    let kept = match halves {
        0 => confirmed,
        1 => confirmed + (length - confirmed) / 2,
        _ => length,
    };
    log.set_len(kept).unwrap();
    length - kept
}
