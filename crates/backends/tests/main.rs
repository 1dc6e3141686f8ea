//! What the backends promise, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test says that a promise is broken by panicking")]

mod common;
mod conformance;
mod damage;
mod folder;
mod packs;
