//! What is asked of the database.

use serde_json::Value;
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

/// Whether the second of two calls of a function changes nothing that the first did not, and answers as that would
/// have; the table at `stillroom_core::layers::retry` says why.
pub(super) fn is_repeatable(function: Function, asked: &Value) -> bool {
    match function {
        Function::Delete | Function::Rename | Function::Recode => false,
        // The function takes the caller's word for what is damaged: the second would take what was put anew since.
        Function::Discard => false,
        Function::Sweep => asked["dry_run"] == true,
        Function::Lease => asked["do"] != "release",
        // A commit repeated with its request id writes nothing; blobs without a commit are put once.
        Function::Save => asked["commit"].is_null() || !asked["commit"]["request"].is_null(),
        Function::Load
        | Function::Missing
        | Function::List
        | Function::History
        | Function::Snapshot
        | Function::Usage
        | Function::Annotate
        | Function::Undelete => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_may_be_asked_twice_is_told_by_what_is_asked() {
        let cases = [
            (Function::Sweep, json!({ "dry_run": true }), true),
            (Function::Sweep, json!({ "dry_run": false }), false),
            (Function::Lease, json!({ "do": "acquire" }), true),
            (Function::Lease, json!({ "do": "release" }), false),
            (Function::Save, json!({ "blobs": [] }), true),
            (Function::Save, json!({ "commit": { "request": "one" } }), true),
            (Function::Save, json!({ "commit": { "request": null } }), false),
            (Function::Delete, json!({}), false),
            (Function::Discard, json!(null), false),
            (Function::Load, json!({}), true),
        ];
        for (function, asked, expected) in cases {
            assert_eq!(is_repeatable(function, &asked), expected, "{function:?} {asked}");
        }
    }
}
