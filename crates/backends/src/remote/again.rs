//! Which calls may be made again.

use serde_json::Value;

use super::Function;

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
