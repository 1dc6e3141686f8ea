//! What the facade promises of databases, on real servers that this process starts and that end with it.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are outside of #[test] functions")]

mod copy;
mod database;
#[path = "../../../backends/tests/postgres/server.rs"]
mod server;
