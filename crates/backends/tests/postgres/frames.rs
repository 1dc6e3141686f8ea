//! What is no call: frames and fields that no client of ours sends.
//!
//! Each is refused as a whole or does nothing but what its own owner may do; none stops the server or says anything
//! of another's.

use postgres::{Client, NoTls};
use serde_json::{Value, json};
use stillroom_core::{Digest, Owner, Principal, Scope, poll_now};

use crate::database::Database;
use crate::raw::{ANA, APP, Outcome, Session, blob, commit, frame, save, text, version};

/// A commit of one version with some of its fields changed, and `root` as its bytes.
fn with(fields: Value) -> Vec<u8> {
    let mut changed = version("page", "key", 0);
    for (name, value) in fields.as_object().unwrap() {
        changed[name] = value.clone();
    }
    frame(&json!({ "blobs": [], "commit": commit(&[changed]) }), b"root")
}

/// A put of one blob of four bytes with some of what is said of it changed.
fn put(fields: Value) -> Vec<u8> {
    let mut changed = blob(b"four", 0);
    for (name, value) in fields.as_object().unwrap() {
        changed[name] = value.clone();
    }
    frame(&json!({ "blobs": [changed] }), b"four")
}

#[test]
fn a_frame_that_is_none_is_refused_as_a_whole() {
    let digest = text(Digest::of(b"four").as_bytes());
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("nothing", vec![], "PT400"),
        ("no whole length", vec![0, 0, 0], "PT400"),
        ("a header longer than the frame", [&[0, 0, 9, 9], b"{}".as_slice()].concat(), "PT400"),
        ("a header cut short", [&[0, 0, 0, 3], b"{\"blobs\":[]}".as_slice()].concat(), "22P02"),
        ("a header longer than all", [&[255; 4], b"{}".as_slice()].concat(), "PT400"),
        ("no JSON", [&[0, 0, 0, 2], b"hi".as_slice()].concat(), "22P02"),
        ("no UTF-8", [&[0, 0, 0, 2], [0xff, 0xfe].as_slice()].concat(), "22021"),
        ("a NUL", with(json!({ "page": "a\0b" })), "22P05"),
        ("blobs that are no list", frame(&json!({ "blobs": 1 }), b""), "22023"),
        ("blobs that are an object", frame(&json!({ "blobs": {} }), b""), "22023"),
        ("a blob that is none", frame(&json!({ "blobs": ["four"] }), b""), "22023"),
        ("a blob of which nothing is said", frame(&json!({ "blobs": [{}] }), b""), "PT400"),
        ("a digest that is no hexadecimal", put(json!({ "digest": "\\xfour" })), "22023"),
        ("a digest too short", put(json!({ "digest": &digest[..64] })), "23514"),
        ("no digest", put(json!({ "digest": null })), "23502"),
        ("a codec below nothing", put(json!({ "codec": -1 })), "23514"),
        ("a codec too large", put(json!({ "codec": 99_999 })), "22003"),
        ("raw bytes of another length", put(json!({ "raw_len": 5 })), "23514"),
        ("more bytes than raw ones", put(json!({ "codec": 1, "raw_len": 3 })), "23514"),
        ("a blob over the limit", put(json!({ "codec": 1, "raw_len": 262_145 })), "23514"),
        ("more bytes than there are", put(json!({ "len": 5, "raw_len": 5 })), "PT400"),
        ("bytes beyond the frame", put(json!({ "start": 1 })), "PT400"),
        ("bytes before the frame", put(json!({ "start": -1 })), "PT400"),
        ("bytes below nothing", put(json!({ "len": -4 })), "PT400"),
        ("a length that is none", put(json!({ "len": null })), "PT400"),
        ("a length of half a byte", put(json!({ "len": 3.5 })), "22P02"),
        ("a length beyond all", put(json!({ "len": 1e30 })), "22003"),
        ("lengths that are too much together", put(json!({ "len": i64::MAX, "start": i64::MAX })), "22003"),
        ("a commit that is none", frame(&json!({ "commit": 1 }), b""), "some"),
        ("versions that are no list", frame(&json!({ "commit": { "versions": "x" } }), b""), "22023"),
        ("half a digest", with(json!({ "manifest_len": 0, "blobs_start": 0, "blobs_len": 4 })), "PT400"),
        ("more digests than there are", with(json!({ "blobs_len": i32::MAX })), "PT400"),
        ("digests before the frame", with(json!({ "blobs_start": -32, "blobs_len": 32 })), "PT400"),
        ("a manifest below nothing", with(json!({ "manifest_len": -28 })), "PT400"),
        ("a manifest beyond the frame", with(json!({ "manifest_start": 1 })), "PT400"),
        ("no manifest", with(json!({ "manifest_len": null, "kind": "seed-json" })), "PT400"),
        ("a page of nothing", with(json!({ "page": "" })), "PT400"),
        ("a page that is none", with(json!({ "page": null })), "PT400"),
        ("a page too long", with(json!({ "page": "p".repeat(513) })), "PT400"),
        ("a key too long", with(json!({ "key": "k".repeat(513) })), "PT400"),
        ("a page of two lines", with(json!({ "page": "a\nb" })), "PT400"),
        ("a key with a control character of later", with(json!({ "key": "a\u{85}" })), "PT400"),
        ("a shape of too many", with(json!({ "shape": vec![1; 1025] })), "PT400"),
        ("a shape of words", with(json!({ "shape": ["wide"] })), "22P02"),
        ("a summary too long", with(json!({ "summary": "s".repeat(65_537) })), "PT400"),
        ("a label too long", with(json!({ "label": "l".repeat(4097) })), "PT400"),
        ("a kind too long", with(json!({ "kind": "k".repeat(2049) })), "PT400"),
        ("metadata too long", with(json!({ "metadata": text(&[0; 65_537]) })), "PT400"),
        ("a picture too long", with(json!({ "metadata_json": "j".repeat(1 << 20 | 1) })), "PT400"),
        ("half a signature", with(json!({ "signature": text(&[0; 32]) })), "PT400"),
        ("a size below nothing", with(json!({ "bytes": -1 })), "PT400"),
        ("a lifetime beyond all", with(json!({ "ttl": 1e30 })), "22003"),
    ];
    for major in [15, 18] {
        let database = Database::direct(major);
        let mut session = Session::open(&database, APP);
        session.call("stillroom_save", &save("page", "before", b"before"));
        for (name, bytes, expected) in cases {
            let outcome = session.call("stillroom_save", bytes);

            assert_eq!(outcome.word(), *expected, "{major}: {name}");
        }
        let listed = "select json_array_length(public.stillroom_list('{}') -> 'records')";
        assert_eq!(session.try_out(listed), Outcome::Rows(vec!["1".to_owned()]));
        assert_eq!(session.try_out("select 1 from public.app_result_blobs").word(), "some");
    }
}

