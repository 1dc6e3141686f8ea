//! Who is asking. There is no ambient user: every call of the contract names one.

use std::fmt;

use uuid::Uuid;

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

/// Who is asking: an owner, and later what proves it to a remote backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    owner: Owner,
}

impl Principal {
    /// Someone who is `owner`, on the word of the process that asks.
    pub const fn local(owner: Owner) -> Self {
        Self { owner }
    }

    /// Whose results are asked for.
    pub const fn owner(&self) -> Owner {
        self.owner
    }
}
