//! What the backends promise, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test says that a promise is broken by panicking")]

mod child;
mod clock;
mod coded;
mod common;
mod conformance;
mod crash;
mod damage;
#[cfg(target_os = "linux")]
mod disk;
mod folder;
mod fork;
mod helper;
mod packs;
mod processes;
mod read_only;
mod rot;
mod stitched;
mod sweep;
mod values;
