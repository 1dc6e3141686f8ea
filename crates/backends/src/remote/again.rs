//! Which calls may be made again.

use serde_json::Value;

use super::Function;

/// Whether the second of two calls of a function changes nothing that the first did not, and answers as that would
/// have; the table at `stillroom_core::layers::retry` says why.
pub(super) fn is_repeatable(function: Function, asked: &Value) -> bool {
    match function {
        Function::Delete | Function::Rename | Function::Recode => false,
        Function::Sweep => asked["dry_run"] == true,
        Function::Lease => asked["do"] != "release",
        // A commit repeated with its request id writes nothing; blobs without a commit are put once.
        Function::Save => asked["commit"].is_null() || !asked["commit"]["request"].is_null(),
        Function::Load
        | Function::Missing
        | Function::Discard
        | Function::List
        | Function::History
        | Function::Snapshot
        | Function::Usage
        | Function::Annotate
        | Function::Undelete => true,
    }
}
