//! Matrix Synapse: users through the admin API of a chat server, an administrator's token with every request.
//!
//! A user has no metadata there: an update changes name and avatar.

use std::net::SocketAddr;

use anyhow::Context as _;
use serde_json::json;

use super::caller::{Crowd, Question, each_once};
use super::http;
use super::peer::Questions;
use crate::records;

/// Signs in, makes the users, and gives the two requests.
pub(crate) async fn seed(crowd: Crowd) -> anyhow::Result<Questions> {
    let address = crowd.address;
    let login =
        json!({ "type": "m.login.password", "user": "admin", "password": "bench-password" }).to_string();
    let line = "POST /_matrix/client/v3/login";
    let answer = http::ask(address, &http::request(address, line, "", &login)).await?;
    let token = answer["access_token"].as_str().context("no access token")?;
    let email = json!([{ "medium": "email", "address": format!("{}@example.com", records::FIRST_UID) }]);
    let user = json!({ "displayname": records::NAME, "avatar_url": avatar(), "threepids": email });
    let change = json!({ "displayname": records::NAME, "avatar_url": avatar() });
    let questions = Questions {
        get: question(address, "GET", token, ""),
        update: question(address, "PUT", token, &change.to_string()),
    };
    let create = Question {
        success: 201,
        ..question(address, "PUT", token, &user.to_string())
    };
    each_once(crowd, &create).await?;
    Ok(questions)
}

fn avatar() -> String {
    format!("mxc://localhost/{}", records::REVISION)
}

fn question(address: SocketAddr, method: &str, token: &str, body: &str) -> Question {
    let line = format!("{method} /_synapse/admin/v2/users/@{}:localhost", records::FIRST_UID);
    Question {
        greeting: None,
        request: http::request(address, &line, &format!("Bearer {token}"), body),
        answered: http::answered,
        success: 200,
        names_user: true,
        writes: method != "GET",
    }
}
