//! What is said of results that come in from elsewhere, by `import` and by `copy`.

use serde_json::{Value as Json, json};
use stillroom::ResultKey;

use super::facts::{counted, place};

/// Results that are named one by one.
const NAMED: usize = 10;

/// How many versions stayed out, each with the reason.
pub(super) fn left_out(present: u64, expired: u64, present_where: &str) -> String {
    let reasons = [(present, present_where), (expired, "expired meanwhile")];
    let said = reasons.iter().filter(|(count, _)| *count > 0);
    said.map(|(count, why)| format!("; {} left out as {why}", counted(*count, "version"))).collect()
}

/// What can't be opened where it arrives, and `what` to do about it; nothing as a rule.
pub(super) fn locked(keys: &[ResultKey], what: &str) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let names: String = keys.iter().take(NAMED).map(|key| format!("  {}\n", place(key))).collect();
    let more = keys.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("  … {more} more\n") } else { String::new() };
    let (verb, whose) = if keys.len() == 1 { ("arrives", "its") } else { ("arrive", "their") };
    format!(
        "{} {verb} locked: {whose} Python objects were signed by a key that is not here. The bytes are \
         kept; to open them, {what}.\n{names}{more}",
        counted(keys.len() as u64, "result"),
    )
}

pub(super) fn keys(keys: &[ResultKey]) -> Vec<Json> {
    keys.iter().map(|key| json!({"page": key.page.as_str(), "key": key.key.as_str()})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said_with_its_reason() {
        let cases = [
            (0, 0, ""),
            (1, 0, "; 1 version left out as here already"),
            (0, 2, "; 2 versions left out as expired meanwhile"),
            (3, 1, "; 3 versions left out as here already; 1 version left out as expired meanwhile"),
        ];

        for (present, expired, said) in cases {
            assert_eq!(
                left_out(present, expired, "here already"),
                said,
                "{present} present, {expired} expired"
            );
        }
    }
}
