//! Several servers on one PostgreSQL database, and clients that ask each in turn.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Installation, Keys, Server, eventually};
use crate::ledger::{Ledger, check};

const FOUR: usize = 4;

/// Two servers and four: each test is about both.
macro_rules! with_two_and_four {
    ($($name:ident),+ $(,)?) => {
        mod two {
            $(#[test]
            fn $name() {
                super::$name(&super::Fleet::start(2));
            })+
        }
        mod four {
            $(#[test]
            fn $name() {
                super::$name(&super::Fleet::start(super::FOUR));
            })+
        }
    };
}

with_two_and_four! {
    what_one_was_told_all_answer,
    what_was_withdrawn_at_one_is_refused_by_all,
    what_users_decide_at_one_holds_at_all,
    one_uid_is_given_once,
}

/// Servers on one database with an app `shop`.
struct Fleet {
    // Before the database: fields are dropped in order.
    servers: Vec<Server>,
    keys: Keys,
    installation: Installation,
}

impl Fleet {
    fn start(many: usize) -> Self {
        let installation = Installation::new(Engine::Postgres);
        let keys = installation.make_app("shop");
        let servers = (0..many).map(|_| installation.serve()).collect();
        Self { servers, keys, installation }
    }

    /// A connection to each.
    fn clients(&self, key: &str) -> Vec<Client> {
        self.servers.iter().map(|server| server.client(key)).collect()
    }

    fn make_user(&self, body: &Value) -> Answer {
        let made = self.servers[0].client(&self.keys.rest).post("/v3/users", body).unwrap();
        assert_eq!(made.status, 200, "{}", made.text);
        made
    }
}

fn as_user(client: &mut Client, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nappid: shop\r\nauthtoken: {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    client.send(head.as_bytes()).unwrap();
    client.answer().unwrap()
}

/// Four processes find an empty database and no secret key, at the same moment.
#[test]
fn four_start_at_once_on_an_empty_database() {
    for _ in 0..3 {
        let installation = Installation::new(Engine::Postgres);
        let servers: Vec<Server> = std::thread::scope(|scope| {
            let starting: Vec<_> = (0..FOUR).map(|_| scope.spawn(|| installation.serve())).collect();
            starting.into_iter().map(|server| server.join().unwrap()).collect()
        });
        let numbers =
            "select count(*) - count(distinct number) + max(number) - count(*) from schema_migrations";
        assert_eq!(installation.number(numbers), 0, "each migration ran once");
        // They have one secret key: what one seals the others open.
        let keys = installation.make_app("shop");
        for server in &servers {
            assert_eq!(server.client(&keys.rest).get("/v3/users").unwrap().status, 200);
        }
        servers.into_iter().for_each(Server::stop);
    }
}

fn what_one_was_told_all_answer(fleet: &Fleet) {
    fleet.make_user(&json!({"uid": "mira", "name": "0"}));
    let mut clients = fleet.clients(&fleet.keys.rest);
    let many = clients.len();
    for round in 0..40 {
        let name = round.to_string();
        let writer = round % many;
        let told =
            clients[writer].put("/v3/users/mira", &json!({"name": name, "metadata": {"round": round}}));
        assert_eq!(told.unwrap().status, 200);
        for client in &mut clients {
            let read = client.get("/v3/users/mira").unwrap();
            assert_eq!((read.at("/data/name"), read.at("/data/metadata/round")), (json!(name), json!(round)));
        }
        // Made at one, listed and counted by all, gone from all.
        let made = clients[writer]
            .post("/v3/users", &json!({"uid": format!("u{round}"), "name": "x"}))
            .unwrap();
        assert_eq!(made.status, 200, "{}", made.text);
        for client in &mut clients {
            let list = client.get(&format!("/v3/users?searchKey=u{round}&perPage=1")).unwrap();
            assert_eq!(list.at("/data/0/uid"), format!("u{round}"), "{}", list.text);
            assert_eq!(client.get("/v3/users?perPage=1").unwrap().at("/meta/pagination/total"), 2);
        }
        let remove = clients[(writer + 1) % many].request(
            "DELETE",
            &format!("/v3/users/u{round}"),
            &[],
            r#"{"permanent":true}"#,
        );
        assert_eq!(remove.unwrap().status, 200);
        for client in &mut clients {
            assert_eq!(client.get(&format!("/v3/users/u{round}")).unwrap().status, 404);
        }
    }
}

fn what_was_withdrawn_at_one_is_refused_by_all(fleet: &Fleet) {
    let mut masters = fleet.clients(&fleet.keys.rest);
    let many = masters.len();
    for round in 0..8 {
        let master = &mut masters[round % many];
        let made = master
            .post("/v3/apikeys", &json!({"name": "short", "scope": "fullAccess"}))
            .unwrap();
        let key = made.at("/data/apiKey").as_str().unwrap().to_owned();
        let mut holders = fleet.clients(&key);
        // Hot everywhere.
        for holder in holders.iter_mut().chain(&mut fleet.clients(&key)) {
            assert_eq!(holder.get("/v3/users").unwrap().status, 200, "a new key works at once, everywhere");
        }
        let withdrawn = masters[(round + 1) % many]
            .request("DELETE", &format!("/v3/apikeys/{key}"), &[], "")
            .unwrap();
        assert_eq!(withdrawn.status, 200, "{}", withdrawn.text);
        for holder in &mut holders {
            assert_eq!(holder.get("/v3/users").unwrap().code(), "AUTH_ERR_APIKEY_NOT_FOUND", "round {round}");
        }

        let made = fleet.make_user(&json!({"uid": format!("u{round}"), "name": "x", "withAuthToken": true}));
        let token = made.at("/data/authToken").as_str().unwrap().to_owned();
        let mut clients = fleet.clients("");
        let mut answers = |status: u16| {
            for client in &mut clients {
                let me = as_user(client, &token, "GET", "/v3/me", &Value::Null);
                assert_eq!(me.status, status, "round {round}: {}", me.text);
            }
        };
        answers(200);
        // Deactivated and back, then logged out.
        let path = format!("/v3/users/u{round}");
        let off = masters[round % many]
            .request("DELETE", &path, &[], r#"{"permanent":false}"#)
            .unwrap();
        assert_eq!(off.status, 200, "{}", off.text);
        answers(401);
        let on = masters[(round + 1) % many]
            .put("/v3/users", &json!({"uidsToActivate": [format!("u{round}")]}))
            .unwrap();
        assert_eq!(on.status, 200, "{}", on.text);
        answers(200);
        let path = format!("{path}/auth_tokens/{token}");
        let out = masters[(round + 1) % many].request("DELETE", &path, &[], "").unwrap();
        assert_eq!(out.status, 200, "{}", out.text);
        answers(401);
    }
}

fn what_users_decide_at_one_holds_at_all(fleet: &Fleet) {
    for uid in ["mira", "leo"] {
        fleet.make_user(&json!({"uid": uid, "name": uid}));
    }
    let mut clients = fleet.clients(&fleet.keys.rest);
    let many = clients.len();
    let blocked = |client: &mut Client| {
        let seen = client.request("GET", "/v3/users/leo", &[("onBehalfOf", "mira")], "").unwrap();
        assert_eq!(seen.status, 200, "{}", seen.text);
        seen.at("/data/blockedByMe") == true
    };
    for round in 0..10 {
        for (method, holds) in [("POST", true), ("DELETE", false)] {
            let body = json!({"blockedUids": ["leo"]}).to_string();
            let done = clients[round % many]
                .request(method, "/v3/users/mira/blockedusers", &[], &body)
                .unwrap();
            assert_eq!(done.status, 200, "{}", done.text);
            assert!(clients.iter_mut().all(|client| blocked(client) == holds), "round {round}: {method}");
        }
    }
}

fn one_uid_is_given_once(fleet: &Fleet) {
    const EACH: usize = 8;
    let clients = EACH * fleet.servers.len();
    for round in 0..5 {
        let body =
            json!({"uid": format!("wanted-{round}"), "name": "x", "tags": ["a"], "withAuthToken": true});
        let start = Barrier::new(clients);
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..EACH)
                .flat_map(|_| fleet.clients(&fleet.keys.rest))
                .map(|mut client| {
                    let (body, start) = (&body, &start);
                    scope.spawn(move || {
                        start.wait();
                        client.post("/v3/users", body).unwrap()
                    })
                })
                .collect();
            asking.into_iter().map(|asking| asking.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, clients - 1), "{won:?}");
        assert!(lost.iter().all(|answer| answer.code() == "ERR_UID_ALREADY_EXISTS"), "{lost:?}");
    }
    for kind in ["user.created", "auth_token.created"] {
        let events = format!("select count(*) from events where kind = '{kind}'");
        assert_eq!(fleet.installation.number(&events), 5, "{kind}");
    }
    assert_eq!(fleet.installation.number("select count(*) from user_tags"), 5);
}

