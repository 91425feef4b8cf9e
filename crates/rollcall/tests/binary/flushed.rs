//! A reply means that the write is on disk.

use rollcall_testkit::Engine::{Postgres, Sqlite};
use serde_json::json;

use crate::harness::{Installation, Server, Shim};

#[test]
fn a_reply_on_sqlite_comes_after_an_fsync() {
    let installation = Installation::new(Sqlite);
    let keys = installation.make_app("shop");
    let shim = Shim::build(installation.folder());
    let mut command = installation.server_command();
    shim.put_under(&mut command);
    let server = Server::start(command);
    let mut client = server.client(&keys.rest);
    assert_eq!(client.post("/v3/users", &json!({"uid": "mira", "name": "0"})).unwrap().status, 200);
    for number in 1..=20 {
        let before = shim.fsyncs().len();
        let answer = client.put("/v3/users/mira", &json!({"name": number.to_string()})).unwrap();
        let after = shim.fsyncs().len();
        assert_eq!(answer.status, 200);
        assert!(after > before, "change {number} was confirmed before it was on disk");
    }
    // Counted are writes, not requests.
    let before = shim.fsyncs().len();
    assert_eq!(client.get("/v3/users/mira").unwrap().at("/data/name"), "20");
    assert_eq!(shim.fsyncs().len(), before);
    server.stop();
}

#[test]
fn a_reply_on_postgres_comes_after_the_flush_whatever_the_database_is_set_to() {
    let installation = Installation::new(Postgres);
    let keys = installation.make_app("shop");
    let database = installation.rows("select current_database()")[0][0].clone();
    installation.rows(&format!("alter database {database} set synchronous_commit = off"));
    assert_eq!(installation.rows("show synchronous_commit"), [["off"]]);
    let server = installation.serve();
    let mut client = server.client(&keys.rest);
    assert_eq!(client.post("/v3/users", &json!({"uid": "mira", "name": "0"})).unwrap().status, 200);
    for number in 1..=20 {
        let before = &installation.rows("select pg_current_wal_insert_lsn()")[0][0];
        let answer = client.put("/v3/users/mira", &json!({"name": number.to_string()})).unwrap();
        // The change's own records lie behind `before`, so all of that, and more, must be on disk now.
        let flushed = format!("select (pg_current_wal_flush_lsn() > '{before}')::int");
        assert_eq!(installation.number(&flushed), 1, "change {number} was confirmed before it was on disk");
        assert_eq!(answer.status, 200);
    }
    server.stop();
}
