//! Another process with the same file.

use rollcall_testkit::{Engine, Scratch};

use crate::marks::{has, is_unavailable, marks, start, write};

fn another(scratch: &Scratch) -> rusqlite::Connection {
    let address = scratch.address();
    rusqlite::Connection::open(address.strip_prefix("sqlite:").unwrap()).unwrap()
}

#[tokio::test]
async fn a_lock_that_goes_away_is_waited_for() {
    let scratch = Scratch::new(Engine::Sqlite);
    let (store, other) = (scratch.store(), another(&scratch));
    other
        .execute_batch("begin immediate; insert into installation (name, value) values ('theirs', 'mark')")
        .unwrap();
    let waits = start(write(&store, "ours")).await;
    assert!(marks(&store).await.is_empty());
    other.execute_batch("commit").unwrap();
    waits.await.unwrap();
    assert_eq!(marks(&store).await, ["ours", "theirs"]);
}

/// Who waits behind the first is told with it: nobody waits once more for each that came before.
#[tokio::test]
async fn a_lock_that_stays_is_told_to_all_who_wait() {
    let scratch = Scratch::new(Engine::Sqlite);
    let (store, other) = (scratch.store(), another(&scratch));
    other.execute_batch("begin immediate").unwrap();
    let began = std::time::Instant::now();
    let mut waiting = Vec::new();
    for n in 0..8 {
        waiting.push(start(write(&store, n.to_string())).await);
    }
    for operation in waiting {
        let outcome = operation.await;
        assert!(is_unavailable(&outcome), "{outcome:?}");
    }
    // Two turns at most: the first alone, when it was begun before the others came.
    assert!(began.elapsed().as_secs() < 12, "{:?}", began.elapsed());
    assert!(!has(&store, "0").await, "reads go on");
    other.execute_batch("rollback").unwrap();
    // Who comes while the last of them are told may be told the same.
    let meanwhile = write(&store, "meanwhile").await;
    assert!(meanwhile.is_ok() || is_unavailable(&meanwhile), "{meanwhile:?}");
    write(&store, "afterwards").await.unwrap();
    let kept = if meanwhile.is_ok() {
        &["afterwards", "meanwhile"][..]
    } else {
        &["afterwards"]
    };
    assert_eq!(marks(&store).await, kept);
}
