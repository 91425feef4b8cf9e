//! Contract cases as text: what is asked, what is answered, to the byte.
//!
//! ```text
//! # A file holds the cases of one noun.
//! == a user is made with an e-mail address alone
//! POST /klaim/users
//! {"email": "noa@club.test"}
//! -> 200 {"message":"resource created successfully","user_id":"${id}","klaim_id":"${id}"}
//! @advance 60
//! GET /klaim/users/${id}
//! -> 200 {"message":"fetch resource successfully"}
//! ```
//!
//! A case begins with `==` and has an app of its own; time stands at the world's start. A request is a method and a path,
//! headers if there are any, and a body if there is one, which is sent as it stands. `->` begins the answer: its status and
//! its body, whose lines are put together. `${name}` stands for what it met first: in an answer it takes any text without
//! a quotation mark, and the same from then on. `${app}` and what the caller's table of callers names are known from the
//! beginning. `@as NAME` says who calls from there on (the first of the table when nothing is said), `@advance SECONDS`
//! moves the clock. Whatever is answered with 400 or more must have left nothing behind.

use std::fs;
use std::path::{Path, PathBuf};

use axum::body::Body;
use http::Request;
use rollcall_directory::apps::AppKeys;
use rollcall_model::Clock;

use crate::traces::Traces;
use crate::{Answer, FixedClock, TestApp};

/// The headers that one kind of caller sends, from the keys of the case's app.
pub type Headers = fn(&AppKeys) -> Vec<(&'static str, String)>;

/// A kind of caller, by name.
pub type Caller = (&'static str, Headers);

/// Plays every case of every script in a folder.
///
/// # Panics
/// When an answer is not the expected one; the message tells of all cases that failed.
pub async fn play(shop: &TestApp, folder: &Path, callers: &[Caller]) {
    let mut scripts: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.sort();
    let (mut failures, mut played) = (Vec::new(), 0);
    for script in scripts {
        let text = fs::read_to_string(&script).unwrap();
        let noun = script.file_stem().unwrap().to_string_lossy().replace('_', "-");
        for (number, case) in cases(&text).into_iter().enumerate() {
            played += 1;
            if let Err(failure) = play_case(shop, &format!("{noun}-{number}"), &case, callers).await {
                failures.push(format!("{noun}: {}\n{failure}", case.name));
            }
        }
    }
    assert!(played > 0, "no case in {}", folder.display());
    assert!(failures.is_empty(), "{} of {played} cases:\n\n{}", failures.len(), failures.join("\n\n"));
}

struct Case {
    name: String,
    steps: Vec<Step>,
}

enum Step {
    As(String),
    Advance(i64),
    Ask(Exchange),
}

#[derive(Default)]
struct Exchange {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
    status: u16,
    wanted: String,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut answering = false;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("== ") {
            cases.push(Case { name: name.to_owned(), steps: Vec::new() });
            continue;
        }
        let Some(case) = cases.last_mut() else {
            assert!(line.is_empty(), "a line before the first case: {line}");
            continue;
        };
        if let Some(name) = line.strip_prefix("@as ") {
            case.steps.push(Step::As(name.to_owned()));
        } else if let Some(seconds) = line.strip_prefix("@advance ") {
            case.steps.push(Step::Advance(seconds.parse().unwrap()));
        } else if let Some((method, path)) = request_line(line) {
            answering = false;
            case.steps.push(Step::Ask(Exchange { method, path, ..Exchange::default() }));
        } else if let Some(Step::Ask(exchange)) = case.steps.last_mut() {
            answering |= take_line(exchange, line, answering);
        } else {
            assert!(line.is_empty(), "{}: a line outside of a request: {line}", case.name);
        }
    }
    cases
}

fn request_line(line: &str) -> Option<(String, String)> {
    let (method, path) = line.split_once(' ')?;
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].contains(&method);
    (known && path.starts_with('/')).then(|| (method.to_owned(), path.to_owned()))
}

/// Takes a line of a request or of its answer; whether the answer begins with it.
fn take_line(exchange: &mut Exchange, line: &str, answering: bool) -> bool {
    if let Some(answer) = line.strip_prefix("-> ") {
        let (status, wanted) = answer.split_once(' ').unwrap_or((answer, ""));
        exchange.status = status.parse().unwrap_or_else(|_| panic!("no status: {line}"));
        exchange.wanted = wanted.to_owned();
        return true;
    }
    if answering {
        exchange.wanted.push_str(line.trim());
    } else if let Some((name, value)) = header(line).filter(|_| exchange.body.is_empty()) {
        exchange.headers.push((name.to_owned(), value.to_owned()));
    } else {
        if !exchange.body.is_empty() {
            exchange.body.push('\n');
        }
        exchange.body.push_str(line);
    }
    false
}

fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(": ")?;
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (plain && !name.is_empty()).then_some((name, value))
}

