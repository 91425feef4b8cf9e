//! Walking through all users page by page while they change: nobody is met twice, nobody who stays is missed.

use rollcall_testkit::{Answer, Engine};
use serde_json::{Value, json};

use crate::shop::Shop;

rollcall_testkit::on_both_engines! { a_walk_meets_everybody_once, a_ledger_is_walked_through }

fn next(answer: &Answer) -> Option<String> {
    let key = answer.at("/lastKey");
    (!key.is_null()).then(|| format!("&starting_after={}", key.to_string().replace('"', "%22")))
}

fn ids(answer: &Answer) -> Vec<String> {
    let data = answer.at("/data");
    data.as_array()
        .unwrap()
        .iter()
        .map(|user| user["klaim_id"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_walk_meets_everybody_once(engine: Engine) {
    let shop = Shop::open(engine).await;
    let mut made = Vec::new();
    for number in 0..25 {
        made.push(shop.user(&format!("user-{number}")).await);
        if number % 3 == 0 {
            shop.0.world.clock.advance(1);
        }
    }
    made.sort_unstable();
    let (mut met, mut after, mut pages) = (Vec::new(), Some(String::new()), 0);
    while let Some(place) = after {
        let page = shop.call("GET", &format!("/users?limit=4{place}"), "").await;
        assert_eq!(page.status, 200, "{}", page.text);
        after = next(&page);
        assert_eq!(page.at("/data").as_array().unwrap().len(), if after.is_some() { 4 } else { 1 });
        let last = page.at("/data").as_array().unwrap().last().cloned().unwrap();
        met.extend(ids(&page));
        // The one at which the walk stands gets another user_id, and somebody is added behind all others.
        let change = json!({"user_id": format!("moved-{pages}")}).to_string();
        let name = last["klaim_id"].as_str().unwrap();
        assert_eq!(shop.call("PUT", &format!("/users/{name}"), &change).await.status, 200);
        if pages < 4 {
            shop.0.world.clock.advance(1);
            made.push(shop.user(&format!("late-{pages}")).await);
        }
        pages += 1;
    }
    assert_eq!((met, pages), (made, 8));
    // A full page that is the last one says so.
    let whole = shop.call("GET", "/users?limit=29", "").await;
    assert_eq!((ids(&whole).len(), whole.at("/lastKey")), (29, Value::Null));
    let default = shop.call("GET", "/users", "").await;
    assert_eq!((ids(&default).len(), default.at("/lastKey")), (29, Value::Null));
}

async fn a_ledger_is_walked_through(engine: Engine) {
    let shop = Shop::open(engine).await;
    shop.user("noa").await;
    shop.user("leo").await;
    for number in 1..=10 {
        // Another's rows lie between.
        assert_eq!(shop.give("leo", "1").await.status, 200);
        assert_eq!(shop.give("noa", &number.to_string()).await.status, 200);
    }
    let (mut met, mut after, mut pages) = (Vec::new(), Some(String::new()), 0);
    while let Some(place) = after {
        let page = shop
            .call("GET", &format!("/users/noa/credits/history?limit=3{place}"), "")
            .await;
        after = next(&page);
        let rows = page.at("/data");
        met.extend(rows.as_array().unwrap().iter().map(|row| row["credit_delta"].as_i64().unwrap()));
        // New rows lie before the walk.
        assert_eq!(shop.give("noa", "100").await.status, 200);
        pages += 1;
    }
    assert_eq!((met, pages), ((1..=10).rev().collect(), 4));
}
