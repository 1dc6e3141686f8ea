//! What the backend of Supabase projects promises, through a stand-in for one over real servers that this process
//! starts and that end with it.

#![expect(clippy::unwrap_used, reason = "a test says that a promise is broken by panicking")]

mod conformance;
#[expect(dead_code, reason = "what the tests of connections need of it besides")]
#[path = "../postgres/database.rs"]
mod database;
mod gateway;
mod project;
#[expect(dead_code, reason = "what the tests of connections need of it besides")]
#[path = "../postgres/server.rs"]
mod server;
mod sessions;
#[expect(dead_code, reason = "what the tests of connections need of it besides")]
#[path = "../postgres/store.rs"]
mod store;
mod trips;
#[path = "../values.rs"]
mod values;
