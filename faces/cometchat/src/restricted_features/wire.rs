//! What answers about restricted features look like, to the byte (reference §5.6).

use rollcall_model::{Feature, RestrictedFeature, RoleId};
use serde::Serialize;

use super::table::{Shown, shown};
use crate::answer::{Outcome, Outcomes};
use crate::fault::Fault;

/// A restricted feature.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    title: &'static str,
    description: &'static str,
    key: String,
    path: &'static str,
    created_at: i64,
}

impl From<&RestrictedFeature> for View {
    fn from(restricted: &RestrictedFeature) -> Self {
        let RestrictedFeature { feature, created_at } = *restricted;
        let Shown { title, description, path } = shown(feature);
        Self {
            title,
            description,
            key: key(feature),
            path,
            created_at: created_at.seconds(),
        }
    }
}

/// The name of a feature as answers spell it.
fn key(feature: Feature) -> String {
    format!("u.{}", feature.as_str())
}

/// What comes of restricting each of these: names as they were sent, and the features that they name.
pub(super) fn restricted(role: &RoleId, asked: &[(String, Option<Feature>)]) -> Outcomes {
    let outcome = |(name, feature): &(String, Option<Feature>)| match feature {
        Some(feature) => {
            let key = key(*feature);
            let message = format!("The feature {key} is restricted for the role {role}.");
            (key, Outcome::done(message))
        }
        None => (name.clone(), Outcome::failed(Fault::unknown_feature(name))),
    };
    Outcomes(asked.iter().map(outcome).collect())
}
