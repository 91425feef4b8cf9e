//! Users as the vendor shows them (reference §4). Each operation has its own order of the same fields.

use rollcall_model::{Credits, Document, Millis, User};
use serde::Serialize;

use crate::answer::FETCHED;
use crate::raw;

/// A user in a list.
#[derive(Debug, Serialize)]
pub(super) struct View<'a> {
    klaim_id: &'a str,
    user_id: &'a str,
    /// Null for users whom another face has made without one.
    email: Option<&'a str>,
    name: Option<&'a str>,
    #[serde(serialize_with = "raw::credits")]
    credit_balance: Credits,
    /// In milliseconds.
    created_at: i64,
    acquisition_source: &'static str,
    #[serde(serialize_with = "raw::document")]
    metadata: Option<&'a Document>,
}

impl<'a> View<'a> {
    pub(super) fn of(user: &'a User) -> Self {
        let User {
            key: _,
            uid: _,
            user_id,
            klaim_id,
            name,
            email,
            avatar: _,
            link: _,
            status_message: _,
            role: _,
            metadata: _,
            tags: _,
            last_active_at: _,
            created_at: Millis(created_at),
            updated_at: _,
            deactivated_at: _,
            display_name: _,
            custom_attributes: _,
            confirmed_at: _,
            pubsub_generation: _,
            klaim_metadata,
            credit_balance,
            creator,
        } = user;
        Self {
            klaim_id: klaim_id.as_str(),
            user_id,
            email: email.as_ref().map(|email| email.as_str()),
            name: name.as_deref(),
            credit_balance: *credit_balance,
            created_at: *created_at,
            acquisition_source: creator.as_str(),
            metadata: klaim_metadata.as_ref(),
        }
    }
}

/// A user just made: without the source, which the vendor's example does not have.
#[derive(Debug, Serialize)]
pub(super) struct Created<'a> {
    message: &'static str,
    user_id: &'a str,
    klaim_id: &'a str,
    email: Option<&'a str>,
    #[serde(serialize_with = "raw::credits")]
    credit_balance: Credits,
    created_at: i64,
    name: Option<&'a str>,
    #[serde(serialize_with = "raw::document")]
    metadata: Option<&'a Document>,
}

impl<'a> From<View<'a>> for Created<'a> {
    fn from(view: View<'a>) -> Self {
        let View {
            klaim_id,
            user_id,
            email,
            name,
            credit_balance,
            created_at,
            acquisition_source: _,
            metadata,
        } = view;
        Self {
            message: "resource created successfully",
            user_id,
            klaim_id,
            email,
            credit_balance,
            created_at,
            name,
            metadata,
        }
    }
}

/// A user read or changed.
#[derive(Debug, Serialize)]
pub(super) struct One<'a> {
    message: &'static str,
    #[serde(serialize_with = "raw::document")]
    metadata: Option<&'a Document>,
    user_id: &'a str,
    klaim_id: &'a str,
    created_at: i64,
    acquisition_source: &'static str,
    #[serde(serialize_with = "raw::credits")]
    credit_balance: Credits,
    email: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> From<View<'a>> for One<'a> {
    fn from(view: View<'a>) -> Self {
        let View {
            klaim_id,
            user_id,
            email,
            name,
            credit_balance,
            created_at,
            acquisition_source,
            metadata,
        } = view;
        Self {
            message: FETCHED,
            metadata,
            user_id,
            klaim_id,
            created_at,
            acquisition_source,
            credit_balance,
            email,
            name,
        }
    }
}
