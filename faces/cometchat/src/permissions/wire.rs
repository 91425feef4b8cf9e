//! What answers about permissions look like, to the byte (reference §5.6).

use rollcall_directory::permissions::{Effective, Held};
use rollcall_model::{Permission, PermissionKind, PermissionValue, RoleId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::input::{Asked, Unfit};
use super::table::{Shown, shown};
use crate::answer::{Outcome, Outcomes};
use crate::fault::Fault;

/// A permission as it is defined, with the dates of a role.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    id: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    description: &'static str,
    data_type: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    available_values: &'static [&'static str],
    default_value: Value,
    created_at: i64,
    updated_at: i64,
}

impl From<&Held> for View {
    fn from(held: &Held) -> Self {
        let Held { permission, created_at, updated_at } = *held;
        let Shown { title, description } = shown(permission);
        Self {
            id: permission.as_str(),
            kind: "role",
            title,
            description,
            data_type: data_type(permission.kind()),
            available_values: permission.kind().available(),
            default_value: Value(permission.default_value()),
            created_at: created_at.seconds(),
            updated_at: updated_at.seconds(),
        }
    }
}

fn data_type(kind: PermissionKind) -> &'static str {
    match kind {
        PermissionKind::Switch | PermissionKind::Mode => "string",
        PermissionKind::Roles => "rolesStringArray",
        PermissionKind::Known(_) => "stringArray",
        PermissionKind::Free => "customStringArray",
    }
}

/// A text or a list of texts.
#[derive(Debug)]
struct Value(PermissionValue);

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            PermissionValue::Text(word) => word.serialize(serializer),
            PermissionValue::List(items) => items.serialize(serializer),
        }
    }
}

/// The value of every permission by its id.
#[derive(Debug)]
struct Map(Vec<(Permission, Value)>);

impl From<Effective> for Map {
    fn from(effective: Effective) -> Self {
        let values = effective.into_iter().map(|(permission, value)| (permission, Value(value)));
        Self(values.collect())
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (permission, value) in &self.0 {
            map.serialize_entry(permission.as_str(), value)?;
        }
        map.end()
    }
}

/// The answer to setting permissions: what came of each, and then all of them.
#[derive(Debug, Serialize)]
pub(super) struct Set {
    #[serde(flatten)]
    outcomes: Outcomes,
    permissions: Map,
}

impl Set {
    pub(super) fn new(outcomes: Outcomes, effective: Effective) -> Self {
        Self { outcomes, permissions: Map::from(effective) }
    }
}

/// The answer to unsetting one: all of them.
#[derive(Debug, Serialize)]
pub(super) struct Left {
    permissions: Map,
}

impl From<Effective> for Left {
    fn from(effective: Effective) -> Self {
        Self { permissions: Map::from(effective) }
    }
}

/// What can be set, and what comes of each that was asked for.
pub(super) fn sorted(role: &RoleId, asked: Vec<Asked>) -> (Vec<(Permission, PermissionValue)>, Outcomes) {
    let (mut values, mut outcomes) = (Vec::new(), Vec::with_capacity(asked.len()));
    for Asked { id, value } in asked {
        let outcome = match value {
            Ok(value) => {
                values.push(value);
                Outcome::done(format!("The permission {id} is set for the role {role}."))
            }
            Err(Unfit::Unknown) => Outcome::failed(Fault::unknown_permission(&id)),
            Err(Unfit::Value(bad)) => Outcome::failed(Fault::unfit_permission(&id, bad)),
        };
        outcomes.push((id, outcome));
    }
    (values, Outcomes(outcomes))
}
