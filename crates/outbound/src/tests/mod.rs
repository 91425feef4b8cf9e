//! Tests against servers on loopback; `world` makes names and public addresses lead to them.

mod addresses;
mod deadlines;
mod fetching;
mod redirects;
mod sizes;
mod tls;
mod urls;
mod world;
