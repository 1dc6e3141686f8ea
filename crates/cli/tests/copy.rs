//! `copy`: what it says, whose the results become, and that they are there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use postgres::{Client, NoTls};
use serde_json::{Value as Json, json};
use stillroom::{OpenOptions, SigningKey, Store, Uuid, Value};

use crate::server::Server;
use crate::support::{Outcome, Shelf, filled, run, save};
use crate::values;

const ANA: &str = "5f2b1c9e-7d04-4d5e-9a52-0c8f6f1f3a11";
const PIA: &str = "8c5a3d52-7d0c-4b7e-9a52-0c8f6f1f3a11";

/// A folder beside the one of a shelf, in which there may be a store.
fn beside(shelf: &Shelf) -> PathBuf {
    shelf.path().with_file_name("other")
}

fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn own_of(folder: &Path) -> String {
    let url = Some(word(folder).to_owned());
    Store::open(OpenOptions { url, create: false, ..OpenOptions::default() }).unwrap().owner().to_string()
}

/// Runs the command, which is to go well and say nothing on the side.
fn done(args: &[&str]) -> String {
    let Outcome { code, out, err } = run(args);
    assert_eq!((code, &*err), (0, ""), "{args:?}");
    out
}

fn json_of(args: &[&str]) -> Json {
    serde_json::from_str(&done(&[&["--json"][..], args].concat())).unwrap()
}

#[test]
fn a_folder_is_copied_into_a_new_one_whose_own_the_results_become() {
    let here = filled();
    let (from, there) = (here.path(), beside(&here));
    let (from, to) = (word(&from), word(&there));

    let planned = done(&["copy", from, to, "--dry-run"]);
    let counts =
        format!("4 results with 5 versions into {to}, as results of its own owner; 8 KB of new bytes");
    assert_eq!(planned, format!("Would copy {counts}.\nNothing was done.\n"));
    assert!(!there.exists(), "a dry run makes no store");

    let said = done(&["copy", from, to]);
    assert_eq!(said, format!("Copied {counts}.\n"));
    let own = own_of(&there);
    assert_eq!(
        json_of(&["copy", from, to]),
        json!({
            "from": from, "from_owner": here.store.owner().to_string(), "to": to, "to_owner": own,
            "dry_run": false, "results": 0, "versions": 0, "present": 5, "expired": 0, "locked": [], "new_bytes": 0,
        })
    );
    let again = done(&["copy", from, to, "--dry-run"]);
    assert!(again.contains("0 B of new bytes; 5 versions left out as there already.\n"), "{again}");
    let kept = done(&["--store", to, "history", "train_models", "rmse"]);
    assert!(kept.contains("wider lags  imported, was 2") && kept.contains("imported, was 1"), "{kept}");
}

#[test]
fn a_page_is_copied_alone() {
    let here = filled();
    let (from, there) = (here.path(), beside(&here));
    let (from, to) = (word(&from), word(&there));

    let copied = json_of(&["copy", from, to, "load_data"]);

    assert_eq!((&copied["results"], &copied["versions"]), (&json!(1), &json!(1)));
    assert_eq!(json_of(&["--store", to, "ls"])["results"].as_array().unwrap().len(), 1);
    let none = run(&["copy", from, to, "nowhere"]);
    assert_eq!((none.code, &*none.err), (3, "stillroom: no results on page `nowhere`\n"));
}

#[test]
fn who_owns_what_was_copied_can_be_said() {
    let here = filled();
    let (from, there) = (here.path(), beside(&here));
    let (from, to) = (word(&from), word(&there));

    assert_eq!(json_of(&["copy", from, to, "--to-owner", ANA])["to_owner"], ANA);
    assert_eq!(json_of(&["copy", from, to, "--to-owner", "me"])["to_owner"], *own_of(&there));
    // Somebody's in a folder that serves several stays theirs.
    let of_ana = json_of(&["--owner", ANA, "copy", to, from]);
    assert_eq!((&of_ana["to_owner"], &of_ana["versions"]), (&json!(ANA), &json!(5)));
    assert!(run(&["--store", from, "--owner", ANA, "ls"]).out.contains("rmse"));
}

#[test]
fn what_can_t_be_copied_is_refused_with_the_fix() {
    let here = filled();
    let (from, there) = (here.path(), beside(&here));
    let (from, to) = (word(&from), word(&there));
    let keys = here.path().with_file_name("keys");
    fs::write(&keys, "no key\n").unwrap();
    let keys = word(&keys);

    for (args, code, said) in [
        (&["--store", from, "copy", from, to][..], 2, "leave out --store"),
        (&["copy", from], 2, "<TO>"),
        (&["copy", from, to, "--to-owner", "you"], 2, "an owner is a UUID, or me"),
        (&["copy", to, from], 3, "no store"),
        (&["copy", from, to, "--signing-key-file", "/no/such/file"], 2, "signing keys can't be read"),
        (&["copy", from, to, "--signing-key-file", keys], 2, "not a signing key"),
        (&["copy", from, "https://u:hunter2@h"], 2, "no user or password"),
    ] {
        let Outcome { code: ended, out, err } = run(args);
        assert_eq!((ended, &*out), (code, ""), "{args:?}: {err}");
        assert!(err.contains(said) && !err.contains("hunter2"), "{args:?}: {err}");
        assert!(!there.exists(), "{args:?}");
    }
    done(&["copy", from, to]);
    assert_eq!(run(&["--read-only", "copy", to, from]).code, 0, "there is nothing to write");
    here.save(save("load_data", "new", &Value::int(1)));
    assert_eq!(run(&["--read-only", "copy", from, to]).code, 5);
}

