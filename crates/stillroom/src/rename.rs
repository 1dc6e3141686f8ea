//! Moving a result to another place. No bytes move, and no key is needed: a signature names no place.

use stillroom_core::{BackendError, Record, ResultKey, poll_now};

use crate::{Error, ErrorKind, Result, Store};

impl Store {
    /// Moves a result with all its versions to another page or key; answers its newest record there.
    ///
    /// What was deleted at the new place is gone for good.
    ///
    /// # Errors
    /// `not-found`; `conflict` when there is a result at the new place; `invalid` when both places are one;
    /// `denied`, `corrupt`.
    pub fn rename(&self, from: &ResultKey, to: &ResultKey) -> Result<Record> {
        if from == to {
            return Err(Error::new(ErrorKind::Invalid, format!("the new place is the old one: `{to}`")));
        }
        poll_now(self.catalog().rename(self.who(), from, to)).map_err(|error| match error {
            // The contract's words are those of a save.
            BackendError::Conflict { key, .. } => {
                let message = format!("there is a result at the new place; move or delete it first: `{key}`");
                Error::new(ErrorKind::Conflict, message)
            }
            error => error.into(),
        })
    }
}
