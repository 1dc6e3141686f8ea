//! Going back: an older version saved again as the newest. No bytes move and no key is needed.

use stillroom_core::{ResultKey, Version};

use crate::{Error, ErrorKind, Receipt, Result, Store};

impl Store {
    /// Saves version `version` of a result again as its newest, with its label, metadata and signature.
    ///
    /// Nothing is lost by it: what was the newest stays in the history. When the newest holds the same
    /// value already, nothing is written and the receipt says `unchanged`.
    ///
    /// # Errors
    /// `not-found`; `corrupt` when bytes of that version are missing; `denied`.
    pub fn rollback(&self, key: &ResultKey, version: Version) -> Result<Receipt> {
        Err(Error::new(ErrorKind::Internal, format!("not built yet: {key} {version}")))
    }
}
