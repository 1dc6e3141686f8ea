//! What changed between two versions, for people: read from their manifests, with almost no bytes of values.
//!
//! Both values are read as outlines, where a name stands for each buffer's
//! bytes: only the labels of frames are fetched. The walk over both goes
//! down where they differ and says the outermost thing that tells why.

mod compare;
mod words;

use stillroom_core::{Record, ResultKey, Stored, Version, poll_now};

use crate::load::{name_the_version, once_more};
use crate::parts::Parts;
use crate::{Result, Store};

/// What changed from one version to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The version compared.
    pub old: Record,
    /// The version it is compared with.
    pub new: Record,
    /// Whether both hold the same value, bit for bit.
    pub is_same: bool,
    /// The changes, in the order of the new value; at most [`CHANGES_MAX`].
    pub changes: Vec<Change>,
    /// How many more there are.
    pub more: u64,
}

/// A part of the value that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, as Python would write it: `["metrics"]["rmse"]`; empty for the value itself.
    pub path: String,
    /// What happened to it.
    pub what: What,
    /// What it was, in a few words; none when it was not there.
    pub old: Option<String>,
    /// What it is, in a few words; none when it is not there. Where they would be those of before, they say
    /// what else is another: `int64, other values`, `dict(3), its pairs in another order`.
    pub new: Option<String>,
}

/// What happened to a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

impl What {
    /// `added`, `removed` or `changed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// How many changes a diff tells apart.
pub const CHANGES_MAX: usize = 1_000;

impl Store {
    /// What changed from version `old` of a result to `new`, the newest when that is none.
    ///
    /// Dicts are compared by key, records by field, lists of one length by place, frames by column; arrays,
    /// columns and long texts by the digests of their bytes, which are not read.
    ///
    /// # Errors
    /// `not-found`, `corrupt`; `unsupported` for a value of a newer release.
    pub fn diff(&self, key: &ResultKey, old: Version, new: Option<Version>) -> Result<Diff> {
        once_more(|| self.try_diff(key, old, new))
    }

    fn try_diff(&self, key: &ResultKey, old: Version, new: Option<Version>) -> Result<Diff> {
        let catalog = self.catalog();
        let old = poll_now(catalog.get(self.who(), key, Some(old)))?;
        let new = poll_now(catalog.get(self.who(), key, new))?;
        let mut is_same = old.record.digest == new.record.digest;
        let (mut changes, mut more) = (Vec::new(), 0);
        if !is_same {
            let parts =
                |stored: &Stored| self.parts(stored).map_err(|error| name_the_version(error, &stored.record));
            let (old_parts, new_parts) = (parts(&old)?, parts(&new)?);
            // Of what the recipe wrote no record says a digest that another's could be.
            is_same = old_parts.manifest.digest() == new_parts.manifest.digest();
            if !is_same {
                let outline = |stored: &Stored, parts: &Parts| {
                    let outline = self.outline(&parts.manifest, compare::is_label);
                    outline.map_err(|error| name_the_version(error, &stored.record))
                };
                let (old_value, new_value) = (outline(&old, &old_parts)?, outline(&new, &new_parts)?);
                (changes, more) = compare::changes(&old_value, &new_value);
            }
        }
        Ok(Diff { old: old.record, new: new.record, is_same, changes, more })
    }
}
