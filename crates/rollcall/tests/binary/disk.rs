//! Disks that fail, under the embedded engine: what a client is told, how the process ends, what is left.

use rollcall_testkit::Engine::Sqlite;
use serde_json::json;

use crate::harness::{Answer, Client, Installation, Keys, Server, Shim};

const CLIENTS: usize = 8;

/// A server on a disk that fails on demand, with one user per client.
fn on_a_bad_disk() -> (Installation, Shim, Server, Keys) {
    let installation = Installation::new(Sqlite);
    let keys = installation.make_app("shop");
    let shim = Shim::build(installation.folder());
    let mut command = installation.server_command();
    shim.put_under(&mut command);
    let server = Server::start(command);
    let mut client = server.client(&keys.rest);
    for number in 0..CLIENTS {
        let user = json!({"uid": format!("u{number}"), "name": "Old", "withAuthToken": true});
        assert_eq!(client.post("/v3/users", &user).unwrap().status, 200);
    }
    (installation, shim, server, keys)
}

/// All clients change their users at once.
fn all_rename(server: &Server, key: &str, name: &str) -> Vec<std::io::Result<Answer>> {
    // Connected before any of them asks: the answer may be the server's end.
    let clients: Vec<Client> = (0..CLIENTS).map(|_| server.client(key)).collect();
    std::thread::scope(|scope| {
        let requests: Vec<_> = (0..)
            .zip(clients)
            .map(|(number, mut client)| {
                scope.spawn(move || {
                    let path = format!("/v3/users/u{number}");
                    let (id, body) = (format!("{name}-{number}"), json!({ "name": name }).to_string());
                    client.request("PUT", &path, &[("x-request-id", &id)], &body)
                })
            })
            .collect();
        requests.into_iter().map(|request| request.join().unwrap()).collect()
    })
}

/// Exit code 74 and the sentence, for people and for machines.
fn gave_up_honestly(server: &mut Server, installation: &Installation) {
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(74), "{log:?}");
    let file = installation.folder().join("test.db").display().to_string();
    for begin in ["rollcall: the disk did not confirm a write to ", "{"] {
        let told = log.iter().any(|line| {
            line.starts_with(begin)
                && [&file, "the disk did not confirm a write to", "Nothing that was confirmed", "start again"]
                    .iter()
                    .all(|words| line.contains(*words))
        });
        assert!(told, "{begin}: {log:?}");
    }
}

/// A fresh start on a sound disk finds a sound database.
fn start_again(installation: &Installation) -> Server {
    let server = installation.serve();
    assert_eq!(installation.rows("pragma integrity_check"), [["ok"]]);
    server
}

#[test]
fn a_failed_fsync_ends_the_process() {
    let (installation, shim, mut server, keys) = on_a_bad_disk();
    shim.switch_on("fail-fsync");
    for answer in all_rename(&server, &keys.rest, "New") {
        assert!(!matches!(&answer, Ok(answer) if answer.status < 500), "confirmed: {answer:?}");
    }
    gave_up_honestly(&mut server, &installation);

    let server = start_again(&installation);
    let mut client = server.client(&keys.rest);
    for number in 0..CLIENTS {
        let name = client.get(&format!("/v3/users/u{number}")).unwrap().at("/data/name");
        assert!(name == "Old" || name == "New", "u{number} is {name}");
    }
    assert_eq!(installation.number("select count(*) from auth_tokens"), CLIENTS as i64);
    assert!(
        all_rename(&server, &keys.rest, "Newer")
            .iter()
            .flatten()
            .all(|answer| answer.status == 200)
    );
    server.stop();
}

#[test]
fn a_failed_fsync_of_a_checkpoint_ends_the_process_and_loses_nothing() {
    let (installation, shim, mut server, keys) = on_a_bad_disk();
    // The log itself is confirmed, so clients are answered; moving it into the file is not.
    shim.switch_on("fail-fsync-of-the-file");
    let text = "x".repeat(4_000);
    let confirmed: Vec<usize> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..CLIENTS)
            .map(|writer| {
                let (mut client, text) = (server.client(&keys.rest), &text);
                scope.spawn(move || {
                    (0..5_000)
                        .take_while(|number| {
                            let uid = format!("w{writer}-{number}");
                            let user = json!({"uid": uid, "name": uid, "metadata": {"text": text}});
                            client.post("/v3/users", &user).is_ok_and(|answer| answer.status == 200)
                        })
                        .count()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    gave_up_honestly(&mut server, &installation);

    let server = start_again(&installation);
    let mut client = server.client(&keys.rest);
    for (writer, confirmed) in confirmed.into_iter().enumerate() {
        let search = format!("select count(*) from users where uid like 'w{writer}-%'");
        let found = usize::try_from(installation.number(&search)).unwrap();
        // One more may have been under way.
        assert!((confirmed..=confirmed + 1).contains(&found), "{confirmed} confirmed, {found} found");
        let last = format!("/v3/users/w{writer}-{}", confirmed - 1);
        assert_eq!(client.get(&last).unwrap().at("/data/metadata/text"), text);
    }
    server.stop();
}

#[test]
fn a_full_disk_is_told_and_survived() {
    let (installation, shim, mut server, keys) = on_a_bad_disk();
    shim.switch_on("full");
    for (number, answer) in all_rename(&server, &keys.rest, "Refused").into_iter().enumerate() {
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (503, "ERR_OPERATION_FAILED"), "{}", answer.text);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(!answer.text.contains("SQLite"), "{}", answer.text);
        let line = server.log_about(&format!("Refused-{number}"));
        assert_eq!((&line["level"], &line["status"]), (&json!("ERROR"), &json!(503)), "{line}");
        assert!(line["detail"].as_str().unwrap().contains("disk is full"), "{line}");
    }
    // It lives on: who only reads notices nothing.
    let mut client = server.client(&keys.rest);
    for number in 0..CLIENTS {
        assert_eq!(client.get(&format!("/v3/users/u{number}")).unwrap().at("/data/name"), "Old");
    }
    assert_eq!(client.get("/health/ready").unwrap().status, 200);
    let metrics = client.get("/metrics").unwrap().text;
    let failures = metrics
        .lines()
        .find_map(|line| line.strip_prefix("rollcall_store_commit_failures_total "));
    assert!(failures.unwrap().parse::<u32>().unwrap() > 0, "{metrics}");

    shim.switch_off("full");
    for answer in all_rename(&server, &keys.rest, "New") {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert!(server.is_running());
    server.kill();
    let server = start_again(&installation);
    let mut client = server.client(&keys.rest);
    for number in 0..CLIENTS {
        assert_eq!(client.get(&format!("/v3/users/u{number}")).unwrap().at("/data/name"), "New");
    }
    let updates = "select count(*) from events where kind = 'user.updated'";
    assert_eq!(installation.number(updates), CLIENTS as i64, "the refused ones left none");
    server.stop();
}
