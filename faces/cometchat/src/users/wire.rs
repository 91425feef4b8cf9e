//! What answers about users look like, to the byte: names, order, what is left out (reference §5.1, §5.2).

use std::borrow::Cow;

use rollcall_directory::users::{Seen, Switches};
use rollcall_model::{Actor, Document, Relation, Uid, User};
use serde::Serialize;

use crate::raw::raw;

/// The part of the metadata that only the user and API keys may see.
const PRIVATE: &str = "@private";

/// A user as one caller sees it. Nothing is ever null: what has no value is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View<'a> {
    uid: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "raw")]
    metadata: Option<Cow<'a, Document>>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<&'a str>,
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_active_at: Option<i64>,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deactivated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by_me: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by_me_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_blocked_me: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<&'a str>,
}

impl<'a> View<'a> {
    /// The answer to a change: with tags. Users change only themselves, so there is nothing to hide from anybody.
    pub(crate) fn changed(user: &'a User) -> Self {
        Self::new(user, None, Relation::default(), false, true)
    }

    /// A user as the user who acts sees it, or as the API key itself does when none acts.
    pub(crate) fn seen(seen: &'a Seen, actor: &Actor, with_tags: bool) -> Self {
        let Seen { user, relation, veiled } = seen;
        let viewer = actor.viewer.as_ref().map(|viewer| &viewer.uid);
        Self::new(user, viewer, *relation, viewer.is_some(), with_tags).veiled(*veiled)
    }

    /// A user as the user that the path names sees it, told to whoever acts.
    pub(crate) fn seen_from(seen: &'a Seen, from: &Uid, actor: &Actor) -> Self {
        let Seen { user, relation, veiled } = seen;
        Self::new(user, Some(from), *relation, actor.viewer.is_some(), false).veiled(*veiled)
    }

    fn new(
        user: &'a User,
        viewer: Option<&Uid>,
        relation: Relation,
        hides_private: bool,
        with_tags: bool,
    ) -> Self {
        let User {
            key: _,
            uid,
            user_id: _,
            klaim_id: _,
            name: _,
            email: _,
            avatar,
            link,
            status_message,
            role,
            metadata,
            tags,
            last_active_at,
            created_at,
            updated_at,
            deactivated_at,
            display_name: _,
            custom_attributes: _,
            confirmed_at: _,
            pubsub_generation: _,
            klaim_metadata: _,
            credit_balance: _,
            creator: _,
        } = user;
        let other = viewer.filter(|viewer| *viewer != uid);
        let Relation { blocked_at, has_blocked_me } = relation;
        let blocked_at = blocked_at.map(|at| at.seconds());
        let metadata = metadata.as_ref().map(|document| match other {
            Some(_) if hides_private => document.without(PRIVATE),
            Some(_) | None => Cow::Borrowed(document),
        });
        Self {
            uid: uid.as_str(),
            name: user.shown_name(),
            link: link.as_deref(),
            avatar: avatar.as_deref(),
            metadata: metadata.filter(|document| !document.is_empty()),
            // Presence begins with the realtime gateway; until then nobody is connected.
            status: "offline",
            status_message: status_message.as_deref(),
            role: role.as_str(),
            last_active_at: last_active_at.map(|at| at.seconds()),
            created_at: created_at.seconds(),
            updated_at: updated_at.map(|at| at.seconds()),
            deactivated_at: deactivated_at.map(|at| at.seconds()),
            conversation_id: other.map(|viewer| conversation_id(viewer, uid)),
            blocked_by_me: blocked_at.is_some().then_some(true),
            blocked_by_me_at: blocked_at,
            blocked_at,
            has_blocked_me: has_blocked_me.then_some(true),
            tags: with_tags.then_some(tags),
            auth_token: None,
        }
    }

    /// Only who it is, if the details are to be kept back.
    fn veiled(self, veiled: bool) -> Self {
        if !veiled {
            return self;
        }
        Self {
            link: None,
            metadata: None,
            status_message: None,
            last_active_at: None,
            updated_at: None,
            tags: None,
            ..self
        }
    }

    pub(super) fn with_token(self, auth_token: Option<&'a str>) -> Self {
        Self { auth_token, ..self }
    }
}

/// The id of the conversation between two users: both uids in ascending order.
fn conversation_id(a: &Uid, b: &Uid) -> String {
    let (first, second) = if a < b { (a, b) } else { (b, a) };
    format!("{first}_user_{second}")
}

/// `count=true`.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    pub(super) count: i64,
}

/// What came of deactivating. Empty lists are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deactivated {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deactivated_uids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    already_deactivated_uids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_found: Vec<String>,
}

impl Deactivated {
    pub(super) fn one(uid: &Uid) -> Self {
        Self {
            deactivated_uids: vec![uid.to_string()],
            already_deactivated_uids: Vec::new(),
            not_found: Vec::new(),
        }
    }
}

impl From<Switches> for Deactivated {
    fn from(Switches { done, already, unknown }: Switches) -> Self {
        Self {
            deactivated_uids: done,
            already_deactivated_uids: already,
            not_found: unknown,
        }
    }
}

/// What came of reactivating. Empty lists are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reactivated {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reactivated_uids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    non_deactivated_uids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_found: Vec<String>,
}

impl From<Switches> for Reactivated {
    fn from(Switches { done, already, unknown }: Switches) -> Self {
        Self {
            reactivated_uids: done,
            non_deactivated_uids: already,
            not_found: unknown,
        }
    }
}
