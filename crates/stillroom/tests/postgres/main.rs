//! What the facade promises of databases, on real servers that this process starts and that end with it.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are outside of #[test] functions")]

mod bearer;
mod copy;
mod database;
#[expect(dead_code, reason = "what the backend's own tests need of it besides")]
#[path = "../../../backends/tests/postgres/server.rs"]
mod server;
#[cfg(feature = "supabase")]
mod session;
