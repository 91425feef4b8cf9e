//! What the store promises, said once and checked on both engines.

#![expect(clippy::unwrap_used, reason = "a test's helper fails the test by panicking")]

mod accounts;
mod activity;
mod agent_bots;
mod apps;
mod auth_tokens;
mod blocks;
mod credentials;
mod credits;
mod events;
mod friend_lists;
mod friends;
mod house;
mod installation;
mod login_links;
mod memberships;
mod permissions;
mod policy;
mod relations;
mod restricted_features;
mod role_removals;
mod roles;
mod sessions;
mod user_counts;
mod user_list;
mod user_list_order;
mod user_list_search;
mod user_lives;
mod user_numbers;
mod user_tags;
mod user_texts;
mod user_updates;
mod user_walk;
mod users;
