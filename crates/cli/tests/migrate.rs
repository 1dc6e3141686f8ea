//! What `stillroom migrate` does to a database, on real servers: as Supabase's `postgres`, and as a plain role.

use std::thread;

use stillroom::{OpenOptions, ResultKey, Store, Value, keep_going};

use crate::fresh::Fresh;
use crate::support::{Outcome, run, save};

/// Everything that migrations make, as text that two databases can be compared by.
const MADE: &str = r"
    with made as (
        select 'table ' || c.oid::regclass::text || ' ' || c.relkind::text || ' ' || pg_get_userbyid(c.relowner) || ' '
            || c.relrowsecurity::text || c.relforcerowsecurity::text || ' ' || coalesce(c.relacl::text, '') as line
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'stillroom' or (n.nspname = 'public' and c.relname like 'app\_result%')
        union all
        select 'column ' || attrelid::regclass::text || '.' || attname || ' ' || format_type(atttypid, atttypmod) || attnotnull::text
            || attstorage::text || coalesce(pg_get_expr(adbin, adrelid), '')
        from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where attnum > 0 and attrelid::regclass::text ~ '^(stillroom\.|app_result)'
        union all
        select 'function ' || p.oid::regprocedure::text || ' ' || pg_get_userbyid(proowner) || ' ' || coalesce(proacl::text, '')
            || pg_get_functiondef(p.oid)
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('stillroom', 'auth') or (n.nspname = 'public' and p.proname like 'stillroom\_%')
        union all
        select 'policy ' || polname || ' ' || polrelid::regclass::text || polcmd::text || polroles::regrole[]::text
            || coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '')
        from pg_policy
        union all
        select 'constraint ' || conname || ' ' || conrelid::regclass::text || ' ' || pg_get_constraintdef(oid)
        from pg_constraint where conrelid::regclass::text ~ '^(stillroom\.|app_result)'
        union all
        select 'trigger ' || tgname || ' ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
        union all
        select 'schema ' || nspname || ' ' || coalesce(nspacl::text, '') from pg_namespace where nspname in ('stillroom', 'auth')
        union all
        select 'noted ' || number::text || name || checksum from stillroom.migrations
    )
    select string_agg(line, E'\n' order by line) from made";

fn migrate(database: &Fresh, args: &[&str]) -> Outcome {
    let url = database.keeper_url();
    run(&[&["--store", &url, "migrate"], args].concat())
}

fn made(database: &Fresh) -> String {
    database.admin().query_one(MADE, &[]).unwrap().get(0)
}

fn is_empty(database: &Fresh) -> bool {
    let ask = "select not exists (select from pg_namespace where nspname = 'stillroom')";
    database.admin().query_one(ask, &[]).unwrap().get(0)
}

fn every_kind() -> [Fresh; 4] {
    [Fresh::like_supabase(15), Fresh::like_supabase(18), Fresh::plain(15), Fresh::plain(18)]
}

/// What is said of each migration.
fn outcomes(outcome: &Outcome) -> Vec<String> {
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    let lines = outcome.out.lines().filter(|line| line.starts_with("  0"));
    lines.map(|line| line.rsplit_once("  ").unwrap().1.to_owned()).collect()
}

#[test]
fn a_database_is_made_ready_once_by_who_is_no_superuser() {
    for database in every_kind() {
        let first = migrate(&database, &[]);
        let before = made(&database);
        let second = migrate(&database, &[]);

        assert!(outcomes(&first).iter().all(|outcome| outcome == "applied"), "{}", first.out);
        assert!(first.out.ends_with("The database is ready.\n"), "{}", first.out);
        assert!(outcomes(&second).iter().all(|outcome| outcome == "present"), "{}", second.out);
        assert!(second.out.ends_with("The database was ready already.\n"), "{}", second.out);
        assert_eq!(made(&database), before);
    }
}

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    let database = Fresh::like_supabase(15);

    let outcome = migrate(&database, &["--dry-run"]);

    assert!(outcomes(&outcome).iter().all(|outcome| outcome == "would be applied"), "{}", outcome.out);
    assert!(outcome.out.ends_with("Nothing was done.\n"), "{}", outcome.out);
    assert!(is_empty(&database));
    let json = migrate(&database, &["--dry-run", "--json"]);
    assert!(json.out.contains("\"outcome\": \"would be applied\"") && json.out.contains("\"dry_run\": true"));
}

