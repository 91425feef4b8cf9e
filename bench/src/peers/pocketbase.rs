//! PocketBase: users as records of its own `users` collection, a superuser's token with every request.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use super::caller::Question;
use super::http;
use super::peer::Questions;
use crate::records;

const PATH: &str = "/api/collections/users/records";

/// Writes the record that the start script's migration copies.
pub(crate) fn write_seed(dir: &Path) -> anyhow::Result<()> {
    let metadata: serde_json::Value = serde_json::from_str(records::METADATA)?;
    let user = json!({
        "id": records::FIRST_UID,
        "email": format!("{}@example.com", records::FIRST_UID),
        "name": records::NAME,
        "avatarUrl": records::AVATAR,
        "link": records::LINK,
        "statusMessage": format!("{}{}", records::STATUS_PREFIX, records::REVISION),
        "metadata": metadata,
    });
    Ok(std::fs::write(dir.join("user.json"), user.to_string())?)
}

/// Signs in and gives the two requests.
pub(crate) async fn questions(address: SocketAddr) -> anyhow::Result<Questions> {
    let body = json!({ "identity": "admin@example.com", "password": "bench-password" }).to_string();
    let line = "POST /api/collections/_superusers/auth-with-password";
    let answer = http::ask(address, &http::request(address, line, "", &body)).await?;
    let token = answer["token"].as_str().context("no token")?;
    let user = format!("{PATH}/{}", records::FIRST_UID);
    let question = |method: &str, body: &str, writes: bool| Question {
        greeting: None,
        request: http::request(address, &format!("{method} {user}"), token, body),
        answered: http::answered,
        success: 200,
        names_user: true,
        writes,
    };
    Ok(Questions {
        get: question("GET", "", false),
        update: question("PATCH", &records::put_body(), true),
    })
}
