//! Very many results: listed, and saved as one set.

use std::time::Instant;

use stillroom_core::limits::SET_LEN;
use stillroom_core::{Commit, ListRange, poll_now};

use crate::database::Database;
use crate::raw::ANA;
use crate::store::{Store, blobs, buffer, noise, request, version};

const RESULTS: usize = 100_000;

/// Copies of the one result there is. A record's digest is not of its place, so they are whole.
const COPIES: &str = "
    create temp table one as select * from public.app_result_versions;
    alter table one drop column visible_until;
    set session_replication_role = replica;
    insert into public.app_result_versions (user_id, page_key, result_key, version, kind, shape, bytes, digest,
        manifest, manifest_digest, blobs, summary, provenance, created_at, pinned, record_digest)
    select user_id, 'page ' || n / 1000, 'result ' || n, 1, kind, shape, bytes, digest,
        manifest, manifest_digest, blobs, summary, provenance, created_at, pinned, record_digest
    from one, generate_series(1, 99999) n;
    insert into public.app_results (user_id, page_key, result_key, result_data, version, kind, bytes)
    select user_id, page_key, result_key, '{}', version, kind, bytes from public.app_result_versions
    on conflict do nothing;
    reset session_replication_role;
    update public.app_result_owners set versions = 100000;
    analyze;
";

#[test]
fn a_hundred_thousand_results_are_listed_a_part_at_a_time() {
    let database = Database::direct(15);
    let store = Store::of(database.connect("stillroom_test"), ANA);
    store.save_small("a/b", b"value", request(1)).unwrap();
    database.admin().batch_execute(COPIES).unwrap();
    let begun = Instant::now();
    let mut seen = Vec::new();
    loop {
        let asked = ListRange { page: None, after: seen.last() };
        let listing = poll_now(store.backend.catalog.list(&store.who, asked)).unwrap();
        assert!(listing.records.iter().all(|record| !record.is_damaged));
        seen.extend(listing.records.into_iter().map(|record| record.key));
        if !listing.has_more {
            break;
        }
    }

    println!("{RESULTS} results listed in {:?}", begun.elapsed());
    assert_eq!(seen.len(), RESULTS);
    assert!(seen.is_sorted_by(
        |one, next| (one.page.as_str(), one.key.as_str()) < (next.page.as_str(), next.key.as_str())
    ));
}

#[test]
fn the_largest_set_of_results_with_blobs_of_their_own_is_one_save_in_time() {
    let database = Database::direct(15);
    let store = Store::of(database.connect("stillroom_test"), ANA);
    let values: Vec<Vec<u8>> = (0..SET_LEN).map(|number| noise(number, 200)).collect();
    let at = |number: usize| format!("page/{number}");
    let mut commit = Commit { request: Some(request(1)), ..Commit::default() };
    for (number, value) in values.iter().enumerate() {
        let (one, other) = value.split_at(100);
        let mut version = version(&at(number), one);
        version.buffers.push(buffer(other));
        commit.versions.push(version);
        commit.blobs.extend(blobs(one).into_iter().chain(blobs(other)));
    }
    let begun = Instant::now();

    store.commit(commit).unwrap();

    println!("{SET_LEN} results with two blobs each saved in {:?}", begun.elapsed());
    store.assert_holds(&at(9_999), &values[9_999][..100]);
}
