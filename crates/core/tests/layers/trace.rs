//! What the events say, and what they don't.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use stillroom_core::layers::fault::Moment;
use stillroom_core::{
    Access, Backend, Beat, Commit, Digest, Hint, ListRange, Scope, Version, layers, poll_now,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::{TTL, VALUE, blob, buffer, commit, failing, furnished, holder, key, lease, who};

/// Writes down each event as a line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        assert_eq!((event.metadata().target(), *event.metadata().level()), ("stillroom", Level::DEBUG));
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0.trim_end().to_owned());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// `name=value name=value`
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, "{field}={value} ").unwrap();
    }
}

/// The events of what `work` asks of a store.
fn told(store: Backend, work: impl FnOnce(&Backend)) -> Vec<String> {
    let lines = Lines::default();
    let backend = layers::trace(store);
    tracing::subscriber::with_default(lines.clone(), || work(&backend));
    std::mem::take(&mut *lines.0.lock().unwrap())
}

#[test]
fn an_event_names_the_operation_its_place_how_much_it_was_and_how_it_ended() {
    let told = told(furnished(), |backend| {
        let (who, rmse) = (who(), key("rmse"));
        let Backend { catalog, blobs, leases, .. } = backend;
        poll_now(blobs.put(&who, &[blob()])).unwrap();
        poll_now(catalog.commit(&who, commit("rmse"))).unwrap();
        let unknown = Commit { blobs: Vec::new(), ..commit("rmse") };
        poll_now(blobs.missing(&who, &[Digest::of(b"none"), Digest::of(VALUE)])).unwrap();
        poll_now(catalog.commit(&who, unknown)).unwrap();
        poll_now(catalog.get(&who, &rmse, Some(Version::FIRST))).unwrap();
        poll_now(blobs.get(&who, &[buffer(), buffer()], &Hint::default(), Access::Mapped)).unwrap();
        poll_now(catalog.list(&who, ListRange { page: Some(&rmse.page), after: None })).unwrap();
        poll_now(catalog.history(&who, &key("none"), None)).unwrap();
        poll_now(catalog.get(&who, &key("none"), None)).unwrap_err();
        poll_now(catalog.delete(&who, &rmse, None)).unwrap();
        poll_now(leases.acquire(&who, &lease(), stillroom_core::Holder(uuid::Uuid::nil()), TTL)).unwrap();
    });

    let expected = [
        "operation=blobs.put count=1 bytes=16 outcome=done",
        "operation=catalog.commit count=1 bytes=16 answer_count=1 outcome=done",
        "operation=blobs.missing count=2 answer_count=1 outcome=done",
        "operation=catalog.commit count=1 bytes=0 answer_count=1 outcome=done",
        "operation=catalog.get page=train key=rmse version=1 outcome=done",
        "operation=blobs.get count=2 bytes=32 answer_count=2 answer_bytes=32 outcome=done",
        "operation=catalog.list page=train answer_count=1 outcome=done",
        "operation=catalog.history page=train key=none answer_count=0 outcome=done",
        "operation=catalog.get page=train key=none outcome=not-found",
        "operation=catalog.delete page=train key=rmse answer_count=4 outcome=done",
        "operation=leases.acquire key=fit outcome=held",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_commit_whose_blobs_are_missing_and_a_failed_call_say_so() {
    let missing = told(crate::in_memory().backend, |backend| {
        let unknown = Commit { blobs: Vec::new(), ..commit("rmse") };
        poll_now(backend.catalog.commit(&who(), unknown)).unwrap();
    });
    let failed = told(failing(furnished(), Moment::After), |backend| {
        poll_now(backend.catalog.usage(&who())).unwrap_err();
    });

    assert_eq!(missing, ["operation=catalog.commit count=1 bytes=0 answer_count=1 outcome=missing"]);
    assert_eq!(failed, ["operation=catalog.usage outcome=unavailable"]);
}

#[test]
fn no_event_holds_contents_owners_or_what_people_wrote() {
    let told = told(furnished(), |backend| {
        let (who, rmse) = (who(), key("rmse"));
        let Backend { catalog, blobs, leases, operator, .. } = backend;
        let stored = poll_now(catalog.get(&who, &rmse, None)).unwrap();
        poll_now(blobs.get(&who, &[buffer()], &stored.hint, Access::Mapped)).unwrap();
        poll_now(catalog.commit(&who, commit("rmse"))).unwrap();
        poll_now(catalog.snapshot(&who, &Scope::All)).unwrap();
        let change =
            stillroom_core::Annotation { label: Some(Some("the label".into())), ..Default::default() };
        poll_now(catalog.annotate(&who, &rmse, Version::FIRST, change)).unwrap();
        let beat = Beat { ttl: TTL, progress: None, message: Some("the message".to_owned()) };
        poll_now(leases.beat(&who, &lease(), holder(), beat)).unwrap();
        let operator = operator.as_ref().unwrap();
        poll_now(operator.set_quota(who.owner(), Some(1))).unwrap();
        poll_now(operator.owners()).unwrap();
    });

    assert_eq!(told.len(), 8);
    let owner = who().owner().to_string();
    let hidden = [
        "the value",
        "the root",
        "the label",
        "the metadata",
        "the summary",
        "the provenance",
        "the message",
        &owner,
        &Digest::of(VALUE).to_string(),
    ];
    for line in told {
        for hidden in hidden {
            assert!(!line.contains(hidden), "{hidden}: {line}");
        }
    }
}
