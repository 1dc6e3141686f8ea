//! What a request prefers, and what of it was done.

use super::refusal::Refusal;
use crate::http::Request;

#[derive(Debug, Default)]
pub(crate) struct Prefer {
    pub(crate) resolution: Option<Resolution>,
    pub(crate) returns: Option<Returns>,
    pub(crate) counts: bool,
    is_strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolution {
    Merge,
    Ignore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    Minimal,
    Rows,
}

impl Prefer {
    pub(crate) fn of(request: &Request) -> Result<Self, Refusal> {
        let mut prefer = Self::default();
        let mut strangers = Vec::new();
        for wish in request.list("prefer") {
            match wish {
                "resolution=merge-duplicates" => prefer.resolution = Some(Resolution::Merge),
                "resolution=ignore-duplicates" => prefer.resolution = Some(Resolution::Ignore),
                "return=minimal" => prefer.returns = Some(Returns::Minimal),
                "return=representation" => prefer.returns = Some(Returns::Rows),
                "count=exact" => prefer.counts = true,
                "handling=strict" => prefer.is_strict = true,
                // A project lets nobody end a transaction otherwise than it does by itself.
                "handling=lenient" | "tx=commit" | "tx=rollback" => {}
                other if is_of_postgrest(other) => return Err(Refusal::unknown(format!("Prefer: {other}"))),
                other => strangers.push(other),
            }
        }
        if prefer.is_strict && !strangers.is_empty() {
            let details = format!("Invalid preferences: {}", strangers.join(", "));
            let message = "Invalid preferences given with handling=strict".to_owned();
            return Err(Refusal::Said(400, "PGRST122", message, Some(details), None));
        }
        Ok(prefer)
    }

    /// What was done, for `Preference-Applied`, of those that a request of this kind can have.
    pub(crate) fn applied(&self, is_change: bool) -> String {
        let mut applied = Vec::new();
        if is_change {
            match self.resolution {
                Some(Resolution::Merge) => applied.push("resolution=merge-duplicates"),
                Some(Resolution::Ignore) => applied.push("resolution=ignore-duplicates"),
                None => {}
            }
            match self.returns {
                Some(Returns::Minimal) => applied.push("return=minimal"),
                Some(Returns::Rows) => applied.push("return=representation"),
                None => {}
            }
        }
        if self.counts {
            applied.push("count=exact");
        }
        if self.is_strict {
            applied.push("handling=strict");
        }
        applied.join(", ")
    }
}

fn is_of_postgrest(wish: &str) -> bool {
    let known =
        ["return=headers-only", "count=planned", "count=estimated", "missing=default", "missing=null"];
    known.contains(&wish) || wish.starts_with("max-affected=") || wish.starts_with("timezone=")
}
