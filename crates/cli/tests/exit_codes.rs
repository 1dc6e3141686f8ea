//! What goes wrong ends in the exit code of its kind, and is said on the other stream.
//!
//! The kinds that reading can meet; `failure.rs` holds the codes of all.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::PathBuf;

use insta::assert_snapshot;

use crate::support::{empty, filled, run, save};
use crate::values;

#[test]
fn what_is_not_there_is_3() {
    let shelf = filled();

    assert_snapshot!(shelf.said(&["ls", "nowhere"]));
    assert_snapshot!(shelf.said(&["show", "nowhere"]));
    assert_snapshot!(shelf.said(&["show", "train_models", "nothing"]));
    assert_snapshot!(shelf.said(&["show", "train_models", "rmse", "--version", "9"]));
    assert_snapshot!(shelf.said(&["history", "train_models", "nothing"]));
    assert_snapshot!(shelf.said(&["history", "train_models", "nothing", "--json"]));
}

#[test]
fn a_store_that_is_not_there_is_3() {
    let shelf = empty();
    let place = shelf.path().with_file_name("elsewhere");

    let outcome = run(&["--store", place.to_str().unwrap(), "ls"]);

    assert_snapshot!(shelf.redacted(&outcome));
}

#[test]
fn a_wrong_argument_is_2() {
    let shelf = empty();

    assert_snapshot!(shelf.said(&["list"]));
    assert_snapshot!(shelf.said(&["list", "--json"]));
    assert_snapshot!(shelf.said(&["history", "train_models"]));
    assert_snapshot!(shelf.said(&["show", "page", "key", "--version", "0"]));
    assert_snapshot!(shelf.said(&["--owner", "me", "ls"]));
    assert_snapshot!(shelf.said(&["ls", ""]));
    assert_snapshot!(shelf.said(&["show", "two\nlines", "key"]));
    assert_snapshot!(shelf.said(&["update", "page", "key"]));
    assert_snapshot!(shelf.said(&["update", "page", "key", "--pin", "--unpin"]));
    assert_snapshot!(shelf.said(&["update", "page", "key", "--ttl", "soon"]));
    assert_snapshot!(shelf.said(&["rm", "page", "key", "--undo", "3-1"]));
    assert_snapshot!(shelf.said(&["cat", "page", "key", "--to", "xlsx"]));
    assert_snapshot!(run(&["--store", "http://example.org", "ls"]).err);
}

#[test]
fn a_path_that_is_a_file_is_2() {
    let shelf = empty();
    let file = shelf.path().with_file_name("notes.txt");
    fs::write(&file, "not a store").unwrap();

    let outcome = run(&["--store", file.to_str().unwrap(), "ls"]);

    assert_snapshot!(shelf.redacted(&outcome));
}

#[test]
fn a_folder_that_others_can_write_to_is_5() {
    let shelf = empty();
    fs::set_permissions(shelf.path(), fs::Permissions::from_mode(0o777)).unwrap();

    assert_snapshot!(shelf.said(&["ls"]));
}

#[test]
fn a_damaged_result_is_8() {
    let shelf = empty();
    shelf.save(save("page", "lags", &values::large_frame()));
    damage(&pack(shelf.path()));

    assert_snapshot!(shelf.said(&["cat", "page", "lags", "--to", "csv"]));
    assert_snapshot!(shelf.said(&["cat", "page", "lags", "--to", "csv", "--json"]));
}

#[test]
fn a_place_that_is_taken_is_4() {
    let shelf = filled();

    assert_snapshot!(shelf.said(&["rename", "train_models", "rmse", "train_models", "scores"]));
}

#[test]
fn a_change_of_what_is_only_read_is_5() {
    let shelf = filled();

    assert_snapshot!(shelf.said(&["--read-only", "rm", "train_models", "rmse"]));
}

#[test]
fn a_form_that_cannot_say_it_is_6() {
    let shelf = filled();

    assert_snapshot!(shelf.said(&["cat", "train_models", "scores", "--to", "csv"]));
    assert_snapshot!(shelf.said(&["--json", "cat", "train_models", "scores", "--to", "csv"]));
}

#[test]
fn a_label_that_is_too_long_is_9() {
    let shelf = filled();

    assert_snapshot!(shelf.said(&["update", "train_models", "rmse", "--label", &"x".repeat(2000)]));
}

#[test]
fn damage_that_verify_finds_is_an_answer_that_ends_in_8() {
    let shelf = empty();
    shelf.save(save("page", "lags", &values::frame()));
    shelf.save(save("page", "lags", &values::large_frame()));
    damage(&pack(shelf.path()));

    assert_snapshot!(shelf.said(&["verify"]));
    assert_snapshot!(shelf.said(&["--json", "verify"]));
    assert_snapshot!(shelf.said(&["verify", "--repair"]));
}

#[test]
fn a_file_that_is_no_export_is_2_and_one_cut_short_is_8() {
    let shelf = filled();
    let (other, cut) = (shelf.path().with_file_name("other"), shelf.path().with_file_name("cut"));
    fs::write(&other, "no export").unwrap();
    shelf.run(&["export", cut.to_str().unwrap()]);
    let file = OpenOptions::new().write(true).open(&cut).unwrap();
    file.set_len(file.metadata().unwrap().len() - 1).unwrap();

    assert_snapshot!(shelf.said(&["import", other.to_str().unwrap()]));
    assert_snapshot!(shelf.said(&["import", cut.to_str().unwrap()]));
    assert_snapshot!(shelf.said(&["export", cut.to_str().unwrap()]));
}

#[test]
fn an_answer_that_cannot_be_written_is_7() {
    let mut err = Vec::new();

    let code = stillroom_cli::run(["key".into()], &mut Full(ErrorKind::StorageFull), &mut err);

    assert_eq!(code, 7);
    assert_snapshot!(String::from_utf8(err).unwrap());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut err = Vec::new();

    let code = stillroom_cli::run(["key".into()], &mut Full(ErrorKind::BrokenPipe), &mut err);

    assert_eq!((code, err), (0, Vec::new()));
}

/// Takes nothing.
struct Full(ErrorKind);

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The only pack of a store.
fn pack(store: PathBuf) -> PathBuf {
    let mut packs = fs::read_dir(store.join("packs")).unwrap();
    packs.next().unwrap().unwrap().path()
}

/// Turns a byte round in the middle of a file.
fn damage(file: &PathBuf) {
    let file = OpenOptions::new().read(true).write(true).open(file).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, middle).unwrap();
    file.write_all_at(&[!byte[0]], middle).unwrap();
}
