//! How long a page of 100 friends takes beside a page of 100 users, on SQLite, without a network:
//! `cargo run --release -p rollcall-face-cometchat --example page_of_friends [users]`
//!
//! `me` has 1,000 friends, has blocked 1,000 users and is blocked by 1,000, half of them friends; a tenth of all users is
//! deactivated.

#![expect(clippy::unwrap_used, reason = "a measurement stops where something is wrong")]

use std::io::Write;
use std::time::Instant;

use rollcall_face_cometchat as face;
use rollcall_http::limits::Quotas;
use rollcall_model::{AppId, Identity, KlaimId, Millis, NewUser, Uid, UserKey};
use rollcall_store::{Tx, blocks, friends, users};
use rollcall_testkit::{Engine, TestApp};

/// Times each request is sent; the fastest tenth is shown too, because the machine has other work.
const ROUNDS: usize = 400;

fn insert(tx: &mut Tx<'_>, app: &AppId, number: i64) -> rollcall_store::Result<UserKey> {
    let new = NewUser {
        name: Some(format!("User {number}")),
        avatar: Some(format!("https://example.org/avatars/{number}.png")),
        metadata: Some(rollcall_model::Document::stored(r#"{"team":"north","score":17}"#)),
        tags: vec!["north".to_owned()],
        ..NewUser::of(Identity::Uid(Uid::stored(&format!("user-{number}"))))
    };
    let now = Millis(1_753_000_000_000 + number * 37);
    let user = users::insert(tx, app, &new, &KlaimId::new(now, &format!("{number:05}")), now)?;
    Ok(user.map(|user| user.key).unwrap())
}

async fn fill(app: &TestApp, many: i64) {
    let shop = AppId::stored("shop");
    let store = app.directory.store();
    for start in (0..many).step_by(1000) {
        let shop = shop.clone();
        let batch = move |tx: &mut Tx<'_>| {
            for number in start..many.min(start + 1000) {
                insert(tx, &shop, number)?;
                if number % 10 == 3 {
                    users::deactivate(tx, &shop, &Uid::stored(&format!("user-{number}")), Millis(1))?;
                }
            }
            Ok(())
        };
        store.write("fill.users", batch).await.unwrap();
    }
    let relate = move |tx: &mut Tx<'_>| {
        let key = |tx: &mut Tx<'_>, number: i64| {
            let uid = Uid::stored(&format!("user-{number}"));
            Ok::<_, rollcall_store::Error>(users::key(tx, &shop, &uid)?.unwrap())
        };
        let me = key(tx, 0)?;
        for n in 0..1500 {
            // All over the table, as friends are.
            let other = key(tx, 1 + n * 7919 % (many - 1))?;
            if n < 1000 {
                friends::add(tx, &shop, me, other, Millis(1))?;
            }
            if n >= 500 {
                blocks::block(tx, &shop, me, other, Millis(n))?;
                blocks::block(tx, &shop, other, me, Millis(n))?;
            }
        }
        Ok(())
    };
    store.write("fill.relations", relate).await.unwrap();
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let many = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let app = TestApp::start(Engine::Sqlite, |directory, world| {
        face::router(directory, world.limits(Quotas::default()))
    })
    .await;
    fill(&app, many).await;
    let mut out = std::io::stdout();
    writeln!(out, "{many} users; milliseconds: median, and what the fastest tenth stays below")?;
    for path in [
        "/v3/users?perPage=100",
        "/v3/users?perPage=100&searchKey=user-1",
        "/v3/users/user-0/friends?perPage=100",
        "/v3/users/user-0/friends?perPage=100&page=9",
        "/v3/users/user-0/friends?perPage=1000",
        "/v3/users/user-0/friends?perPage=100&searchKey=user-1",
        "/v3/users/user-0/blockedusers?perPage=100",
        "/v3/users/user-0",
    ] {
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let answer = app.request("GET", path, &[("apikey", &app.keys.rest_api_key)], "").await;
            times.push(start.elapsed());
            assert!(answer.status == 200, "{}", answer.text);
        }
        times.sort_unstable();
        let show = |at: usize| times[at].as_secs_f64() * 1000.0;
        writeln!(out, "{:8.3} {:8.3}  {path}", show(ROUNDS / 2), show(ROUNDS / 10))?;
    }
    Ok(())
}
