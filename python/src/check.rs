//! What a walk finds when nothing is to be saved: the parts with their sizes, and all that can't be kept.
//!
//! Bounded: of a dict with a hundred thousand keys, spelling every path would take longer than the walk,
//! and nobody reads that many.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::{Fault, Result};

/// Parts that are named; what follows them is only counted.
const PARTS_MAX: usize = 1_000;
/// Problems that are told; the walk ends with the last of them.
const PROBLEMS_MAX: usize = 1_000;

/// Gathered along the walk.
#[derive(Default)]
pub(crate) struct Audit {
    parts: Vec<(String, String, u64)>,
    /// Parts that are not named.
    more: u64,
    problems: Vec<(String, String)>,
    /// Bytes before the first part, the head of the value, or after the last that is named.
    between: u64,
    /// All bytes counted.
    bytes: u64,
    /// How much of the writer's bytes is counted.
    counted: u64,
}

impl Audit {
    /// Whether the part that begins is named, and not only counted.
    pub(crate) fn names_parts(&self) -> bool {
        self.parts.len() < PARTS_MAX
    }

    /// A part begins, and the one before it ends, when the writer holds `written` bytes. `named` is its
    /// path and kind; one without is only counted.
    pub(crate) fn part_begins(&mut self, named: Option<(String, String)>, written: u64) {
        self.count(written);
        match named {
            // The head of the value counts towards its first part.
            Some((path, kind)) => self.parts.push((path, kind, std::mem::take(&mut self.between))),
            None => self.more += 1,
        }
    }

    /// The writer, which holds `written` bytes, gives way to a new one.
    pub(crate) fn writer_ends(&mut self, written: u64) {
        self.count(written);
        self.counted = 0;
    }

    /// The value is walked through. One without parts is a part itself.
    pub(crate) fn finish(&mut self, root: &str, kind: String, written: u64) {
        self.count(written);
        if self.parts.is_empty() {
            self.parts.push((root.to_owned(), kind, self.between));
        }
    }

    fn count(&mut self, written: u64) {
        let bytes = match self.parts.last_mut() {
            Some((_, _, bytes)) if self.more == 0 => bytes,
            _ => &mut self.between,
        };
        *bytes += written - self.counted;
        self.bytes += written - self.counted;
        self.counted = written;
    }

    /// A part can't be kept; whether it is worth looking for more of them.
    pub(crate) fn problem(&mut self, path: String, fault: &Fault) -> bool {
        self.problems.push((path, fault.message()));
        self.problems.len() < PROBLEMS_MAX
    }

    /// As the Python package wants it.
    pub(crate) fn into_dict(self, py: Python<'_>) -> Result<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("parts", self.parts)?;
        dict.set_item("more", self.more)?;
        dict.set_item("bytes", self.bytes)?;
        dict.set_item("problems", self.problems)?;
        Ok(dict)
    }
}
