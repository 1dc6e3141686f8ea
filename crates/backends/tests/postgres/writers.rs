//! Apps of the recipe that go on writing to its table, beside ours.

use std::thread;

use postgres::Client;
use stillroom_core::conformance::Subject;
use stillroom_core::{
    Annotation, BackendError, Commit, Committed, Digest, ListRange, NewVersion, Owner, Principal, Record,
    ResultKey, Sweep, Version, poll_now,
};

use crate::database::Database;
use crate::recipe::{MAJORS, accounts, counted, get, key, owner};

/// The recipe's upsert, as PostgREST makes it of `?on_conflict=…` and `Prefer: resolution=merge-duplicates`.
const UPSERT: &str = r#"
    insert into "public"."app_results" ("metadata", "page_key", "result_data", "result_key", "user_id")
    select "metadata", "page_key", "result_data", "result_key", "user_id"
    from json_populate_recordset(null::"public"."app_results", $1::text::json)
    on conflict ("user_id", "page_key", "result_key") do update set
        "metadata" = excluded."metadata", "page_key" = excluded."page_key", "result_data" = excluded."result_data",
        "result_key" = excluded."result_key", "user_id" = excluded."user_id"
    returning "public"."app_results"."version", "public"."app_results"."kind"
"#;

pub(crate) fn upsert(
    api: &mut Client,
    who: Owner,
    place: (&str, &str),
    text: &str,
) -> Result<i64, postgres::Error> {
    let body = serde_json::json!([{
        "user_id": who.to_string(), "page_key": place.0, "result_key": place.1, "result_data": text,
        "metadata": {"saved_at": "now"},
    }]);
    let row = api.query_one(UPSERT, &[&body.to_string()])?;
    assert_eq!(row.get::<_, String>(1), "seed-json");
    Ok(row.get(0))
}

/// A version that is its root alone.
fn ours(place: &ResultKey, value: &[u8]) -> NewVersion {
    NewVersion {
        key: place.clone(),
        digest: Digest::of(value),
        root: value.to_vec().into(),
        buffers: Vec::new(),
        kind: "bytes".to_owned(),
        shape: Vec::new(),
        bytes: value.len() as u64,
        label: None,
        metadata: None,
        summary: r#"{"ours": true}"#.to_owned(),
        provenance: "{}".to_owned(),
        ttl: None,
        pinned: false,
        signature: None,
    }
}

fn save(database: &Database, who: Owner, place: &ResultKey, value: &[u8]) -> Record {
    let commit = Commit { versions: vec![ours(place, value)], ..Commit::default() };
    match poll_now(database.backend().catalog.commit(&Principal::local(who), commit)).unwrap() {
        Committed::Done(mut records) => records.remove(0),
        other => panic!("{other:?}"),
    }
}

/// A database with accounts, without a table of the recipe's.
fn database(major: u16) -> Database {
    Database::upgraded(major, accounts)
}

fn newest(database: &Database, who: Owner, place: &ResultKey) -> (u64, String) {
    let stored = get(database, who, place, None).unwrap();
    (stored.record.version.get(), String::from_utf8_lossy(&stored.root).into_owned())
}

