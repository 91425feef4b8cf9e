//! ejabberd: users with a vCard, over its HTTP API, the administrator's password with every request.
//!
//! The API reads and sets one field of a vCard at a time. The field asked for holds what is Rollcall's metadata.

use std::net::SocketAddr;

use serde_json::json;

use super::caller::{Crowd, Question, each_once};
use super::http;
use super::peer::Questions;
use crate::records;

/// `admin@localhost` and its password, as Basic authentication has them.
const AUTHORIZATION: &str = "Basic YWRtaW5AbG9jYWxob3N0OmJlbmNoLXBhc3N3b3Jk";
const METADATA_FIELD: &str = "DESC";

/// Makes the administrator and the users, each with five fields.
pub(crate) async fn seed(crowd: Crowd) -> anyhow::Result<()> {
    let admin = json!({ "user": "admin", "host": "localhost", "password": "bench-password" });
    let one = Crowd { users: 1, connections: 1, ..crowd };
    each_once(one, &register(crowd.address, &admin)).await?;
    let user = json!({ "user": records::FIRST_UID, "host": "localhost", "password": "bench-password" });
    each_once(crowd, &register(crowd.address, &user)).await?;
    let status = format!("{}{}", records::STATUS_PREFIX, records::REVISION);
    for (field, value) in [
        ("FN", records::NAME),
        ("URL", records::LINK),
        ("NOTE", records::AVATAR),
        ("TITLE", &status),
        (METADATA_FIELD, records::METADATA),
    ] {
        each_once(crowd, &set(crowd.address, field, value)).await?;
    }
    Ok(())
}

/// The two requests.
pub(crate) fn questions(address: SocketAddr) -> Questions {
    let field = json!({ "user": records::FIRST_UID, "host": "localhost", "name": METADATA_FIELD });
    Questions {
        get: question(address, "get_vcard", AUTHORIZATION, &field.to_string()),
        update: set(address, METADATA_FIELD, records::METADATA),
    }
}

fn set(address: SocketAddr, field: &str, value: &str) -> Question {
    let body = json!({ "user": records::FIRST_UID, "host": "localhost", "name": field, "content": value });
    question(address, "set_vcard", AUTHORIZATION, &body.to_string())
}

/// Anybody on loopback may do it: the administrator is made so, too.
fn register(address: SocketAddr, account: &serde_json::Value) -> Question {
    question(address, "register", "", &account.to_string())
}

fn question(address: SocketAddr, command: &str, authorization: &str, body: &str) -> Question {
    let writes = command != "get_vcard";
    Question {
        greeting: None,
        request: http::request(address, &format!("POST /api/{command}"), authorization, body),
        answered: http::answered,
        success: 200,
        names_user: !writes,
        writes,
    }
}
