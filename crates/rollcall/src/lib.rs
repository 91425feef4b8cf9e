//! The server: configuration, command line, listening, and the one place where all faces meet.

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod listen;
pub mod log;
pub mod secret_key;
pub mod system;
