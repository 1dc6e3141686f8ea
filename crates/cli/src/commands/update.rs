//! `stillroom update`: what people decided about a version, changed afterwards.

use stillroom::{Annotation, Result, Store};

use super::facts;
use crate::answer::Answer;
use crate::args::Update;
use crate::text::{minute, printable};

pub(crate) fn run(store: &Store, asked: &Update) -> Result<Answer> {
    let record = store.update(&asked.place.key()?, asked.version, change(asked))?;
    let label =
        record.label.as_ref().map_or("no label".into(), |label| format!("labelled {}", printable(label)));
    let kept = record.expires_at.map_or("no ttl".into(), |time| format!("kept until {} UTC", minute(time)));
    let pinned = if record.pinned { "pinned" } else { "not pinned" };
    let place = facts::place(&record.key);
    let text = format!("{place}, version {}: {label}, {kept}, {pinned}.\n", record.version);
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
