//! The house: which crate may import which, and which file may do what no other does.
//!
//! Cargo holds the arrows only as long as nobody adds a line to a manifest, and
//! no tool holds "only this file asks for the time". This reads both.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

/// A crate, and which of ours it may import: format ← core ← backends, mapping ← core; stillroom joins
/// them; the doors import stillroom alone, but for the command that the wheel carries.
const ARROWS: [(&str, &[&str]); 8] = [
    ("stillroom-format", &[]),
    ("stillroom-mapping", &[]),
    ("stillroom-core", &["stillroom-format", "stillroom-mapping"]),
    ("stillroom-backends", &["stillroom-core", "stillroom-format", "stillroom-mapping"]),
    ("stillroom", &["stillroom-backends", "stillroom-core", "stillroom-format", "stillroom-mapping"]),
    ("stillroom-cli", &["stillroom"]),
    ("stillroom-python", &["stillroom", "stillroom-cli"]),
    // Of tests, and imports none of what it is to test.
    ("supabase-stand-in", &[]),
];

/// A crate of others, and which of ours may import it: the rest stays free of IO, SQL and Python.
const GUESTS: [(&str, &[&str]); 18] = [
    ("base64", &["stillroom-backends", "supabase-stand-in"]),
    ("clap", &["stillroom-cli"]),
    ("clap_complete", &["stillroom-cli"]),
    ("getrandom", &["stillroom", "stillroom-backends"]),
    ("hmac", &["stillroom"]),
    ("numpy", &["stillroom-python"]),
    ("parquet", &["stillroom-cli"]),
    ("pco", &["stillroom-format"]),
    ("pyo3", &["stillroom-python"]),
    ("ring", &["stillroom-backends", "supabase-stand-in"]),
    ("rusqlite", &["stillroom-backends"]),
    ("rustls", &["stillroom-backends"]),
    ("rustix", &["stillroom", "stillroom-backends", "stillroom-mapping"]),
    ("sha2", &["stillroom"]),
    ("tokio", &["stillroom-backends"]),
    ("tokio-postgres", &["stillroom-backends"]),
    ("ureq", &["stillroom-backends"]),
    ("zstd", &["stillroom-format"]),
];

