//! The log of the embedded engine does not grow without bound.

use std::path::PathBuf;

use rollcall_store::{Sql, Store};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{all, gate, start, stat};

const MIB: u64 = 1 << 20;
/// Past 128 MiB the writer itself closes the gap; what is under way when it is called may come on top.
const CAP: u64 = 192 * MIB;

static FILL: Sql = Sql::new(
    "fill",
    "insert into installation (name, value) values ($1, $2) on conflict (name) do update set value = $2",
);

fn log_size(scratch: &Scratch) -> u64 {
    let address = scratch.address();
    let path = PathBuf::from(format!("{}-wal", address.strip_prefix("sqlite:").unwrap()));
    path.metadata().unwrap().len()
}

/// Writes 16 MiB in 16 operations at once, always into the same rows, each time with another text.
async fn write_16_mib(store: &Store, round: usize) {
    let operations = (0..16).map(|n: u8| {
        let value = format!("{round:08}").repeat(1 << 17);
        store.write("fill", move |tx| {
            tx.exec(&FILL, &[format!("fill {n}").as_str().into(), value.as_str().into()])
        })
    });
    for outcome in futures_util::future::join_all(operations).await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn constant_writing_is_kept_up_with() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    let mut longest = 0;
    for round in 0..24 {
        write_16_mib(&store, round).await;
        longest = longest.max(log_size(&scratch));
    }
    assert!(stat(&store, "store_checkpoints") > 0);
    assert!(longest < CAP, "the log grew to {} MiB while 384 MiB were written", longest / MIB);
}

#[tokio::test]
async fn a_long_read_holds_the_log_up_only_while_it_lasts() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = scratch.store();
    let (gate, stop, mut reached) = gate();
    let read = start(store.read("long", move |tx| {
        all(tx)?;
        stop.here();
        Ok(())
    }))
    .await;
    reached.recv().await.unwrap();
    for round in 0..13 {
        write_16_mib(&store, round).await;
    }
    let held_up = log_size(&scratch);
    assert!(held_up > CAP, "the read should have held the log up: {} MiB", held_up / MIB);
    gate.open();
    read.await.unwrap();
    // Now it starts over: its file shrinks when it is next written from the beginning.
    for round in 13..29 {
        write_16_mib(&store, round).await;
        if log_size(&scratch) < CAP {
            return;
        }
    }
    panic!("the log is still {} MiB", log_size(&scratch) / MIB);
}
