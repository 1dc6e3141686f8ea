//! What the stand-in promises to the tests that use it, on a real server that this process starts and that ends with it.

#![expect(clippy::unwrap_used, reason = "a test says that a promise is broken by panicking")]

mod accounts;
mod gateway;
mod goldens;
mod support;
