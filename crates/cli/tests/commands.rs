//! Each verb's answer, in text and in JSON.

use std::process::Command;

use insta::assert_snapshot;

use crate::support::{empty, filled, run, save};
use crate::{values, values_built};

/// One test per line: the name of the snapshots, and what is asked.
macro_rules! answers {
    ($($name:ident => $args:expr;)*) => {$(
        #[test]
        fn $name() {
            let shelf = filled();

            assert_snapshot!(stringify!($name), shelf.said(&$args));
            let json = [&["--json"][..], &$args[..]].concat();
            assert_snapshot!(concat!(stringify!($name), "_json"), shelf.said(&json));
        }
    )*};
}

answers! {
    overview => [] as [&str; 0];
    ls => ["ls"];
    ls_page => ["ls", "load_data"];
    show_page => ["show", "train_models"];
    show_frame => ["show", "load_data", "visits"];
    show_array => ["show", "train_models", "residuals"];
    show_dict => ["show", "train_models", "scores"];
    show_scalar_with_label_and_metadata => ["show", "train_models", "rmse"];
    show_version => ["show", "train_models", "rmse", "--version", "1"];
    history => ["history", "train_models", "rmse"];
    usage => ["usage"];
}

#[test]
fn an_empty_store_says_so() {
    let shelf = empty();

    assert_snapshot!(shelf.said(&[]));
    assert_snapshot!(shelf.said(&["ls"]));
    assert_snapshot!(shelf.said(&["usage"]));
}

#[test]
fn a_series_is_shown_by_its_first_rows() {
    let shelf = empty();
    shelf.save(save("page", "words", &values::series()));

    assert_snapshot!(shelf.said(&["show", "page", "words"]));
    assert_snapshot!(shelf.said(&["show", "page", "words", "--json"]));
}

#[test]
fn a_python_object_is_named_and_never_opened() {
    let shelf = empty();
    shelf.save(save("page", "model", &values::object()));

    assert_snapshot!(shelf.said(&["show", "page", "model"]));
}

#[test]
fn a_large_frame_is_shown_by_its_first_rows_and_columns() {
    let shelf = empty();
    shelf.save(save("page", "lags", &values::large_frame()));

    assert_snapshot!(shelf.said(&["show", "page", "lags"]));
}

#[test]
fn another_owner_sees_an_empty_store() {
    let shelf = filled();
    let stranger = "7f3c1d1e-8f0a-4a53-9d7e-2a3b4c5d6e7f";

    assert_snapshot!(shelf.said(&["--owner", stranger, "ls"]));
    assert_snapshot!(shelf.said(&["--owner", stranger, "history", "train_models", "rmse"]));
}

#[test]
fn key_prints_a_new_line_each_time_and_needs_no_store() {
    let first = run(&["key"]);
    let second = run(&["key", "--json"]);

    let line = first.out.trim_end();
    let json: serde_json::Value = serde_json::from_str(&second.out).unwrap();
    assert_eq!((first.code, second.code), (0, 0));
    stillroom::SigningKey::parse(line).unwrap();
    stillroom::SigningKey::parse(json["signing_key"].as_str().unwrap()).unwrap();
    assert_ne!(line, json["signing_key"]);
}

#[test]
fn help_and_version_are_answers() {
    assert_snapshot!(run(&["--help"]).out);
    assert_eq!(run(&["--version"]).out, format!("stillroom {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(&["show", "--help"]).code, 0);
}

#[test]
fn the_binary_needs_nothing_on_the_path() {
    let shelf = filled();

    let output = Command::new(env!("CARGO_BIN_EXE_stillroom"))
        .args(["--store", shelf.path().to_str().unwrap(), "ls"])
        .env_clear()
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), shelf.run(&["ls"]).out);
}

#[test]
fn reading_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("nothing here");

    let outcome = run(&["--store", place.to_str().unwrap(), "ls"]);

    assert_eq!(outcome.code, 3);
    assert!(!place.exists());
}

#[test]
fn tables_and_arrays_of_libraries_are_shown_by_their_beginning() {
    let shelf = empty();
    let mask = Some([0, 1, 0, 0, 0, 1]);
    shelf.save(save("page", "polars", &values_built::polars_frame(values_built::polars_lists())));
    shelf.save(save("page", "levels", &values_built::pandas_frame()));
    shelf.save(save("page", "masked", &values_built::masked_array(mask)));
    shelf.save(save("page", "figure", &values_built::figure()));

    for key in ["polars", "levels", "masked", "figure"] {
        assert_snapshot!(shelf.said(&["show", "page", key]));
    }
}
