//! How often a project is asked, and what a save that was interrupted sends again.

use stillroom_core::{ListRange, poll_now};
use supabase_stand_in::Fault;

use crate::project::Project;
use crate::store::{Store, buffer, key, noise, request};

/// A store of somebody who signed in, and the project.
fn signed_in(major: u16) -> (Project, Store) {
    let project = Project::of(major);
    let who = project.user("ana@example.org");
    let store = Store { backend: project.connect().backend, who };
    project.requests();
    (project, store)
}

fn lines(project: &Project) -> Vec<String> {
    project.requests().into_iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
}

#[test]
fn a_small_save_and_a_small_load_are_one_request_each() {
    for major in [15, 18] {
        let (project, store) = signed_in(major);
        let value = noise(1, 5_000);

        store.save_small("a/b", &value, request(1)).unwrap();
        assert_eq!(lines(&project), ["POST /rest/v1/rpc/stillroom_save"]);

        let stored = poll_now(store.backend.catalog.get(&store.who, &key("a/b"), None)).unwrap();
        let asked = [buffer(&value)];
        let bodies = poll_now(store.backend.blobs.get(&store.who, &asked, &stored.hint, Default::default()));
        assert_eq!(bodies.unwrap()[0].as_slice(), value);
        assert_eq!(lines(&project), ["POST /rest/v1/rpc/stillroom_load"]);

        poll_now(store.backend.catalog.list(&store.who, ListRange::default())).unwrap();
        assert_eq!(lines(&project), ["POST /rest/v1/rpc/stillroom_list"]);
    }
}

#[test]
fn a_large_save_goes_in_requests_of_a_few_megabytes() {
    let (project, store) = signed_in(15);
    let value = noise(2, 10 << 20);

    store.save_large("a/b", &value, request(1)).unwrap();

    let seen = project.requests();
    let longest = seen.iter().map(|one| one.bytes_in).max().unwrap();
    assert!(longest < 6_000_000, "{longest}");
    // What is missing, three batches, and the commit.
    assert_eq!(seen.len(), 5, "{seen:?}");
    store.assert_holds("a/b", &value);
}

#[test]
fn a_save_that_was_interrupted_sends_only_what_is_missing() {
    let (project, store) = signed_in(15);
    let value = noise(3, 10 << 20);
    let sent = |project: &Project| project.requests().iter().map(|seen| seen.bytes_in).sum::<usize>();
    // Two of three batches are there when the network goes.
    project.stand_in.misbehave("stillroom_save", 2, 99, Fault::CutIn(2_000_000));
    store.save_large("a/b", &value, request(1)).unwrap_err();
    assert!(store.history("a/b").is_empty());
    project.stand_in.behave();
    project.requests();
    store.save_large("a/b", &value, request(1)).unwrap();
    let again = sent(&project);

    // What was missing, 2 MiB, and less than a tenth of the 8 MiB that were there.
    assert!(again < (2 << 20) + (8 << 20) / 10, "{again}");
    store.assert_holds("a/b", &value);
}

#[test]
fn a_request_that_is_cut_is_made_again_and_done_once() {
    let (project, store) = signed_in(15);
    let value = noise(5, 300_000);
    let cuts = [Fault::CutIn(0), Fault::CutIn(500), Fault::CutOut(0), Fault::CutOut(40), Fault::Truncated(1)];

    for (number, fault) in cuts.into_iter().enumerate() {
        let at = format!("cut/{number}");
        for skip in 0..2 {
            project.stand_in.misbehave("stillroom_save", skip, 1, fault.clone());
        }
        let version = store.save_large(&at, &value, request(10 + number as u64)).unwrap();

        assert_eq!((version, store.history(&at).len()), (1, 1), "{fault:?}");
        store.assert_holds(&at, &value);
        project.stand_in.behave();
    }
}

#[test]
fn a_deletion_whose_answer_was_lost_is_not_made_again() {
    let (project, store) = signed_in(15);
    store.save_small("a/b", b"one", request(1)).unwrap();
    project.stand_in.misbehave("stillroom_delete", 0, 1, Fault::CutOut(10));
    project.requests();

    let lost = poll_now(store.backend.catalog.delete(&store.who, &key("a/b"), None));

    assert!(lost.is_err());
    assert_eq!(lines(&project), ["POST /rest/v1/rpc/stillroom_delete"]);
}
