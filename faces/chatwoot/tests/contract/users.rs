//! Users and signing in: what is better said as a table than in a script.

mod landing;
mod parallel;
mod records;
mod sessions;
mod shop;
mod tenants;
