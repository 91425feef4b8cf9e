//! What answers about API keys look like, to the byte (reference §5.4).

use rollcall_directory::credentials::Opened;
use rollcall_model::Credential;
use serde::Serialize;

/// A key, in clear.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View<'a> {
    api_key: &'a str,
    name: &'a str,
    scope: &'static str,
    created_at: i64,
}

impl<'a> From<&'a Opened> for View<'a> {
    fn from(Opened { credential, secret }: &'a Opened) -> Self {
        let Credential { app: _, id: _, kind, name, sealed: _, created_at } = credential;
        Self {
            api_key: secret,
            name,
            scope: kind.as_str(),
            created_at: created_at.seconds(),
        }
    }
}
