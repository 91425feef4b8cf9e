//! The nouns of the directory and the rules that hold for them in every face.
//!
//! Owns: identifiers, records, patches, queries, events, errors, and the traits through which time and
//! randomness come in. Must not know: SQL, HTTP, vendors' shapes, files, clocks of its own.

mod account;
mod actor;
mod agent_bot;
mod app;
mod auth_token;
mod credential;
mod credits;
mod document;
mod email;
mod entropy;
mod error;
mod event;
mod feature;
mod fold;
mod id;
mod limits;
mod membership;
mod page;
mod patch;
mod permissible;
mod permission;
mod quota;
mod relation;
mod role;
mod time;
mod user;

pub use account::{
    Account, AccountId, AccountPatch, AccountStatus, NewAccount, switched as switched_features,
};
pub use actor::{Actor, Via, Viewer};
pub use agent_bot::{AgentBot, AgentBotId, AgentBotPatch, NewAgentBot, Picture};
pub use app::{App, AppName};
pub use auth_token::{AuthToken, AuthTokenPatch, MAX_AUTH_TOKENS, NewAuthToken};
pub use credential::{Credential, CredentialKind, CredentialPatch, NewCredential, SealedSecret};
pub use credits::{BadCredits, CreditChange, Credits, NewCreditChange};
pub use document::{Document, DocumentError, MAX_ATTRIBUTES, MAX_DEPTH};
pub use email::{BadEmail, Email};
pub use entropy::{ALPHANUMERIC, Entropy, HEX, token};
pub use error::{Error, Result};
pub use event::{Event, EventKind};
pub use feature::{Feature, RestrictedFeature};
pub use fold::fold;
pub use id::{AppId, BadId, KlaimId, RoleId, Uid, UserKey};
pub use limits::Limits;
pub use membership::{MemberAccount, MemberRole, Membership};
pub use page::{Listing, Page, Stretch};
pub use patch::Patch;
pub use permissible::Permissible;
pub use permission::{BadPermission, MAX_PERMISSION_ITEMS, Permission, PermissionKind, PermissionValue};
pub use quota::{MAX_FRIENDS, Quota};
pub use relation::Relation;
pub use role::{Audience, DEFAULT_ROLE, NewRole, Role, RolePatch, RoleRules};
pub use time::{Clock, Millis};
pub use user::{
    Activity, Creator, Identity, MAX_CHOICES, NewUser, Presence, User, UserPatch, UserQuery, UserSearch, Whom,
};
