//! What a walk finds when nothing is to be saved: the parts with their sizes, and all that can't be kept.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::{Fault, Result};

/// Gathered along the walk.
#[derive(Default)]
pub(crate) struct Audit {
    parts: Vec<(String, String, u64)>,
    problems: Vec<(String, String)>,
    /// Bytes written before the part that is being written.
    counted: u64,
}

impl Audit {
    /// A part begins, and the one before it ends, at `written` bytes.
    pub(crate) fn part_begins(&mut self, path: String, kind: String, written: u64) {
        self.part_ends(written);
        self.parts.push((path, kind, 0));
    }

    /// The value is walked through, and is `written` bytes long; one without parts is a part itself.
    pub(crate) fn finish(&mut self, root: &str, kind: String, written: u64) {
        if self.parts.is_empty() {
            self.parts.push((root.to_owned(), kind, 0));
        }
        self.part_ends(written);
    }

    /// A part can't be kept.
    pub(crate) fn problem(&mut self, path: String, fault: &Fault) {
        self.problems.push((path, fault.message()));
    }

    /// The head of the value counts towards its first part.
    fn part_ends(&mut self, written: u64) {
        if let Some((_, _, bytes)) = self.parts.last_mut() {
            *bytes = written - self.counted;
            self.counted = written;
        }
    }

    /// As the Python package wants it.
    pub(crate) fn into_dict(self, py: Python<'_>) -> Result<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("parts", self.parts)?;
        dict.set_item("problems", self.problems)?;
        Ok(dict)
    }
}