#[test]
fn what_is_printed_and_run_by_hand_makes_the_same() {
    for [by_hand, migrated] in [
        [Fresh::like_supabase(15), Fresh::like_supabase(15)],
        [Fresh::like_supabase(18), Fresh::like_supabase(18)],
        [Fresh::plain(15), Fresh::plain(15)],
        [Fresh::plain(18), Fresh::plain(18)],
    ] {
        let script = run(&["migrate", "--print"]).out;
        let mut client = postgres::Client::connect(&by_hand.keeper_url(), postgres::NoTls).unwrap();
        client.batch_execute(&script).unwrap();
        migrate(&migrated, &[]);
        let once = made(&by_hand);

        assert_eq!(once, made(&migrated));
        assert!(outcomes(&migrate(&by_hand, &[])).iter().all(|outcome| outcome == "present"));
        // Run again it leaves what is there alone, also where it was migrated.
        client.batch_execute(&script).unwrap();
        assert_eq!(made(&by_hand), once);
    }
}

#[test]
fn files_for_supabase_s_folder_are_written_once_and_make_the_same() {
    let (by_file, migrated) = (Fresh::like_supabase(15), Fresh::like_supabase(15));
    let folder = tempfile::tempdir().unwrap();
    let to_folder = ["migrate", "--to-folder", folder.path().to_str().unwrap()];

    let first = run(&to_folder);
    let second = run(&to_folder);

    assert!(first.out.starts_with("Wrote ") && second.out.starts_with("All migrations are in "));
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut client = postgres::Client::connect(&by_file.keeper_url(), postgres::NoTls).unwrap();
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            name[..14].bytes().all(|byte| byte.is_ascii_digit()) && name[14..].starts_with("_stillroom_"),
            "{name}"
        );
        client.batch_execute(&std::fs::read_to_string(file).unwrap()).unwrap();
    }
    migrate(&migrated, &[]);
    assert_eq!(made(&by_file), made(&migrated));
    assert_eq!(run(&["migrate", "--to-folder", "/no/such/folder"]).code, 2);
}

#[test]
fn two_at_once_both_succeed_and_one_finds_all_there() {
    for database in every_kind() {
        let mut counts: Vec<usize> = thread::scope(|scope| {
            let one =
                || outcomes(&migrate(&database, &[])).iter().filter(|outcome| *outcome == "applied").count();
            let runs = [scope.spawn(one), scope.spawn(one)];
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });

        counts.sort_unstable();
        assert!(counts[0] == 0 && counts[1] > 0, "{counts:?}");
    }
}

#[test]
fn two_databases_of_one_server_are_made_ready_at_once() {
    for one in [Fresh::alone(15), Fresh::alone(18)] {
        let others: Vec<_> = (0..3).map(|_| one.beside()).collect();

        thread::scope(|scope| {
            for database in others.iter().chain([&one]) {
                scope.spawn(|| outcomes(&migrate(database, &[])));
            }
        });

        assert_eq!(made(&others[0]), made(&one));
    }
}

#[test]
fn a_newer_schema_and_another_one_are_refused() {
    let database = Fresh::plain(15);
    migrate(&database, &[]);
    let noted = "insert into stillroom.migrations (number, name, checksum) values (99, 'later', '')";

    database.admin().batch_execute(noted).unwrap();
    let newer = migrate(&database, &[]);
    database.admin().batch_execute("delete from stillroom.migrations where number = 99").unwrap();
    database
        .admin()
        .batch_execute("update stillroom.migrations set checksum = 'x' where number = 2")
        .unwrap();
    let other = migrate(&database, &[]);

    assert_eq!(newer.code, 6);
    assert!(newer.err.contains("newer than") && newer.err.contains("update stillroom"), "{}", newer.err);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("migration 2 (functions) of this database is another"), "{}", other.err);
}

#[test]
fn who_may_not_is_told_what_an_administrator_runs_and_then_may() {
    for database in [Fresh::alone(15), Fresh::alone(18)] {
        let mut admin = database.admin();
        admin.batch_execute("create role humble login password 'humble'").unwrap();
        let url = database.url("humble:humble");

        let refused = run(&["--store", &url, "migrate"]);

        assert_eq!(refused.code, 5, "{}", refused.err);
        assert!(is_empty(&database));
        let lines = refused.err.split('`').nth(1).unwrap();
        for line in ["create role stillroom_keeper nologin", "grant create on database", "with admin option"]
        {
            assert!(lines.contains(line), "{}", refused.err);
        }
        admin.batch_execute(lines).unwrap();
        let done = run(&["--store", &url, "migrate"]);
        assert_eq!(done.code, 0, "{}", done.err);
    }
}