#[test]
fn a_field_that_is_none_is_refused() {
    let cases = [
        ("list", json!({ "limit": -1 }), "2201W"),
        ("list", json!({ "limit": "all" }), "22P02"),
        ("history", json!({ "page": "page", "key": "key", "before": "now" }), "22P02"),
        ("delete", json!({ "page": "page", "key": "key", "version": 1.5 }), "22P02"),
        ("annotate", json!({ "page": "page", "key": "key", "version": null, "label": "new" }), "PT404"),
        ("annotate", json!({ "page": "page", "key": "key", "version": 1, "pinned": null }), "23502"),
        (
            "annotate",
            json!({ "page": "page", "key": "key", "version": 1, "metadata": "00".repeat(32_769) }),
            "PT400",
        ),
        ("undelete", json!({ "page": "page", "key": "key", "versions": 1 }), "22023"),
        ("rename", json!({ "page": "page", "key": "key", "to_page": "a\u{1}", "to_key": "b" }), "PT400"),
        ("rename", json!({ "page": "page", "key": "key", "to_page": null, "to_key": "b" }), "PT400"),
        ("sweep", json!({ "undo_time": i64::MIN, "dry_run": true }), "22003"),
        ("lease", json!({ "do": "acquire", "key": "k", "holder": ANA, "ttl": null }), "23502"),
        ("lease", json!({ "do": "acquire", "key": "k", "holder": null, "ttl": 1 }), "23502"),
        ("lease", json!({ "do": "acquire", "key": "k", "holder": "ana", "ttl": 1 }), "22P02"),
        ("lease", json!({ "do": "acquire", "key": "a\tb", "holder": ANA, "ttl": 1 }), "23514"),
        ("lease", json!({ "do": "acquire", "key": "k".repeat(513), "holder": ANA, "ttl": 1 }), "23514"),
        (
            "lease",
            json!({ "do": "beat", "key": "held", "holder": ANA, "ttl": 9, "message": "m".repeat(4097) }),
            "23514",
        ),
        ("lease", json!({ "do": "beat", "key": "held", "holder": ANA, "ttl": 9, "progress": 2 }), "23514"),
        (
            "lease",
            json!({ "do": "beat", "key": "held", "holder": ANA, "ttl": 9, "progress": "NaN" }),
            "23514",
        ),
        ("lease", json!({ "do": "steal", "key": "held", "holder": ANA, "ttl": 9 }), "some"),
    ];
    for major in [15, 18] {
        let database = Database::direct(major);
        let mut session = Session::open(&database, APP);
        session.call("stillroom_save", &save("page", "key", b"value"));
        let held = json!({ "do": "acquire", "key": "held", "holder": ANA, "ttl": 1_u64 << 40 });
        session.run(&format!("select public.stillroom_lease('{held}')"));
        for (function, asked, expected) in &cases {
            let outcome = session.run(&format!("select public.stillroom_{function}('{asked}')"));

            assert_eq!(outcome.word(), *expected, "{major}: {function}({:.99})", asked.to_string());
        }
    }
}

