//! What the facade promises, on the memory and local backends.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are outside of #[test] functions")]

mod arrows;
mod bundle;
mod bundle_bytes;
mod bundle_refusals;
mod common;
mod compression;
mod copy;
mod diff;
mod document;
mod keeping;
mod lifetimes;
mod load;
mod open;
mod part;
mod preview;
mod rollback;
mod running;
mod save;
mod set;
mod signing;
mod undo;
mod verify;
