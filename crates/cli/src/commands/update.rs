//! `stillroom update`: what people decided about a version, changed afterwards.

use stillroom::{Annotation, Result, Store};

use super::facts;
use crate::answer::Answer;
use crate::args::Update;
use crate::text::printable;

pub(crate) fn run(store: &Store, asked: &Update) -> Result<Answer> {
    let record = store.update(&asked.place.key()?, asked.version, change(asked))?;
    let label = record.label.as_ref().map(|label| format!("labelled {}", printable(label)));
    let notes = Some(facts::notes(&record)).filter(|notes| !notes.is_empty());
    let said: Vec<_> = label.into_iter().chain(notes).collect();
    let said = if said.is_empty() { "no label, kept for good".to_owned() } else { said.join(", ") };
    let text = format!("{}, version {}: {said}\n", facts::place(&record.key), record.version);
    Ok(Answer::new(text, facts::json(&record)))
}

/// What was asked for; a thing and its opposite can't be asked at once.
fn change(asked: &Update) -> Annotation {
    Annotation {
        label: asked.label.clone().map(Some).or(asked.no_label.then_some(None)),
        metadata: None,
        ttl: asked.ttl.map(Some).or(asked.no_ttl.then_some(None)),
        pinned: if asked.pin { Some(true) } else { asked.unpin.then_some(false) },
    }
}
