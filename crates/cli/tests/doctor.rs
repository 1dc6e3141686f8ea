//! `stillroom doctor` finds nothing on a good database, and names what is wrong on each of many bad ones.

use crate::fresh::Fresh;
use crate::ready::Ready;
use crate::support::{Outcome, empty, run};

/// A database to make copies of: a copy is made sooner than it is made ready.
fn made_ready(database: Fresh) -> Fresh {
    assert_eq!(run(&["--store", &database.keeper_url(), "migrate"]).code, 0);
    database
}

/// The lines of checks that are not as they should be.
fn wrong(outcome: &Outcome) -> Vec<&str> {
    let is_wrong = |line: &&str| ["failed  ", "warning  "].iter().any(|word| line.starts_with(word));
    outcome.out.lines().filter(is_wrong).collect()
}

/// The first of them that begins with this check's name; else nothing.
fn failed<'a>(outcome: &'a Outcome, name: &str) -> &'a str {
    let is_named = |line: &&str| line.split_whitespace().take(2).eq(["failed", name]);
    wrong(outcome).into_iter().find(is_named).unwrap_or_default()
}

/// How many rows there are in all.
fn rows(database: &Fresh) -> i64 {
    let count =
        "select (select count(*) from public.app_result_owners) + (select count(*) from stillroom.counters)
        + (select count(*) from public.app_result_versions) + (select count(*) from public.app_result_blobs)
        + (select count(*) from public.app_result_leases) + (select count(*) from public.app_results)";
    database.admin().query_one(count, &[]).unwrap().get(0)
}

#[test]
fn nothing_is_wrong_with_a_good_database() {
    for database in [Fresh::plain(15), Fresh::plain(18)] {
        for flags in [&[][..], &["--as-authenticated"]] {
            let mut ready = Ready::new(database.beside(), flags);
            for pooled in [false, true] {
                if pooled {
                    ready.url = ready.database.pooled(&ready.url);
                }

                let outcome = ready.doctor(&["--prove-isolation"]);

                assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
                assert_eq!(wrong(&outcome), Vec::<&str>::new());
                assert!(!outcome.out.contains("\nskipped"), "{}", outcome.out);
                assert_eq!(outcome.out.contains("lent by the transaction"), pooled, "{}", outcome.out);
                assert_eq!(rows(&ready.database), 0);
            }
        }
    }
}

#[test]
fn nothing_is_wrong_with_a_good_project_of_supabase_s_kind() {
    for database in [Fresh::like_supabase(15), Fresh::like_supabase(18)] {
        for flags in [&[][..], &["--as-authenticated"]] {
            let ready = Ready::new(database.beside(), flags);
            let [one, other] = ready.accounts();

            let told = ready.doctor(&["--prove-isolation"]);
            let outcome = ready.doctor(&["--prove-isolation", "--as-owners", &one, &other]);

            assert_eq!(told.code, 2, "{}", told.out);
            assert!(told.out.contains("--as-owners UUID UUID"), "{}", told.out);
            assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
            assert_eq!(wrong(&outcome), Vec::<&str>::new());
            assert!(!outcome.out.contains("\nskipped"), "{}", outcome.out);
            assert_eq!(rows(&ready.database), 0);
        }
    }
}

