//! What stands before a project, when it does not do what it should.

use std::error::Error;

use stillroom_core::{BackendError, ListRange, poll_now};
use supabase_stand_in::{Fault, Settings, StandIn};

use crate::project::Project;
use crate::store::{Store, request};

fn html(status: u16) -> Fault {
    Fault::Answer(status, "text/html".to_owned(), "<html>".to_owned())
}

/// An error and its causes, in which there is neither the token nor the key.
pub(crate) fn told(error: &BackendError, secrets: &[&str]) -> String {
    let mut told = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        told += &format!(" {cause}");
        source = cause.source();
    }
    for secret in secrets {
        assert!(!told.contains(secret), "{told}");
    }
    told
}

#[test]
fn a_gateway_that_misbehaves_loses_nothing_and_tells_no_secret() {
    let project = Project::of(15);
    let who = project.user("ana@example.org");
    let store = Store { backend: project.connect().backend, who };
    let elsewhere = StandIn::start(&project.admin_url(), Settings::default());
    store.save_small("a/b", b"before", request(1)).unwrap();
    let token = store.who.bearer().unwrap().token.expose().to_owned();
    let secrets = [token.as_str(), project.stand_in.publishable_key()];
    let cases = [
        (Fault::OverQuota, "plan"),
        (Fault::Paused, "paused"),
        (Fault::Redirect(elsewhere.url()), "another place"),
        (html(200), "a web page"),
        (html(500), "HTTP 500"),
        (Fault::TooMany(Some(60)), "too often"),
        (Fault::Answer(200, "application/json".to_owned(), r#"{"written""#.to_owned()), "should not"),
        (Fault::Answer(200, "application/json".to_owned(), "[]".to_owned()), "should not"),
    ];

    for (fault, words) in cases {
        project.stand_in.misbehave("stillroom_", 0, 1, fault.clone());
        let saved = store.save_small("a/b", b"after", request(2)).unwrap_err();
        project.stand_in.misbehave("stillroom_", 0, 1, fault.clone());
        let listed = poll_now(store.backend.catalog.list(&store.who, ListRange::default())).unwrap_err();

        for error in [saved, listed] {
            let told = told(&error, &secrets);
            assert!(told.contains(words), "{fault:?}: {told}");
        }
    }
    assert_eq!(elsewhere.seen(), []);
    assert_eq!(store.history("a/b").len(), 1);
    store.assert_holds("a/b", b"before");
}

#[test]
fn a_gateway_that_is_back_in_a_moment_is_waited_for() {
    let project = Project::of(15);
    let who = project.user("ana@example.org");
    let store = Store { backend: project.connect().backend, who };

    for (number, fault) in [Fault::Html(502), Fault::Html(503), Fault::Html(520), Fault::TooMany(Some(0))]
        .into_iter()
        .enumerate()
    {
        project.stand_in.misbehave("stillroom_save", 0, 1, fault);
        let number = number as u64 + 1;
        assert_eq!(store.save_small("a/b", b"value", request(number)).unwrap(), number);
    }
}

#[test]
fn a_key_of_another_project_is_named_as_such() {
    let project = Project::of(15);
    let other = StandIn::start(&project.admin_url(), Settings::default());
    let who = project.user("ana@example.org");
    let store = Store { backend: project.connect_with(other.publishable_key()).backend, who };

    let error = store.save_small("a/b", b"value", request(1)).unwrap_err();

    assert!(matches!(error, BackendError::Invalid { .. }), "{error:?}");
    assert!(told(&error, &[other.publishable_key()]).contains("does not know this key"));
}
