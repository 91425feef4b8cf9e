//! Accounts and their members: what is better said as a table than in a script.

mod fields;
mod members;
mod own;
mod shop;
