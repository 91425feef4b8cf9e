//! Replays `tests/fixtures/<noun>/<case>.req.json` and holds the answer against `<case>.res.json`, byte for byte.
//!
//! A request file holds `method`, `path` and, where wanted, `headers`, `key` (`rest` when absent, `auth`, `none`, or the
//! key itself), `token` (an auth token, sent with the app's id and without a key), `body` (JSON is sent without its
//! blanks, a text is sent as its content) and `given`: the steps before, each a request that must succeed,
//! `{"advance": seconds}` or `{"role": id}`. A request before may `save` parts of its answer, by name and JSON pointer:
//! `${name}` stands for them from then on, as `${app}` does for the app's id and `${rest}` and `${auth}` for its keys. An
//! answer file holds `status` and `body`; in it `${hex30}` stands for the random digits of an auth token, `${hex40}` for
//! those of an API key. Every case begins at 1753000000 and has an app of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use axum::body::Body;
use http::{Request, StatusCode};
use rollcall_directory::apps::AppKeys;
use rollcall_model::{AppId, Clock, Role, RoleId};
use rollcall_store::roles;
use rollcall_testkit::{Answer, Engine, FixedClock};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::ledger::Ledger;
use crate::shop::Shop;

rollcall_testkit::on_both_engines! { every_request_is_answered_to_the_byte }

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default)]
    given: Vec<Step>,
    method: Option<String>,
    path: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    key: Option<String>,
    token: Option<String>,
    #[serde(default)]
    save: BTreeMap<String, String>,
    body: Option<Box<RawValue>>,
    advance: Option<i64>,
    role: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: u16,
    body: Box<RawValue>,
}

async fn every_request_is_answered_to_the_byte(engine: Engine) {
    let shop = Shop::open(engine).await;
    let cases = cases();
    assert!(cases.len() > 150, "only {} cases were found", cases.len());
    let mut failures = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let clock = &shop.0.world.clock;
        clock.advance(FixedClock::START.0 - clock.now().0);
        let app = format!("case-{number}");
        let keys = shop.0.another_app(&app).await;
        if let Err(failure) = replay(&shop, &app, &keys, case).await {
            failures.push(format!("{}\n{failure}", case.display()));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

/// The request files, by name. Each has an answer and each answer has a request.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut nouns: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    nouns.sort();
    nouns.iter().flat_map(|noun| cases_of(noun)).collect()
}

fn cases_of(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let of = |suffix: &str| -> Vec<String> {
        let names = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap());
        names.filter_map(|name| name.strip_suffix(suffix).map(str::to_owned)).collect()
    };
    let (asked, answered) = (of(".req.json"), of(".res.json"));
    assert_eq!(asked, answered, "a case is two files");
    assert_eq!(files.len(), 2 * asked.len(), "a file is neither request nor answer");
    asked.iter().map(|name| folder.join(name)).collect()
}

async fn replay(shop: &Shop, app: &str, keys: &AppKeys, case: &Path) -> Result<(), String> {
    let asked: Step = parse(case, "req.json");
    let expected: Expected = parse(case, "res.json");
    let mut saved = Saved::new(app, keys);
    for given in &asked.given {
        let Some(answer) = take(shop, app, keys, &saved, given).await else {
            continue;
        };
        if answer.status != StatusCode::OK {
            return Err(format!("  given  {:?} answered {}", given.path, answer.text));
        }
        for (name, pointer) in &given.save {
            let value = answer.at(pointer);
            let value = value
                .as_str()
                .ok_or_else(|| format!("  no text at {pointer}: {}", answer.text))?;
            saved.0.push((format!("${{{name}}}"), value.to_owned()));
        }
    }
    let before = Ledger::read(shop.0.directory.store(), app).await;
    let answer = take(shop, app, keys, &saved, &asked).await.ok_or("  no request")?;
    let wanted = saved.fill(&compact(expected.body.get()));
    let (status, body) = (answer.status.as_u16(), generalised(&answer.text, &wanted));
    if (status, &body) != (expected.status, &wanted) {
        return Err(format!("  wanted {} {wanted}\n  got    {status} {body}", expected.status));
    }
    if answer
        .headers
        .get("content-type")
        .is_none_or(|value| value != "application/json")
    {
        return Err("  the answer is not labelled as JSON".to_owned());
    }
    let after = Ledger::read(shop.0.directory.store(), app).await;
    if status != 200 && after != before {
        return Err(format!("  refused, but left something behind\n  {before:?}\n  {after:?}"));
    }
    Ok(())
}