/// Writers ask four servers in turn; one of these is killed under way, and they go on with the others. Nothing confirmed is
/// lost, and every change has exactly one event.
#[test]
fn one_of_four_is_killed_and_nothing_confirmed_is_lost() {
    const WRITERS: usize = 12;
    let Fleet { mut servers, keys, installation } = Fleet::start(FOUR);
    let mut ledgers: Vec<Ledger> = (0..WRITERS).map(Ledger::new).collect();
    let mut first = servers[0].client(&keys.rest);
    for ledger in &ledgers {
        let counter = json!({"uid": ledger.counter_uid(), "name": "Counter"});
        assert_eq!(first.post("/v3/users", &counter).unwrap().status, 200);
    }
    let (confirmed, lost) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let victim = servers.pop().unwrap();
    std::thread::scope(|scope| {
        for (writer, ledger) in ledgers.iter_mut().enumerate() {
            let mut clients: Vec<Client> = servers
                .iter()
                .chain([&victim])
                .map(|server| server.client(&keys.rest))
                .collect();
            let (confirmed, lost) = (&confirmed, &lost);
            scope.spawn(move || {
                let mut turn = writer;
                while confirmed.load(Ordering::Relaxed) < 600 || clients.len() == FOUR {
                    let at = turn % clients.len();
                    let client = &mut clients[at];
                    let answered = if turn.is_multiple_of(3) {
                        ledger.make_user(client)
                    } else {
                        ledger.count_up(client)
                    };
                    if answered {
                        confirmed.fetch_add(1, Ordering::Relaxed);
                    } else {
                        lost.fetch_add(1, Ordering::Relaxed);
                        clients.remove(at);
                    }
                    turn += 1;
                }
            });
        }
        eventually("enough confirmed writes", || (confirmed.load(Ordering::Relaxed) >= 300).then_some(()));
        victim.kill();
    });
    assert_eq!(lost.load(Ordering::Relaxed), WRITERS, "each writer met the blow, and only that");
    servers.into_iter().for_each(Server::stop);
    let others = "select count(*) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
    eventually("the dead server's sessions to end", || (installation.number(others) == 0).then_some(()));
    let server = installation.serve();
    check(&installation, &mut server.client(&keys.rest), &ledgers);
    server.stop();
}
