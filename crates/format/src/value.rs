//! A value as a tree of its own (being written).

/// A value without Python.
#[derive(Debug, Clone)]
pub enum Value {}
