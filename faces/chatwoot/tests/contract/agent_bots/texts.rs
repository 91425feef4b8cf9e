//! Texts of agent bots, at their limits and beyond.

use http::StatusCode;
use rollcall_testkit::Engine;
use rollcall_testkit::Traces;
use serde_json::json;

use super::shop::{BOTS, Shop};

rollcall_testkit::on_both_engines! {
    texts_have_limits,
}

async fn texts_have_limits(engine: Engine) {
    let shop = Shop::open(engine).await;
    let bot = shop.bot(json!({"name": "Helper"})).await;
    let fields = [
        ("name", "Name", 255),
        ("description", "Description", 255),
        ("outgoing_url", "Outgoing url", 2048),
    ];
    for (field, human, most) in fields {
        for letter in ["a", "é", "🤖"] {
            let fitting = json!({field: letter.repeat(most)});
            for (method, path) in [("POST", BOTS), ("PATCH", &bot)] {
                let answer = shop.ask_as(&shop.token, method, path, Some(fitting.clone())).await;
                assert_eq!(
                    (answer.status, &answer.json()[field]),
                    (StatusCode::OK, &fitting[field]),
                    "{method}"
                );
            }
            let before = Traces::read(shop.directory.store(), "shop").await;
            let long = json!({field: letter.repeat(most + 1)});
            for (method, path) in [("POST", BOTS), ("PATCH", &bot), ("PUT", &bot)] {
                let answer = shop.ask_as(&shop.token, method, path, Some(long.clone())).await;
                let message = format!("{human} is too long (maximum is {most} characters)");
                let expected = json!({"message": message, "attributes": [field]});
                assert_eq!((answer.status.as_u16(), answer.json()), (422, expected), "{method}");
            }
            assert_eq!(Traces::read(shop.directory.store(), "shop").await, before);
        }
    }
    let all = json!({"name": "n".repeat(256), "description": "d".repeat(256), "account_id": 7});
    let answer = shop.ask_as(&shop.token, "POST", BOTS, Some(all)).await;
    let message =
        "Name is too long (maximum is 255 characters), Description is too long (maximum is 255 characters)";
    assert_eq!(answer.json(), json!({"message": message, "attributes": ["name", "description"]}));
}
