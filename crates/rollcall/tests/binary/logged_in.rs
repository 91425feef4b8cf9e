//! A logged-in user, before and after a restart.

use rollcall_testkit::Engine;
use serde_json::json;

use crate::harness::{Answer, Client, Installation, Server};

on_both_engines! { a_login_and_its_activity_outlive_a_restart }

fn me(server: &Server, method: &str, token: &str) -> Answer {
    let mut client: Client = server.client("");
    let request = format!("{method} /v3/me HTTP/1.1\r\nhost: x\r\nappid: shop\r\nauthtoken: {token}\r\n\r\n");
    client.send(request.as_bytes()).unwrap();
    client.answer().unwrap()
}

fn a_login_and_its_activity_outlive_a_restart(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    let mut client = server.client(&keys.rest);
    let made = client
        .post("/v3/users", &json!({"uid": "mira", "name": "Mira", "withAuthToken": true}))
        .unwrap();
    let token = made.at("/data/authToken").as_str().unwrap().to_owned();
    let seen = me(&server, "GET", &token);
    assert_eq!((seen.status, seen.at("/data/uid")), (200, json!("mira")), "{}", seen.text);
    server.stop();

    let server = installation.serve();
    let mut client = server.client(&keys.rest);
    let since = client.get("/v3/users/mira").unwrap().at("/data/lastActiveAt");
    assert!(
        since.as_i64() >= made.at("/data/createdAt").as_i64(),
        "{since}: the end of the server wrote it down"
    );
    let stats = client.get("/v3/stats?fromDate=0&toDate=99999999999").unwrap();
    assert_eq!(stats.at("/data/metrics/active_users"), 1);
    assert_eq!(me(&server, "GET", &token).status, 200);
    assert_eq!(me(&server, "DELETE", &token).status, 200);
    assert_eq!(me(&server, "GET", &token).code(), "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    server.stop();
    let server = installation.serve();
    assert_eq!(me(&server, "GET", &token).code(), "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
}
