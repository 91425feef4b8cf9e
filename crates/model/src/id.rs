//! Identifiers and what makes one legal.

use std::fmt;
use std::sync::Arc;

/// Why a text is no identifier. The offending text is not repeated: the caller has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// More characters than allowed.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A character outside the identifier's alphabet.
    #[error("holds a character that is not allowed")]
    Character,
}

/// Longest `uid` and role id, in characters (CometChat, constraints page).
const MAX_SLUG: usize = 100;
/// Longest app id, in characters: it must fit into one label of a host name.
const MAX_APP: usize = 63;

/// Length of a Klaim id's random part.
const KLAIM_SUFFIX: usize = 5;

/// `[a-z0-9_-]{1,100}`, capitals lowered first.
fn slug(text: &str) -> Result<String, BadId> {
    if text.is_empty() {
        return Err(BadId::Empty);
    }
    if text.chars().count() > MAX_SLUG {
        return Err(BadId::TooLong(MAX_SLUG));
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(BadId::Character);
    }
    Ok(text.to_ascii_lowercase())
}

/// A tenant's identifier: `[a-z0-9-]{1,63}`, starting and ending with a letter or digit, so that it can be
/// a host label. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppId(Arc<str>);

impl AppId {
    /// Reads an app id; capitals are lowered.
    ///
    /// # Errors
    /// [`BadId`] when the text is empty, too long or holds other characters.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let text = text.to_ascii_lowercase();
        if text.is_empty() {
            return Err(BadId::Empty);
        }
        if text.chars().count() > MAX_APP {
            return Err(BadId::TooLong(MAX_APP));
        }
        let edges = !text.starts_with('-') && !text.ends_with('-');
        if edges && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            Ok(Self(text.into()))
        } else {
            Err(BadId::Character)
        }
    }

    /// Takes a text that the store holds, which was parsed when it was written.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! slug_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Reads an id: `[a-z0-9_-]{1,100}`; capitals are lowered.
            ///
            /// # Errors
            /// [`BadId`] when the text is empty, too long or holds other characters.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                slug(text).map(Self)
            }

            /// Takes a text that the store holds, which was parsed when it was written.
            #[must_use]
            pub fn stored(text: &str) -> Self {
                Self(text.to_owned())
            }

            /// The text of the id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slug_id! {
    /// A user's identifier as CometChat knows it: `[a-z0-9_-]{1,100}`, never changed, unique in the app.
    Uid
}

slug_id! {
    /// A role's identifier: `[a-z0-9_-]{1,100}`, unique in the app.
    RoleId
}

/// A user's number: positive, unique in the installation, never used again. Chatwoot's `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserKey(pub i64);

/// The identifier that we give every user for Klaim: `<unix ms>_<5 alphanumerics>`, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KlaimId(String);

impl KlaimId {
    /// Puts one together from the moment of creation and five alphanumerics.
    #[must_use]
    pub fn new(created_at: crate::Millis, suffix: &str) -> Self {
        Self(format!("{}_{suffix}", created_at.0))
    }

    /// Reads one that was given out before: digits, an underscore, five alphanumerics. Its case matters.
    ///
    /// # Errors
    /// [`BadId`] when the text has another form.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let (moment, suffix) = text.split_once('_').ok_or(BadId::Character)?;
        let moment = !moment.is_empty() && moment.bytes().all(|b| b.is_ascii_digit());
        let suffix = suffix.len() == KLAIM_SUFFIX && suffix.bytes().all(|b| b.is_ascii_alphanumeric());
        if moment && suffix {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId::Character)
        }
    }

    /// Takes a text that the store holds.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uid_is_lowered_and_limited() {
        assert_eq!(Uid::parse("CometChat-UID_1").unwrap().as_str(), "cometchat-uid_1");
        assert_eq!(Uid::parse(""), Err(BadId::Empty));
        assert!(Uid::parse(&"a".repeat(100)).is_ok());
        assert_eq!(Uid::parse(&"a".repeat(101)), Err(BadId::TooLong(100)));
        for bad in ["a b", "é", "a.b", "*", "a\0", "a/b", "\u{212a}"] {
            assert_eq!(Uid::parse(bad), Err(BadId::Character), "{bad:?}");
        }
    }

    #[test]
    fn an_app_id_fits_a_host_label() {
        assert_eq!(AppId::parse("4B1F0c9e77d2a360").unwrap().as_str(), "4b1f0c9e77d2a360");
        assert!(AppId::parse(&"a".repeat(63)).is_ok());
        assert_eq!(AppId::parse(&"a".repeat(64)), Err(BadId::TooLong(63)));
        for bad in ["-a", "a-", "a_b", "a.b", "ä"] {
            assert_eq!(AppId::parse(bad), Err(BadId::Character), "{bad:?}");
        }
    }

    #[test]
    fn a_klaim_id_has_one_form() {
        let made = KlaimId::new(crate::Millis(1_753_306_133_860), "A36dL");
        assert_eq!(KlaimId::parse("1753306133860_A36dL"), Ok(made));
        for bad in ["", "_A36dL", "1753306133860", "1753306133860_A36d", "1753306133860_A36dLx", "-1_A36dL"] {
            assert_eq!(KlaimId::parse(bad), Err(BadId::Character), "{bad:?}");
        }
        for bad in ["1753306133860_A36d\u{e9}", "1753306133860_A36_L", "17_1753306133860_A36dL", " 1_A36dL"] {
            assert_eq!(KlaimId::parse(bad), Err(BadId::Character), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_a_uid_twice_changes_nothing(text in "\\PC{0,120}") {
            if let Ok(uid) = Uid::parse(&text) {
                prop_assert_eq!(Uid::parse(uid.as_str()), Ok(uid.clone()));
                prop_assert!(uid.as_str().len() <= 100);
            }
        }
    }
}
