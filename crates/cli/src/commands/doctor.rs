//! `stillroom doctor`: whether the store and the rights around it are as they should be, a line for each check.

use std::error::Error as _;

use serde_json::{Value as Json, json};
use stillroom::postgres::check_counts;
use stillroom::{Check, Checkup, Error, OpenOptions, Result, Verdict, doctor, prove_isolation};

use super::facts::counted;
use crate::answer::Answer;
use crate::args::Doctor;
use crate::text::{Align, Table, printable};

pub(crate) fn run(options: OpenOptions, asked: &Doctor) -> Result<Answer> {
    let mut found = match asked.all_owners {
        true => check_counts(options.url.as_deref())?,
        false => doctor(options.clone())?,
    };
    if asked.prove_isolation {
        let owners = asked.as_owners.as_deref().and_then(|owners| owners.try_into().ok());
        match prove_isolation(&options, owners) {
            Ok(checks) => found.checks.extend(checks),
            // What was found before is worth telling.
            Err(error) => found.checks.push(Check {
                name: "isolation",
                verdict: Verdict::Failed(error),
                fixes: Vec::new(),
            }),
        }
    }
    let alarm = found.failure().map(Error::kind);
    Ok(Answer { text: text(&found), json: json(&found), alarm })
}

fn text(found: &Checkup) -> String {
    let mut table = Table::new([Align::Left, Align::Left, Align::Left]);
    for check in &found.checks {
        let (outcome, message, causes) = told(check);
        // Where the store is stands above.
        let message = message.strip_suffix(&format!(": `{}`", found.location)).unwrap_or(&message).to_owned();
        table.push([outcome, check.name, &[vec![message], causes].concat().join("; because: ")]);
    }
    let fixes: String = found
        .checks
        .iter()
        .flat_map(|check| &check.fixes)
        .flat_map(|fix| fix.lines())
        .map(|line| format!("  {}\n", printable(line)))
        .collect();
    let fixes = match fixes.as_str() {
        "" => String::new(),
        fixes => format!("\nAs the login that ran `stillroom migrate`, or an administrator:\n{fixes}"),
    };
    let location = printable(&found.location);
    format!("{location}\n\n{}{fixes}\n{}\n", table.to_text(), sum(found))
}

/// How it is altogether.
fn sum(found: &Checkup) -> String {
    let number = |outcome| found.checks.iter().filter(|check| told(check).0 == outcome).count() as u64;
    let warnings = match number("warning") {
        0 => String::new(),
        number => format!(", {}", counted(number, "warning")),
    };
    match number("failed") {
        0 => format!("All is well: {}{warnings}.", counted(found.checks.len() as u64, "check")),
        failed => format!("{failed} of {} failed{warnings}.", counted(found.checks.len() as u64, "check")),
    }
}

fn json(found: &Checkup) -> Json {
    let check = |check: &Check| {
        let (outcome, message, causes) = told(check);
        let kind = match &check.verdict {
            Verdict::Failed(error) => Some(error.kind().as_str()),
            _ => None,
        };
        json!({
            "name": check.name,
            "outcome": outcome,
            "kind": kind,
            "message": message,
            "causes": causes,
            "fixes": check.fixes,
        })
    };
    json!({
        "store": found.location,
        "is_well": found.failure().is_none(),
        "checks": found.checks.iter().map(check).collect::<Vec<_>>(),
    })
}

/// What came of a check, in a word, in words, and why.
fn told(check: &Check) -> (&'static str, String, Vec<String>) {
    match &check.verdict {
        Verdict::Good(what) => ("ok", what.clone(), Vec::new()),
        Verdict::Warning(what) => ("warning", what.clone(), Vec::new()),
        Verdict::Skipped(why) => ("skipped", why.clone(), Vec::new()),
        Verdict::Failed(error) => ("failed", error.to_string(), causes(error)),
    }
}

fn causes(error: &Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    causes
}
