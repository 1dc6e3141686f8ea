//! How a backend fails. Each variant has one thing for the caller to do.

use thiserror::Error;

use crate::limits::Limited;
use crate::{LeaseKey, ResultKey, Version};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A backend's error. Messages name keys and places, never stored contents or secrets.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackendError {
    /// There is no such result or version, or it is not the asker's: the two can't be told apart.
    #[error("no result at `{key}`{}", version.map(|v| format!(", version {v}")).unwrap_or_default())]
    NotFound {
        /// What was asked for.
        key: ResultKey,
        /// The version that was asked for, when one was.
        version: Option<Version>,
    },
    /// There is no store at the place named, and none was to be made.
    #[error("no store at `{location}`")]
    NoStore {
        /// Where it was looked for.
        location: String,
    },
    /// A condition of a commit does not hold; nothing was written.
    #[error("{}: `{key}`", overtaken(*expected, *found))]
    Conflict {
        /// The result whose condition failed.
        key: ResultKey,
        /// The version the caller based its save on; none for "nothing there".
        expected: Option<Version>,
        /// The newest version.
        found: Option<Version>,
    },
    /// A lease is someone else's, or its time was over.
    #[error("the lease was lost to someone else or ran out; begin again: `{key}`")]
    LeaseLost {
        /// What it was for.
        key: LeaseKey,
    },
    /// More than a limit or the owner's quota allows; nothing was written.
    #[error("over the limit of {limit} {what}; {}: {actual}", what.advice())]
    TooLarge {
        /// What is limited.
        what: Limited,
        /// How much there may be.
        limit: u64,
        /// How much there was, or would have been.
        actual: u64,
    },
    /// The disk is full; nothing was written, and what was there is whole.
    #[error("{message}")]
    Full {
        /// Which disk, and what to do.
        message: String,
        /// The cause.
        source: Option<Source>,
    },
    /// Nobody is signed in, or whoever was is no more.
    #[error("{message}")]
    Unauthenticated {
        /// Where, and what to do.
        message: String,
        /// The cause.
        source: Option<Source>,
    },
    /// The store refused: a folder that can't be written, a policy, a folder that others can write to.
    #[error("{message}")]
    Denied {
        /// What was refused, where, and what to do.
        message: String,
        /// The cause.
        source: Option<Source>,
    },
    /// The place named is not a store or can't be one.
    #[error("{message}")]
    Invalid {
        /// What is wrong, and what to do.
        message: String,
    },
    /// Bytes or rows are not what was written.
    #[error("{message}")]
    Corrupt {
        /// What is damaged.
        message: String,
        /// The cause.
        source: Option<Source>,
    },
    /// The store was made by a newer release.
    #[error("this store is at layout {found}, newer than {known}; update stillroom")]
    Newer {
        /// The store's layout.
        found: u64,
        /// The newest known here.
        known: u64,
    },
    /// The store can't be reached or used now; a later try may succeed.
    #[error("{message}")]
    Unavailable {
        /// What could not be reached.
        message: String,
        /// The cause.
        source: Option<Source>,
    },
    /// Anything else.
    #[error("the {backend} backend failed")]
    Other {
        /// Which backend.
        backend: &'static str,
        /// The cause.
        source: Source,
    },
}

/// What happened to the version a save was based on, and what to do.
fn overtaken(expected: Option<Version>, found: Option<Version>) -> String {
    let Some(found) = found else {
        return "what your save is based on was deleted; save without if_version".to_owned();
    };
    let seen = match expected {
        Some(expected) if found > expected => format!("version {found} is newer than your {expected}"),
        Some(expected) => format!("the newest is version {found}, not your {expected}"),
        None => format!("version {found} was saved where you had seen nothing"),
    };
    format!("{seen}; load it, merge and save again, or save without if_version")
}
