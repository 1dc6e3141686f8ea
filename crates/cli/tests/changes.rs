//! Each verb that changes a store: what it says, in text and in JSON, and that it did it.

use insta::assert_snapshot;
use stillroom::{OpenOptions, Owner, ResultKey, Store, Uuid, Value, keep_going};

use crate::support::{Shelf, empty, filled, save};
use crate::values;

/// One test per line: the name of the snapshots, and what is asked of a store with something in it.
macro_rules! changes {
    ($($name:ident => $args:expr;)*) => {$(
        #[test]
        fn $name() {
            assert_snapshot!(stringify!($name), filled().said(&$args));
            let json = [&["--json"][..], &$args[..]].concat();
            assert_snapshot!(concat!(stringify!($name), "_json"), filled().said(&json));
        }
    )*};
}

changes! {
    diff => ["diff", "train_models", "rmse", "1", "2"];
    rollback => ["rollback", "train_models", "rmse", "1"];
    rename => ["rename", "train_models", "rmse", "archive", "error"];
    update_all => ["update", "train_models", "rmse", "--version", "1", "--label", "quick", "--ttl", "7d"];
    update_none => ["update", "train_models", "rmse", "--no-label", "--no-ttl", "--unpin"];
    update_pin => ["update", "train_models", "rmse", "--pin", "--ttl", "1w"];
    rm => ["rm", "train_models", "rmse"];
    rm_version => ["rm", "train_models", "rmse", "--version", "1"];
    verify => ["verify"];
    repair_of_what_is_whole => ["verify", "--repair"];
    gc_of_nothing => ["gc"];
}

#[test]
fn rollback_saves_the_older_version_again_and_knows_when_there_is_nothing_to_do() {
    let shelf = filled();

    shelf.done(&["rollback", "train_models", "rmse", "1"]);

    assert_eq!(shelf.done(&["cat", "train_models", "rmse", "--to", "json"]), "1.25\n");
    assert_snapshot!(shelf.said(&["rollback", "train_models", "rmse", "1"]));
    assert_snapshot!(shelf.said(&["history", "train_models", "rmse"]));
    assert_snapshot!(shelf.said(&["show", "train_models", "rmse"]));
}

#[test]
fn a_rename_moves_every_version() {
    let shelf = filled();

    shelf.done(&["rename", "train_models", "rmse", "archive", "error"]);

    assert_eq!(shelf.run(&["show", "train_models", "rmse"]).code, 3);
    assert_snapshot!(shelf.said(&["history", "archive", "error"]));
}

#[test]
fn what_rm_prints_brings_back_what_it_deleted() {
    let shelf = filled();
    let said = shelf.done(&["rm", "train_models", "rmse"]);
    let line = said.lines().last().unwrap().trim();
    // The command as it is printed has the store in it, as it was given.
    let words: Vec<_> = line.strip_prefix("stillroom --store ").unwrap().split(' ').skip(1).collect();

    assert_eq!(shelf.run(&["history", "train_models", "rmse"]).code, 3);
    assert_snapshot!(shelf.said(&words));

    assert_eq!(shelf.done(&["cat", "train_models", "rmse", "--to", "json"]), "1.21\n");
    assert_snapshot!(shelf.said(&["--json", "rm", "train_models", "rmse", "--undo", "1-2"]));
    assert_snapshot!(shelf.said(&["rm", "train_models", "rmse", "--undo", "7"]));
}

#[test]
fn the_command_that_undoes_is_fit_for_a_shell() {
    let shelf = empty();
    shelf.save(save("two words", "$(key)", &Value::int(1)));
    shelf.save(save("-page", "--key", &Value::int(1)));

    assert_snapshot!(shelf.said(&["rm", "two words", "$(key)"]));
    assert_snapshot!(shelf.said(&["rm", "--", "-page", "--key"]));
}

#[test]
fn history_says_which_versions_are_gone() {
    let shelf = empty();
    (1..=9).for_each(|number| shelf.save(save("page", "n", &Value::int(number))));

    for version in ["2", "4", "5", "6", "9"] {
        shelf.done(&["rm", "page", "n", "--version", version]);
    }

    assert_snapshot!(shelf.said(&["history", "page", "n"]));
}

#[test]
fn a_version_that_is_pinned_or_expires_says_so_wherever_it_is_listed() {
    let shelf = filled();
    shelf.done(&["update", "train_models", "rmse", "--pin"]);
    shelf.done(&["update", "load_data", "visits", "--ttl", "12d"]);

    assert_snapshot!(shelf.said(&["ls"]));
    assert_snapshot!(shelf.said(&["show", "load_data", "visits"]));
    assert_snapshot!(shelf.said(&["show", "train_models", "rmse"]));
}

#[test]
fn gc_says_what_would_go_and_then_erases_it() {
    let shelf = filled();
    shelf.done(&["rm", "train_models", "residuals"]);

    assert_snapshot!(shelf.said(&["gc", "--dry-run"]));
    assert_snapshot!(shelf.said(&["--json", "gc", "--dry-run"]));
    let erased = shelf.done(&["gc"]);

    assert!(erased.starts_with("Erased 1 version that was deleted"), "{erased}");
    assert_eq!(shelf.run(&["rm", "train_models", "residuals", "--undo", "1"]).code, 3);
}

