//! Accounts (Chatwoot): workspaces that users are members of.

use std::collections::BTreeSet;

use crate::patch::changed_fields;
use crate::{Document, Millis, Patch};

/// An account's number: positive, unique in the installation, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub i64);

/// Whether an account is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Put on hold.
    Suspended,
}

impl AccountStatus {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Active, Self::Suspended];

    /// The name under which it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The status of this name, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its language, as one of Chatwoot's codes.
    pub locale: String,
    /// The domain of its mail.
    pub domain: Option<String>,
    /// The address that its mail comes from.
    pub support_email: Option<String>,
    /// Whether it is in use.
    pub status: AccountStatus,
    /// The features that are on, sorted, each once.
    pub features: Vec<String>,
    /// What it may use up, by name.
    pub limits: Document,
    /// Chatwoot's free-form document.
    pub custom_attributes: Document,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed; nothing before the first change.
    pub updated_at: Option<Millis>,
}

/// An account about to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name.
    pub name: String,
    /// Its language.
    pub locale: String,
    /// The domain of its mail.
    pub domain: Option<String>,
    /// The address that its mail comes from.
    pub support_email: Option<String>,
    /// Whether it is in use.
    pub status: AccountStatus,
    /// The features that are on, sorted, each once.
    pub features: Vec<String>,
    /// What it may use up, by name.
    pub limits: Document,
    /// Chatwoot's free-form document.
    pub custom_attributes: Document,
}

/// A change of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountPatch {
    /// Its name.
    pub name: Option<String>,
    /// Its language.
    pub locale: Option<String>,
    /// The domain of its mail.
    pub domain: Patch<String>,
    /// The address that its mail comes from.
    pub support_email: Patch<String>,
    /// Whether it is in use.
    pub status: Option<AccountStatus>,
    /// Features switched on or off; those not named stay as they are.
    pub features: Vec<(String, bool)>,
    /// What it may use up, replaced whole.
    pub limits: Option<Document>,
    /// Chatwoot's free-form document, replaced whole.
    pub custom_attributes: Option<Document>,
}

impl AccountPatch {
    /// The names of the fields that change, comma separated: what the event records.
    #[must_use]
    pub fn fields(&self) -> String {
        let Self {
            name,
            locale,
            domain,
            support_email,
            status,
            features,
            limits,
            custom_attributes,
        } = self;
        changed_fields(&[
            (name.is_some(), "name"),
            (locale.is_some(), "locale"),
            (domain.is_change(), "domain"),
            (support_email.is_change(), "support_email"),
            (status.is_some(), "status"),
            (!features.is_empty(), "features"),
            (limits.is_some(), "limits"),
            (custom_attributes.is_some(), "custom_attributes"),
        ])
    }
}

/// Features with some switched on or off, sorted, each once. Of several switches of one name the last counts.
#[must_use]
pub fn switched(features: Vec<String>, switches: &[(String, bool)]) -> Vec<String> {
    let mut on = BTreeSet::from_iter(features);
    for (name, enable) in switches {
        if *enable {
            on.insert(name.clone());
        } else {
            on.remove(name);
        }
    }
    on.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_is_not_switched_stays() {
        let switch = |name: &str, on| (name.to_owned(), on);
        let held = names(&["labels", "crm"]);
        assert_eq!(switched(held.clone(), &[]), names(&["crm", "labels"]));
        let switches = [
            switch("sla", true),
            switch("crm", false),
            switch("labels", true),
            switch("reports", false),
        ];
        assert_eq!(switched(held.clone(), &switches), names(&["labels", "sla"]));
        assert_eq!(switched(held, &[switch("crm", false), switch("crm", true)]), names(&["crm", "labels"]));
    }
}
