//! The documents whose consoles are run: what they show is what the command says.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use stillroom::{OpenOptions, SigningKey, Store};

use crate::console::{self, Home};
use crate::demo;
use crate::fresh::Fresh;

#[test]
fn the_command_says_what_its_document_shows() {
    console::assert_true("docs/cli.md", scene);
}

#[test]
fn each_step_of_recovery_does_what_the_document_says() {
    console::assert_true("docs/recovery.md", scene);
}

#[test]
fn a_database_is_set_up_as_the_document_says() {
    let database = Fresh::alone(15);
    let scene = |name: &str, home: &mut Home| database_scene(name, &database, home);

    console::assert_true("docs/postgres.md", scene);
}

#[test]
fn a_document_that_shows_something_else_is_found() {
    let text =
        "<!-- given: the demo -->\n\n```console\n$ stillroom ls notebook\nsomething else\n$ echo $?\n```\n";

    let ran = console::run(text, scene);

    assert_ne!(ran, text);
    assert!(ran.contains("\nPAGE      KEY       VERSION"), "{ran}");
    assert!(ran.ends_with("\n$ echo $?\n0\n```\n"), "{ran}");
}

/// What happens to a database, and as whom the commands come.
fn database_scene(name: &str, database: &Fresh, home: &mut Home) {
    let mut admin = database.admin();
    let login = database.url("stillroom_login:PASSWORD");
    match name {
        "a database" => {
            let place = database.url("@").split("@@").nth(1).unwrap().to_owned();
            let version: String = admin.query_one("show server_version", &[]).unwrap().get(0);
            let version = version.split(' ').next().unwrap().to_owned();
            home.written = vec![(place, "127.0.0.1:5432/app"), (version, "15.18")];
            home.before = format!("export STILLROOM_URL={};", database.keeper_url());
        }
        "the app's login" => {
            admin.batch_execute("alter role stillroom_login password 'PASSWORD'").unwrap();
            home.before = format!("export STILLROOM_URL={login};");
        }
        "somebody leaves" => {
            admin.batch_execute("drop policy everyone on public.app_results").unwrap();
            for owner in ["8c5a3d52-7d0c-4b7e-9a52-0c8f6f1f3a11", "1b0f8a77-0c55-4f39-8d7b-54d1a7a0c9e2"] {
                let owner = Some(owner.parse().unwrap());
                let url = Some(login.clone());
                let key = SigningKey::parse(&SigningKey::generate().unwrap()).unwrap();
                let signing_keys = Some(vec![key]);
                let store =
                    Store::open(OpenOptions { url, owner, signing_keys, ..OpenOptions::default() }).unwrap();
                demo::train(&store, 24, "Quick");
                demo::train(&store, 240, "Full");
            }
            home.before = format!("export STILLROOM_URL={};", database.keeper_url());
        }
        "rows are deleted by hand" => {
            admin.batch_execute("delete from public.app_result_versions where version = 1").unwrap();
        }
        "somebody exposes a table" => {
            admin
                .batch_execute("create policy everyone on public.app_results for select using (true)")
                .unwrap();
        }
        _ => panic!("no such scene: {name}"),
    }
}

/// What the documents name.
fn scene(name: &str, home: &mut Home) {
    let (store, ana) = (home.store_folder(), home.ana());
    match name {
        "the demo" => {
            home.with_store(demo::fill);
            fs::create_dir(ana.join("backup")).unwrap();
        }
        "a byte of the newest predictions is turned round" => damage(&store),
        "the full training runs again" => home.with_store(|store| demo::train(store, 240, "Full")),
        "the new code has saved a config under training" => home.with_store(demo::save_elsewhere),
        "the signing key is copied to a backup" => {
            fs::copy(store.join("signing.key"), ana.join("backup/signing.key")).unwrap();
        }
        "the signing key is lost" => fs::remove_file(store.join("signing.key")).unwrap(),
        "a colleague's export lies in the backup" => {
            let theirs = demo::open(&ana.join("colleague"));
            demo::train(&theirs, 12, "Pia's");
            theirs
                .export_to(
                    &ana.join("backup/pia.stillroom"),
                    &stillroom::Scope::All,
                    &mut stillroom::keep_going,
                )
                .unwrap();
        }
        // No file may grow beyond 512 blocks of 512 bytes, which the only pack has already: what a shell can
        // do without a disk of its own.
        "the disk is full" => home.before = "trap '' XFSZ; ulimit -f 512;".to_owned(),
        "a little room is made" => home.before = String::new(),
        "the export is cut short" => {
            let file = fs::OpenOptions::new().write(true).open(ana.join("backup/all.stillroom")).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }
        _ => panic!("no such scene: {name}"),
    }
}

/// Turns a byte round that only the newest predictions need.
fn damage(store: &Path) {
    let cells = demo::boosting(240);
    let pack = fs::read_dir(store.join("packs")).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&pack).unwrap();
    let place = bytes.windows(cells.len()).position(|window| window == cells).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&pack).unwrap();
    file.write_all_at(&[!cells[0]], place as u64).unwrap();
}