#[test]
fn writes_of_the_recipe_are_versions_between_ours() {
    for major in MAJORS {
        let (database, who, at) = (database(major), owner(1), key("p", "k"));
        let mut api = database.signed_in(who);
        let catalog = &database.backend().catalog;
        let principal = Principal::local(who);

        assert_eq!(upsert(&mut api, who, ("p", "k"), "1").unwrap(), 1);
        assert_eq!(upsert(&mut api, who, ("p", "k"), "2").unwrap(), 2);
        assert_eq!(newest(&database, who, &at), (2, r#""2""#.to_owned()));
        assert_eq!(save(&database, who, &at, b"ours").version.get(), 3);
        assert_eq!(upsert(&mut api, who, ("p", "k"), "4").unwrap(), 4);
        assert_eq!(newest(&database, who, &at), (4, r#""4""#.to_owned()));
        poll_now(catalog.delete(&principal, &at, None)).unwrap();
        assert_eq!(upsert(&mut api, who, ("p", "k"), "5").unwrap(), 5);
        let listed = poll_now(catalog.list(&principal, ListRange::default())).unwrap().records;
        assert_eq!(listed.iter().map(|record| record.version.get()).collect::<Vec<_>>(), [5]);

        let undone = poll_now(catalog.undelete(&principal, &at, &[Version::new(3).unwrap()]));
        undone.unwrap();
        let history = poll_now(catalog.history(&principal, &at, None)).unwrap().records;
        let kinds: Vec<_> =
            history.iter().map(|record| (record.version.get(), record.kind.as_str())).collect();
        assert_eq!(kinds, [(5, "seed-json"), (3, "bytes")]);
        // What was shown of the value is what is shown once more.
        poll_now(catalog.delete(&principal, &at, Version::new(5))).unwrap();
        let shown = api.query_one("select result_data ->> 'ours', version from app_results", &[]).unwrap();
        assert_eq!((shown.get(0), shown.get(1)), ("true", 3i64));
        poll_now(catalog.undelete(&principal, &at, &[Version::new(5).unwrap()])).unwrap();
        let shown = api.query_one("select result_data::text, version from app_results", &[]).unwrap();
        assert_eq!((shown.get(0), shown.get(1)), (r#""5""#, 5i64));
    }
}

#[test]
fn an_update_or_insert_alone_is_a_version_as_well() {
    let (database, who) = (database(15), owner(1));
    let mut api = database.signed_in(who);
    let place = key("p", "k");

    // The owner is the asker where none is said.
    api.execute("insert into app_results (page_key, result_key, result_data) values ('p', 'k', '[1]')", &[])
        .unwrap();
    api.execute("update app_results set result_data = '[2]' where result_key = 'k'", &[]).unwrap();
    api.execute("update app_results set metadata = '{\"a\": 1}'", &[]).unwrap();
    let twice = api
        .execute("insert into app_results (page_key, result_key, result_data) values ('p', 'k', '3')", &[]);
    let ignored = api.execute(
        "insert into app_results (page_key, result_key, result_data) values ('p', 'k', '3'), ('p', 'l', '1') \
         on conflict do nothing",
        &[],
    );

    assert_eq!(twice.unwrap_err().code().unwrap().code(), "23505");
    assert_eq!(ignored.unwrap(), 1);
    assert_eq!(newest(&database, who, &place), (3, "[2]".to_owned()));
    let metadata = get(&database, who, &place, None).unwrap().record.metadata.unwrap();
    assert_eq!(&metadata[..], br#"{"a": 1}"#);
    assert_eq!(counted(&database, who).0, 4);
}

#[test]
fn a_set_of_upserts_is_written_whole() {
    let (database, who) = (database(18), owner(1));
    let mut api = database.signed_in(who);
    upsert(&mut api, who, ("p", "b"), "1").unwrap();
    let row = |key: &str, data: &str| {
        serde_json::json!({"user_id": who.to_string(), "page_key": "p", "result_key": key, "result_data": data,
            "metadata": null})
    };

    let set = serde_json::json!([row("a", "2"), row("b", "2"), row("c", "2")]).to_string();
    let written = api.query(UPSERT, &[&set]).unwrap();
    let twice = serde_json::json!([row("d", "2"), row("d", "3")]).to_string();
    let refused = api.query(UPSERT, &[&twice]).unwrap_err();

    let versions: Vec<i64> = written.iter().map(|row| row.get(0)).collect();
    assert_eq!(versions, [1, 2, 1]);
    assert_eq!(refused.code().unwrap().code(), "21000");
    assert_eq!(counted(&database, who).0, 4);
}

#[test]
fn a_delete_of_the_recipe_is_a_delete_that_can_be_undone() {
    for major in MAJORS {
        let (database, who, at) = (database(major), owner(1), key("p", "k"));
        let mut api = database.signed_in(who);
        let principal = Principal::local(who);
        save(&database, who, &at, b"ours");
        upsert(&mut api, who, ("p", "k"), "2").unwrap();

        let gone = api.execute("delete from app_results where page_key = 'p'", &[]).unwrap();

        assert_eq!(gone, 1);
        assert!(matches!(get(&database, who, &at, None), Err(BackendError::NotFound { .. })));
        assert_eq!(counted(&database, who).0, 2);
        let versions = [Version::new(1).unwrap(), Version::new(2).unwrap()];
        poll_now(database.backend().catalog.undelete(&principal, &at, &versions)).unwrap();
        assert_eq!(newest(&database, who, &at), (2, r#""2""#.to_owned()));
        api.execute("delete from app_results", &[]).unwrap();
        assert_eq!(upsert(&mut api, who, ("p", "k"), "3").unwrap(), 3);
        let swept = poll_now(database.backend().catalog.sweep(&principal, Sweep::default())).unwrap();
        assert_eq!(swept.versions, 2);
        api.execute("delete from app_results", &[]).unwrap();
        poll_now(database.backend().catalog.sweep(&principal, Sweep::default())).unwrap();
        // The counter stays.
        assert_eq!(counted(&database, who), (0, 0, 132));
        assert_eq!(upsert(&mut api, who, ("p", "k"), "4").unwrap(), 4);
    }
}

#[test]
fn writers_past_our_functions_can_change_nothing_else() {
    let (database, who, other) = (database(15), owner(1), owner(2));
    let mut api = database.signed_in(who);
    upsert(&mut api, who, ("p", "k"), "1").unwrap();
    upsert(&mut database.signed_in(other), other, ("p", "k"), "1").unwrap();
    let of_other = format!("where user_id = '{other}'");
    let refused = [
        ("update app_results set version = 7", "42501"),
        ("update app_results set bytes = 0", "42501"),
        ("update app_results set kind = 'dict'", "42501"),
        ("update app_results set digest = null", "42501"),
        ("update app_results set label = 'x'", "42501"),
        ("update app_results set created_at = now()", "42501"),
        ("update app_results set page_key = 'q'", "42501"),
        ("truncate app_results", "42501"),
        (
            "insert into app_results (page_key, result_key, result_data, version) values ('p', 'l', '1', 9)",
            "42501",
        ),
        ("insert into app_results (page_key, result_key, result_data) values ('p', e'a\\nb', '1')", "22023"),
        ("insert into app_results (page_key, result_key, result_data) values ('', 'a', '1')", "22023"),
        ("insert into app_results (page_key, result_key, result_data) values ('p', 'n', null)", "23502"),
    ];

    for (sql, code) in refused {
        let error = api.execute(sql, &[]).unwrap_err();
        assert_eq!(error.code().unwrap().code(), code, "{sql}: {error:?}");
    }
    assert_eq!(upsert(&mut api, other, ("p", "z"), "1").unwrap_err().code().unwrap().code(), "42501");
    assert_eq!(upsert(&mut api, other, ("p", "k"), "9").unwrap_err().code().unwrap().code(), "42501");
    let moved = format!("update app_results set user_id = '{other}'");
    assert_eq!(api.execute(&moved, &[]).unwrap_err().code().unwrap().code(), "42501");
    assert_eq!(api.execute(&format!("update app_results set result_data = '9' {of_other}"), &[]).unwrap(), 0);
    assert_eq!(api.execute(&format!("delete from app_results {of_other}"), &[]).unwrap(), 0);
    assert_eq!(newest(&database, other, &key("p", "k")), (1, r#""1""#.to_owned()));
    assert_eq!(newest(&database, who, &key("p", "k")), (1, r#""1""#.to_owned()));
    // Nobody is nobody, and who keeps the database says for whom they write.
    api.execute("select set_config('request.jwt.claims', '', false)", &[]).unwrap();
    assert_eq!(api.execute("delete from app_results", &[]).unwrap_err().code().unwrap().code(), "PT401");
    let mut keeper = database.admin();
    assert_eq!(keeper.execute("delete from app_results", &[]).unwrap_err().code().unwrap().code(), "PT401");
}

/// A trigger of one's own makes a write look like one that goes with another.
#[test]
fn a_write_from_within_a_trigger_is_a_version_as_well() {
    let (database, who) = (database(15), owner(1));
    let mut api = database.signed_in(who);
    upsert(&mut api, who, ("p", "k"), "1").unwrap();
    database
        .admin()
        .batch_execute(&format!("grant temp on database {} to authenticated", database.name()))
        .unwrap();

    api.batch_execute(
        "create temp table t (n int);
         create function pg_temp.f() returns trigger language plpgsql as
            'begin update public.app_results set result_data = ''2''; return null; end';
         create trigger t after insert on t for each row execute function pg_temp.f();
         insert into t values (1)",
    )
    .unwrap();

    assert_eq!(newest(&database, who, &key("p", "k")), (2, "2".to_owned()));
}

#[test]
fn the_recipes_writes_keep_to_the_quota() {
    let (database, who) = (database(15), owner(1));
    let mut api = database.signed_in(who);
    let operator = database.backend().operator.as_ref().unwrap();
    poll_now(operator.set_quota(who, Some(1_000))).unwrap();
    upsert(&mut api, who, ("p", "k"), &"1".repeat(600)).unwrap();

    let over = upsert(&mut api, who, ("p", "k"), &"2".repeat(600)).unwrap_err();

    let error = over.as_db_error().unwrap();
    assert_eq!(error.code().code(), "PT413");
    assert_eq!(error.detail().unwrap(), r#"{"what": "quota", "limit": 1000, "actual": 1204}"#);
    let shown = api.query_one("select version, left(result_data #>> '{}', 1) from app_results", &[]).unwrap();
    assert_eq!((shown.get(0), shown.get(1)), (1i64, "1"));
    assert_eq!((counted(&database, who).0, counted(&database, who).1), (1, 602));
    // Who has more than they may can still delete.
    poll_now(operator.set_quota(who, Some(10))).unwrap();
    assert_eq!(api.execute("delete from app_results", &[]).unwrap(), 1);
}

#[test]
fn of_what_the_recipe_wrote_the_newest_twenty_versions_stay() {
    let (database, who, at) = (database(15), owner(1), key("p", "k"));
    let mut api = database.signed_in(who);
    save(&database, who, &at, b"ours");

    let versions: Vec<i64> =
        (2..=25).map(|n: i64| upsert(&mut api, who, ("p", "k"), &n.to_string()).unwrap()).collect();

    assert_eq!(versions, (2..=25).collect::<Vec<_>>());
    let history = poll_now(database.backend().catalog.history(&Principal::local(who), &at, None)).unwrap();
    let kept: Vec<u64> = history.records.iter().map(|record| record.version.get()).collect();
    assert_eq!(kept, (6..=25).rev().chain([1]).collect::<Vec<_>>());
}

#[test]
fn what_people_say_of_a_version_of_the_recipe_is_kept() {
    let (database, who, at) = (database(15), owner(1), key("p", "k"));
    let mut api = database.signed_in(who);
    upsert(&mut api, who, ("p", "k"), "1").unwrap();
    let catalog = &database.backend().catalog;
    let change = Annotation {
        label: Some(Some("good".to_owned())),
        metadata: Some(None),
        pinned: Some(true),
        ..Annotation::default()
    };

    poll_now(catalog.annotate(&Principal::local(who), &at, Version::FIRST, change)).unwrap();

    let record = get(&database, who, &at, None).unwrap().record;
    assert_eq!((record.label.as_deref(), record.metadata, record.pinned), (Some("good"), None, true));
    let shown = api.query_one("select label, metadata is null from app_results", &[]).unwrap();
    assert_eq!((shown.get(0), shown.get(1)), ("good", true));
    let to = key("p", "l");
    assert_eq!(poll_now(catalog.rename(&Principal::local(who), &at, &to)).unwrap().kind, "seed-json");
    assert_eq!(newest(&database, who, &to), (1, r#""1""#.to_owned()));
}

#[test]
fn both_write_at_once_without_gaps_and_deadlocks() {
    const WRITES: usize = 25;
    for major in MAJORS {
        let (database, who) = (database(major), owner(1));
        let keys = ["a", "b", "c"];

        let mut written: Vec<(usize, i64)> = thread::scope(|scope| {
            let database = &database;
            let recipe = |writer: usize| {
                let mut api = database.signed_in(who);
                let write = |n: usize| {
                    let at = (writer + n) % keys.len();
                    (at, upsert(&mut api, who, ("p", keys[at]), &format!("[{writer}, {n}]")).unwrap())
                };
                (0..WRITES).map(write).collect::<Vec<_>>()
            };
            let ours = |writer: usize| {
                let write = |n: usize| {
                    let at = (writer + n) % keys.len();
                    let record = save(database, who, &key("p", keys[at]), format!("{writer} {n}").as_bytes());
                    (at, record.version.get() as i64)
                };
                (0..WRITES).map(write).collect::<Vec<_>>()
            };
            let recipes: Vec<_> = (0..4).map(|writer| scope.spawn(move || recipe(writer))).collect();
            let ours: Vec<_> = (0..4).map(|writer| scope.spawn(move || ours(writer))).collect();
            recipes.into_iter().chain(ours).flat_map(|thread| thread.join().unwrap()).collect()
        });

        written.sort_unstable();
        let mut expected = Vec::new();
        for at in 0..keys.len() {
            let count = written.iter().filter(|(key, _)| *key == at).count();
            expected.extend((1..=count as i64).map(|version| (at, version)));
        }
        assert_eq!(written.len(), 8 * WRITES);
        assert_eq!(written, expected);
        let mut admin = database.admin();
        let heads = "select count(*) from public.app_results r join stillroom.counters c
            using (user_id, page_key, result_key) where r.version = c.counted";
        assert_eq!(admin.query_one(heads, &[]).unwrap().get::<_, i64>(0), keys.len() as i64);
        let right = "select o.versions = count(*) and o.bytes = coalesce(sum(v.bytes) filter (where v.manifest is null), 0)
            from public.app_result_owners o join public.app_result_versions v using (user_id)
            group by o.user_id, o.versions, o.bytes";
        assert!(admin.query_one(right, &[]).unwrap().get::<_, bool>(0));
    }
}
