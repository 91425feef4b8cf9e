//! Apps: the tenants of an installation.

use crate::{AppId, Millis};

/// A tenant: the owner of users, roles, credentials and everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its id, unique in the installation.
    pub id: AppId,
    /// Its name for people.
    pub name: AppName,
    /// When it was made.
    pub created_at: Millis,
}

/// A name for people: 1 to 100 characters, no control characters, no blanks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppName(String);

impl AppName {
    /// Reads a name; blanks around it are cut off. Nothing is returned when it is blank, longer than 100
    /// characters or holds control characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let legal = !text.is_empty() && text.chars().count() <= 100 && !text.chars().any(char::is_control);
        legal.then(|| Self(text.to_owned()))
    }

    /// Takes a text that the store holds.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text of the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_limited() {
        assert_eq!(AppName::parse("  Shop ").unwrap().as_str(), "Shop");
        assert!(AppName::parse(&"ä".repeat(100)).is_some());
        for bad in ["", "   ", "a\nb", &"a".repeat(101)] {
            assert!(AppName::parse(bad).is_none(), "{bad:?}");
        }
    }
}