fn parse<T: for<'de> Deserialize<'de>>(case: &Path, suffix: &str) -> T {
    let file = format!("{}.{suffix}", case.display());
    let text = fs::read_to_string(&file).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Does one step; a request has an answer.
async fn take(shop: &Shop, app: &str, keys: &AppKeys, saved: &Saved, step: &Step) -> Option<Answer> {
    if let Some(seconds) = step.advance {
        shop.0.world.clock.advance(seconds * 1000);
    }
    if let Some(role) = &step.role {
        make_role(shop, app, role).await;
    }
    let mut request = Request::builder()
        .method(step.method.as_deref()?)
        .uri(saved.fill(step.path.as_deref()?));
    let default = if step.token.is_some() { "none" } else { "rest" };
    request = match step.key.as_deref().unwrap_or(default) {
        "rest" => request.header("apikey", &keys.rest_api_key),
        "auth" => request.header("apikey", &keys.auth_key),
        "none" => request,
        other => request.header("apikey", saved.fill(other)),
    };
    if let Some(token) = &step.token {
        request = request.header("appid", app).header("authtoken", saved.fill(token));
    }
    if step.body.is_some() && !step.headers.contains_key("content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &step.headers {
        request = request.header(name, saved.fill(value));
    }
    let body = step.body.as_ref().map(|raw| match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => text,
        Err(_) => compact(raw.get()),
    });
    let body = saved.fill(&body.unwrap_or_default());
    Some(shop.0.send(request.body(Body::from(body)).unwrap()).await)
}

/// What stands for what.
struct Saved(Vec<(String, String)>);

impl Saved {
    fn new(app: &str, keys: &AppKeys) -> Self {
        let known = [("${app}", app), ("${rest}", &keys.rest_api_key), ("${auth}", &keys.auth_key)];
        Self(known.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    fn fill(&self, text: &str) -> String {
        let fill = |text: String, (name, value): &(String, String)| text.replace(name, value);
        self.0.iter().fold(text.to_owned(), fill)
    }
}

/// A role without the detour over the face.
async fn make_role(shop: &Shop, app: &str, role: &str) {
    let app = AppId::parse(app).unwrap();
    let role = Role {
        role: RoleId::parse(role).unwrap(),
        name: role.to_owned(),
        created_at: shop.0.world.clock.now(),
        description: None,
        metadata: None,
        list_users: None,
        send_messages_to: None,
        updated_at: None,
    };
    let made = shop
        .0
        .directory
        .store()
        .write("test.role", move |tx| roles::insert(tx, &app, &role));
    assert!(made.await.unwrap(), "a fresh role");
}

/// JSON without blanks between its tokens; everything else stays as written.
fn compact(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let keep = |character: &char| {
        let kept = in_string || !character.is_ascii_whitespace();
        match character {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && *character == '\\' && !escaped;
        kept
    };
    json.chars().filter(keep).collect()
}

/// The answer with its random digits, which must be there, replaced where the wanted answer has a mark for them.
fn generalised(text: &str, wanted: &str) -> String {
    let mut text = text.to_owned();
    for (mark, member, length) in [("${hex30}", r#""authToken":""#, 30), ("${hex40}", r#""apiKey":""#, 40)] {
        if !wanted.contains(mark) {
            continue;
        }
        let Some(start) = text.find(member).map(|at| at + member.len()) else {
            continue;
        };
        let end = start + text[start..].find('"').unwrap();
        let digits = end.saturating_sub(length).max(start);
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if end - digits == length && text[digits..end].bytes().all(is_hex) {
            text.replace_range(digits..end, mark);
        }
    }
    text
}
