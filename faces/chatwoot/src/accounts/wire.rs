//! What answers about accounts look like, to the byte (reference §8.2).

use rollcall_model::{Account, AccountId, Document};
use serde::{Serialize, Serializer};

use crate::Settings;
use crate::raw::raw;

/// An account.
#[derive(Debug, Serialize)]
pub(super) struct View<'a> {
    id: i64,
    name: &'a str,
    locale: &'a str,
    domain: Option<&'a str>,
    support_email: Option<&'a str>,
    #[serde(serialize_with = "enabled")]
    features: &'a [String],
    #[serde(serialize_with = "raw")]
    custom_attributes: &'a Document,
    #[serde(serialize_with = "raw")]
    limits: &'a Document,
    status: &'static str,
}

impl<'a> View<'a> {
    pub(super) fn of(account: &'a Account, settings: &'a Settings) -> Self {
        let Account {
            id: AccountId(id),
            name,
            locale,
            domain,
            support_email,
            status,
            features,
            limits,
            custom_attributes,
            // The vendor shows no moments of an account.
            created_at: _,
            updated_at: _,
        } = account;
        Self {
            id: *id,
            name,
            locale,
            domain: domain.as_deref(),
            support_email: support_email.as_deref().or(settings.support_email.as_deref()),
            features,
            custom_attributes,
            limits,
            status: status.as_str(),
        }
    }
}

/// Features that are on: each by its name, and true.
fn enabled<S: Serializer>(features: &&[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(features.iter().map(|name| (name, true)))
}
