//! Agent bots: limits, pictures, whose they are.

mod fetching;
mod pictures;
mod shop;
mod tenants;
mod texts;
