//! What the facade promises, on the memory and local backends.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are outside of #[test] functions")]

mod arrows;
mod common;
mod load;
mod open;
mod save;
mod set;
mod signing;