#[test]
fn each_fault_is_found_and_named() {
    // What is done by the superuser; the check that fails, its exit code, and words of its line.
    let faults = [
        (
            "alter table public.app_results disable row level security",
            "row-level-security",
            5,
            "row-level security is off for public.app_results",
        ),
        (
            "alter table public.app_result_blobs no force row level security",
            "row-level-security",
            5,
            "row-level security is not forced for public.app_result_blobs",
        ),
        (
            "create policy all_of_it on public.app_result_versions for select to authenticated, stillroom_app using (true)",
            "policies",
            5,
            "all_of_it on public.app_result_versions is not about own rows: true",
        ),
        (
            "drop policy own on public.app_results",
            "policies",
            5,
            "no policy lets stillroom_app read its rows of public.app_results",
        ),
        (
            "drop policy kept on stillroom.counters",
            "policies",
            5,
            "no policy lets stillroom_keeper keep the rows of stillroom.counters",
        ),
        (
            "grant insert on public.app_result_blobs to authenticated",
            "grants",
            5,
            "authenticated may insert public.app_result_blobs",
        ),
        (
            "grant truncate on public.app_result_versions to stillroom_app",
            "grants",
            5,
            "stillroom_app may truncate public.app_result_versions",
        ),
        (
            "grant update (label) on public.app_result_versions to public",
            "grants",
            5,
            "public may update (label) public.app_result_versions",
        ),
        (
            "revoke select on public.app_results from stillroom_app",
            "grants",
            5,
            "stillroom_app may not select public.app_results",
        ),
        (
            "grant execute on function stillroom.lock_owner(uuid) to public",
            "execute",
            5,
            "public may run stillroom.lock_owner(uuid)",
        ),
        (
            "grant execute on function public.stillroom_save(bytea) to anon",
            "execute",
            5,
            "anon may run public.stillroom_save(bytea)",
        ),
        (
            "do $$begin if to_regrole('service_role') is null then create role service_role nologin; end if; end$$;
                grant select on public.app_results to service_role",
            "grants",
            5,
            "service_role may select public.app_results",
        ),
        (
            "grant delete on stillroom.counters to anon",
            "grants",
            5,
            "anon may delete stillroom.counters",
        ),
        (
            "do $$begin if to_regrole('service_role') is null then create role service_role nologin; end if; end$$;
                grant execute on function public.stillroom_load(bytea) to service_role",
            "execute",
            5,
            "service_role may run public.stillroom_load(bytea)",
        ),
        (
            "alter function stillroom.save(bytea) reset search_path",
            "search-path",
            2,
            "stillroom.save(bytea) looks for names elsewhere",
        ),
        (
            "alter function stillroom.load(bytea) owner to supabase_admin",
            "function-owners",
            5,
            "stillroom.load(bytea) works with the rights of supabase_admin",
        ),
        (
            "alter table public.app_result_leases drop constraint app_result_leases_pkey, alter column user_id drop not null",
            "columns",
            2,
            "public.app_result_leases may hold rows of nobody",
        ),
        (
            "alter table public.app_result_blobs disable trigger added",
            "triggers",
            2,
            "the trigger added on public.app_result_blobs is disabled",
        ),
        (
            "drop trigger gone on public.app_result_versions",
            "triggers",
            2,
            "there is no trigger gone on public.app_result_versions",
        ),
        (
            "drop trigger gone on public.app_result_leases; create trigger gone after delete on public.app_result_leases
                for each row execute function stillroom.count_gone_leases()",
            "triggers",
            2,
            "the trigger gone on public.app_result_leases is not what stillroom made it",
        ),
        (
            "drop trigger recipe_writes on public.app_results; create trigger recipe_writes
                before insert or update on public.app_results for each row execute function stillroom.recipe_writes()",
            "triggers",
            2,
            "the trigger recipe_writes on public.app_results is not what stillroom made it",
        ),
        (
            "create or replace function stillroom.is_place(page text, key text) returns boolean language plpgsql immutable
                set search_path = pg_catalog, pg_temp as 'begin return true; end'",
            "functions",
            2,
            "the function stillroom.is_place(text,text) is not what stillroom made it",
        ),
        (
            "alter function stillroom.sweep(jsonb) security invoker",
            "functions",
            2,
            "the function stillroom.sweep(jsonb) is not what stillroom made it",
        ),
        (
            "drop function public.stillroom_lease(jsonb)",
            "functions",
            2,
            "there is no function public.stillroom_lease",
        ),
        (
            "create policy mfa on public.app_result_versions as restrictive using (false)",
            "policies",
            5,
            "the policy mfa on public.app_result_versions hides rows from the functions that keep them",
        ),
        ("alter role $login bypassrls", "login", 5, "passes by row-level security"),
        ("alter role $login superuser", "login", 5, "passes by row-level security"),
        ("alter role $login createrole", "login", 5, "may make roles"),
        (
            "grant stillroom_keeper to $login",
            "login",
            5,
            "can become stillroom_keeper, which writes for every owner",
        ),
        (
            "revoke stillroom_app from $login granted by keeper",
            "login",
            5,
            "in neither stillroom_app nor authenticated",
        ),
        (
            "create or replace function auth.uid() returns uuid language sql stable as $$select '00000000-0000-4000-8000-000000000001'::uuid$$",
            "identity",
            2,
            "auth.uid() is not whoever a transaction is for",
        ),
        (
            "create or replace function auth.uid() returns uuid language sql stable as $$select null::uuid$$",
            "identity",
            2,
            "auth.uid() is not whoever a transaction is for",
        ),
        (
            "alter database $database set default_transaction_read_only = on",
            "writable",
            5,
            "takes no writes now",
        ),
        (
            "update stillroom.migrations set checksum = 'x' where number = 1",
            "schema",
            2,
            "migration 1 (tables) of this database is another",
        ),
        ("delete from stillroom.migrations where number > 1", "schema", 2, "run `stillroom migrate`"),
        (
            "insert into stillroom.migrations (number, name, checksum) values (99, 'later', '')",
            "schema",
            6,
            "update stillroom",
        ),
    ];
    let base = made_ready(Fresh::plain(18));
    for (sql, name, code, words) in faults {
        let ready = Ready::new(base.copy(), &[]);
        ready.harm(&sql.replace("$database", ready.database.name()));

        let outcome = ready.doctor(&[]);

        assert!(failed(&outcome, name).contains(words), "{sql}\n{}{}", outcome.out, outcome.err);
        assert_eq!(outcome.code, code, "{sql}\n{}", outcome.out);
    }
}

