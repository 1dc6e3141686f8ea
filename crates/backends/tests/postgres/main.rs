//! What the Postgres backend promises, on real servers that this process starts and that end with it.

#![expect(clippy::unwrap_used, reason = "a test says that a promise is broken by panicking")]

mod conformance;
mod database;
mod doctor;
mod server;
