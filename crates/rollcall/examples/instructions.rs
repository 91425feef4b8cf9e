//! Sends one kind of request a number of times to the whole server in the same process, on SQLite and without a network:
//! `instructions KIND COUNT`. Run by `bench/instructions` under callgrind, with two counts whose difference is what the
//! requests cost.
//!
//! Clock and chance are the tests' own, so that every run does the same work.

#![expect(clippy::unwrap_used, reason = "a measurement stops where something is wrong")]

use std::sync::Arc;

use axum::Router;
use rollcall::app::{self, Faces};
use rollcall_directory::Directory;
use rollcall_face_chatwoot::Settings;
use rollcall_http::limits::Quotas;
use rollcall_outbound::{Outbound, Policy};
use rollcall_testkit::{Engine, TestApp, World};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Users there are before counting begins: two pages of a list.
const USERS: u32 = 200;

const METADATA: &str = concat!(
    r#"{"@private":{"email":"worker@example.com","contactNumber":"+41 44 555 01 02"},"department":"Logistics, second "#,
    r#"floor","languages":["de","fr","en"],"about":"Looks after the loading docks and the night shift; ask about "#,
    r#"pallets, seals and customs papers, not about invoices.","active":"yes"}"#
);

fn mounted(directory: Arc<Directory>, world: &World) -> Router {
    let faces = Faces {
        limits: world.limits(Quotas::default()),
        chatwoot: Arc::new(Settings::default()),
        outbound: Outbound::new(Policy { allow_private: false }).unwrap(),
    };
    app::router(directory, faces, 0)
}

fn create_body(number: u32) -> String {
    let name = format!("Ada North {number:05}");
    let avatar = format!("https://example.com/a/{number:05}.png");
    let tags = r#"["north","beta"]"#;
    format!(
        r#"{{"uid":"user-{number:05}","name":"{name}","avatar":"{avatar}","metadata":{METADATA},"tags":{tags}}}"#
    )
}

/// One request: method, path, header and body.
struct Asked {
    method: &'static str,
    path: String,
    header: (&'static str, String),
    body: String,
}

fn cometchat(app: &TestApp, method: &'static str, path: String, body: String) -> Asked {
    Asked {
        method,
        path,
        header: ("apikey", app.keys.rest_api_key.clone()),
        body,
    }
}

/// The request with this number. Users take turns, so that none is the same as the one before.
fn asked(app: &TestApp, kind: &str, number: u32) -> Asked {
    let user = number * 7 % USERS;
    match kind {
        "get-user" => cometchat(app, "GET", format!("/v3/users/user-{user:05}"), String::new()),
        "put-user" => {
            let body = format!(r#"{{"statusMessage":"On shift {number:05}","metadata":{METADATA}}}"#);
            cometchat(app, "PUT", format!("/v3/users/user-{user:05}"), body)
        }
        "list-users" => cometchat(app, "GET", "/v3/users?perPage=100".to_owned(), String::new()),
        "create-user" => cometchat(app, "POST", "/v3/users".to_owned(), create_body(USERS + number)),
        "chatwoot-patch-user" => Asked {
            method: "PATCH",
            path: format!("/platform/api/v1/users/{}", 1 + user),
            header: ("api_access_token", app.keys.platform_token.clone()),
            body: format!(r#"{{"display_name":"Ada {number:05}","custom_attributes":{{"shift":"night"}}}}"#),
        },
        "klaim-put-credits" => Asked {
            method: "PUT",
            path: format!("/klaim/users/user-{user:05}/credits"),
            header: ("authorization", format!("Bearer {}", app.keys.klaim_key)),
            body: r#"{"credit_delta":0.25,"description":"Night shift"}"#.to_owned(),
        },
        _ => panic!("there is no kind of request {kind}"),
    }
}

async fn ask(app: &TestApp, asked: Asked) {
    let Asked { method, path, header: (name, value), body } = asked;
    let answer = app.request(method, &path, &[(name, value.as_str())], &body).await;
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (kind, count) = (arguments.next().unwrap(), arguments.next().unwrap().parse().unwrap());
    let app = TestApp::start(Engine::Sqlite, mounted).await;
    for number in 0..USERS {
        ask(&app, cometchat(&app, "POST", "/v3/users".to_owned(), create_body(number))).await;
    }
    for number in 0..count {
        ask(&app, asked(&app, &kind, number)).await;
    }
}