#[test]
fn a_login_is_made_once_and_opens_the_store() {
    for database in every_kind() {
        for flag in [None, Some("--as-authenticated")] {
            let name = format!("login_{}_{}", database.name(), flag.is_some());
            let args: Vec<_> = ["--json", "--login-role", &name].into_iter().chain(flag).collect();

            let first = migrate(&database, &args);
            let second = migrate(&database, &args[1..]);

            assert_eq!((first.code, second.code), (0, 0), "{}{}", first.err, second.err);
            let url =
                first.out.split('"').find(|word| word.starts_with("postgresql://login")).unwrap().to_owned();
            for url in [database.pooled(&url), url] {
                let owner = "8c5a3d52-7d0c-4b7e-9a52-0c8f6f1f3a11";
                let listed = run(&["--store", &url, "--owner", owner, "usage"]);
                assert_eq!(listed.code, 0, "{}", listed.err);
            }
            assert!(second.out.contains("was there already and keeps its password"), "{}", second.out);
            assert!(second.out.contains("\\password login_") && !second.out.contains("postgresql://login"));
            let logged =
                "select rolpassword like 'SCRAM-SHA-256$%' and not rolsuper and not rolcreaterole and
                not rolbypassrls from pg_authid where rolname = $1";
            assert!(database.admin().query_one(logged, &[&name]).unwrap().get::<_, bool>(0));
            database.admin().batch_execute(&format!("drop role {name}")).unwrap();
        }
    }
}

#[test]
fn a_folder_needs_no_migration_and_a_name_of_another_role_makes_no_login() {
    let database = Fresh::plain(15);

    let folder = run(&["--store", "/tmp/somewhere", "migrate"]);
    let taken = migrate(&database, &["--login-role", "stillroom_keeper"]);

    assert_eq!((folder.code, taken.code), (2, 2));
    assert!(folder.err.contains("this is about databases"), "{}", folder.err);
    assert!(taken.err.contains("another role's"), "{}", taken.err);
}

#[test]
fn gc_of_all_owners_erases_for_everyone_and_is_the_keeper_s_alone() {
    for database in [Fresh::plain(15), Fresh::like_supabase(18)] {
        let name = format!("login_{}", database.name());
        let made = migrate(&database, &["--json", "--login-role", &name]);
        let url = made.out.split('"').find(|word| word.starts_with("postgresql://login")).unwrap().to_owned();
        let mut admin = database.admin();
        let has_accounts =
            admin.query_one("select to_regclass('auth.users') is not null", &[]).unwrap().get(0);
        for n in [1, 2] {
            let owner = format!("00000000-0000-4000-8000-00000000000{n}");
            if has_accounts {
                admin.batch_execute(&format!("insert into auth.users (id) values ('{owner}')")).unwrap();
            }
            let options =
                OpenOptions { url: Some(url.clone()), owner: owner.parse().ok(), ..OpenOptions::default() };
            let store = Store::open(options).unwrap();
            store.save(vec![save("page", "key", &Value::int(n))], &mut keep_going).unwrap();
            store.delete(&ResultKey::parse("page", "key").unwrap(), None).unwrap();
        }
        let gc = |url: &str, args: &[&str]| run(&[&["--store", url, "gc", "--all-owners"], args].concat());

        let app = gc(&url, &["--dry-run"]);
        let dry = gc(&database.keeper_url(), &["--dry-run", "--json"]);
        let done = gc(&database.keeper_url(), &[]);
        let again = gc(&database.keeper_url(), &[]);

        assert_eq!(app.code, 5, "{}", app.out);
        assert!(app.err.contains("sees one owner's results at a time"), "{}", app.err);
        assert!(
            dry.out.contains("\"versions\": 2,") && dry.out.contains("\"owners\": 2\n"),
            "{}{}",
            dry.out,
            dry.err
        );
        assert_eq!(
            done.out, "Looked at 2 owners. Erased 2 versions that were deleted or had expired.\n",
            "{}",
            done.err
        );
        assert_eq!(again.out, "Looked at 0 owners. Nothing to erase.\n");
        drop_role(&mut admin, &name);
    }
}

fn drop_role(admin: &mut postgres::Client, name: &str) {
    admin.batch_execute(&format!("drop role {name}")).unwrap();
}

#[test]
fn what_the_database_says_by_the_way_is_told() {
    let database = Fresh::plain(15);
    let before = "set role keeper; create table public.app_results (user_id uuid, page_key text, result_key text,
            result_data jsonb);
        insert into public.app_results values (gen_random_uuid(), 'page', 'key', '1'), (null, 'page', 'key', '2')";
    database.admin().batch_execute(before).unwrap();
    let set_aside = "1 rows of app_results could be nobody's results";

    let planned = migrate(&database, &["--dry-run"]);
    let json = migrate(&database, &["--json"]);
    let again = migrate(&database, &["--json"]);

    let warning =
        format!("\nwarning: {set_aside} and are in stillroom.recipe_orphans now: it has no owner (1)\n");
    assert!(planned.out.contains(&warning), "{}", planned.out);
    assert!(planned.out.contains("\nnotice: there was no auth.uid(): it was made"), "{}", planned.out);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let warnings: Vec<_> =
        json["notices"].as_array().unwrap().iter().filter(|notice| notice["is_warning"] == true).collect();
    assert!(warnings.len() == 1 && warnings[0]["message"].as_str().unwrap().starts_with(set_aside), "{json}");
    assert!(again.out.contains("\"notices\": []"), "{}", again.out);
}
