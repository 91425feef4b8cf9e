//! The use cases on both engines: who may do them, what they write, what stays secret, what two of them at once do.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod accounts;
mod agent_bots;
mod api_keys;
mod auth_tokens;
mod authorisation;
mod blocks;
mod credits;
mod dump;
mod events;
mod friend_races;
mod friends;
mod house;
mod keyring;
mod klaim_ids;
mod memberships;
mod places;
mod races;
mod role_rules;
mod roles;
mod secrets;
mod signing_in;
mod users;
