//! Who acts.

use crate::{AppId, CredentialKind, RoleId, Uid, UserKey};

/// Who a request or a command comes from. Always bound to one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The app inside which everything happens.
    pub app: AppId,
    /// What proved the right to act.
    pub via: Via,
    /// The user who acts, if one does: the holder of an auth token, or whom a credential acts for (CometChat's
    /// `onBehalfOf`). What that user may not do, the actor may not do.
    pub viewer: Option<Viewer>,
}

/// The user who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The uid.
    pub uid: Uid,
    /// The number.
    pub key: UserKey,
    /// The role, which says what the user may do.
    pub role: RoleId,
}

/// What proved the right to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A credential of the app.
    Credential {
        /// The credential's number.
        id: i64,
        /// What it opens.
        kind: CredentialKind,
    },
    /// An auth token of the user who acts.
    AuthToken {
        /// The token's number.
        id: i64,
    },
    /// The operator, on the machine itself.
    Operator,
}

impl Actor {
    /// The operator, acting inside `app`.
    #[must_use]
    pub fn operator(app: AppId) -> Self {
        Self { app, via: Via::Operator, viewer: None }
    }

    /// The actor as events name it: `credential:7`, `auth_token:9` or `operator`, with ` for mira` behind it when a user
    /// acts.
    #[must_use]
    pub fn label(&self) -> String {
        let via = match self.via {
            Via::Credential { id, kind: _ } => format!("credential:{id}"),
            Via::AuthToken { id } => format!("auth_token:{id}"),
            Via::Operator => "operator".to_owned(),
        };
        match &self.viewer {
            Some(Viewer { uid, key: _, role: _ }) => format!("{via} for {uid}"),
            None => via,
        }
    }
}
