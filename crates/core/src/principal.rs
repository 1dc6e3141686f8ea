//! Who is asking. There is no ambient user: every call of the contract names one.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::{Result, Secret, Timestamp};

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

/// Who is asking: an owner, and, where somebody signed in, what proves it.
#[derive(Debug, Clone)]
pub struct Principal {
    owner: Owner,
    proof: Proof,
}

#[derive(Debug, Clone)]
enum Proof {
    /// The word of the process that asks.
    Word,
    Token(Bearer),
    Session(Arc<dyn Renewal>),
}

impl Principal {
    /// Someone who is `owner`, on the word of the process that asks.
    pub const fn local(owner: Owner) -> Self {
        Self { owner, proof: Proof::Word }
    }

    /// Someone who is `owner`, as a token says that was verified or is about to be.
    pub const fn signed_in(owner: Owner, bearer: Bearer) -> Self {
        Self { owner, proof: Proof::Token(bearer) }
    }

    /// Someone who is `owner` and stays signed in.
    pub fn in_session(owner: Owner, session: Arc<dyn Renewal>) -> Self {
        Self { owner, proof: Proof::Session(session) }
    }

    /// Whose results are asked for.
    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// The one token that proves it; none on the word of the process, and in a session.
    pub const fn bearer(&self) -> Option<&Bearer> {
        match &self.proof {
            Proof::Token(bearer) => Some(bearer),
            Proof::Word | Proof::Session(_) => None,
        }
    }

    /// What keeps them signed in; none for whoever has one token or none.
    pub fn session(&self) -> Option<&dyn Renewal> {
        match &self.proof {
            Proof::Session(session) => Some(&**session),
            Proof::Word | Proof::Token(_) => None,
        }
    }
}

/// Keeps somebody signed in: tokens end, and are followed by others.
pub trait Renewal: Send + Sync + fmt::Debug {
    /// The token for a call that is made now. `refused` is one that was just said to be over: not that one again.
    ///
    /// # Errors
    /// `Unauthenticated` when the sign-in is over; `Unavailable` when another token can't be had now.
    fn token(&self, refused: Option<&Secret>) -> Result<Secret>;
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