#[test]
fn versions_and_owners_are_the_store_s_to_say() {
    for major in [15, 18] {
        let database = Database::direct(major);
        let mut session = Session::open(&database, APP);
        let forged =
            with(json!({ "version": 99, "user_id": "x", "created_at": 1, "deleted_at": 1, "blobs": "x" }));
        session.call("stillroom_save", &forged);

        let seen = session.try_out("select user_id || ' ' || version from public.app_result_versions");

        assert_eq!(seen, Outcome::Rows(vec![format!("{ANA} 1")]));
    }
}

#[test]
fn a_million_blobs_in_a_header_cost_no_more_than_the_time_limit() {
    let mut header = String::with_capacity(140_000_000);
    for n in 0..1_000_000 {
        let comma = if n == 0 { "" } else { "," };
        header.push_str(&format!(
            "{comma}{{\"digest\":\"\\\\x{n:064x}\",\"codec\":1,\"raw_len\":1,\"len\":0,\"start\":0}}"
        ));
    }
    let header = format!("{{\"blobs\":[{header}]}}");
    let bytes = [&u32::try_from(header.len()).unwrap().to_be_bytes(), header.as_bytes()].concat();
    let database = Database::direct(15);
    let mut client = Client::connect(&database.url("stillroom_test"), NoTls).unwrap();
    let begin = format!(
        "begin; set local statement_timeout = '2s'; select set_config('request.jwt.claims', '{{\"sub\":\"{ANA}\"}}', true)"
    );
    client.batch_execute(&begin).unwrap();

    let refused = client.query("select public.stillroom_save($1)", &[&bytes]).unwrap_err();

    assert_eq!(refused.as_db_error().unwrap().code().code(), "57014");
    client.batch_execute("rollback").unwrap();
    let mut session = Session::open(&database, APP);
    assert_eq!(session.call("stillroom_save", &save("page", "key", b"value")).word(), "some");
    assert_eq!(session.try_out("select user_id from public.app_result_blobs").word(), "own");
}

#[test]
fn a_place_that_can_t_be_one_hides_no_other_from_a_client() {
    // The functions refuse it, so it is put there past them.
    const PLANT: &str = "
        set session_replication_role = replica;
        update public.app_results set page_key = E'two\\nlines' where page_key = 'planted';
        update public.app_result_versions set page_key = E'two\\nlines' where page_key = 'planted';";
    let database = Database::direct(15);
    let mut session = Session::open(&database, APP);
    for page in ["first", "planted", "zuletzt"] {
        session.call("stillroom_save", &save(page, "key", page.as_bytes()));
    }
    database.admin().batch_execute(PLANT).unwrap();
    let backend = database.connect("stillroom_test");
    let ana = Principal::local(Owner::new(ANA.parse().unwrap()));

    let listed = poll_now(backend.catalog.list(&ana, Default::default())).unwrap();
    let kept = poll_now(backend.catalog.snapshot(&ana, &Scope::All)).unwrap();

    let pages: Vec<&str> = listed.records.iter().map(|record| record.key.page.as_str()).collect();
    assert_eq!(pages, ["first", "zuletzt"]);
    assert_eq!(kept.len(), 2);
}
