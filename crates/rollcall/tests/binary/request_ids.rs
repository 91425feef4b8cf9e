//! Request ids, and what the log says.

use std::collections::BTreeSet;

use rollcall_testkit::Engine;
use serde_json::json;

use crate::harness::{Client, Installation, Server};

on_both_engines! { the_log_tells_requests_apart_and_keeps_secrets }

/// The id with which a request is answered that was sent with this header line.
fn answered_with(client: &mut Client, line: &[u8]) -> String {
    let request = [b"GET /health/live HTTP/1.1\r\nhost: x\r\n".as_slice(), line, b"\r\n"].concat();
    client.send(&request).unwrap();
    let answer = client.answer().unwrap();
    assert_eq!(answer.status, 200);
    answer.header("x-request-id").unwrap().to_owned()
}

#[test]
fn a_plain_id_comes_back_and_another_is_replaced() {
    let installation = Installation::new(Engine::Sqlite);
    let server = installation.serve();
    let mut client = server.client("");
    let longest = "a".repeat(64);
    for id in ["a", "4bf92f35-77b3.X_z", &longest] {
        assert_eq!(answered_with(&mut client, format!("x-request-id: {id}\r\n").as_bytes()), id);
    }
    let too_long = format!("x-request-id: {}\r\n", "a".repeat(65));
    let mut seen = BTreeSet::new();
    for line in [
        b"".as_slice(),
        b"x-request-id:\r\n",
        b"x-request-id: a b\r\n",
        b"x-request-id: a\"},{\"level\":\"ERROR\"\r\n",
        b"x-request-id: \xff\xfe\r\n",
        b"x-request-id: a\tb\r\n",
        too_long.as_bytes(),
    ] {
        let id = answered_with(&mut client, line);
        assert!(id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id:?}");
        assert!(seen.insert(id), "an id came twice");
    }
    server.stop();
}

fn the_log_tells_requests_apart_and_keeps_secrets(engine: Engine) {
    let installation = Installation::new(engine);
    let keys = installation.make_app("shop");
    let mut command = installation.server_command();
    command.args(["--log-level", "debug"]);
    let mut server = Server::start(command);
    let mut client = server.client(&keys.rest);
    let mut send = |id: &str, method: &str, path: &str, body: &str| {
        client.request(method, path, &[("x-request-id", id)], body).unwrap()
    };
    let body = json!({"uid": "mira", "name": "Mira Kovač", "withAuthToken": true}).to_string();
    let made = send("made", "POST", "/v3/users", &body);
    let token = made.at("/data/authToken").as_str().unwrap().to_owned();
    send("again", "POST", "/v3/users", &body);
    send("nobody", "GET", "/v3/users/nobody", "");
    send("nowhere", "GET", "/nowhere?apikey=x", "");
    for (id, level, method, route, status, detail) in [
        ("made", "DEBUG", "POST", "/v3/users", 200, None),
        ("again", "INFO", "POST", "/v3/users", 400, Some("ERR_UID_ALREADY_EXISTS")),
        ("nobody", "INFO", "GET", "/v3/users/{uid}", 404, Some("ERR_UID_NOT_FOUND")),
        ("nowhere", "INFO", "GET", "none", 404, Some("")),
    ] {
        let line = server.log_about(id);
        assert_eq!((&line["level"], &line["method"]), (&json!(level), &json!(method)), "{line}");
        assert_eq!((&line["route"], &line["status"]), (&json!(route), &json!(status)), "{line}");
        assert_eq!(line["detail"].as_str(), detail, "{line}");
        assert!(line["duration_us"].as_f64().unwrap() > 0.0, "{line}");
    }
    let unknown = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(server.client(unknown).get("/v3/users").unwrap().status, 401);
    // A word that only a value of the user holds: not even with everything logged is personal data repeated.
    server.terminate();
    let (_, log) = server.ended();
    let log = log.join("\n");
    for secret in [&keys.rest, &keys.auth, &keys.platform, &token, unknown, "Kovač"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
