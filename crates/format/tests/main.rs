//! The format's promises, one module each.

mod summary;
mod support;
