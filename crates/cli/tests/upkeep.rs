//! What an administrator does for single owners of a database: counting anew, and forgetting somebody.

use serde_json::{Value as Json, json};
use stillroom::{OpenOptions, Save, Store, Uuid, Value, keep_going};

use crate::fresh::Fresh;
use crate::ready::Ready;
use crate::support::{Outcome, empty, run, save};

const ANA: &str = "00000000-0000-4000-8000-000000000001";
const PIA: &str = "00000000-0000-4000-8000-000000000002";

/// What everyone has in each table, without the times at which it was.
const ALL: &str = "select jsonb_build_array(
    (select jsonb_agg(to_jsonb(o) - 'swept_at' - 'seen_at' - 'created_at' order by user_id) from public.app_result_owners o),
    (select jsonb_agg(user_id || digest::text order by user_id, digest) from public.app_result_blobs),
    (select jsonb_agg(user_id || result_key || version order by user_id, result_key, version) from public.app_result_versions),
    (select jsonb_agg(user_id || result_key order by user_id, result_key) from public.app_results),
    (select jsonb_agg(user_id || result_key || counted order by user_id, result_key) from stillroom.counters))::text";

/// Kept by a role whom the policies bind, and by one whom they don't.
fn both() -> [Ready; 2] {
    let ready = [Ready::new(Fresh::plain(15), &[]), Ready::new(Fresh::like_supabase(18), &[])];
    ready[1].accounts();
    ready
}