#[test]
fn gc_of_all_owners_erases_what_others_deleted_too() {
    let shelf = filled();
    let other = shelf.store.as_owner(Owner::new(Uuid::from_u128(7)));
    other.save(vec![save("page", "key", &Value::int(1))], &mut keep_going).unwrap();
    other.delete(&ResultKey::parse("page", "key").unwrap(), None).unwrap();
    shelf.done(&["rm", "train_models", "residuals"]);

    let dry = shelf.done(&["gc", "--all-owners", "--dry-run"]);
    let erased = shelf.done(&["gc", "--all-owners"]);
    let own = shelf.run(&["gc", "--all-owners", "--owner", "8c5a3d52-7d0c-4b7e-9a52-0c8f6f1f3a11"]);

    assert!(dry.starts_with("Looked at 2 owners. Would erase 2 versions"), "{dry}");
    assert!(erased.starts_with("Looked at 2 owners. Erased 2 versions"), "{erased}");
    assert_eq!(shelf.done(&["gc", "--all-owners"]), "Looked at 1 owner. Nothing to erase.\n");
    assert_eq!(own.code, 2);
}

#[test]
fn an_export_is_imported_once_and_says_where_each_version_came_from() {
    let (here, there) = (filled(), empty());
    let file = here.path().with_file_name("results.stillroom");
    let file = file.to_str().unwrap();

    assert_snapshot!(here.said(&["export", file]));
    assert_snapshot!(here.redacted(&there.run(&["import", file, "--dry-run"])));
    assert_snapshot!(here.redacted(&there.run(&["import", file])));
    assert_snapshot!(here.redacted(&there.run(&["--json", "import", file])));
    assert_snapshot!(there.said(&["ls"]));
    assert_snapshot!(there.said(&["--json", "show", "train_models", "rmse"]));
}

#[test]
fn a_page_is_exported_alone() {
    let here = filled();
    let file = here.path().with_file_name("page.stillroom");

    let said = here.done(&["--json", "export", file.to_str().unwrap(), "load_data"]);

    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((json["results"].as_u64(), json["versions"].as_u64()), (Some(1), Some(1)));
    assert_eq!(json["bytes"], std::fs::metadata(&file).unwrap().len());
    assert_eq!(json["file"], file.to_str().unwrap());
}

#[test]
fn a_result_is_exported_alone_with_its_history() {
    let here = filled();
    let file = here.path().with_file_name("result.stillroom");

    let said = here.done(&["export", file.to_str().unwrap(), "train_models", "rmse"]);

    assert!(said.starts_with("Exported 1 result with 2 versions to "), "{said}");
}

#[test]
fn an_import_says_beforehand_what_arrives_locked() {
    let (here, there) = (empty(), empty());
    here.save(save("page", "model", &values::object()));
    here.save(save("page", "rmse", &Value::float(1.25)));
    let file = here.path().with_file_name("results.stillroom");
    here.done(&["export", file.to_str().unwrap()]);

    let outcome = there.run(&["import", file.to_str().unwrap()]);

    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.err);
    assert_snapshot!(there.said(&["show", "page", "model"]));
}

#[test]
fn an_import_makes_the_store_that_is_not_there() {
    let here = filled();
    let file = here.path().with_file_name("results.stillroom");
    here.done(&["export", file.to_str().unwrap()]);
    let new = here.path().with_file_name("new");

    let outcome = crate::support::run(&["--store", new.to_str().unwrap(), "import", file.to_str().unwrap()]);

    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    let url = Some(new.to_str().unwrap().to_owned());
    assert_eq!(
        Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap().usage().unwrap().results,
        4
    );
}

#[test]
fn read_only_reads_and_writes_nothing() {
    let shelf = filled();
    let before = shelf.done(&["history", "train_models", "rmse"]);

    assert_eq!(shelf.run(&["--read-only", "ls"]).code, 0);
    for change in [
        &["rollback", "train_models", "rmse", "1"][..],
        &["rename", "train_models", "rmse", "archive", "error"],
        &["update", "train_models", "rmse", "--pin"],
        &["rm", "train_models", "rmse"],
        &["gc"],
    ] {
        let outcome = shelf.run(&[&["--read-only"], change].concat());
        assert_eq!(outcome.code, 5, "{change:?}: {}{}", outcome.out, outcome.err);
    }

    assert_eq!(shelf.done(&["history", "train_models", "rmse"]), before);
}

#[test]
fn completions_are_printed_for_each_shell() {
    for (shell, line) in
        [("bash", "_stillroom() {"), ("zsh", "#compdef stillroom"), ("fish", "complete -c stillroom")]
    {
        let script = filled().done(&["completions", shell]);
        assert!(script.contains(line), "{shell}");
        for verb in ["rollback", "export", "verify"] {
            assert!(script.contains(verb), "{shell} completes {verb}");
        }
    }
}

impl Shelf {
    /// Runs the command, which must do what it is asked, and answers what it said.
    fn done(&self, args: &[&str]) -> String {
        let outcome = self.run(args);
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{args:?}");
        outcome.out
    }
}
