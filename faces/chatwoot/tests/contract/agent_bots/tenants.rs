//! Whose bots they are: the app's, and within it a platform app's own.

use http::StatusCode;
use rollcall_directory::accounts;
use rollcall_directory::permissibles::{self, Object};
use rollcall_model::{AccountId, AccountStatus, Actor, AppId, Document, NewAccount};
use rollcall_testkit::Engine;
use serde_json::{Value, json};

use super::shop::{BOTS, Multipart, PNG, Raw, Shop};

rollcall_testkit::on_both_engines! {
    another_apps_bots_are_not_there,
    own_objects_are_what_was_made_or_granted,
    an_account_takes_its_bots_with_it,
}

fn app(id: &str) -> AppId {
    AppId::parse(id).unwrap()
}

async fn account_of(shop: &Shop, id: &str) -> AccountId {
    let new = NewAccount {
        name: "Desk".to_owned(),
        locale: "en".to_owned(),
        domain: None,
        support_email: None,
        status: AccountStatus::Active,
        features: Vec::new(),
        limits: Document::stored("{}"),
        custom_attributes: Document::stored("{}"),
    };
    accounts::create(&shop.directory, &Actor::operator(app(id)), new)
        .await
        .unwrap()
        .id
}

/// Everything that can be asked about one bot.
async fn all_of(shop: &Shop, token: &str, bot: &str) -> Vec<Raw> {
    let avatar = format!("{bot}/avatar");
    let mut answers = Vec::new();
    for (method, path, body) in [
        ("GET", bot, None),
        ("PATCH", bot, Some(json!({"name": "taken over"}))),
        ("PUT", bot, Some(json!({}))),
        ("PATCH", bot, Some(json!({"name": "n".repeat(256)}))),
        ("GET", &avatar, None),
        ("DELETE", &avatar, None),
        ("DELETE", bot, None),
    ] {
        answers.push(shop.ask_as(token, method, path, body).await);
    }
    answers
}

async fn another_apps_bots_are_not_there(engine: Engine) {
    let shop = Shop::open(engine).await;
    let club = shop.another_app("club").await.platform_token;
    let bot = shop.bot(json!({"name": "Helper"})).await;
    shop.upload("PATCH", &bot, Multipart::new().avatar("image/png", PNG)).await;
    for answer in all_of(&shop, &club, &bot).await {
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (404, json!({"status": 404, "error": "Not Found"}))
        );
    }
    assert_eq!(shop.ask_as(&club, "GET", BOTS, None).await.json(), json!([]));
    assert_eq!(shop.ask("GET", &bot).await.json()["name"], "Helper");
    assert_eq!(shop.avatar(&bot).await.bytes, PNG);
    // An account of the other app is none.
    let theirs = account_of(&shop, "club").await;
    let refused = shop
        .ask_as(&shop.token, "PATCH", &bot, Some(json!({"account_id": theirs.0})))
        .await;
    let expected = json!({"message": "Account must exist", "attributes": ["account"]});
    assert_eq!((refused.status.as_u16(), refused.json()), (422, expected));
}

async fn own_objects_are_what_was_made_or_granted(engine: Engine) {
    let shop = Shop::open(engine).await;
    let (number, own) = shop.own_app().await;
    let foreign = shop.bot(json!({"name": "theirs"})).await;
    let mine = shop.bot_as(&own, json!({"name": "mine"})).await;
    let names = async |token: &str| {
        let list = shop.ask_as(token, "GET", BOTS, None).await.json();
        let bots = list
            .as_array()
            .unwrap()
            .iter()
            .map(|bot| bot["name"].as_str().unwrap().to_owned());
        bots.collect::<Vec<_>>()
    };
    assert_eq!(
        (names(&own).await, names(&shop.token).await),
        (vec!["mine".to_owned()], vec!["theirs".to_owned(), "mine".to_owned()])
    );
    for answer in all_of(&shop, &own, &foreign).await {
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (401, json!({"error": "Non permissible resource"}))
        );
    }
    assert_eq!(shop.ask_as(&own, "GET", &format!("{BOTS}/900000"), None).await.status, 404);
    assert_eq!(shop.ask("GET", &foreign).await.json()["name"], "theirs");
    // An account that it does not hold is refused like one that is not there.
    let account = account_of(&shop, "shop").await;
    let bind = json!({"account_id": account.0});
    let refused = shop.ask_as(&own, "PATCH", &mine, Some(bind.clone())).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["message"]), (422, &json!("Account must exist")));
    permissibles::grant(&shop.directory, &app("shop"), number, Object::Account(account))
        .await
        .unwrap();
    let bound = shop.ask_as(&own, "PATCH", &mine, Some(bind)).await;
    assert_eq!((bound.status, &bound.json()["account_id"]), (StatusCode::OK, &json!(account.0)));
    let free = shop.ask_as(&own, "PATCH", &mine, Some(json!({"account_id": null}))).await;
    assert_eq!(free.json()["account_id"], Value::Null);
}

async fn an_account_takes_its_bots_with_it(engine: Engine) {
    let shop = Shop::open(engine).await;
    let account = account_of(&shop, "shop").await;
    let bound = shop.bot(json!({"name": "bound", "account_id": account.0})).await;
    let free = shop.bot(json!({"name": "free", "account_id": account.0.to_string()})).await;
    shop.ask_as(&shop.token, "PATCH", &free, Some(json!({"account_id": ""}))).await;
    shop.upload("PATCH", &bound, Multipart::new().avatar("image/png", PNG)).await;
    accounts::delete(&shop.directory, &Actor::operator(app("shop")), account)
        .await
        .unwrap();
    assert_eq!(shop.ask("GET", &bound).await.status, 404);
    assert_eq!(shop.avatar(&bound).await.status, 404);
    assert_eq!(shop.ask("GET", &free).await.status, 200);
    assert_eq!(shop.ask("GET", BOTS).await.json().as_array().unwrap().len(), 1);
}