/// Two owners with two versions of a result, one of them large, and another that was deleted.
fn fill(ready: &Ready) {
    for owner in [ANA, PIA] {
        let store = store(ready, owner);
        let bytes: Vec<u8> =
            (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        saved(&store, save("page", "large", &Value::bytes(bytes)));
        saved(&store, save("page", "large", &Value::int(1)));
        saved(&store, save("page", "gone", &Value::int(2)));
        store.delete(&stillroom::ResultKey::parse("page", "gone").unwrap(), None).unwrap();
    }
}

fn store(ready: &Ready, owner: &str) -> Store {
    let owner = Some(Uuid::parse_str(owner).unwrap());
    Store::open(OpenOptions { url: Some(ready.url.clone()), owner, ..OpenOptions::default() }).unwrap()
}

fn saved(store: &Store, save: Save) {
    store.save(vec![save], &mut keep_going).unwrap();
}

/// As the login that made the database ready.
fn keeper(ready: &Ready, args: &[&str]) -> Outcome {
    run(&[&["--store", &ready.database.keeper_url()], args].concat())
}

fn json_of(ready: &Ready, args: &[&str]) -> Json {
    let outcome = keeper(ready, &[&["--json"], args].concat());
    serde_json::from_str(&outcome.out).unwrap_or_else(|_| panic!("{}", outcome.err))
}

fn all(ready: &Ready) -> Json {
    let all: String = ready.database.admin().query_one(ALL, &[]).unwrap().get(0);
    serde_json::from_str(&all).unwrap()
}

#[test]
fn what_is_counted_wrongly_is_found_and_put_right() {
    for ready in both() {
        fill(&ready);
        let before = all(&ready);
        assert_eq!(
            keeper(&ready, &["recount"]).out,
            "Looked at 2 owners: all are counted as their rows say.\n"
        );
        assert_eq!(keeper(&ready, &["doctor", "--all-owners"]).code, 0);
        assert_eq!(all(&ready), before);
        // By hand, and without saying whose it is: nothing counts it.
        ready
            .harm(&format!("delete from public.app_result_versions where user_id = '{ANA}' and version = 1"));
        let refused = keeper(&ready, &["gc", "--all-owners"]);
        assert!(
            refused.code == 5 && refused.err.contains("`stillroom doctor --all-owners`"),
            "{}",
            refused.err
        );

        let found = keeper(&ready, &["doctor", "--all-owners"]);
        assert_eq!(found.code, 2, "{}", found.out);
        assert!(found.out.contains(ANA) && !found.out.contains(PIA), "{}", found.out);
        assert!(found.out.contains("\n  stillroom recount\n"), "{}", found.out);
        let looked = keeper(&ready, &["recount", "--dry-run"]);
        assert!(
            looked.out.contains(&format!("  {ANA}  versions 3 \u{2192} 1, record bytes ")),
            "{}",
            looked.out
        );
        let wrong = json_of(&ready, &["recount"]);
        assert_eq!((&wrong["owners"], wrong["wrong"].as_array().unwrap().len()), (&json!(2), 1));
        assert_eq!(
            (&wrong["wrong"][0]["counted"]["versions"], &wrong["wrong"][0]["actual"]["versions"]),
            (&json!(3), &json!(1))
        );

        assert_eq!(keeper(&ready, &["doctor", "--all-owners"]).code, 0);
        let swept = json_of(&ready, &["gc", "--all-owners"]);
        // What no version of Ana's names any more.
        assert!(swept["versions"] == 0 && swept["blobs"].as_u64() > Some(1), "{swept}");
        assert_eq!(
            keeper(&ready, &["recount"]).out,
            "Looked at 2 owners: all are counted as their rows say.\n"
        );
    }
}

#[test]
fn a_sweep_of_all_passes_over_whom_it_can_t_sweep() {
    let ready = Ready::new(Fresh::plain(18), &[]);
    fill(&ready);
    ready.harm(&format!("update public.app_result_owners set versions = 9 where user_id = '{ANA}'"));

    let refused = keeper(&ready, &["gc", "--all-owners"]);

    assert_eq!(refused.code, 5);
    let left = "select (select count(*) from public.app_result_versions where user_id = $1::text::uuid)";
    let left = |owner: &str| ready.database.admin().query_one(left, &[&owner]).unwrap().get::<_, i64>(0);
    assert_eq!((left(ANA), left(PIA)), (3, 2));
}

#[test]
fn nothing_is_counted_anew_while_rows_may_be_hidden() {
    let ready = Ready::new(Fresh::plain(15), &[]);
    fill(&ready);
    let before = all(&ready);
    for hide in [
        "create policy hides on public.app_result_versions as restrictive using (version > 1)",
        "drop policy hides on public.app_result_versions; drop policy kept on public.app_result_versions",
    ] {
        ready.harm(hide);

        let refused = keeper(&ready, &["recount"]);

        assert_eq!(refused.code, 5, "{}", refused.out);
        assert!(refused.err.contains("policies may hide rows"), "{}", refused.err);
        assert_eq!(all(&ready), before);
    }
}

#[test]
fn somebody_is_forgotten_and_nobody_else() {
    for ready in both() {
        fill(&ready);
        saved(&store(&ready, PIA), save("page", "more", &Value::int(3)));
        let before = all(&ready);
        let of_pia = |all: Json| {
            all.as_array()
                .unwrap()
                .iter()
                .map(|rows| {
                    let is_hers = |row: &&Json| row.to_string().contains(PIA);
                    rows.as_array().unwrap().iter().filter(is_hers).cloned().collect::<Vec<_>>()
                })
                .collect::<Vec<_>>()
        };

        let said = keeper(&ready, &["forget", ANA]);
        assert_eq!(
            said.out,
            format!(
                "Would erase all that is {ANA}'s: 2 results with 3 versions, deleted ones included, 800 KB.\n\
                 Nothing was done. With --yes it is erased for good.\n"
            )
        );
        assert_eq!(all(&ready), before);
        assert_eq!(keeper(&ready, &["--read-only", "forget", ANA, "--yes"]).code, 5);
        let said = json_of(&ready, &["forget", ANA, "--yes"]);

        assert_eq!(
            (&said["dry_run"], &said["results"], &said["versions"]),
            (&json!(false), &json!(2), &json!(3))
        );
        assert!(!all(&ready).to_string().contains(ANA), "{}", all(&ready));
        assert_eq!(of_pia(all(&ready)), of_pia(before));
        assert_eq!(keeper(&ready, &["forget", ANA, "--yes"]).out, format!("Nothing here is {ANA}'s.\n"));
        assert_eq!(keeper(&ready, &["doctor", "--all-owners"]).code, 0);
        // Whoever is forgotten may begin anew, from version 1.
        saved(&store(&ready, ANA), save("page", "large", &Value::int(1)));
        assert!(all(&ready)[2].to_string().contains(&format!("{ANA}large1")));
    }
}

#[test]
fn nobody_is_forgotten_by_half() {
    let ready = Ready::new(Fresh::plain(18), &[]);
    fill(&ready);
    let before = all(&ready);
    for (harm, code, words) in [
        ("alter table public.app_result_owners disable trigger all", 2, "rows would stay"),
        (
            "alter table public.app_result_owners enable trigger all; drop policy kept on public.app_result_owners",
            5,
            "policies may hide rows",
        ),
    ] {
        ready.harm(harm);

        let refused = keeper(&ready, &["forget", ANA, "--yes"]);

        assert_eq!(refused.code, code, "{}{}", refused.out, refused.err);
        assert!(refused.err.contains(words), "{}", refused.err);
        assert_eq!(all(&ready), before);
    }
}

#[test]
fn what_a_migration_set_aside_is_forgotten_too() {
    let database = Fresh::plain(15);
    let mut admin = database.admin();
    admin
        .batch_execute(&format!(
            "set role keeper; create table public.app_results (user_id uuid, page_key text, result_key text,
                result_data jsonb); alter table public.app_results enable row level security;
            insert into public.app_results values
                ('{ANA}', 'page', 'key', '1'), ('{ANA}', '', 'key', '2'), ('{PIA}', '', 'key', '3'), (null, 'page', 'key', '4')"
        ))
        .unwrap();

    let ready = Ready::new(database, &[]);

    let aside = |owner: &str| {
        let ask = "select count(*) from stillroom.recipe_orphans where user_id::text = $1";
        ready.database.admin().query_one(ask, &[&owner]).unwrap().get::<_, i64>(0)
    };
    let said = keeper(&ready, &["forget", ANA]).out;
    assert!(
        said.contains("1 result with 1 version, deleted ones included, 1 B, and 1 row of the recipe's table"),
        "{said}"
    );
    assert_eq!(aside(ANA), 1);
    assert_eq!(keeper(&ready, &["forget", ANA, "--yes"]).code, 0);
    assert_eq!((aside(ANA), aside(PIA)), (0, 1));
    assert_eq!(keeper(&ready, &["forget", PIA]).code, 0);
}

#[test]
fn both_are_for_the_login_that_made_the_database_ready() {
    let ready = Ready::new(Fresh::plain(15), &[]);
    for args in [&["recount"][..], &["forget", ANA, "--yes"], &["doctor", "--all-owners"]] {
        let refused = run(&[&["--store", &ready.url], args].concat());

        assert_eq!(refused.code, 5, "{args:?}: {}", refused.err);
        assert!(refused.err.contains("`stillroom migrate`"), "{}", refused.err);
        assert_eq!(empty().run(args).code, 2);
    }
}
