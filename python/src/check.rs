//! What a walk finds when nothing is to be saved: the parts with their sizes, and all that can't be kept.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::{Fault, Result};

/// Gathered along the walk.
#[derive(Default)]
pub(crate) struct Audit {
    parts: Vec<(String, String, u64)>,
    problems: Vec<(String, String)>,
    /// Bytes before the first part: the head of the value. They count towards it.
    ahead: u64,
    /// How much of the writer's bytes is counted.
    counted: u64,
}

impl Audit {
    /// A part begins, and the one before it ends, when the writer holds `written` bytes.
    pub(crate) fn part_begins(&mut self, path: String, kind: String, written: u64) {
        self.count(written);
        self.parts.push((path, kind, std::mem::take(&mut self.ahead)));
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
            self.parts.push((root.to_owned(), kind, self.ahead));
        }
    }

    fn count(&mut self, written: u64) {
        let bytes = self.parts.last_mut().map_or(&mut self.ahead, |(_, _, bytes)| bytes);
        *bytes += written - self.counted;
        self.counted = written;
    }

    /// A part can't be kept.
    pub(crate) fn problem(&mut self, path: String, fault: &Fault) {
        self.problems.push((path, fault.message()));
    }

    /// As the Python package wants it.
    pub(crate) fn into_dict(self, py: Python<'_>) -> Result<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("parts", self.parts)?;
        dict.set_item("problems", self.problems)?;
        Ok(dict)
    }
}
