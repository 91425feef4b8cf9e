//! Who acts.

use crate::{AppId, CredentialKind, Uid};

/// Who a request or a command comes from. Always bound to one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The app inside which everything happens.
    pub app: AppId,
    /// What proved the right to act.
    pub via: Via,
    /// The user in whose place the actor looks at things, if any (CometChat's `onBehalfOf`).
    pub viewer: Option<Uid>,
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
    /// The operator, on the machine itself.
    Operator,
}

impl Actor {
    /// The operator, acting inside `app`.
    #[must_use]
    pub fn operator(app: AppId) -> Self {
        Self { app, via: Via::Operator, viewer: None }
    }

    /// The actor as events name it: `credential:7` or `operator`.
    #[must_use]
    pub fn label(&self) -> String {
        match self.via {
            Via::Credential { id, kind: _ } => format!("credential:{id}"),
            Via::Operator => "operator".to_owned(),
        }
    }
}