/// What the doctor says to run.
fn fixes(ready: &Ready) -> Vec<String> {
    let outcome = ready.doctor(&["--json"]);
    let json: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    let checks = json["checks"].as_array().unwrap();
    let fixes = checks.iter().flat_map(|check| check["fixes"].as_array().unwrap());
    fixes.map(|fix| fix.as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_the_doctor_says_to_run_puts_it_right() {
    let ready = Ready::new(Fresh::plain(15), &[]);
    ready.harm(
        "alter table public.app_results disable row level security;
        alter table public.app_result_leases no force row level security;
        create policy all_of_it on public.app_result_versions using (true);
        drop policy own on public.app_result_blobs; drop policy kept on public.app_results;
        alter policy own on public.app_results using (auth.uid() = user_id);
        grant all on public.app_results to anon, authenticated, public; grant select on stillroom.counters to $login;
        grant update (label) on public.app_result_versions to stillroom_app;
        grant create on schema stillroom to authenticated;
        revoke insert on public.app_result_blobs from stillroom_keeper;
        grant execute on all functions in schema stillroom to public;
        revoke execute on function stillroom.load(bytea) from stillroom_app, public;
        alter function stillroom.save(bytea) reset all; alter function stillroom.sweep(jsonb) owner to supabase_admin;
        alter table public.app_result_owners disable trigger all; alter table public.app_result_blobs disable trigger all;
        drop trigger gone on stillroom.recipe_values; drop trigger recipe_deletes on public.app_results;
        create trigger recipe_deletes after delete on public.app_results execute function stillroom.recipe_deletes();
        create or replace function stillroom.check_version(v jsonb, len bigint) returns void language plpgsql immutable
            set search_path = pg_catalog, pg_temp as 'begin end';
        drop function stillroom.put; drop function public.stillroom_usage",
    );

    let first = fixes(&ready);
    assert!(first.len() > 25, "{first:?}");
    first.iter().for_each(|fix| ready.harm(fix));
    // Who may run what a function is for shows when it is there again.
    fixes(&ready).iter().for_each(|fix| ready.harm(fix));

    let after = ready.doctor(&["--prove-isolation"]);
    assert_eq!((after.code, wrong(&after)), (0, Vec::new()), "{}", after.out);
}

#[test]
fn a_keeper_that_passes_by_row_level_security_is_found() {
    let database = Fresh::alone(15);
    for sql in [
        "alter role stillroom_keeper bypassrls",
        "create role other bypassrls; alter role stillroom_keeper nobypassrls; grant other to stillroom_keeper",
        "revoke other from stillroom_keeper; grant keeper to stillroom_keeper",
    ] {
        let ready = Ready::new(database.beside(), &[]);
        if sql.contains("grant keeper") {
            ready.harm("revoke stillroom_keeper from keeper");
        }
        ready.harm(sql);

        let outcome = ready.doctor(&[]);

        assert_eq!(outcome.code, 5, "{sql}\n{}", outcome.out);
        assert!(!failed(&outcome, "keeper").is_empty(), "{sql}\n{}", outcome.out);
        ready.harm("alter role stillroom_keeper nobypassrls; revoke keeper from stillroom_keeper; grant stillroom_keeper to keeper with admin option");
    }
}

#[test]
fn an_owner_that_reaches_another_s_is_found_by_trying() {
    let faults = [
        (
            "create policy all_of_it on public.app_result_blobs for select to stillroom_app using (true)",
            "isolation-sql-select",
        ),
        ("alter table public.app_results disable row level security", "isolation-sql-select"),
        (
            "create policy anyone on public.app_results for select to stillroom_app using (user_id = auth.uid() or auth.uid() is null)",
            "isolation-sql-nobody",
        ),
        (
            "grant insert on public.app_result_leases to stillroom_app; create policy w on public.app_result_leases for insert to stillroom_app with check (true)",
            "isolation-sql-insert",
        ),
        (
            "grant update on public.app_result_versions to stillroom_app; create policy w on public.app_result_versions to stillroom_app using (true)",
            "isolation-sql-update",
        ),
        (
            "grant delete on public.app_result_versions to stillroom_app; create policy w on public.app_result_versions to stillroom_app using (true)",
            "isolation-sql-delete",
        ),
        ("grant truncate on public.app_result_blobs to stillroom_app", "isolation-sql-truncate"),
        ("grant execute on function stillroom.micros(timestamptz) to public", "isolation-sql-functions"),
        ("grant stillroom_keeper to $login", "isolation-sql-roles"),
        ("grant create on schema stillroom to stillroom_app", "isolation-sql-definitions"),
        (
            "do $$begin execute replace(pg_get_functiondef('stillroom.history(jsonb)'::regprocedure), \
             'user_id = owner', 'true'); end$$; alter function stillroom.history(jsonb) owner to supabase_admin",
            "isolation-history",
        ),
    ];
    let base = made_ready(Fresh::plain(15));
    for (sql, name) in faults {
        let ready = Ready::new(base.copy(), &[]);
        ready.harm(sql);

        let outcome = ready.doctor(&["--prove-isolation"]);

        assert!(!failed(&outcome, name).is_empty(), "{sql}\n{}", outcome.out);
        assert_eq!(outcome.code, 5, "{sql}");
        assert_eq!(rows(&ready.database), 0, "{sql}");
    }
}

#[test]
fn a_trial_that_fails_in_the_middle_leaves_nothing() {
    let ready = Ready::new(Fresh::plain(15), &[]);
    ready.harm("alter function stillroom.lease(jsonb) rename to leases");

    let outcome = ready.doctor(&["--prove-isolation"]);

    assert!(!failed(&outcome, "isolation").is_empty(), "{}", outcome.out);
    assert_eq!((outcome.code, rows(&ready.database)), (5, 0));
}

#[test]
fn what_is_no_danger_is_a_warning() {
    let ready = Ready::new(Fresh::like_supabase(15), &[]);
    ready.harm(
        "alter policy own on public.app_results using (auth.uid() = user_id);
        alter table public.app_result_owners drop constraint app_result_owners_user_id_fkey",
    );

    let outcome = ready.doctor(&["--prove-isolation"]);

    let named = |line: &&str| line.split_whitespace().nth(1).map(str::to_owned);
    let warned: Vec<_> = wrong(&outcome).iter().filter_map(named).collect();
    assert_eq!(
        (outcome.code, warned),
        (0, vec!["policy-speed".to_owned(), "accounts".to_owned()]),
        "{}",
        outcome.out
    );
    assert!(outcome.out.ends_with("All is well: 44 checks, 2 warnings.\n"), "{}", outcome.out);
}

#[test]
fn a_database_that_is_not_ready_or_not_there_says_so() {
    let database = Fresh::plain(15);

    let not_ready = run(&["--store", &database.keeper_url(), "doctor"]);
    let wrong_password = run(&["--store", &database.url("keeper:hunter2"), "doctor"]);
    let nobody_there = run(&["--store", "postgresql://u:hunter2@127.0.0.1:1/db", "doctor"]);

    assert_eq!((not_ready.code, wrong_password.code, nobody_there.code), (2, 5, 7), "{}", not_ready.out);
    assert!(not_ready.out.contains("run `stillroom migrate`"), "{}", not_ready.out);
}

#[test]
fn a_folder_is_looked_at_too() {
    let shelf = empty();

    let outcome = shelf.run(&["doctor"]);

    assert_eq!(outcome.code, 0, "{}", outcome.err);
    // The disk that the tests run on may be one that is worth a warning.
    assert!(outcome.out.contains(" folder       yours alone\n"), "{}", outcome.out);
    assert!(outcome.out.contains(" catalog      can be read: results 0, versions 0\n"), "{}", outcome.out);
    assert_eq!(shelf.run(&["doctor", "--prove-isolation"]).code, 2);
}
