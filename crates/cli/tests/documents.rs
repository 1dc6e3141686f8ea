//! The documents whose consoles are run: what they show is what the command says.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::console::{self, Home};
use crate::demo;

#[test]
fn the_command_says_what_its_document_shows() {
    console::assert_true("docs/cli.md", scene);
}

#[test]
fn each_step_of_recovery_does_what_the_document_says() {
    console::assert_true("docs/recovery.md", scene);
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

/// What the documents name.
fn scene(name: &str, home: &mut Home) {
    match name {
        "the demo" => home.store = Some(demo::make(&home.store_folder())),
        "a byte of the newest predictions turned round" => damage(&home.store_folder()),
        "the full training again" => demo::train(home.store.as_ref().unwrap(), 240, "Full"),
        _ => panic!("no such scene: {name}"),
    }
}

/// Turns a byte round that only the last training wrote.
fn damage(store: &Path) {
    let mut packs: Vec<_> =
        fs::read_dir(store.join("packs")).unwrap().map(|pack| pack.unwrap().path()).collect();
    packs.sort();
    let file = OpenOptions::new().read(true).write(true).open(&packs[0]).unwrap();
    let place = file.metadata().unwrap().len() - 100_000;
    let mut byte = [0];
    file.read_exact_at(&mut byte, place).unwrap();
    file.write_all_at(&[!byte[0]], place).unwrap();
}
