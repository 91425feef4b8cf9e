//! Faults that no request causes by itself: a broken record, a busy database.

use std::sync::mpsc;

use rollcall_store::{Options, Sql, Store};
use rollcall_testkit::{Engine, Scratch, TestApp};
use serde_json::json;

use crate::shop::{Shop, mounted, outcome, refused};

rollcall_testkit::on_both_engines! { a_broken_record_is_a_fault_of_ours_without_details }

/// What a record never holds unless somebody edits the database by hand.
static SPOIL: Sql = Sql::new("test.spoil", "update users set tags = 'no list' where app = $1 and uid = $2");

async fn a_broken_record_is_a_fault_of_ours_without_details(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.user("noa").await;
    shop.user("leo").await;
    let spoil = |tx: &mut rollcall_store::Tx<'_>| tx.exec(&SPOIL, &["shop".into(), "noa".into()]);
    shop.0.directory.store().write("test.spoil", spoil).await.unwrap();
    for path in ["/users/noa", "/users/noa/credits", "/users"] {
        let answer = shop.call("GET", path, "").await;
        assert_eq!(outcome(&answer), refused(500, "Something went wrong on our side"), "{path}");
        assert_eq!(answer.json().as_object().unwrap().len(), 1, "{}", answer.text);
    }
    assert_eq!(shop.call("GET", "/users/leo", "").await.status, 200, "others are not touched");
}

/// On SQLite, where there is one writer to keep busy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_answered_503_with_a_time_to_come_back() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = Store::open(scratch.database(), &Options { queue: 1, ..Options::default() }).unwrap();
    let shop = Shop(TestApp::start_on(scratch, store, mounted).await);
    let (entered, is_held) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let hold = shop.0.directory.store().write("test.hold", move |_| {
        entered.send(()).ok();
        released.lock().map(|held| held.recv()).ok();
        Ok(())
    });
    let scenario = async {
        tokio::task::block_in_place(|| is_held.recv()).unwrap();
        // While the writer is held, one of two requests takes the one place in the queue.
        let (leo, ana) = (json!({"email": "leo@club.test"}), json!({"email": "ana@club.test"}));
        let mut first = Box::pin(shop.create(&leo));
        let mut second = Box::pin(shop.create(&ana));
        let (answer, waiting) = tokio::select! {
            answer = &mut first => (answer, second),
            answer = &mut second => (answer, first),
        };
        let busy = "The server cannot do this at the moment; try again";
        assert_eq!(outcome(&answer), refused(503, busy));
        assert_eq!(answer.headers["retry-after"], "1");
        release.send(()).unwrap();
        assert_eq!(waiting.await.status, 200);
    };
    let (held, ()) = tokio::join!(hold, scenario);
    held.unwrap();
    let made = shop.call("GET", "/users", "").await.at("/data");
    assert_eq!(made.as_array().unwrap().len(), 1, "the one that was refused was not made");
}
