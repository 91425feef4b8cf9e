//! How long a picture of 15 MiB holds up other writes on SQLite: `cargo run -p rollcall-store --example large_picture`.
//! Figures of it are in `docs/operating/platform-apps.md`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement, which fails by panicking and prints its result"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rollcall_model::{AgentBotPatch, AppId, AppName, Millis, NewAgentBot, Patch, Picture};
use rollcall_store::{agent_bot_pictures, agent_bots, apps};
use rollcall_testkit::{Engine, Scratch};

const PICTURES: usize = 20;

#[tokio::main]
async fn main() {
    let scratch = Scratch::new(Engine::Sqlite);
    let store = Arc::new(scratch.store());
    let (app, now) = (AppId::parse("shop").unwrap(), Millis(1));
    let named = app.clone();
    let bot = store
        .write("begin", move |tx| {
            apps::insert(tx, &named, &AppName::parse("Shop").unwrap(), now)?;
            let new = NewAgentBot {
                name: None,
                description: None,
                outgoing_url: None,
                account: None,
            };
            agent_bots::insert(tx, &named, &new, now)
        })
        .await
        .unwrap()
        .id;

    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (store, app, stop) = (Arc::clone(&store), app.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut times: Vec<Duration> = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let (app, began) = (app.clone(), Instant::now());
                let patch = AgentBotPatch { name: Patch::Set("x".to_owned()), ..AgentBotPatch::default() };
                store
                    .write("small", move |tx| agent_bots::update(tx, &app, bot, &patch, now))
                    .await
                    .unwrap();
                times.push(began.elapsed());
            }
            times.sort();
            times
        })
    };
    let mut large = Vec::new();
    for number in 0..PICTURES {
        let picture = Arc::new(Picture {
            content_type: "image/png".to_owned(),
            bytes: vec![u8::try_from(number).unwrap(); 15 << 20],
        });
        let (app, began) = (app.clone(), Instant::now());
        store
            .write("picture", move |tx| agent_bot_pictures::put(tx, &app, bot, &picture, now))
            .await
            .unwrap();
        large.push(began.elapsed());
    }
    stop.store(true, Ordering::Relaxed);
    let small = writer.await.unwrap();
    large.sort();
    println!("a picture of 15 MiB: median {:?}, longest {:?}", large[PICTURES / 2], large[PICTURES - 1]);
    let at = |share: usize| small[(small.len() - 1) * share / 100];
    println!(
        "{} small writes beside them: median {:?}, 99 of 100 within {:?}, longest {:?}",
        small.len(),
        at(50),
        at(99),
        at(100)
    );
}
