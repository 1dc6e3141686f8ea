//! What the Postgres backend promises, on real servers that this process starts and that end with it.

#![expect(clippy::unwrap_used, reason = "a test says that a promise is broken by panicking")]

mod advisors;
mod bearer;
mod cache;
mod child;
mod conformance;
mod database;
mod doctor;
mod faults;
mod frames;
#[path = "../helper.rs"]
mod helper;
mod listing;
mod outage;
mod processes;
mod proxy;
mod quota;
mod raw;
mod recipe;
mod rights;
mod server;
mod store;
mod texts;
#[path = "../values.rs"]
mod values;
mod writers;
