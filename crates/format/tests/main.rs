//! The format's promises, one module each.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod built;
mod canonical;
mod cells;
mod compress;
mod content;
mod cuts;
mod document;
mod golden;
mod hostile;
mod libraries;
mod manifest;
mod part;
mod property;
mod roundtrip;
mod summary;
mod support;
mod value;
