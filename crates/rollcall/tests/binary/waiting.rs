//! A database that keeps the server waiting.

use std::net::TcpStream;

use rollcall_testkit::Engine::Postgres;
use serde_json::json;

use crate::harness::{Installation, Process, eventually};

#[test]
fn readiness_tells_of_a_database_that_hangs() {
    let (installation, server, keys) = Installation::with_shop(Postgres);
    let mut client = server.client(&keys.rest);
    assert_eq!(client.get("/health/ready").unwrap().status, 200);
    let release = installation.hold_up("lock table installation in access exclusive mode");
    assert_eq!(client.get("/health/ready").unwrap().status, 503);
    // By the server's own deadline, not by the database's, which come later.
    let told =
        eventually("a word about it", || server.log().into_iter().find(|line| line.contains("not ready")));
    assert!(told.contains("deadline has elapsed"), "{told}");
    assert_eq!(client.get("/health/live").unwrap().status, 200, "the process itself is well");
    release();
    eventually("the server to be ready again", || {
        (client.get("/health/ready").unwrap().status == 200).then_some(())
    });
    assert_eq!(
        client
            .post("/v3/users", &json!({"uid": "mira", "name": "Mira"}))
            .unwrap()
            .status,
        200
    );
    server.stop();
}

#[test]
fn a_server_that_waits_for_its_database_can_be_stopped() {
    let installation = Installation::new(Postgres);
    installation.make_app("shop");
    // As another server does that is bringing the schema up to date.
    let release = installation.hold_up("lock table schema_migrations in access exclusive mode");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Process::start(installation.command(&["serve", "--listen", &free.to_string()]));
    let waits = "select count(*) from pg_stat_activity
         where datname = current_database() and application_name = 'rollcall' and wait_event_type = 'Lock'";
    eventually("the server to wait", || (installation.number(waits) > 0).then_some(()));
    assert!(TcpStream::connect(free).is_err(), "nobody is let in before there is an answer");
    server.terminate();
    let (status, _, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log:?}");
    release();
}
