//! Clients that stall, leave, shout or speak something else.

use rollcall_testkit::Engine;
use rollcall_testkit::Engine::Sqlite;
use serde_json::json;

use crate::harness::{Client, Installation, eventually, header_lines};

/// Figures of the server.
const IN_FLIGHT: &str = "rollcall_http_requests_in_flight";
const DURATION: &str = "rollcall_http_request_duration_seconds_count";

fn figure(metrics: &str, name: &str) -> u64 {
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

on_both_engines! {
a_client_that_leaves_is_not_waited_for, a_body_cut_off_leaves_nothing, pipelined_requests_are_answered_in_order }

fn a_body_cut_off_leaves_nothing(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    let mut client = server.client(&keys.rest);
    assert_eq!(client.post("/v3/users", &json!({"uid": "mira", "name": "Old"})).unwrap().status, 200);
    let events = installation.number("select count(*) from events");
    let body = json!({"uid": "ghost", "name": "Ghost", "withAuthToken": true}).to_string();
    for (method, path) in [("POST", "/v3/users"), ("PUT", "/v3/users/mira")] {
        for arrives in [0, 1, body.len() / 2, body.len() - 1] {
            let head = format!("{method} {path} HTTP/1.1\r\n{}\r\n", header_lines(&keys.rest, body.len()));
            let mut rude = server.client("");
            rude.send(&[head.as_bytes(), &body.as_bytes()[..arrives]].concat()).unwrap();
        }
    }
    // What they leave behind would be there once they are all refused.
    eventually("the server to refuse all eight", || {
        let metrics = client.get("/metrics").unwrap().text;
        let refused: u64 = [("POST", "/v3/users"), ("PUT", "/v3/users/{uid}")]
            .iter()
            .map(|(method, route)| {
                figure(
                    &metrics,
                    &format!("{DURATION}{{method=\"{method}\",route=\"{route}\",status=\"400\"}}"),
                )
            })
            .sum();
        (refused == 8 && figure(&metrics, IN_FLIGHT) == 1).then_some(())
    });
    assert_eq!(client.get("/v3/users/ghost").unwrap().status, 404);
    assert_eq!(client.get("/v3/users/mira").unwrap().at("/data/name"), "Old");
    assert_eq!(installation.number("select count(*) from events"), events);
    // The uid is still free.
    assert_eq!(client.request("POST", "/v3/users", &[], &body).unwrap().status, 200);
    server.stop();
}

fn a_client_that_leaves_is_not_waited_for(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    let mut client = server.client(&keys.rest);
    assert_eq!(client.post("/v3/users", &json!({"uid": "mira", "name": "Old"})).unwrap().status, 200);
    let in_flight = |client: &mut Client| figure(&client.get("/metrics").unwrap().text, IN_FLIGHT);
    // Somebody else holds the database up, so the answer cannot come.
    let release = installation.hold_up("update users set revision = revision");
    let body = json!({"name": "New"}).to_string();
    let request =
        format!("PUT /v3/users/mira HTTP/1.1\r\n{}\r\n{body}", header_lines(&keys.rest, body.len()));
    let mut leaving = server.client("");
    leaving.send(request.as_bytes()).unwrap();
    eventually("the change to wait", || (in_flight(&mut client) == 2).then_some(()));
    drop(leaving);
    eventually("the server to notice", || (in_flight(&mut client) == 1).then_some(()));
    release();
    assert_eq!(client.put("/v3/users/mira", &json!({"statusMessage": "here"})).unwrap().status, 200);
    // Whether and when the change is made after all is open, but with its event or not at all: one statement looks at both.
    let halves = "
        select (select count(*) from users where uid = 'mira' and name = 'New')
            - (select count(*) from events where kind = 'user.updated' and fields = 'name')";
    assert_eq!(installation.number(halves), 0);
    server.stop();
}

fn pipelined_requests_are_answered_in_order(engine: Engine) {
    const REQUESTS: usize = 2_000;
    let (_installation, server, keys) = Installation::with_shop(engine);
    let mut client = server.client(&keys.rest);
    let user = json!({"uid": "mira", "name": "Mira", "statusMessage": "0"});
    assert_eq!(client.post("/v3/users", &user).unwrap().status, 200);
    // Every tenth changes the user and the others look at it: an answer out of turn would show.
    let mut requests = String::new();
    for number in 0..REQUESTS {
        let (method, body) = match number % 10 {
            0 => ("PUT", json!({"statusMessage": number.to_string()}).to_string()),
            _ => ("GET", String::new()),
        };
        let head = header_lines(&keys.rest, body.len());
        requests +=
            &format!("{method} /v3/users/mira HTTP/1.1\r\nx-request-id: r{number}\r\n{head}\r\n{body}");
    }
    let mut writer = client.writer();
    std::thread::scope(|scope| {
        scope.spawn(move || std::io::Write::write_all(&mut writer, requests.as_bytes()).unwrap());
        for number in 0..REQUESTS {
            let answer = client.answer().unwrap();
            assert_eq!(answer.header("x-request-id"), Some(format!("r{number}").as_str()));
            let last_change = (number / 10 * 10).to_string();
            assert_eq!(
                (answer.status, answer.at("/data/statusMessage")),
                (200, json!(last_change)),
                "{number}"
            );
        }
    });
    server.stop();
}

#[test]
fn stalled_clients_stop_nobody() {
    let (_installation, server, keys) = Installation::with_shop(Sqlite);
    let whole = format!("POST /v3/users HTTP/1.1\r\n{}\r\n{{\"uid\":\"a\",", header_lines(&keys.rest, 100));
    // Silent, in the middle of a word, of the head, of the body.
    let stalled: Vec<Client> = (0..200)
        .map(|number| {
            let mut client = server.client("");
            let sent = [0, 3, whole.len() / 2, whole.len()][number % 4];
            client.send(&whole.as_bytes()[..sent]).unwrap();
            client
        })
        .collect();
    let mut client = server.client(&keys.rest);
    for number in 0..50 {
        let user = json!({"uid": format!("u{number}"), "name": "Patient"});
        assert_eq!(client.post("/v3/users", &user).unwrap().status, 200);
        assert_eq!(server.client(&keys.rest).get(&format!("/v3/users/u{number}")).unwrap().status, 200);
    }
    drop(stalled);
    server.stop();
}

#[test]
fn what_is_no_http_is_refused() {
    let (_installation, mut server, keys) = Installation::with_shop(Sqlite);
    let (zeros, long) = (vec![0; 10_000], vec![b'A'; 2_000_000]);
    let noise: Vec<u8> = (0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let garbage: [&[u8]; 12] = [
        b"\r\n\r\nnonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", // the beginning of TLS
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnot a frame of HTTP/2 but long enough to be read as one",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v3/users\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n: empty\r\n\r\n",
        b"POST /v3/users HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v3/users HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        &zeros,
        &noise,
        &long,
    ];
    for bytes in garbage {
        let mut rude = server.client("");
        // The server may hang up before all is sent.
        drop(rude.send(bytes));
        drop(rude.writer().shutdown(std::net::Shutdown::Write));
        let answer = rude.rest().unwrap();
        let begin = &answer[..answer.len().min(12)];
        let shown = String::from_utf8_lossy(begin);
        // Nothing, a refusal, or the frames with which HTTP/2 says goodbye.
        let settings_frame = begin.get(3) == Some(&4);
        assert!(
            begin.is_empty() || shown.starts_with("HTTP/1.1 4") || settings_frame,
            "{shown:?} to {:?}",
            &bytes[..9]
        );
    }
    assert!(server.is_running());
    assert_eq!(server.client(&keys.rest).get("/v3/users").unwrap().status, 200);
    assert!(server.log().iter().all(|line| !line.contains("panicked")), "{:?}", server.log());
    server.stop();
}
