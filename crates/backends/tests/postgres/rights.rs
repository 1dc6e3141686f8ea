//! Who may do what, under the API: raw SQL by each kind of login, a case per row.
//!
//! Every case runs on the oldest and the newest server. Ben's rows are compared before and after, whoever did what.

use std::sync::LazyLock;

use postgres::{Client, NoTls};
use serde_json::json;
use stillroom_core::{Digest, Owner, Principal, poll_now};

use crate::database::{Database, PASSWORD};
use crate::raw::{
    ANA, ANON, APP, BEN, Door, EMPTY, MIGRATOR, NO_UUID, NOBODY, Outcome, SERVICE, Session, USERS, blob,
    commit, frame, hex, save, text, version,
};

const TABLES: [&str; 5] = [
    "public.app_result_owners",
    "public.app_results",
    "public.app_result_versions",
    "public.app_result_blobs",
    "public.app_result_leases",
];
const HIDDEN_TABLES: [&str; 2] = ["stillroom.counters", "stillroom.migrations"];
const SECRET: &str = "secret of ben";
/// As long, so that it can stand in its place.
const ABSENT: &str = "nothing there";
const BEN_S_BYTES: &[u8] = b"what ben saved";

/// A database in which Ana and Ben each have a result, a lease and a blob that waits.
fn furnished(major: u16) -> Database {
    let database = Database::direct(major);
    for (owner, page, bytes) in
        [(ANA, "page of ana", b"what ana saved".as_slice()), (BEN, SECRET, BEN_S_BYTES)]
    {
        let mut session = Session::open(&database, APP);
        let mut call = |sql: &str| {
            let claims = format!("select set_config('request.jwt.claims', '{{\"sub\":\"{owner}\"}}', true)");
            session.client.batch_execute(&format!("begin; {claims}; {sql}; commit")).unwrap();
        };
        let waiting = frame(&json!({ "blobs": [blob(page.as_bytes(), 0)] }), page.as_bytes());
        call(&format!("select public.stillroom_save('\\x{}')", hex(&save(page, "kept", bytes))));
        call(&format!("select public.stillroom_save('\\x{}')", hex(&waiting)));
        call(&format!(
            r#"select public.stillroom_lease('{{"do":"acquire","key":"{page}","holder":"{owner}","ttl":9}}')"#
        ));
    }
    database.admin().batch_execute("analyze").unwrap();
    database
}

/// Holds one database of each server to something: the same for all tests that leave nothing behind.
fn both_servers(check: impl Fn(&Database)) {
    static SHARED: [LazyLock<Database>; 2] =
        [LazyLock::new(|| furnished(15)), LazyLock::new(|| furnished(18))];
    SHARED.iter().for_each(|database| check(database));
}

