//! The queue: it has an end, and whoever leaves it is not served.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rollcall_store::{Error, Result, Store};
use rollcall_testkit::{Engine, Scratch};

use crate::marks::{Gate, Started, gate, has, hold, marks, narrow, put, start, stat, write, writers};

rollcall_testkit::on_both_engines! {
    a_full_queue_refuses_at_once,
    a_full_queue_of_reads_refuses_at_once,
    a_point_read_never_queues,
    whoever_left_before_the_start_is_not_served,
    whoever_leaves_after_the_start_is_served_all_the_same,
}

async fn hold_all(store: &Store, engine: Engine) -> Vec<(Gate, Started<'_, ()>)> {
    let mut held = Vec::new();
    for _ in 0..writers(engine) {
        held.push(hold(store).await);
    }
    held
}

async fn let_go(held: Vec<(Gate, Started<'_, ()>)>) {
    for (gate, operation) in held {
        gate.open();
        operation.await.unwrap();
    }
}

/// The answer of an operation that may not wait for anything.
async fn at_once<T>(operation: impl Future<Output = Result<T>>) -> Result<T> {
    let mut operation = Box::pin(operation);
    match futures_util::poll!(&mut operation) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

async fn a_full_queue_refuses_at_once(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = narrow(&scratch);
    let held = hold_all(&store, engine).await;
    let first = start(write(&store, "a")).await;
    let second = start(write(&store, "b")).await;
    for n in 1..=3 {
        let refused = at_once(write(&store, "c")).await;
        assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
        assert_eq!(stat(&store, "store_rejected"), n);
    }
    let_go(held).await;
    first.await.unwrap();
    second.await.unwrap();
    write(&store, "d").await.unwrap();
    assert_eq!(marks(&store).await, ["a", "b", "d"]);
}

async fn a_full_queue_of_reads_refuses_at_once(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = narrow(&scratch);
    let (gate, stop, mut reached) = gate();
    let held = start(store.read("hold", move |_| {
        stop.here();
        Ok(())
    }))
    .await;
    reached.recv().await.unwrap();
    let first = start(store.read("first", crate::marks::all)).await;
    let second = start(store.read("second", crate::marks::all)).await;
    let refused = at_once(store.read("third", crate::marks::all)).await;
    assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
    assert_eq!(stat(&store, "store_rejected"), 1);
    write(&store, "a").await.unwrap();
    gate.open();
    held.await.unwrap();
    assert_eq!((first.await.unwrap().len(), second.await.unwrap().len()), (1, 1));
}

async fn a_point_read_never_queues(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = narrow(&scratch);
    let held = hold_all(&store, engine).await;
    let first = start(write(&store, "a")).await;
    let second = start(write(&store, "b")).await;
    assert!(!has(&store, "a").await);
    let_go(held).await;
    first.await.unwrap();
    second.await.unwrap();
    assert!(has(&store, "a").await);
}

async fn whoever_left_before_the_start_is_not_served(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = narrow(&scratch);
    let runs = Arc::new(AtomicUsize::new(0));
    let held = hold_all(&store, engine).await;
    let counted = Arc::clone(&runs);
    let leaves = start(store.write("leaves", move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        put(tx, "left")
    }))
    .await;
    let stays = start(write(&store, "stayed")).await;
    drop(leaves);
    let_go(held).await;
    stays.await.unwrap();
    // Behind it in the queue, so it was passed over by now; on PostgreSQL the other worker may still hold it.
    drop(store);
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    assert_eq!(marks(&scratch.store()).await, ["stayed"]);
}

async fn whoever_leaves_after_the_start_is_served_all_the_same(engine: Engine) {
    let scratch = Scratch::new(engine);
    let store = narrow(&scratch);
    let (gate, stop, mut reached) = gate();
    let leaves = start(store.write("leaves", move |tx| {
        put(tx, "left")?;
        stop.here();
        Ok(())
    }))
    .await;
    reached.recv().await.unwrap();
    drop(leaves);
    gate.open();
    drop(store);
    assert_eq!(marks(&scratch.store()).await, ["left"]);
}
