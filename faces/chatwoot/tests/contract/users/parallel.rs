//! Many at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use rollcall_testkit::Engine;
use serde_json::json;

use super::shop::{Shop, USERS, new};

rollcall_testkit::on_both_engines! {
    twenty_creations_with_one_address_make_one_user,
    one_link_lets_one_in,
    merges_do_not_lose_each_other,
}

async fn twenty_creations_with_one_address_make_one_user(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let mut asking = Vec::new();
    for number in 0..20 {
        let shop = Arc::clone(&shop);
        let email = if number % 2 == 0 {
            "ines@shop.test"
        } else {
            "INES@shop.test"
        };
        asking.push(tokio::spawn(async move { shop.call("POST", USERS, new(email)).await }));
    }
    let mut users = BTreeSet::new();
    for answer in asking {
        let answer = answer.await.unwrap();
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        users.insert(answer.text);
    }
    assert_eq!(users.len(), 1, "{users:?}");
}

async fn one_link_lets_one_in(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let user = shop.user("ines@shop.test").await;
    let link = shop.link(user).await;
    let mut asking = Vec::new();
    for number in 0..8 {
        let (shop, link) = (Arc::clone(&shop), link.clone());
        asking.push(tokio::spawn(async move {
            let body = json!({"email": "ines@shop.test", "sso_auth_token": link}).to_string();
            let address = format!("198.51.100.{number}");
            shop.request("POST", "/auth/sign_in", &[("x-forwarded-for", &address)], &body)
                .await
        }));
    }
    let mut statuses = Vec::new();
    for answer in asking {
        statuses.push(answer.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401, 401, 401, 401]);
}

async fn merges_do_not_lose_each_other(engine: Engine) {
    let shop = Arc::new(Shop::open(engine).await);
    let user = shop.user("ines@shop.test").await;
    let mut asking = Vec::new();
    for number in 0..12 {
        let shop = Arc::clone(&shop);
        let patch = json!({"custom_attributes": {format!("k{number}"): number}});
        asking.push(tokio::spawn(async move { shop.call("PATCH", &format!("{USERS}/{user}"), patch).await }));
    }
    for answer in asking {
        assert_eq!(answer.await.unwrap().status.as_u16(), 200);
    }
    let kept = shop.call("GET", &format!("{USERS}/{user}"), json!(null)).await;
    assert_eq!(kept.at("/custom_attributes").as_object().unwrap().len(), 12);
}