/// All that there is of Ben's.
fn ben_s(database: &Database) -> Vec<String> {
    let parts = [&TABLES[..], &HIDDEN_TABLES[..1]].concat();
    let parts: Vec<_> =
        parts.iter().map(|table| format!("select t::text from {table} t where user_id = '{BEN}'")).collect();
    let rows = database.admin().query(&format!("{} order by 1", parts.join(" union all ")), &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Every way in but the migrator's.
fn outsiders() -> Vec<Door> {
    [&USERS[..], &[NOBODY, NO_UUID, ANON, SERVICE]].concat()
}

#[test]
fn rows_are_seen_by_their_owner_and_the_migrator_alone() {
    // What is asked of each table:                          a user   nobody  no UUID  anon      service   migrator
    const CASES: [(&str, [&str; 6]); 9] = [
        ("select user_id from {t}", ["own", "none", "22P02", "denied", "denied", "all"]),
        (
            "select user_id from {t} where user_id = '{ben}'",
            ["none", "none", "22P02", "denied", "denied", "theirs"],
        ),
        (
            "select user_id from {t} where user_id <> '{ana}' or true",
            ["own", "none", "22P02", "denied", "denied", "all"],
        ),
        (
            "select user_id from {t} union all select user_id from {t}",
            ["own", "none", "22P02", "denied", "denied", "all"],
        ),
        (
            "select user_id from {t} tablesample system (100)",
            ["own", "none", "22P02", "denied", "denied", "all"],
        ),
        (
            "declare c cursor for select user_id from {t}; fetch all c",
            ["own", "none", "22P02", "denied", "denied", "all"],
        ),
        (
            "deallocate all; prepare p as select user_id from {t}; execute p",
            ["own", "none", "22P02", "denied", "denied", "all"],
        ),
        (
            "create temp view v as select user_id from {t}; select user_id from v",
            ["own", "none", "22P02", "denied", "denied", "all"],
        ),
        // An error, and no way past the policies.
        (
            "set local row_security = off; select user_id from {t}",
            ["denied", "denied", "denied", "denied", "denied", "all"],
        ),
    ];
    both_servers(|database| {
        for door in [&outsiders()[..], &[MIGRATOR]].concat() {
            let column = match door {
                MIGRATOR => 5,
                SERVICE => 4,
                ANON => 3,
                NO_UUID => 2,
                NOBODY => 1,
                _ => 0,
            };
            let mut session = Session::open(database, door);
            for (sql, expected) in CASES {
                for table in TABLES {
                    let sql = sql.replace("{t}", table).replace("{ana}", ANA).replace("{ben}", BEN);

                    assert_eq!(session.try_out(&sql).word(), expected[column], "{}: {sql}", door.name);
                }
            }
        }
    });
}

/// The columns that the recipe's own apps write, each its owner's.
const RECIPE_S: [&str; 5] = ["user_id", "page_key", "result_key", "result_data", "metadata"];

#[test]
fn the_recipe_s_columns_are_written_by_their_owner_alone() {
    const NEW: &str = "insert into public.app_results (user_id, page_key, result_key, result_data)";
    // What is done:                                  a user     nobody   no UUID  anon      service
    let cases = [
        (format!("{NEW} values ('{BEN}', 'p', 'k', '1')"), ["denied", "PT401", "22P02", "denied", "denied"]),
        (format!("{NEW} values ('{ANA}', 'p', 'k', '1')"), ["changed", "PT401", "22P02", "denied", "denied"]),
        (
            format!("{NEW} values ('{ANA}', 'page of ana', 'kept', '1') on conflict (user_id, page_key, result_key) do update set result_data = excluded.result_data"),
            ["changed", "PT401", "22P02", "denied", "denied"],
        ),
        (
            format!("{NEW} values ('{BEN}', '{SECRET}', 'kept', '1') on conflict (user_id, page_key, result_key) do update set result_data = excluded.result_data"),
            ["denied", "PT401", "22P02", "denied", "denied"],
        ),
        (
            "insert into public.app_results (user_id, page_key, result_key, result_data, version) values ('{ana}', 'p', 'k', '1', 9)".replace("{ana}", ANA),
            ["denied"; 5],
        ),
        (
            "update public.app_results set result_data = '1' returning user_id".to_owned(),
            ["own", "PT401", "22P02", "denied", "denied"],
        ),
        (
            format!("update public.app_results set result_data = '1' where user_id = '{BEN}'"),
            ["none", "PT401", "22P02", "denied", "denied"],
        ),
        (
            format!("update public.app_results set user_id = '{BEN}'"),
            ["denied", "PT401", "22P02", "denied", "denied"],
        ),
        ("update public.app_results set result_key = 'other'".to_owned(), ["denied", "PT401", "22P02", "denied", "denied"]),
        ("update public.app_results set version = 9".to_owned(), ["denied"; 5]),
        (
            "delete from public.app_results returning user_id".to_owned(),
            ["own", "PT401", "22P02", "denied", "denied"],
        ),
        (
            format!("delete from public.app_results where user_id = '{BEN}'"),
            ["none", "PT401", "22P02", "denied", "denied"],
        ),
        ("select user_id from public.app_results for update".to_owned(), ["own", "none", "22P02", "denied", "denied"]),
        ("truncate public.app_results".to_owned(), ["denied"; 5]),
        ("truncate public.app_results cascade".to_owned(), ["denied"; 5]),
        (
            "create trigger mine after insert on public.app_results for each row execute function suppress_redundant_updates_trigger()".to_owned(),
            ["denied"; 5],
        ),
        ("create policy mine on public.app_results using (true)".to_owned(), ["denied"; 5]),
        ("alter table public.app_results disable row level security".to_owned(), ["denied"; 5]),
        ("alter table public.app_results disable trigger all".to_owned(), ["denied"; 5]),
        ("drop table public.app_results".to_owned(), ["denied"; 5]),
    ];
    both_servers(|database| {
        let before = ben_s(database);
        for door in outsiders() {
            let column = match door {
                SERVICE => 4,
                ANON => 3,
                NO_UUID => 2,
                NOBODY => 1,
                _ => 0,
            };
            let mut session = Session::open(database, door);
            for (sql, expected) in &cases {
                assert_eq!(session.try_out(sql).word(), expected[column], "{}: {sql}", door.name);
            }
        }
        assert_eq!(ben_s(database), before);
    });
}

#[test]
fn nobody_writes_but_through_the_functions() {
    const CASES: [&str; 17] = [
        "insert into {t} (user_id) values ('{ben}')",
        "insert into {t} (user_id) values ('{ana}')",
        "insert into {t} default values",
        "delete from {t}",
        "delete from {t} where user_id = '{ana}'",
        "with gone as (delete from {t} returning user_id) select user_id from gone",
        "with new as (insert into {t} (user_id) values ('{ana}') returning user_id) select user_id from new",
        "merge into {t} t using (select 1) s on true when matched then delete",
        "truncate {t}",
        "truncate {t} cascade",
        "select user_id from {t} for update",
        "lock table {t} in row exclusive mode",
        "lock table {t} in access exclusive mode",
        "create trigger mine after insert on {t} for each row execute function suppress_redundant_updates_trigger()",
        "create policy mine on {t} using (true)",
        "alter table {t} disable row level security",
        "drop table {t}",
    ];
    both_servers(|database| {
        let before = ben_s(database);
        for door in outsiders() {
            let mut session = Session::open(database, door);
            let is_recipe_s =
                |table: &&str| *table == "public.app_results" && ![ANON, SERVICE].contains(&door);
            for table in
                [&TABLES[..], &HIDDEN_TABLES].concat().into_iter().filter(|table| !is_recipe_s(table))
            {
                for sql in CASES {
                    let sql = sql.replace("{t}", table).replace("{ana}", ANA).replace("{ben}", BEN);
                    // `migrations` has no owners.
                    let is_about_owners = table == HIDDEN_TABLES[1] && sql.contains("user_id");
                    let expected = if is_about_owners { &["denied", "42703"][..] } else { &["denied"] };

                    let word = session.run(&sql).word();
                    assert!(expected.contains(&word.as_str()), "{}: {sql}: {word}", door.name);
                }
            }
        }
        assert_eq!(ben_s(database), before);
    });
}

#[test]
fn no_column_can_be_updated() {
    const COLUMNS: &str = "select format('update %I.%I set %I = %3$I', table_schema, table_name, column_name)
        from information_schema.columns
        where (table_schema = 'stillroom' and table_name not in ('records', 'test_clock'))
            or (table_schema = 'public' and table_name like 'app_result%')";
    both_servers(|database| {
        let updates: Vec<String> =
            database.admin().query(COLUMNS, &[]).unwrap().iter().map(|row| row.get(0)).collect();
        assert!(updates.len() > 70, "{updates:?}");
        for door in outsiders() {
            let mut session = Session::open(database, door);
            for sql in &updates {
                let word = session.try_out(sql).word();
                let is_recipe_s = RECIPE_S
                    .iter()
                    .any(|name| sql.ends_with(&format!("public.app_results set {name} = {name}")));
                let expected = match door {
                    // A column that is generated can't be set by anyone.
                    _ if !is_recipe_s => &["denied", "428C9"][..],
                    ANON | SERVICE => &["denied"],
                    NO_UUID => &["22P02"],
                    NOBODY => &["PT401"],
                    _ => &["changed"],
                };
                assert!(expected.contains(&word.as_str()), "{}: {sql}: {word}", door.name);
            }
        }
    });
}

#[test]
fn only_the_functions_for_it_can_be_called_and_only_by_who_is_signed_in() {
    // `is_ours` is asked by triggers, as whoever writes.
    const CALLED: [&str; 16] = [
        "is_ours", "annotate", "delete", "discard", "history", "lease", "list", "load", "missing", "recode",
        "rename", "save", "snapshot", "sweep", "undelete", "usage",
    ];
    const ASK: &str = "select p.oid::regprocedure::text, p.proname::text,
            has_function_privilege('authenticated', p.oid, 'execute'),
            has_function_privilege('stillroom_app', p.oid, 'execute'),
            has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('service_role', p.oid, 'execute')
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'stillroom' or (n.nspname = 'public' and p.proname like 'stillroom%')";
    both_servers(|database| {
        for row in database.admin().query(ASK, &[]).unwrap() {
            let [name, bare]: [String; 2] = std::array::from_fn(|at| row.get(at));
            let rights: [bool; 3] = std::array::from_fn(|at| row.get(at + 2));
            let is_called = CALLED.contains(&bare.trim_start_matches("stillroom_"));
            // The tests' own.
            if !["stillroom.clock()", "stillroom.lease_clock()", "stillroom.test_account()"].contains(&&*name)
            {
                assert_eq!(rights, [is_called, is_called, false], "{name}");
            }
        }
    });
}

#[test]
fn a_function_asks_who_calls() {
    // Called with what it can answer:               a user    nobody   no UUID  anon      service
    const CASES: [(&str, &str, [&str; 5]); 4] = [
        ("public.stillroom_list", "'{}'", ["some", "PT401", "22P02", "denied", "denied"]),
        ("public.stillroom_usage", "'{}'", ["some", "PT401", "22P02", "denied", "denied"]),
        ("stillroom.snapshot", "'{}'", ["some", "PT401", "22P02", "denied", "denied"]),
        ("stillroom.missing", "''", ["some", "PT401", "22P02", "denied", "denied"]),
    ];
    const HIDDEN: [&str; 7] = [
        "stillroom.count('{ana}', -9, 0, 0, 0)",
        "stillroom.count_gone_blobs()",
        "stillroom.lock_owner('{ben}')",
        "stillroom.commit('{ben}', '{}', '', 5)",
        "stillroom.put('{ben}', '{}', '', 5, now())",
        "stillroom.show('{ben}', array['x'], array['y'], now())",
        "stillroom.asker()",
    ];
    both_servers(|database| {
        for door in outsiders() {
            let mut session = Session::open(database, door);
            let column = match door {
                SERVICE => 4,
                ANON => 3,
                NO_UUID => 2,
                NOBODY => 1,
                _ => 0,
            };
            for (function, argument, expected) in CASES {
                let sql = format!("select {function}({argument})");
                assert_eq!(session.try_out(&sql).word(), expected[column], "{}: {sql}", door.name);
            }
            assert_eq!(
                session.try_out("select user_id from stillroom.records").word(),
                "denied",
                "{}",
                door.name
            );
            for call in HIDDEN {
                let sql = format!("select {}", call.replace("{ana}", ANA).replace("{ben}", BEN));
                assert_eq!(session.try_out(&sql).word(), "denied", "{}: {sql}", door.name);
            }
        }
    });
}

#[test]
fn a_function_does_nothing_with_another_owner_s() {
    // What Ana calls of Ben's, and what she is answered.
    let digest = hex(Digest::of(BEN_S_BYTES).as_bytes());
    let there = format!(r#""page":"{SECRET}","key":"kept""#);
    let json =
        |function: &str, fields: &str| format!("select public.stillroom_{function}('{{{there}{fields}}}')");
    let bytes =
        |function: &str, bytes: &[u8]| format!("select public.stillroom_{function}('\\x{}')", hex(bytes));
    let names_ben_s = frame(
        &json!({ "blobs": [], "commit": commit(&[version("mine", "now", 1)]) }),
        &[b"root", Digest::of(BEN_S_BYTES).as_bytes().as_slice()].concat(),
    );
    let for_ben =
        json!({ "blobs": [], "user_id": BEN, "owner": BEN, "commit": commit(&[version("mine", "now", 0)]) });
    let shorter = json!({
        "blobs": [{ "digest": text(Digest::of(BEN_S_BYTES).as_bytes()), "codec": 1, "raw_len": BEN_S_BYTES.len(),
            "len": 1, "start": 0 }]
    });
    let cases = [
        (json("history", ""), r#"{"records" : []}"#),
        (json("list", ""), r#"{"records" : []}"#),
        (json("snapshot", ""), r#"{"records" : []}"#),
        (json("list", &format!(r#","user_id":"{BEN}","owner":"{BEN}""#)), r#"{"records" : []}"#),
        (json("annotate", r#","version":1,"label":"mine""#), "PT404"),
        (json("delete", ""), "PT404"),
        (json("undelete", r#","versions":[1]"#), "PT404"),
        (json("rename", r#","to_page":"mine","to_key":"now""#), "PT404"),
        (
            json("lease", r#","do":"show""#).replace("\"kept\"", &format!("\"{SECRET}\"")),
            r#"{"lease" : null}"#,
        ),
        (bytes("missing", &Digest::of(BEN_S_BYTES).as_bytes()[..]), "[0]"),
        (bytes("discard", &Digest::of(BEN_S_BYTES).as_bytes()[..]), "{}"),
        (bytes("recode", &frame(&shorter, b"x")), r#"{"saved": 0}"#),
        (bytes("load", &frame(&json!({ "page": SECRET, "key": "kept", "inline": 65536 }), b"")), "PT404"),
        (bytes("save", &names_ben_s), &format!(r#"{{"missing": ["\\x{digest}"]}}"#)),
        (bytes("save", &frame(&for_ben, b"root")), "saved for ana"),
    ];
    for major in [15, 18] {
        let database = furnished(major);
        let before = ben_s(&database);
        for door in USERS {
            let mut session = Session::open(&database, door);
            for (sql, expected) in &cases {
                let outcome = session.run(sql);
                match (&outcome, *expected) {
                    (Outcome::Rows(rows), "saved for ana") => {
                        assert!(rows[0].contains("written"), "{rows:?}")
                    }
                    (Outcome::Rows(rows), answer) => assert_eq!(rows, &[answer], "{}: {sql}", door.name),
                    (Outcome::Refused { code, said }, expected) => {
                        assert_eq!(code, expected, "{}: {sql}: {said}", door.name);
                        // The same words as for what never was.
                        let absent = session.run(
                            &sql.replace(&hex(SECRET.as_bytes()), &hex(ABSENT.as_bytes()))
                                .replace(SECRET, ABSENT),
                        );
                        assert_eq!(
                            absent,
                            Outcome::Refused { code: code.clone(), said: said.replace(SECRET, ABSENT) }
                        );
                    }
                    other => panic!("{}: {sql}: {other:?}", door.name),
                }
            }
            // A blob of Ben's that is asked for by its digest isn't there.
            let asked = frame(&json!({}), Digest::of(BEN_S_BYTES).as_bytes());
            let Outcome::Rows(answer) = session.call("stillroom_load", &asked) else {
                panic!("{}", door.name)
            };
            assert!(answer[0].ends_with(&hex(br#""blobs" : [null]}"#)), "{answer:?}");
            session.run(
                "select public.stillroom_sweep('{\"undo_time\":0,\"dry_run\":false,\"is_step\":false}')",
            );
        }
        assert_eq!(ben_s(&database), before);
    }
}

#[test]
fn nobody_becomes_who_may_do_more() {
    both_servers(|database| {
        for door in USERS {
            let mut session = Session::open(database, door);
            for role in ["stillroom_keeper", "postgres", "supabase_admin", "supabase_auth_admin"] {
                for set in ["set local role", "set local session authorization"] {
                    let word = session.try_out(&format!("{set} {role}")).word();
                    assert_eq!(word, "denied", "{}: {set} {role}", door.name);
                }
            }
            for grant in
                ["grant stillroom_keeper to current_user", "grant all on public.app_result_blobs to public"]
            {
                // A grant of what one has not is a warning and changes nothing.
                let word = session.try_out(&format!("{grant}; delete from public.app_result_blobs")).word();
                assert_eq!(word, "denied", "{}: {grant}", door.name);
            }
        }
        // PostgREST's login becomes the service role, whose rights on other tables are its own affair.
        let mut session = Session::open(database, USERS[2]);
        for table in TABLES {
            let sql = format!("set local role service_role; select user_id from {table}");
            assert_eq!(session.try_out(&sql).word(), "denied", "{sql}");
        }
    });
}

#[test]
fn nobody_makes_things_in_our_schemas() {
    both_servers(|database| {
        for door in outsiders() {
            let mut session = Session::open(database, door);
            for schema in ["public", "stillroom", "auth"] {
                for sql in [
                    format!("create table {schema}.mine (id int)"),
                    format!("create view {schema}.mine as select 1"),
                    format!("create function {schema}.mine() returns int language sql as 'select 1'"),
                    format!("create domain {schema}.mine as int"),
                    format!("drop function {schema}.stillroom_list(jsonb)"),
                ] {
                    let word = session.try_out(&sql).word();
                    let is_none_there = sql.starts_with("drop") && word == "42883";
                    assert!(word == "denied" || is_none_there, "{}: {sql}: {word}", door.name);
                }
            }
            let refers = "create table pg_temp.mine (user_id uuid references public.app_result_owners)";
            let word = session.try_out(refers).word();
            assert!(["denied", "42P16"].contains(&word.as_str()), "{}: {refers}: {word}", door.name);
        }
    });
}

#[test]
fn a_condition_sees_no_row_that_the_policies_hide() {
    const LEAK: &str = "create temp table seen (what text);
        create function pg_temp.leak(what text) returns boolean language plpgsql cost 0.0000001
            as 'begin insert into seen values (what); return true; end';";
    both_servers(|database| {
        for door in USERS {
            let mut session = Session::open(database, door);
            for (table, column) in [
                ("public.app_results", "page_key"),
                ("public.app_results", "result_data::text"),
                ("public.app_result_versions", "page_key"),
                ("public.app_result_blobs", "data::text"),
                ("public.app_result_leases", "lease_key"),
                ("public.app_result_owners", "user_id::text"),
            ] {
                let leaked = format!(
                    "{LEAK} select count(*) from {table} where pg_temp.leak(user_id || ' ' || {column}); \
                     select left(what, 36) from seen"
                );
                assert_eq!(session.try_out(&leaked).word(), "own", "{}: {table}.{column}", door.name);
                // An error that only another's row would raise is not raised.
                let failing = format!("select user_id from {table} where 1 / (user_id <> '{BEN}')::int = 1");
                assert_eq!(session.try_out(&failing).word(), "own", "{}: {failing}", door.name);
            }
        }
        let mut session = Session::open(database, EMPTY);
        for (table, column) in [("public.app_results", "page_key"), ("public.app_result_leases", "lease_key")]
        {
            let cast = format!("select user_id from {table} where {column}::int > 0");
            assert_eq!(session.try_out(&cast).word(), "none", "{cast}");
        }
    });
}

#[test]
fn what_the_planner_knows_is_not_told() {
    // Enough rows for statistics of values.
    const ROWS: &str =
        "set session_replication_role = replica; insert into public.app_results (user_id, page_key, result_key, result_data, version, kind, bytes)
        select '{ben}', 'secret page', n::text, '{}', 1, 'secret kind', 1 from generate_series(1, 2000) n";
    for major in [15, 18] {
        let database = &furnished(major);
        database.admin().batch_execute(&ROWS.replace("{ben}", BEN)).unwrap();
        database.admin().batch_execute("analyze").unwrap();
        for door in USERS {
            let mut session = Session::open(database, door);
            let stats = "select tablename from pg_stats where tablename like 'app_result%' or schemaname = 'stillroom'";
            // Of what has no owners.
            let others =
                "select tablename from pg_stats where tablename like 'app_result%' or tablename = 'counters'";
            assert_ne!(session.try_out(stats).word(), "denied");
            assert_eq!(session.try_out(others).word(), "none", "{}", door.name);
            assert_eq!(
                session.try_out("select starelid from pg_statistic").word(),
                "denied",
                "{}",
                door.name
            );
            let Outcome::Rows(plan) =
                session.try_out("explain (analyze, verbose) select * from public.app_results")
            else {
                panic!("{}", door.name)
            };
            assert!(!plan.join("\n").contains("secret"), "{plan:?}");
        }
    }
}

#[test]
fn a_copy_holds_one_s_own_rows_and_none_comes_in_by_it() {
    both_servers(|database| {
        for door in USERS {
            let mut session = Session::open(database, door);
            for table in TABLES {
                assert_eq!(
                    session.try_out(&format!("copy {table} to '/tmp/stillroom_rights'")).word(),
                    "denied"
                );
                assert_eq!(session.try_out(&format!("copy {table} from '/etc/passwd'")).word(), "denied");
                let copied = copied(&mut session, table);
                assert!(copied.contains(ANA) && !copied.contains(BEN), "{}: {table}: {copied}", door.name);
                let into = session.try_out(&format!("copy {table} (user_id) from stdin"));
                // Where rows may be written, none is written by this: not under row-level security.
                let expected = if table == "public.app_results" { "0A000" } else { "denied" };
                assert_eq!(into.word(), expected, "{}: {table}", door.name);
            }
        }
    });
}

fn copied(session: &mut Session, table: &str) -> String {
    let mut text = String::new();
    session.within(|client| {
        let mut out = client.copy_out(&format!("copy {table} to stdout")).unwrap();
        std::io::Read::read_to_string(&mut out, &mut text).unwrap();
    });
    text
}

#[test]
fn a_type_of_one_s_own_is_not_used_where_rights_are_lent() {
    // With an empty search path the keeper's functions took these for `uuid` and `jsonb`, and ran the check.
    const TRAP: &str = "create temp table ran (as_whom text);
        grant all on ran to public;
        create function pg_temp.trap(t pg_catalog.text) returns boolean language plpgsql as
            $$begin insert into pg_temp.ran values (current_user); return true; end$$;
        create domain pg_temp.uuid as pg_catalog.uuid check (pg_temp.trap(value::pg_catalog.text));
        create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.trap(value::pg_catalog.text));
        create domain pg_temp.timestamptz as pg_catalog.timestamptz check (pg_temp.trap(value::pg_catalog.text));
        create domain pg_temp.text as pg_catalog.text check (pg_temp.trap(value));
        create domain pg_temp.bytea as pg_catalog.bytea check (pg_temp.trap('bytea'));";
    both_servers(|database| {
        for door in USERS {
            let mut session = Session::open(database, door);
            for call in [
                "list('{}')",
                "usage('{}')",
                "snapshot('{}')",
                r#"lease('{"do":"acquire","key":"k","holder":"{ana}","ttl":9}')"#,
                r#"annotate('{"page":"page of ana","key":"kept","version":1,"label":"new","metadata":"\\x00"}')"#,
                r#"sweep('{"undo_time":0,"dry_run":false,"is_step":false}')"#,
                &format!("save('\\x{}')", hex(&save("page of ana", "kept", b"new"))),
                &format!("load('\\x{}')", hex(&frame(&json!({ "page": "page of ana", "key": "kept" }), b""))),
            ] {
                let call = call.replace("{ana}", ANA);
                let sql = format!("{TRAP} select public.stillroom_{call}; select as_whom from ran");
                let outcome = session.try_out(&sql);
                let Outcome::Rows(ran) = &outcome else { panic!("{}: {call}: {outcome:?}", door.name) };
                assert!(ran.iter().all(|whom| whom != "stillroom_keeper"), "{}: {call}: {ran:?}", door.name);
            }
        }
    });
}

#[test]
fn the_two_settings_of_a_claim_never_make_two_askers() {
    // The one of its own is believed first, by the policies and by the functions: each alone sees its owner only.
    both_servers(|database| {
        for (alone, all, seen) in [(ANA, BEN, "own"), ("", ANA, "own"), (BEN, ANA, "theirs")] {
            let mut session = Session::open(database, NOBODY);
            let claims = format!(
                "select set_config('request.jwt.claim.sub', '{alone}', true), \
                    set_config('request.jwt.claims', '{{\"sub\":\"{all}\"}}', true);"
            );
            let by_policy =
                session.try_out(&format!("{claims} select user_id from public.app_results")).word();
            let by_function =
                "select case r #>> '{records,0,page}' when 'page of ana' then '{ana}' else '{ben}' end
                from public.stillroom_list('{}') r"
                    .replace("{ana}", ANA)
                    .replace("{ben}", BEN);
            let by_function = session.try_out(&format!("{claims} {by_function}")).word();

            assert_eq!((by_policy.as_str(), by_function.as_str()), (seen, seen), "{alone}, {all}");
        }
    });
}

#[test]
fn a_claim_that_somebody_left_behind_is_not_believed() {
    for major in [15, 18] {
        let database = furnished(major);
        let login = format!("left_behind_{major}");
        database
            .admin()
            .batch_execute(&format!("create role {login} login password '{PASSWORD}' in role stillroom_app"))
            .unwrap();
        let leave = format!("alter role {login} set request.jwt.claim.sub = '{BEN}'");
        database.admin().batch_execute(&leave).unwrap();
        // Whoever may run SQL as the login may do this to it.
        let mut itself = Client::connect(&database.url(&login), NoTls).unwrap();
        itself.batch_execute(&format!("alter role {login} set search_path = pg_temp, public")).unwrap();

        let backend = database.connect(&login);

        let ana = Principal::local(Owner::new(ANA.parse().unwrap()));
        let listed = poll_now(backend.catalog.list(&ana, Default::default())).unwrap().records;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].key.page.as_str(), "page of ana");
    }
}
