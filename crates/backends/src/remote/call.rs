//! What is asked of the database.

use stillroom_core::Principal;

use super::Failure;

/// Brings calls to the database, each as its asker and as a whole or not at all.
pub(crate) trait Carrier: Send + Sync + 'static {
    /// The function's answer: bytes, or the text of JSON.
    fn call(&self, who: &Principal, call: Call<'_>) -> Result<Vec<u8>, Failure>;
}

/// A call of a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) function: Function,
    pub(crate) argument: Argument<'a>,
    /// Whether what it did may be lost until a later call that may not has returned.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "a connection can make use of it"))]
    pub(crate) is_preliminary: bool,
    /// Whether it may be made twice, and the second answers as the first would have.
    pub(crate) is_repeatable: bool,
}

/// What a function is given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Argument<'a> {
    Bytes(&'a [u8]),
    Json(&'a str),
}

/// The functions of `0002_functions.sql`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Save,
    Load,
    Missing,
    Discard,
    Recode,
    List,
    History,
    Snapshot,
    Usage,
    Annotate,
    Delete,
    Undelete,
    Rename,
    Sweep,
    Lease,
}

impl Function {
    /// Its name in the schema `stillroom`; over HTTP it is `stillroom_` and this.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Load => "load",
            Self::Missing => "missing",
            Self::Discard => "discard",
            Self::Recode => "recode",
            Self::List => "list",
            Self::History => "history",
            Self::Snapshot => "snapshot",
            Self::Usage => "usage",
            Self::Annotate => "annotate",
            Self::Delete => "delete",
            Self::Undelete => "undelete",
            Self::Rename => "rename",
            Self::Sweep => "sweep",
            Self::Lease => "lease",
        }
    }

    /// Whether it can change anything.
    #[cfg(feature = "supabase")]
    pub(crate) const fn is_change(self) -> bool {
        !matches!(
            self,
            Self::Load | Self::Missing | Self::List | Self::History | Self::Snapshot | Self::Usage
        )
    }

    /// Whether it answers bytes; else JSON.
    pub(crate) const fn answers_bytes(self) -> bool {
        matches!(self, Self::Load)
    }
}
