//! Who is asking. There is no ambient user: every call of the contract names one.

use std::fmt;

use uuid::Uuid;

use crate::{Secret, Timestamp};

/// The user whose results these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(Uuid);

impl Owner {
    /// Nobody: who opened a store of many owners and named none. No store keeps anything of theirs.
    pub const NOBODY: Self = Self(Uuid::nil());

    /// The owner of this UUID.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The UUID.
    pub const fn id(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who is asking: an owner, and, where somebody signed in, the token that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    owner: Owner,
    bearer: Option<Bearer>,
}

impl Principal {
    /// Someone who is `owner`, on the word of the process that asks.
    pub const fn local(owner: Owner) -> Self {
        Self { owner, bearer: None }
    }

    /// Someone who is `owner`, as a token says that was verified or is about to be.
    pub const fn signed_in(owner: Owner, bearer: Bearer) -> Self {
        Self { owner, bearer: Some(bearer) }
    }

    /// Whose results are asked for.
    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// What proves it; none on the word of the process.
    pub const fn bearer(&self) -> Option<&Bearer> {
        self.bearer.as_ref()
    }
}

/// A token of somebody who signed in, and until when it is worth anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The token.
    pub token: Secret,
    /// When it is over.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_shows() {
        let bearer = Bearer { token: Secret::new("hunter2"), expires_at: Timestamp(1) };
        let who = Principal::signed_in(Owner::NOBODY, bearer);

        let shown = format!("{who:?} {}", who.bearer().unwrap().token);

        assert!(shown.contains("***") && !shown.contains("hunter2"), "{shown}");
    }
}
