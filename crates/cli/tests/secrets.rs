//! A password in a URL is repeated by nothing that the command says, whatever goes wrong.

use crate::fresh::Fresh;
use crate::support::run;

const OWNER: &str = "8c5a3d52-7d0c-4b7e-9a52-0c8f6f1f3a11";

/// What can be asked of any store.
const COMMANDS: [&[&str]; 27] = [
    &[],
    &["ls"],
    &["ls", "page"],
    &["show", "page"],
    &["show", "page", "key"],
    &["history", "page", "key"],
    &["diff", "page", "key", "1"],
    &["cat", "page", "key", "--to", "csv"],
    &["rollback", "page", "key", "1"],
    &["rename", "page", "key", "page", "other"],
    &["update", "page", "key", "--pin"],
    &["rm", "page", "key"],
    &["rm", "page", "key", "--undo", "1"],
    &["export", "/no/such/folder/file"],
    &["import", "/no/such/file"],
    &["import", "/no/such/file", "--dry-run"],
    &["usage"],
    &["verify"],
    &["verify", "--repair"],
    &["gc"],
    &["gc", "--compact"],
    &["gc", "--all-owners"],
    &["doctor"],
    &["doctor", "--prove-isolation"],
    &["migrate"],
    &["migrate", "--dry-run"],
    &["migrate", "--login-role", "hunter"],
];

/// Runs every command on these stores, in text and in JSON.
fn assert_silent(stores: &[String]) {
    for store in stores {
        for command in COMMANDS {
            for json in [&[][..], &["--json"]] {
                let outcome = run(&[&["--store", store, "--owner", OWNER], command, json].concat());
                let said = format!("{}{}", outcome.out, outcome.err);
                assert!(!said.contains("hunter2"), "{store} {command:?}: {said}");
            }
        }
    }
}

#[test]
fn no_password_is_repeated_of_a_url_that_can_t_be_used() {
    let stores = [
        "postgresql://u:hunter2@127.0.0.1:1/db",
        "postgresql://u:hunter2@127.0.0.1:1/db?sslmode=maybe",
        "postgresql://u:hunter2@127.0.0.1:1/db?sslrootcert=/no/such/file&sslmode=require",
        "postgresql://u:hunter2@127.0.0.1:port/db",
        "postgresql://u:hunter2@@127.0.0.1:1/db",
        "postgresql://u:a@hunter2@127.0.0.1:1/db",
        "postgresql://u:a?hunter2@127.0.0.1:1/db",
        "postgresql://u:a/hunter2@127.0.0.1:1/db",
        "postgresql://u:a%zzhunter2@127.0.0.1:1/db",
        "postgresql://127.0.0.1:1/db?user=u&password=hunter2",
        "postgresql://127.0.0.1:1/db?user=u&password=hunter2&what=ever",
        "postgresql://:hunter2@127.0.0.1:1/db",
        "mysql://u:hunter2@h/db",
        "https://u:hunter2@abc.supabase.co",
        "http://u:hunter2@h",
    ];

    assert_silent(&stores.map(str::to_owned));
}

#[test]
fn no_password_is_repeated_of_a_database_that_answers() {
    let (ready, other) = (Fresh::plain(15), Fresh::plain(15));
    let mut admin = ready.admin();
    admin
        .batch_execute(
            "create role humble login password 'hunter2'; create role app login password 'hunter2'",
        )
        .unwrap();
    run(&["--store", &ready.keeper_url(), "migrate"]);
    admin.batch_execute("grant stillroom_app to app").unwrap();
    let nowhere = ready.url("app:hunter2").replace(ready.name(), "no_such_database");
    let superuser = ready.url("supabase_admin:hunter2");
    let stores = [
        ready.url("app:hunter2"),
        ready.url("humble:hunter2"),
        ready.url("keeper:hunter2"),
        other.url("app:hunter2"),
        nowhere,
        superuser,
    ];

    assert_silent(&stores);
}

#[test]
fn a_command_spelt_wrong_does_not_repeat_the_url_it_was_given() {
    let url = "postgresql://u:hunter2@127.0.0.1:1/db";
    let with = format!("--stor={url}");
    let commands: [&[&str]; 8] = [
        &[url],
        &["--owner", url, "ls"],
        &["ls", "page", url],
        &["show", "page", "key", "--version", url],
        &["--store", url, "--store", url, "ls"],
        &[&with, "ls"],
        &["gc", "--all-owners", url],
        &["cat", "page", "key", "--to", url],
    ];

    for command in commands {
        for json in [&[][..], &["--json"]] {
            let outcome = run(&[command, json].concat());
            assert_eq!(outcome.code, 2, "{command:?}: {}", outcome.err);
            assert!(
                !outcome.err.contains("hunter2") && !outcome.out.contains("hunter2"),
                "{command:?}: {}",
                outcome.err
            );
        }
    }
}

#[test]
fn what_is_to_be_run_next_names_the_variable_instead_of_the_password() {
    let database = Fresh::plain(15);
    run(&["--store", &database.keeper_url(), "migrate"]);
    let name = format!("login_{}", database.name());
    let make = format!("create role {name} login password 'hunter2' in role stillroom_app");
    database.admin().batch_execute(&make).unwrap();
    let url = database.url(&format!("{name}:hunter2"));
    let store = stillroom::Store::open(stillroom::OpenOptions {
        url: Some(url.clone()),
        owner: OWNER.parse().ok(),
        ..stillroom::OpenOptions::default()
    });
    let save = crate::support::save("page", "key", &stillroom::Value::int(1));
    store.unwrap().save(vec![save], &mut stillroom::keep_going).unwrap();

    let text = run(&["--store", &url, "--owner", OWNER, "rm", "page", "key"]);

    database.admin().batch_execute(&format!("drop owned by {name}; drop role {name}")).unwrap();
    let again = format!("  stillroom --store \"$STILLROOM_URL\" --owner {OWNER} rm page key --undo 1\n");
    assert!(text.out.ends_with(&again), "{}{}", text.out, text.err);
}
