//! `stillroom verify`: reads every byte; `--repair` forgets what is damaged so that it can heal.

use serde_json::json;
use stillroom::{ErrorKind, Problem, Result, Store, Verified};

use super::facts::counted;
use crate::answer::Answer;
use crate::args::Args;
use crate::console::Console;
use crate::text::{Align, Table, size};

pub(crate) fn run(store: &Store, repair: bool, args: &Args, console: &mut Console<'_>) -> Result<Answer> {
    let mut bar = console.bar("verifying");
    let (verified, discarded) = if repair {
        let repaired = store.repair(&mut bar.watch())?;
        (repaired.verified, Some(repaired.discarded))
    } else {
        (store.verify(&mut bar.watch())?, None)
    };
    let problems = &verified.problems;
    let json = json!({
        "versions": verified.versions,
        "blobs": verified.blobs,
        "bytes": verified.bytes,
        "problems": problems.iter().map(|problem| json!({
            "page": problem.key.page.as_str(),
            "key": problem.key.key.as_str(),
            "version": problem.version.get(),
            "what": problem.what,
            "whole": problem.whole.map(|version| version.get()),
        })).collect::<Vec<_>>(),
        "discarded": discarded,
    });
    let alarm = (!problems.is_empty()).then_some(ErrorKind::Corrupt);
    Ok(Answer { text: text(&verified, discarded, args), json, alarm })
}

fn text(verified: &Verified, discarded: Option<u64>, args: &Args) -> String {
    let read = format!(
        "Read {} in {}, {}",
        counted(verified.versions, "version"),
        counted(verified.blobs, "blob"),
        size(verified.bytes)
    );
    match verified.problems.as_slice() {
        [] => format!("{read}: all is whole.\n"),
        problems => {
            let verb = if problems.len() == 1 { "is" } else { "are" };
            let said = format!("{read}: {} {verb} damaged.\n\n", counted(problems.len() as u64, "version"));
            format!("{said}{}\n{}", table(problems).to_text(), advice(problems, discarded, args))
        }
    }
}

fn table(problems: &[Problem]) -> Table {
    let mut table = Table::with_headings([
        ("PAGE", Align::Left),
        ("KEY", Align::Left),
        ("VERSION", Align::Right),
        ("WHOLE", Align::Right),
        ("WHAT", Align::Left),
    ]);
    for problem in problems {
        table.push([
            problem.key.page.as_str(),
            problem.key.key.as_str(),
            &problem.version.to_string(),
            &problem.whole.map(|version| version.to_string()).unwrap_or_default(),
            &problem.what,
        ]);
    }
    table
}

/// What to do, with the first damaged result as the example.
fn advice(problems: &[Problem], discarded: Option<u64>, args: &Args) -> String {
    let back = problems.iter().find_map(|problem| {
        // One that came after it may be the newest already.
        let whole = problem.whole.filter(|whole| *whole < problem.version)?.to_string();
        let words = ["rollback", problem.key.page.as_str(), problem.key.key.as_str(), &whole];
        Some(format!("Go back to the newest version that is whole:\n  {}\n", args.again(words)))
    });
    let heal = match discarded {
        None => format!(
            "Or save the same values again, after this has forgotten the damaged bytes:\n  {}\n",
            args.again(["verify", "--repair"])
        ),
        Some(discarded) => format!(
            "Forgot {}. Save the same values again, and every version that needs them is whole.\n",
            counted(discarded, "damaged blob")
        ),
    };
    back.unwrap_or_default() + &heal
}
