//! Credentials: the secrets that open a face.

use std::fmt;

use crate::patch::changed_fields;
use crate::{AppId, Millis};

/// What a credential opens, and how wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// A CometChat API key of `fullAccess` scope.
    FullAccess,
    /// A CometChat API key of `authOnly` scope.
    AuthOnly,
    /// The token of a Chatwoot platform app that gets at the whole directory of its app.
    Platform,
    /// The token of a Chatwoot platform app that gets only at what it made, adopted or was granted.
    OwnPlatform,
    /// A Klaim bearer key.
    Klaim,
}

impl CredentialKind {
    /// Every kind, for look-ups and help texts.
    pub const ALL: [Self; 5] =
        [Self::FullAccess, Self::AuthOnly, Self::Platform, Self::OwnPlatform, Self::Klaim];

    /// The kinds that are CometChat API keys.
    pub const API_KEYS: [Self; 2] = [Self::FullAccess, Self::AuthOnly];

    /// The kinds that are tokens of Chatwoot platform apps.
    pub const PLATFORM_APPS: [Self; 2] = [Self::Platform, Self::OwnPlatform];

    /// The name under which it is stored and shown: CometChat's own scope names, else the face's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullAccess => "fullAccess",
            Self::AuthOnly => "authOnly",
            Self::Platform => "platform",
            Self::OwnPlatform => "ownPlatform",
            Self::Klaim => "klaim",
        }
    }

    /// The kind of this name, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A secret as it lies in the store: found by a keyed hash, shown again by opening the seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// HMAC-SHA256 of the secret, 32 bytes.
    pub lookup: Vec<u8>,
    /// The secret, encrypted and bound to its place.
    pub sealed: Vec<u8>,
}

/// A credential of an app. The secret itself is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The app that it opens.
    pub app: AppId,
    /// Its number, unique in the installation.
    pub id: i64,
    /// What it opens.
    pub kind: CredentialKind,
    /// Its name for people.
    pub name: String,
    /// The sealed secret, for those operations that show it again.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Millis,
}

/// A change of a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialPatch {
    /// Its name for people, if that is to change.
    pub name: Option<String>,
    /// What it opens, if that is to change.
    pub kind: Option<CredentialKind>,
}

impl CredentialPatch {
    /// The names of the fields that change, comma separated: what the event records.
    #[must_use]
    pub fn fields(&self) -> String {
        let Self { name, kind } = self;
        changed_fields(&[(name.is_some(), "name"), (kind.is_some(), "kind")])
    }
}

/// A credential about to be stored.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// What it opens.
    pub kind: CredentialKind,
    /// Its name for people.
    pub name: String,
    /// The secret, sealed.
    pub secret: SealedSecret,
}