/// What only some files may do. Tests, and modules of tests at the end of a file, may do it too.
const ALONE: [(&str, &[&str], &[&str]); 4] = [
    (
        "unsafe code",
        &["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "unsafe trait"],
        &["crates/mapping/src/lib.rs", "python/src/borrow.rs"],
    ),
    ("the time", &["SystemTime::now"], &["crates/stillroom/src/clock.rs"]),
    // Paces how often a long call looks back into Python or draws its bar; nothing that is kept depends on it.
    ("a stopwatch", &["Instant::now"], &["crates/cli/src/progress.rs", "python/src/enter.rs"]),
    ("the environment", &["env::var", "env::vars"], &["crates/backends/src/connect.rs"]),
];

/// What the format has for those who know values.
const VALUES: [&str; 6] = ["Draft", "Manifest", "Node", "Reader", "Value", "Writer"];

#[test]
fn crates_import_along_the_arrows() {
    let imports = imports();
    let named: BTreeSet<_> = imports.iter().map(|(name, _)| name.as_str()).collect();

    let against: Vec<_> = imports.iter().flat_map(|(name, others)| against_arrows(name, others)).collect();

    assert_eq!(named, ARROWS.iter().map(|(name, _)| *name).collect());
    assert_eq!(against, Vec::<String>::new());
}

#[test]
fn guests_stay_in_their_rooms() {
    let strays: Vec<_> = imports()
        .iter()
        .flat_map(|(name, others)| others.iter().map(move |other| (name, other)))
        .filter(|(name, other)| {
            let rooms = GUESTS.iter().find(|(guest, _)| guest == other).map(|(_, rooms)| rooms);
            rooms.is_some_and(|rooms| !rooms.contains(&name.as_str()))
        })
        .map(|(name, other)| format!("{name} imports {other}"))
        .collect();

    assert_eq!(strays, Vec::<String>::new());
}

#[test]
fn what_few_files_may_do_is_done_nowhere_else() {
    let mut strays = Vec::new();

    for file in sources() {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for (what, words, files) in ALONE {
            if !files.contains(&file.as_str()) && words.iter().any(|word| code(text).contains(word)) {
                strays.push(format!("{file}: {what}"));
            }
        }
    }

    assert_eq!(strays, Vec::<String>::new());
}

#[test]
fn backends_and_their_contract_see_no_values() {
    let mut strays = Vec::new();

    for file in sources() {
        let text = code(&fs::read_to_string(root().join(&file)).unwrap());
        let imports = text.split("stillroom_format::").skip(1);
        let is_below = file.starts_with("crates/core/") || file.starts_with("crates/backends/");
        for names in imports.map(|import| import.split(';').next().unwrap()).filter(|_| is_below) {
            let words = names.split(|c: char| !c.is_alphanumeric());
            strays.extend(words.filter(|word| VALUES.contains(word)).map(|word| format!("{file}: {word}")));
        }
    }

    assert_eq!(strays, Vec::<String>::new());
}

#[test]
fn every_crate_forbids_unsafe_code_but_the_two_that_need_it() {
    for (name, _) in ARROWS {
        let (path, lint) = match name {
            "stillroom-python" => ("python/src/lib.rs".to_owned(), "#![deny(unsafe_code)]"),
            "stillroom-mapping" => ("crates/mapping/src/lib.rs".to_owned(), "#![deny(unsafe_code)]"),
            "supabase-stand-in" => {
                ("crates/backends/tests/stand_in/src/lib.rs".to_owned(), "#![forbid(unsafe_code)]")
            }
            _ => {
                let room = name.strip_prefix("stillroom-").unwrap_or(name);
                (format!("crates/{room}/src/lib.rs"), "#![forbid(unsafe_code)]")
            }
        };

        let text = fs::read_to_string(root().join(&path)).unwrap();

        assert!(text.lines().any(|line| line == lint), "{path} says {lint}");
    }
    for path in ["crates/mapping/src/lib.rs", "python/src/borrow.rs"] {
        let text = fs::read_to_string(root().join(path)).unwrap();
        assert_eq!(text.matches("expect(unsafe_code").count(), 1, "{path} says it once, with the reason");
    }
}

/// Every crate of the workspace with what it imports, for tests and builds too.
fn imports() -> Vec<(String, Vec<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Json = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (name(package), dependencies(package))).collect()
}

fn dependencies(package: &Json) -> Vec<String> {
    package["dependencies"].as_array().unwrap().iter().map(name).collect()
}

fn name(json: &Json) -> String {
    json["name"].as_str().unwrap().to_owned()
}

fn against_arrows(name: &str, others: &[String]) -> Vec<String> {
    let allowed = ARROWS.iter().find(|(from, _)| *from == name).map_or(&[][..], |(_, to)| to);
    others
        .iter()
        .filter(|other| other.starts_with("stillroom") && !allowed.contains(&other.as_str()))
        // A crate's tests may ask for its own features.
        .filter(|other| *other != name)
        .map(|other| format!("{name} imports {other}"))
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Rust files that are shipped, from the root on.
fn sources() -> Vec<String> {
    let mut folders = vec![PathBuf::from("python/src")];
    folders.extend(fs::read_dir(root().join("crates")).unwrap().map(|room| {
        let room = room.unwrap().file_name();
        Path::new("crates").join(room).join("src")
    }));
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            match path.extension() {
                Some(extension) if extension == "rs" => files.push(path.to_str().unwrap().to_owned()),
                _ if root().join(&path).is_dir() => folders.push(path),
                _ => {}
            }
        }
    }
    files
}

/// A file without its comments, which may speak of anything.
fn code(text: &str) -> String {
    let without = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(without).collect::<Vec<_>>().join("\n")
}
