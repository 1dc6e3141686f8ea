//! What an owner takes is counted, whatever it is made of and whoever writes it how.

use serde_json::{Value, json};
use stillroom_backends::postgres::recount;
use stillroom_core::Digest;

use crate::database::Database;
use crate::raw::{ANA, APP, Outcome, Session, blob, commit, frame, hex, save, text, version};

/// What rows may take beyond the quota: `slack` in 0001_tables.sql.
const SLACK: i64 = 64 << 20;

/// A name of 512 bytes that no compression makes much shorter.
fn name(kind: &str, number: usize) -> String {
    let mut name = String::new();
    while name.len() < 512 {
        name += &Digest::of(format!("{kind} {number} {}", name.len()).as_bytes()).to_string();
    }
    name.truncate(512);
    name
}

fn version_with(number: usize, fields: &[(&str, Value)]) -> Vec<u8> {
    let mut changed = version(&name("page", number), &name("key", number), 0);
    fields.iter().for_each(|(field, value)| changed[*field] = value.clone());
    frame(&json!({ "blobs": [], "commit": commit(&[changed]) }), b"root")
}

fn lease(number: usize) -> String {
    let asked = json!({ "do": "acquire", "key": name("lease", number), "holder": ANA, "ttl": 1_u64 << 50 });
    let beat = json!({ "do": "beat", "key": name("lease", number), "holder": ANA, "ttl": 1_u64 << 50, "message": name("m", number).repeat(8) });
    format!("select public.stillroom_lease('{asked}'); select public.stillroom_lease('{beat}')")
}

fn saving(frame: &[u8]) -> String {
    format!("select public.stillroom_save('\\x{}')", hex(frame))
}

/// Blobs that say they are coded, and are nothing.
fn empty_blobs(number: usize) -> Vec<u8> {
    let empty = |n: usize| {
        json!({
            "digest": text(Digest::of(format!("{number} {n}").as_bytes()).as_bytes()), "codec": 1, "raw_len": 1,
            "len": 0, "start": 0,
        })
    };
    frame(&json!({ "blobs": (0..100).map(empty).collect::<Vec<_>>() }), b"")
}

/// The call of a way to take room, by its number.
type Way = Box<dyn Fn(usize) -> String>;

/// Ways to take room without bytes of blobs that are committed.
fn ways() -> Vec<(&'static str, Way)> {
    let long = |number| name("long", number).repeat(100);
    vec![
        ("blobs of nothing", Box::new(|number| saving(&empty_blobs(number)))),
        (
            "blobs that wait",
            Box::new(move |number| {
                let bytes = long(number).into_bytes();
                saving(&frame(&json!({ "blobs": [blob(&bytes, 0)] }), &bytes))
            }),
        ),
        ("versions of nothing", Box::new(|number| saving(&version_with(number, &[])))),
        ("versions of one result", Box::new(|_| saving(&version_with(0, &[])))),
        (
            "summaries",
            Box::new(move |number| saving(&version_with(number, &[("summary", json!(long(number)))]))),
        ),
        (
            "metadata",
            Box::new(move |number| {
                saving(&version_with(number, &[("metadata", json!(text(long(number).as_bytes())))]))
            }),
        ),
        (
            "shapes",
            Box::new(|number| {
                let shape: Vec<u64> = (0..1024).map(|n| (n * 7919 + number as u64) << 30).collect();
                saving(&version_with(number, &[("shape", json!(shape))]))
            }),
        ),
        ("leases", Box::new(lease)),
    ]
}

fn room(database: &Database) -> (i64, i64) {
    const ASK: &str = "select
        (select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and (n.nspname = 'stillroom' or c.relname like 'app_result%'))::bigint,
        (select coalesce(sum(bytes + waiting_bytes + record_bytes), 0) from public.app_result_owners)::bigint";
    let row = database.admin().query_one(ASK, &[]).unwrap();
    (row.get(0), row.get(1))
}

#[test]
fn what_is_counted_is_about_what_the_disk_holds() {
    for (way, call) in ways() {
        let database = Database::direct(15);
        let mut session = Session::open(&database, APP);
        let before = room(&database);
        for number in 0..100 {
            let outcome = session.run(&call(number));
            assert_eq!(outcome.word(), "some", "{way}: {outcome:?}");
        }

        let after = room(&database);

        let (taken, counted) = (after.0 - before.0, after.1 - before.1);
        println!("{way}: {taken} taken, {counted} counted");
        // The first page of each table and index is no matter of how much there is.
        assert!(taken <= 3 * counted + 200_000, "{way}: {taken} bytes taken, {counted} counted");
    }
}

#[test]
fn an_owner_over_quota_takes_no_more_room_by_any_way() {
    for major in [15, 18] {
        let database = Database::direct(major);
        let mut session = Session::open(&database, APP);
        session.call("stillroom_save", &save("page", "key", b"value"));
        let full = format!(
            "update public.app_result_owners set quota = 0, record_bytes = {SLACK}, waiting_bytes = {SLACK}"
        );
        database.admin().batch_execute(&full).unwrap();
        let more = json!({ "page": "page", "key": "key", "version": 1, "metadata": text(&[0; 60_000]) });
        let annotate = format!("select public.stillroom_annotate('{more}')");
        let mut calls: Vec<(&str, String)> = ways().iter().map(|(way, call)| (*way, call(1))).collect();
        calls.push(("an annotation", annotate));
        calls.push((
            "a commit of blobs alone",
            saving(&frame(&json!({ "blobs": [blob(b"more", 0)], "commit": commit(&[]) }), b"more")),
        ));
        for (way, call) in calls {
            let outcome = session.run(&call);

            assert_eq!(outcome.word(), "PT413", "{major}: {way}: {outcome:?}");
        }
        // What takes no more can be done.
        let less = json!({ "page": "page", "key": "key", "version": 1, "label": null });
        for call in [
            format!("select public.stillroom_annotate('{less}')"),
            r#"select public.stillroom_delete('{"page":"page","key":"key"}')"#.to_owned(),
            r#"select public.stillroom_sweep('{"undo_time":0,"dry_run":false,"is_step":false}')"#.to_owned(),
        ] {
            assert_eq!(session.run(&call).word(), "some", "{major}: {call}");
        }
    }
}

