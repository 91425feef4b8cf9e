//! Many clients after the same thing.

use std::sync::Barrier;

use rollcall_testkit::Engine;
use serde_json::json;

use crate::harness::Installation;

on_both_engines! { one_uid_is_given_once }

const CLIENTS: usize = 50;

fn one_uid_is_given_once(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    for round in 0..3 {
        let uid = format!("wanted-{round}");
        let start = Barrier::new(CLIENTS);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|number| {
                    let (mut client, start, uid) = (server.client(&keys.rest), &start, &uid);
                    scope.spawn(move || {
                        let user = json!({"uid": uid, "name": number.to_string(), "tags": [number.to_string()],
                            "withAuthToken": true});
                        start.wait();
                        client.post("/v3/users", &user).unwrap()
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "{won:?}");
        for answer in &lost {
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, "ERR_UID_ALREADY_EXISTS"),
                "{}",
                answer.text
            );
        }
        let held = server.client(&keys.rest).get(&format!("/v3/users/{uid}")).unwrap();
        assert_eq!(held.at("/data/name"), won[0].at("/data/name"), "the one that was told so");
    }
    for (sql, many) in [
        ("select count(*) from users", 3),
        ("select count(*) from user_tags", 3),
        ("select count(*) from auth_tokens", 3),
        ("select count(*) from events where kind = 'user.created'", 3),
        ("select count(*) from events where kind = 'auth_token.created'", 3),
    ] {
        assert_eq!(installation.number(sql), many, "{sql}");
    }
    server.stop();
}