/// A database that is ready, with accounts for Ana and Pia; it goes with its test.
struct Database {
    name: String,
}

impl Database {
    fn new() -> Self {
        let database = Self { name: format!("copy_{}", Uuid::new_v4().simple()) };
        let Self { name } = &database;
        admin("postgres").batch_execute(&format!("create database {name}")).unwrap();
        admin("postgres").batch_execute(&format!("grant all on database {name} to postgres")).unwrap();
        let keeper = format!("postgresql://postgres@127.0.0.1:{}/{name}", Server::of(15).port);
        stillroom::postgres::migrate(Some(&keeper), false).unwrap();
        let login = format!("create role {name} login password 'hunter2' in role stillroom_app");
        admin("postgres").batch_execute(&login).unwrap();
        admin(name)
            .execute("insert into auth.users (id) select unnest($1::text[]::uuid[])", &[&vec![ANA, PIA]])
            .unwrap();
        database
    }

    fn url(&self) -> String {
        let Self { name } = self;
        format!("postgresql://{name}:hunter2@127.0.0.1:{}/{name}", Server::of(15).pooler_port)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = &self.name;
        let mut admin = admin("postgres");
        // A test that failed says so itself.
        let _ = admin.batch_execute(&format!("drop database if exists {name} with (force)"));
        let _ = admin.batch_execute(&format!("drop role if exists {name}"));
    }
}

fn admin(database: &str) -> Client {
    let url = format!("postgresql://supabase_admin@127.0.0.1:{}/{database}", Server::of(15).port);
    Client::connect(&url, NoTls).unwrap()
}

/// One test, since the roles that a migration makes are of the whole server.
#[test]
fn a_laptop_s_results_go_into_a_database_as_somebody_s_and_back_as_its_own() {
    let (here, database) = (filled(), Database::new());
    here.save(save("page", "model", &values::object()));
    let (from, back, url) = (here.path(), beside(&here), database.url());
    let (from, back, to) = (word(&from), word(&back), &*url);
    let place = to.replace(&format!("{}:hunter2@", database.name), "");

    // Not without a word about whose they become.
    let refused = run(&["copy", from, to, "load_data"]);
    let line =
        format!("stillroom copy {from} {} load_data --to-owner UUID", to.replace("hunter2", "PASSWORD"));
    assert_eq!((refused.code, &*refused.out), (2, ""));
    assert!(
        refused.err.ends_with(&format!("nothing was copied; say whose they become: `{line}`\n")),
        "{}",
        refused.err
    );
    let refused = run(&["--json", "copy", from, to]);
    assert!(refused.err.contains("PASSWORD@") && !refused.err.contains("hunter2"), "{}", refused.err);
    assert_eq!(run(&["copy", from, to, "--to-owner", "me"]).code, 2);
    assert_eq!(json_of(&["--store", to, "--owner", ANA, "ls"])["results"], json!([]));

    // Without a key of the database's app, objects arrive locked, which is said before.
    let locked = "1 result arrives locked: its Python objects were signed by a key that is not here. The bytes \
                  are kept; to open them, copy with the signing key of the app in --signing-key-file.\n  page / model\n";
    let planned = run(&["copy", from, to, "--to-owner", ANA, "--dry-run"]);
    assert!(planned.out.ends_with(&format!("new bytes.\n{locked}Nothing was done.\n")), "{}", planned.out);
    let copied = run(&["copy", from, to, "page", "--to-owner", PIA]);
    assert_eq!((copied.code, &*copied.err), (0, locked));
    let (keys, line) = (here.path().with_file_name("keys"), SigningKey::generate().unwrap());
    fs::write(&keys, format!("{line}\n")).unwrap();
    let key = ["--signing-key-file", word(&keys)];

    let said = done(&[&["copy", from, to, "--to-owner", ANA][..], &key].concat());
    assert!(
        said.starts_with(&format!("Copied 5 results with 6 versions into {place}, as results of {ANA}; ")),
        "{said}"
    );
    assert_eq!(json_of(&["--store", to, "--owner", PIA, "ls"])["results"].as_array().unwrap().len(), 1);
    let again = json_of(&[&["copy", from, to, "--to-owner", ANA][..], &key].concat());
    assert_eq!((&again["versions"], &again["present"], &again["locked"]), (&json!(0), &json!(6), &json!([])));
    assert_eq!((&again["to"], &again["to_owner"]), (&json!(place), &json!(ANA)));

    // Between two that many owners share, the same owner is the default.
    let same = json_of(&[&["--owner", ANA, "copy", to, to][..], &key].concat());
    assert_eq!((&same["to_owner"], &same["present"]), (&json!(ANA), &json!(6)));

    // The database's results are Ana's; in a folder they are its own.
    let unsaid = run(&["copy", to, back]);
    assert!(unsaid.code == 2 && unsaid.err.contains("many owners share this store"), "{}", unsaid.err);
    let said = done(&[&["--owner", ANA, "copy", to, back][..], &key].concat());
    assert!(said.contains("other, as results of its own owner; "), "{said}");
    let model = done(&["--store", back, "show", "page", "model"]);
    assert!(model.contains("objects    signed by a key of this store"), "{model}");
    assert_eq!(json_of(&["copy", back, from])["versions"], 0);
}

#[test]
fn the_binary_copies() {
    let here = filled();
    let there = beside(&here);

    let output = Command::new(env!("CARGO_BIN_EXE_stillroom"))
        .args(["copy", word(&here.path()), word(&there)])
        .env_clear()
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(0));
    assert_eq!(json_of(&["--store", word(&there), "ls"])["results"].as_array().unwrap().len(), 4);
}
