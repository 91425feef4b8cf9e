//! The envelope of errors, and faults that no request causes by itself: a busy database, a broken record.

use std::collections::BTreeSet;
use std::sync::mpsc;

use rollcall_store::{Options, Sql, Store};
use rollcall_testkit::{Answer, Engine, Scratch, TestApp};
use serde_json::json;

use crate::shop::{Shop, mounted, outcome, refused};

rollcall_testkit::on_both_engines! {
    every_fault_comes_in_the_same_envelope,
    a_broken_record_is_a_fault_of_ours_without_details,
}

/// What a record never holds unless somebody edits the database by hand.
static SPOIL: Sql = Sql::new("test.spoil", "update users set tags = 'no list' where app = $1 and uid = $2");

fn assert_envelope(answer: &Answer, with_details: bool) {
    let json = answer.json();
    let outer: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    assert_eq!(outer, ["error"], "{}", answer.text);
    let keys: BTreeSet<_> = json["error"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = BTreeSet::from(["code", "devMessage", "message", "source"]);
    if with_details {
        expected.insert("details");
    }
    assert_eq!(keys, expected, "{}", answer.text);
    assert_eq!(answer.at("/error/source"), "chat-api");
    for text in ["/error/message", "/error/devMessage", "/error/code"] {
        assert!(!answer.at(text).as_str().unwrap().is_empty(), "{text} in {}", answer.text);
    }
    assert_eq!(answer.headers["content-type"], "application/json");
}

async fn every_fault_comes_in_the_same_envelope(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    let large = " ".repeat(40_000);
    let cases = [
        ("POST", "/v3/users", r#"{"uid":"","name":""}"#, 400, true),
        ("GET", "/v3/users?page=0", "", 400, true),
        ("GET", "/v3/users?searchKey=%ff", "", 400, true),
        ("POST", "/v3/users", r#"{"uid":"mira","name":"x"}"#, 400, false),
        ("POST", "/v3/users", "{", 400, false),
        ("POST", "/v3/users", r#"{"uid":"leo","name":"x","role":"wizard"}"#, 404, false),
        ("GET", "/v3/users/ghost", "", 404, false),
        ("GET", "/v3/userss", "", 404, false),
        ("GET", "/v4/users", "", 404, false),
        ("POST", "/v3/users", &large, 413, false),
    ];
    for (method, path, body, status, with_details) in cases {
        let answer = shop.call(method, path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.text);
        assert_envelope(&answer, with_details);
        for (_, messages) in answer.at("/error/details").as_object().into_iter().flatten() {
            let messages = messages.as_array().unwrap();
            assert!(!messages.is_empty() && messages.iter().all(|m| m.is_string()), "{}", answer.text);
        }
    }
    let unauthorised = shop.0.request("GET", "/v3/users", &[], "").await;
    assert_eq!(unauthorised.status, 401);
    assert_envelope(&unauthorised, false);
    let weak = shop
        .0
        .request("GET", "/v3/users", &[("apikey", &shop.0.keys.auth_key)], "")
        .await;
    assert_eq!(weak.status, 403);
    assert_envelope(&weak, false);
}

async fn a_broken_record_is_a_fault_of_ours_without_details(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.mira().await;
    shop.create(&json!({"uid": "leo", "name": "Leo"})).await;
    let spoil = |tx: &mut rollcall_store::Tx<'_>| tx.exec(&SPOIL, &["shop".into(), "mira".into()]);
    shop.0.directory.store().write("test.spoil", spoil).await.unwrap();
    for path in ["/v3/users/mira", "/v3/users"] {
        let answer = shop.call("GET", path, "").await;
        assert_eq!(outcome(&answer), refused(500, "ERR_EXCEPTION"), "{path}");
        assert_envelope(&answer, false);
        assert!(!answer.text.contains("no list") && !answer.text.contains("tags"), "{}", answer.text);
    }
    assert_eq!(shop.call("GET", "/v3/users/leo", "").await.status, 200, "others are not touched");
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
    let store = shop.0.directory.store();
    let hold = store.write("test.hold", move |_| {
        entered.send(()).ok();
        released.lock().map(|held| held.recv()).ok();
        Ok(())
    });
    let scenario = async {
        tokio::task::block_in_place(|| is_held.recv()).unwrap();
        // While the writer is held, one of two requests takes the one place in the queue.
        let (leo, ana) = (json!({"uid": "leo", "name": "Leo"}), json!({"uid": "ana", "name": "Ana"}));
        let mut first = Box::pin(shop.create(&leo));
        let mut second = Box::pin(shop.create(&ana));
        let (answer, waiting) = tokio::select! {
            answer = &mut first => (answer, second),
            answer = &mut second => (answer, first),
        };
        assert_eq!(outcome(&answer), refused(503, "ERR_OPERATION_FAILED"));
        assert_envelope(&answer, false);
        assert_eq!(answer.headers["retry-after"], "1");
        release.send(()).unwrap();
        assert_eq!(waiting.await.status, 200);
    };
    let (held, ()) = tokio::join!(hold, scenario);
    held.unwrap();
    assert_eq!(shop.ledger().await.users.len(), 1, "the one that was refused was not made");
}
