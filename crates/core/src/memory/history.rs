//! The versions of one result, and which of them can be seen.

use stillroom_format::Digest;

use crate::{Hint, NewVersion, Record, RequestId, Stored, Timestamp, Version};

/// The versions of a result, oldest first.
#[derive(Default)]
pub(super) struct History {
    /// How many versions were ever counted; stays when they are gone.
    pub(super) counted: u64,
    pub(super) versions: Vec<Entry>,
}

pub(super) struct Entry {
    pub(super) stored: Stored,
    /// The blobs it needs.
    pub(super) digests: Vec<Digest>,
    /// The commit that wrote it.
    pub(super) request: Option<RequestId>,
    pub(super) deleted_at: Option<Timestamp>,
}

impl Entry {
    pub(super) fn is_visible(&self, now: Timestamp) -> bool {
        self.deleted_at.is_none() && !self.stored.record.is_expired(now)
    }

    pub(super) fn is(&self, version: Version) -> bool {
        self.stored.record.version == version
    }
}

impl History {
    /// The versions that are neither deleted nor expired, newest first.
    pub(super) fn visible(&self, now: Timestamp) -> impl Iterator<Item = &Stored> {
        self.versions.iter().rev().filter(move |entry| entry.is_visible(now)).map(|entry| &entry.stored)
    }

    /// What can be seen, newest first, or one version of it, to be changed.
    pub(super) fn visible_mut(
        &mut self,
        version: Option<Version>,
        now: Timestamp,
    ) -> impl Iterator<Item = &mut Entry> {
        let is_meant = move |entry: &&mut Entry| {
            entry.is_visible(now) && version.is_none_or(|version| entry.is(version))
        };
        self.versions.iter_mut().rev().filter(is_meant)
    }

    /// Counts and dates a new version.
    pub(super) fn add(&mut self, version: &NewVersion, request: Option<RequestId>, now: Timestamp) -> Record {
        self.counted += 1;
        let record = version.record(Version::new(self.counted).expect("counted from 1"), now);
        self.versions.push(Entry {
            stored: Stored {
                record: record.clone(),
                root: version.root.clone(),
                is_recipe: false,
                hint: Hint::default(),
            },
            digests: version.digests().collect(),
            request,
            deleted_at: None,
        });
        record
    }

    /// Drops what is older than the newest `keep` of those that are neither hidden nor pinned; one stays.
    ///
    /// What is deleted or expired is left to the sweep, so that a deletion can be undone until then.
    pub(super) fn trim(&mut self, keep: u64, now: Timestamp) {
        let mut left = keep.max(1);
        for index in (0..self.versions.len()).rev() {
            let entry = &self.versions[index];
            if !entry.is_visible(now) || entry.stored.record.pinned {
                continue;
            }
            if left == 0 {
                self.versions.remove(index);
            } else {
                left -= 1;
            }
        }
    }
}
