//! `rollcall serve --demo`: what it prints works when it is pasted.

use rollcall_testkit::Engine;
use serde_json::{Value, json};

use crate::harness::{Answer, Installation, Server, eventually};

on_both_engines! { what_the_demo_prints_works, other_peoples_data_are_left_alone }

fn serve_demo(installation: &Installation) -> Server {
    let mut command = installation.server_command();
    command.arg("--demo");
    Server::start(command)
}

/// All that the demo prints: it is printed before the server listens, but comes over a pipe of its own.
fn printed(server: &Server) -> String {
    eventually("the end of the text", || {
        let text = server.printed();
        text.contains("The data stays.").then_some(text)
    })
}

/// A command of a shell as words: spaces part them, single quotes keep together, a backslash continues the line.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (part, text) in command.replace("\\\n", " ").split('\'').enumerate() {
        match part % 2 {
            1 => words.last_mut().unwrap().push_str(text),
            _ => {
                for (position, word) in text.split_whitespace().enumerate() {
                    match position == 0 && !text.starts_with(char::is_whitespace) {
                        true => words.last_mut().unwrap().push_str(word),
                        false => words.push(word.to_owned()),
                    }
                }
                if text.ends_with(char::is_whitespace) {
                    words.push(String::new());
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Does what curl would do with this command line.
fn curl(server: &Server, command: &str) -> Answer {
    let (mut method, mut url, mut body, mut headers) = ("GET", None, "", Vec::new());
    let words = words(command);
    let mut rest = words.iter().map(String::as_str).skip(1);
    while let Some(word) = rest.next() {
        match word {
            "-s" => {}
            "-X" => method = rest.next().unwrap(),
            "-H" => headers.push(rest.next().unwrap().split_once(": ").unwrap()),
            "-d" => body = rest.next().unwrap(),
            address => assert!(url.replace(address).is_none(), "two addresses in {words:?}"),
        }
    }
    let path = url.unwrap().strip_prefix(&format!("http://{}", server.address)).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    let mut client = server.client("");
    client.send(format!("{request}\r\n{body}").as_bytes()).unwrap();
    client.answer().unwrap()
}

fn what_the_demo_prints_works(engine: Engine) {
    let installation = Installation::new(engine);
    let server = serve_demo(&installation);
    let text = printed(&server);
    let key = |text: &str, name: &str| {
        let (_, rest) = text.split_once(name).unwrap_or_else(|| panic!("{name} in {text}"));
        rest.split_whitespace().next().unwrap().to_owned()
    };
    let rest = key(&text, "REST API key");
    let mut client = server.client(&rest);
    assert_eq!(client.get("/v3/users?count=true").unwrap().at("/data/count"), 120);
    assert!(text.contains("with 120 users"), "{text}");

    let commands: Vec<&str> = text
        .split("\n\n")
        .filter_map(|part| part.find("curl ").map(|at| &part[at..]))
        .collect();
    let answers: Vec<Value> = commands
        .iter()
        .map(|command| {
            let answer = curl(&server, command);
            assert_eq!(answer.status, 200, "{command}: {}", answer.text);
            let answer = answer.json();
            // CometChat's answers have an envelope.
            answer.get("data").cloned().unwrap_or(answer)
        })
        .collect();
    let [three, found, made, changed, looked, logged_in, addressed, credited, adopted] = answers.as_slice()
    else {
        panic!("{commands:?}");
    };
    assert_eq!(three.as_array().unwrap().len(), 3);
    assert!(three.as_array().unwrap().iter().all(|user| user["tags"].is_array()), "{three}");
    let found = found.as_array().unwrap();
    assert!(found.len() >= 10 && found.iter().all(|user| user["name"].as_str().unwrap().contains("Mira")));
    assert_eq!((&made["uid"], made["authToken"].is_string()), (&json!("you"), true));
    assert_eq!(
        (&changed["tags"], &changed["statusMessage"]),
        (&json!(["new"]), &json!("trying Rollcall"))
    );
    assert_eq!((&looked["uid"], &looked["statusMessage"]), (&json!("you"), &json!("trying Rollcall")));
    assert_eq!(looked["conversationId"], "mira-0_user_you");
    assert_eq!(logged_in["authToken"], made["authToken"]);
    assert_eq!((&addressed["user_id"], &addressed["email"]), (&json!("you"), &json!("you@example.org")));
    assert_eq!(credited["credit_balance"], json!(12.5));
    assert_eq!((&adopted["name"], &adopted["email"]), (&json!("You"), &json!("you@example.org")));
    server.stop();

    // The second time the same keys, and the data as they were left.
    let server = serve_demo(&installation);
    let again = printed(&server);
    for name in ["REST API key", "Auth key", "Platform token", "Klaim key"] {
        assert_eq!(key(&again, name), key(&text, name));
    }
    let mut client = server.client(&rest);
    assert_eq!(client.get("/v3/users?count=true").unwrap().at("/data/count"), 121);
    server.stop();
}

fn other_peoples_data_are_left_alone(engine: Engine) {
    let (installation, server, keys) = Installation::with_shop(engine);
    server.stop();
    let server = serve_demo(&installation);
    let said = eventually("a word about it", || Some(server.printed()).filter(|text| !text.is_empty()));
    assert_eq!(said, "This database has apps of its own, so no demo app was made.");
    assert_eq!(installation.number("select count(*) from apps"), 1);
    assert_eq!(installation.number("select count(*) from users"), 0);
    assert_eq!(server.client(&keys.rest).get("/v3/users").unwrap().status, 200);
    server.stop();
}