async fn play_case(shop: &TestApp, app: &str, case: &Case, callers: &[Caller]) -> Result<(), String> {
    let clock = &shop.world.clock;
    clock.advance(FixedClock::START.0 - clock.now().0);
    let keys = shop.another_app(app).await;
    let mut known = vec![("app".to_owned(), app.to_owned())];
    let mut caller = callers.first().map_or("", |(name, _)| name);
    for step in &case.steps {
        match step {
            Step::As(name) => caller = name,
            Step::Advance(seconds) => clock.advance(seconds * 1000),
            Step::Ask(exchange) => {
                let headers = callers.iter().find(|(name, _)| *name == caller);
                let headers = headers.unwrap_or_else(|| panic!("no caller {caller}")).1(&keys);
                let before = Traces::read(shop.directory.store(), app).await;
                let answer = ask(shop, exchange, &headers, &known).await;
                check(exchange, &answer, &mut known)?;
                if exchange.status >= 400 && Traces::read(shop.directory.store(), app).await != before {
                    return Err(format!(
                        "  {} {} was refused but left something behind",
                        exchange.method, exchange.path
                    ));
                }
            }
        }
    }
    Ok(())
}

type Known = Vec<(String, String)>;

fn fill(text: &str, known: &Known) -> String {
    known
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
}

async fn ask(
    shop: &TestApp,
    exchange: &Exchange,
    headers: &[(&'static str, String)],
    known: &Known,
) -> Answer {
    let mut request = Request::builder()
        .method(exchange.method.as_str())
        .uri(fill(&exchange.path, known));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    if !exchange.body.is_empty()
        && !exchange
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &exchange.headers {
        request = request.header(name, fill(value, known));
    }
    shop.send(request.body(Body::from(fill(&exchange.body, known))).unwrap()).await
}

fn check(exchange: &Exchange, answer: &Answer, known: &mut Known) -> Result<(), String> {
    let (status, text) = (answer.status.as_u16(), &answer.text);
    if status == exchange.status && meets(&exchange.wanted, text, known) {
        return Ok(());
    }
    let Exchange { method, path, .. } = exchange;
    Err(format!(
        "  {method} {path}\n  wanted {} {}\n  got    {status} {text}",
        exchange.status,
        fill(&exchange.wanted, known)
    ))
}

/// Whether an answer is the wanted one; what it says for the first time is known from then on.
fn meets(wanted: &str, text: &str, known: &mut Known) -> bool {
    let (mut wanted, mut text) = (wanted, text);
    loop {
        let Some((literal, rest)) = wanted.split_once("${") else {
            return wanted == text;
        };
        let Some((name, after)) = rest.split_once('}') else {
            return false;
        };
        let Some(left) = text.strip_prefix(literal) else {
            return false;
        };
        let value = match known.iter().find(|(known, _)| known == name) {
            Some((_, value)) => value.clone(),
            None => {
                let value: String =
                    left.chars().take_while(|c| !matches!(c, '"' | ',' | '}' | ']' | '&')).collect();
                known.push((name.to_owned(), value.clone()));
                value
            }
        };
        let Some(left) = left.strip_prefix(&value).filter(|_| !value.is_empty()) else {
            return false;
        };
        (wanted, text) = (after, left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read() {
        let script = "# about\n== one\nPOST /a\nx-y: 1\n{\"a\":\n 1}\n-> 200 {\"id\":${id}}\n\n@as nobody\n@advance 3\n\
                      DELETE /a/${id}\n-> 401\n{\"error\":\n  \"no\"}\n== two\nGET /\n-> 404\n";
        let cases = cases(script);
        assert_eq!(cases.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        let [Step::Ask(first), Step::As(who), Step::Advance(3), Step::Ask(second)] =
            cases[0].steps.as_slice()
        else {
            panic!("other steps");
        };
        assert_eq!((first.path.as_str(), first.body.as_str()), ("/a", "{\"a\":\n 1}"));
        assert_eq!(first.headers, [("x-y".to_owned(), "1".to_owned())]);
        assert_eq!((first.status, first.wanted.as_str()), (200, "{\"id\":${id}}"));
        assert_eq!(who, "nobody");
        assert_eq!((second.status, second.wanted.as_str()), (401, "{\"error\":\"no\"}"));
    }

    #[test]
    fn a_name_stands_for_what_it_met_first() {
        let mut known = Vec::new();
        assert!(meets(r#"{"id":${id},"uid":"${uid}"}"#, r#"{"id":7,"uid":"a b"}"#, &mut known));
        assert!(meets(r#"["${uid}",${id}]"#, r#"["a b",7]"#, &mut known));
        assert!(!meets(r#"${id}"#, "8", &mut known));
        assert!(!meets(r#"${id}"#, "71", &mut known));
        assert!(!meets(r#""${new}""#, r#""""#, &mut known), "nothing is no value");
    }
}
