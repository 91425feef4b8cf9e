//! SIGTERM: what is under way is finished, nothing is lost, the next start goes on.

use std::time::{Duration, Instant};

use rollcall_testkit::Engine;
use serde_json::json;

use crate::harness::{Client, Installation, Server, eventually, header_lines};

on_both_engines! { a_request_under_way_is_finished, a_restart_keeps_everything, idle_clients_do_not_hold_up_the_end }

fn figure(client: &mut Client, name: &str) -> i64 {
    let metrics = client.get("/metrics").unwrap().text;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in {metrics}")).parse().unwrap()
}

/// A change of a user, sent up to the middle of its body; the server is known to wait for the rest.
fn half_sent(server: &Server, key: &str, path: &str, body: &str) -> (Client, String) {
    let (first, rest) = body.split_at(body.len() / 2);
    let head = format!("PUT {path} HTTP/1.1\r\n{}\r\n{first}", header_lines(key, body.len()));
    let mut observer = server.client("");
    let before = figure(&mut observer, "rollcall_http_requests_in_flight");
    let mut client = server.client(key);
    client.send(head.as_bytes()).unwrap();
    eventually("the request to be under way", || {
        (figure(&mut observer, "rollcall_http_requests_in_flight") > before).then_some(())
    });
    (client, rest.to_owned())
}

fn a_request_under_way_is_finished(engine: Engine) {
    let (installation, mut server, keys) = Installation::with_shop(engine);
    let mut client = server.client(&keys.rest);
    for uid in ["mira", "leo"] {
        assert_eq!(client.post("/v3/users", &json!({"uid": uid, "name": "Old"})).unwrap().status, 200);
    }
    let body = json!({"name": "New", "tags": ["a", "b"]}).to_string();
    let (mut slow, rest) = half_sent(&server, &keys.rest, "/v3/users/mira", &body);
    let (mut slower, other_rest) = half_sent(&server, &keys.rest, "/v3/users/leo", &body);

    server.terminate();
    // A load balancer that knocks now is told no, or finds the door shut.
    eventually("the server to turn new clients away", || {
        let ready = Client::open(server.address, "").and_then(|mut client| client.get("/health/ready"));
        ready.map_or(true, |answer| answer.status == 503).then_some(())
    });
    assert!(server.is_running(), "two requests are under way");
    slow.send(rest.as_bytes()).unwrap();
    let answer = slow.answer().unwrap();
    assert_eq!((answer.status, answer.at("/data/name")), (200, json!("New")), "{}", answer.text);
    assert!(server.is_running(), "one request is still under way");
    slower.send(other_rest.as_bytes()).unwrap();
    assert_eq!(slower.answer().unwrap().status, 200);

    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log:?}");
    assert!(log.last().unwrap().contains("\"stopped\""), "{log:?}");
    let server = installation.serve();
    let mut client = server.client(&keys.rest);
    for uid in ["mira", "leo"] {
        assert_eq!(client.get(&format!("/v3/users/{uid}")).unwrap().at("/data/name"), "New");
    }
}

fn a_restart_keeps_everything(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    let mut client = server.client(&keys.rest);
    let user = json!({
        "uid": "mira", "name": "Mira Ünal", "avatar": "https://example.org/m.png", "link": "https://example.org/m",
        "statusMessage": "on the road", "metadata": {"desk": 7, "@private": {"phone": "1"}}, "tags": ["x", "y"],
        "withAuthToken": true
    });
    let made = client.post("/v3/users", &user).unwrap();
    assert_eq!(made.status, 200, "{}", made.text);
    let token = made.at("/data/authToken");
    let list = client.get("/v3/users?withTags=true").unwrap().text;
    let shown = installation.done(&["key", "list", "--app", "shop", "--reveal"]);
    let dead = installation.done(&["key", "create", "--app", "shop", "--scope", "fullAccess"]);
    installation.done(&["key", "revoke", "--app", "shop", dead.trim_end()]);
    server.stop();

    let server = installation.serve();
    let mut client = server.client(&keys.rest);
    assert_eq!(client.get("/v3/users?withTags=true").unwrap().text, list);
    assert_eq!(installation.done(&["key", "list", "--app", "shop", "--reveal"]), shown);
    assert_eq!(server.client(&keys.auth).get("/v3/users").unwrap().status, 403, "known, but authOnly");
    assert_eq!(server.client(dead.trim_end()).get("/v3/users").unwrap().status, 401);
    let hash = match engine {
        Engine::Sqlite => "lower(hex(t.lookup))",
        Engine::Postgres => "encode(t.lookup, 'hex')",
    };
    let tokens = format!("select u.uid, {hash} from auth_tokens t join users u on u.id = t.user_key");
    assert_eq!(installation.rows(&tokens), [["mira", &installation.lookup(token.as_str().unwrap())]]);
    server.stop();
}

fn idle_clients_do_not_hold_up_the_end(engine: Engine) {
    let (_installation, mut server, keys) = Installation::with_shop(engine);
    let mut idle: Vec<Client> = (0..20).map(|_| server.client(&keys.rest)).collect();
    for client in &mut idle[..10] {
        assert_eq!(client.get("/v3/users").unwrap().status, 200);
    }
    let began = Instant::now();
    server.terminate();
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?} with nothing under way", began.elapsed());
}
