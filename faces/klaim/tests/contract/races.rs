//! Many at once: an address and a `user_id` go to one, and no change of a balance is lost.

use std::sync::Arc;

use rollcall_testkit::{Answer, Engine};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::shop::Shop;

rollcall_testkit::on_both_engines! {
    one_of_many_gets_the_address,
    one_of_many_gets_the_user_id,
    one_of_many_takes_the_user_id_later,
    no_change_of_a_balance_is_lost,
    a_balance_never_falls_below_nothing,
}

/// Sends all of these at one moment: method, path, body.
async fn at_once(shop: &Arc<Shop>, requests: Vec<(&'static str, String, Value)>) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(requests.len()));
    let mut tasks = JoinSet::new();
    for (method, path, body) in requests {
        let (shop, start) = (Arc::clone(shop), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            shop.call(method, &path, &body.to_string()).await
        });
    }
    tasks.join_all().await
}

/// One was told yes, all others this.
fn assert_one_won(answers: &[Answer], refusal: &str) {
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!((answer.status.as_u16(), answer.at("/message")), (409, json!(refusal)));
    }
}

async fn how_many(shop: &Shop) -> usize {
    shop.call("GET", "/users?limit=1000", "")
        .await
        .at("/data")
        .as_array()
        .unwrap()
        .len()
}

async fn one_of_many_gets_the_address(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let body = |number| match number % 2 {
        0 => json!({"email": "noa@club.test"}),
        _ => json!({"email": "NOA@club.test", "userId": format!("noa-{number}")}),
    };
    let requests = (0..20).map(|number| ("POST", "/users".to_owned(), body(number))).collect();
    assert_one_won(&at_once(&shop, requests).await, "Email already exists");
    assert_eq!(how_many(&shop).await, 1);
}

async fn one_of_many_gets_the_user_id(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let body = |number| json!({"email": format!("{number}@club.test"), "userId": "noa"});
    let requests = (0..20).map(|number| ("POST", "/users".to_owned(), body(number))).collect();
    assert_one_won(&at_once(&shop, requests).await, "User ID already exists");
    assert_eq!(how_many(&shop).await, 1);
}

async fn one_of_many_takes_the_user_id_later(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let mut requests = Vec::new();
    for number in 0..20 {
        let name = format!("user-{number}");
        shop.user(&name).await;
        requests.push(("PUT", format!("/users/{name}"), json!({"user_id": "noa"})));
    }
    requests.push(("POST", "/users".to_owned(), json!({"email": "noa@club.test", "userId": "noa"})));
    assert_one_won(&at_once(&shop, requests).await, "User ID already exists");
    assert_eq!(shop.call("GET", "/users/noa", "").await.status, 200);
}

async fn no_change_of_a_balance_is_lost(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let klaim_id = shop.user("noa").await;
    shop.give("noa", "100").await;
    let deltas = ["0.29", "0.13", "-0.07", "0.06"];
    let request = |number: usize| {
        let body: Value =
            serde_json::from_str(&format!(r#"{{"credit_delta":{}}}"#, deltas[number % 4])).unwrap();
        let name = if number.is_multiple_of(3) { &klaim_id } else { "noa" };
        ("PUT", format!("/users/{name}/credits"), body)
    };
    let answers = at_once(&shop, (0..200).map(request).collect()).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    // 50 × (0.29 + 0.13 − 0.07 + 0.06) = 20.5
    assert_eq!(
        shop.call("GET", "/users/noa/credits", "").await.text.split(':').next_back(),
        Some("120.5}")
    );
    assert_ledger(&shop, 201).await;
}

async fn a_balance_never_falls_below_nothing(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    shop.user("noa").await;
    shop.give("noa", "30").await;
    let request = |_| ("PUT", "/users/noa/credits".to_owned(), json!({"credit_delta": -1}));
    let answers = at_once(&shop, (0..200).map(request).collect()).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 30);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        let told = (answer.status.as_u16(), answer.at("/message"));
        assert_eq!(told, (409, json!("Insufficient credit balance")));
    }
    assert_eq!(shop.call("GET", "/users/noa/credits", "").await.at("/credit_balance"), 0);
    assert_ledger(&shop, 31).await;
}

/// The ledger has so many rows, and each one's balance is the one before plus its delta.
async fn assert_ledger(shop: &Shop, rows: usize) {
    let ledger = shop.call("GET", "/users/noa/credits/history?limit=1000", "").await.at("/data");
    let ledger = ledger.as_array().unwrap();
    assert_eq!(ledger.len(), rows);
    let hundredths = |value: &Value| (value.as_f64().unwrap() * 100.0).round() as i64;
    let mut balance = 0;
    for row in ledger.iter().rev() {
        balance += hundredths(&row["credit_delta"]);
        assert_eq!(hundredths(&row["credit_balance"]), balance, "{row}");
    }
}
