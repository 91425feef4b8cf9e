//! Too much, or too slowly.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use crate::harness::{Installation, header_lines};
use rollcall_testkit::Engine::Sqlite;

#[test]
fn a_head_that_is_too_large_is_refused() {
    let (_installation, mut server, keys) = Installation::with_shop(Sqlite);
    let one_large = format!("x-large: {}\r\n", "a".repeat(700_000));
    let many: String = (0..500).map(|n| format!("x-{n}: a\r\n")).collect();
    for lines in [one_large, many] {
        let mut client = server.client("");
        // The server may answer and hang up before all is sent.
        drop(client.send(format!("GET /v3/users HTTP/1.1\r\nhost: x\r\n{lines}\r\n").as_bytes()));
        match client.answer() {
            Ok(answer) => assert_eq!(answer.status, 431, "{}", answer.text),
            // The refusal can be lost to the reset that follows when the client keeps sending.
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
    let mut client = server.client("");
    client
        .send(format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(70_000)).as_bytes())
        .unwrap();
    assert_eq!(client.answer().unwrap().status, 414);
    // A large head that is not too large is no reason to refuse.
    let cookie = "a".repeat(16_000);
    let mut client = server.client(&keys.rest);
    assert_eq!(client.request("GET", "/v3/users", &[("cookie", &cookie)], "").unwrap().status, 200);
    assert!(server.is_running());
    server.stop();
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let (_installation, server, keys) = Installation::with_shop(Sqlite);
    let body = |length: usize| format!("{}{{\"uid\":\"mira\",\"name\":\"M\"}}", " ".repeat(length - 25));
    assert_eq!(body(100).len(), 100);
    for length in [32 * 1024 + 1, 60 * 1024] {
        let mut client = server.client(&keys.rest);
        assert_eq!(client.request("POST", "/v3/users", &[], &body(length)).unwrap().status, 413, "{length}");
    }
    // Nobody waits for a terabyte.
    let mut client = server.client(&keys.rest);
    let head = format!("POST /v3/users HTTP/1.1\r\n{}\r\n", header_lines(&keys.rest, 1 << 40));
    client.send(head.as_bytes()).unwrap();
    assert_eq!(client.answer().unwrap().status, 413);
    // Without a length it is counted while it comes.
    let mut client = server.client(&keys.rest);
    let rest = &keys.rest;
    let head =
        format!("POST /v3/users HTTP/1.1\r\nhost: x\r\napikey: {rest}\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = format!("2000\r\n{}\r\n", " ".repeat(0x2000));
    client.send(format!("{head}{}0\r\n\r\n", chunk.repeat(5)).as_bytes()).unwrap();
    assert_eq!(client.answer().unwrap().status, 413);
    // And as much as is allowed is allowed.
    let mut client = server.client(&keys.rest);
    assert_eq!(client.request("POST", "/v3/users", &[], &body(32 * 1024)).unwrap().status, 200);
    server.stop();
}

/// Where a client may stall: with how much it has sent, and what it is answered when its time is up.
#[test]
fn a_client_that_stalls_is_let_go() {
    const PATIENCE_OF_THE_SERVER: Duration = Duration::from_secs(15);
    let installation = Installation::new(Sqlite);
    let server = installation.serve_with("idle_seconds = 16");
    let keys = installation.make_app("shop");
    let whole = "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    let body = format!("POST /v3/users HTTP/1.1\r\n{}\r\n{{\"uid\":\"a\",", header_lines(&keys.rest, 100));
    let began = Instant::now();
    let stalled: Vec<_> = [
        ("silent", "", ""),
        ("in the method", "P", ""),
        ("in the head", "GET /v3/users HTTP/1.1\r\nhost", ""),
        ("in the body", body.as_str(), "HTTP/1.1 400"),
        ("after an answer", whole, "HTTP/1.1 200"),
        ("in the next head", &format!("{whole}GET /v3"), "HTTP/1.1 200"),
    ]
    .into_iter()
    .map(|(place, sent, told)| {
        let mut client = server.client("");
        client.send(sent.as_bytes()).unwrap();
        (place, client, told)
    })
    .collect();
    std::thread::scope(|scope| {
        for (place, mut client, told) in stalled {
            scope.spawn(move || {
                let answer = client.rest().unwrap_or_else(|error| panic!("stalled {place}: {error}"));
                let answer = String::from_utf8(answer).unwrap();
                let waited = began.elapsed();
                assert!(waited < PATIENCE_OF_THE_SERVER * 2, "stalled {place}: {waited:?}");
                assert!(
                    waited >= PATIENCE_OF_THE_SERVER - Duration::from_secs(1),
                    "stalled {place}: {waited:?}"
                );
                assert!(answer.starts_with(told), "stalled {place}: {answer:?}");
            });
        }
    });
    server.stop();
}