#[test]
fn a_counter_that_outlasts_its_result_is_counted_for_good() {
    let database = Database::direct(15);
    let mut session = Session::open(&database, APP);
    for number in 0..100 {
        session.run(&saving(&version_with(number, &[])));
        let gone = json!({ "page": name("page", number), "key": name("key", number) });
        session.run(&format!("select public.stillroom_delete('{gone}')"));
    }
    session.run(r#"select public.stillroom_sweep('{"undo_time":0,"dry_run":false,"is_step":false}')"#);

    let kept = "select record_bytes >= 100 * 2 * 1024 and versions = 0 from public.app_result_owners";

    assert_eq!(session.try_out(kept), Outcome::Rows(vec!["t".to_owned()]));
}

#[test]
fn blobs_are_recoded_over_quota_and_a_quota_may_be_the_largest_number() {
    let database = Database::direct(15);
    let mut session = Session::open(&database, APP);
    let value = b"value value value value".as_slice();
    session.call("stillroom_save", &save("page", "key", value));
    database.admin().batch_execute("update public.app_result_owners set quota = 1").unwrap();
    let shorter = json!({
        "blobs": [{ "digest": text(Digest::of(value).as_bytes()), "codec": 1, "raw_len": value.len(), "len": 5,
            "start": 0 }]
    });

    let recoded = session.call("stillroom_recode", &frame(&shorter, b"short"));

    assert_eq!(recoded, Outcome::Rows(vec![r#"{"saved": 18}"#.to_owned()]));
    let largest = format!("update public.app_result_owners set quota = {}", i64::MAX);
    database.admin().batch_execute(&largest).unwrap();
    assert_eq!(session.call("stillroom_save", &empty_blobs(0)).word(), "some");
}

#[test]
fn a_count_anew_is_what_was_counted_row_by_row() {
    const COUNTS: &str =
        "select (bytes, waiting_bytes, versions, record_bytes)::text from public.app_result_owners";
    let database = Database::direct(15);
    let mut session = Session::open(&database, APP);
    for (way, call) in ways() {
        assert_eq!(session.run(&call(1)).word(), "some", "{way}");
    }
    session.call("stillroom_save", &save("page", "key", b"value value value value"));
    session.call("stillroom_save", &save("page", "gone", b"another"));
    let shorter = json!({
        "blobs": [{ "digest": text(Digest::of(b"value value value value").as_bytes()), "codec": 1, "raw_len": 23,
            "len": 5, "start": 0 }]
    });
    session.call("stillroom_recode", &frame(&shorter, b"short"));
    let upsert = "insert into public.app_results (page_key, result_key, result_data) values ('page', 'recipe', '[1, 2]')
        on conflict (user_id, page_key, result_key) do update set result_data = excluded.result_data returning 1";
    for call in [
        upsert,
        upsert,
        r#"select public.stillroom_rename('{"page":"page","key":"key","to_page":"other","to_key":"key"}')"#,
        r#"select public.stillroom_annotate('{"page":"other","key":"key","version":1,"label":"a label"}')"#,
        r#"select public.stillroom_delete('{"page":"page","key":"gone"}')"#,
        r#"select public.stillroom_sweep('{"undo_time":0,"dry_run":false,"is_step":false}')"#,
    ] {
        assert_eq!(session.run(call).word(), "some", "{call}");
    }
    let counts = || database.admin().query_one(COUNTS, &[]).unwrap().get::<_, String>(0);
    let (keeper, before) = (database.url("postgres"), counts());

    let found = recount(&keeper, true).unwrap();

    assert_eq!((found.owners, found.wrong), (1, Vec::new()));
    let spoil = "update public.app_result_owners
        set bytes = -1, waiting_bytes = 7, versions = versions + 1, record_bytes = 0";
    database.admin().batch_execute(spoil).unwrap();
    let wrong = recount(&keeper, false).unwrap().wrong;
    assert_eq!((wrong.len(), wrong[0].counted.bytes, wrong[0].counted.waiting_bytes), (1, -1, 7));
    assert_eq!(counts(), before);
}

#[test]
fn a_sweep_that_can_t_see_the_versions_erases_nothing() {
    for major in [15, 18] {
        let database = Database::direct(major);
        let mut session = Session::open(&database, APP);
        session.call("stillroom_save", &save("page", "key", b"value"));
        let sweep = r#"select public.stillroom_sweep('{"undo_time":0,"dry_run":false,"is_step":false}')"#;
        for hide in [
            "drop policy kept on public.app_result_versions",
            "create policy kept on public.app_result_versions to stillroom_keeper using (page_key <> 'page')",
        ] {
            database.admin().batch_execute(hide).unwrap();

            let refused = session.run(sweep);

            assert_eq!(refused.word(), "denied", "{refused:?}");
            assert_eq!(session.try_out("select user_id from public.app_result_blobs").word(), "own");
        }
    }
}
