//! Runs the consoles of a document, and writes the document again with what they said.
//!
//! A console is a block fenced as `console`: lines that begin with `$ ` are given
//! to a shell, and what follows up to the next is what it said. Comments between
//! blocks set the scene and are seen by nobody who reads the document:
//! `<!-- given: NAME -->` begins anew in a home of its own, `<!-- then: NAME -->`
//! lets something happen to it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use stillroom::Store;
use tempfile::TempDir;

use crate::{demo, redact};

/// Where the person of the documents lives.
const HOME: &str = "/home/ana";
/// The owner of her store.
const OWNER: &str = "5f2b1c9e-7d04-4d5e-9a52-0c8f6f1f3a11";

/// A home with an app in it, whose folder is where commands begin.
pub(crate) struct Home {
    folder: TempDir,
    /// Where the shell stands.
    place: PathBuf,
    /// How the last command ended.
    code: i32,
    /// What goes before each command: a disk that is full.
    pub(crate) before: String,
    /// What is written otherwise in a document: a port, a database's name.
    pub(crate) written: Vec<(String, &'static str)>,
    /// Whose the store is, and what it says of the disk that the tests run on.
    known: Option<(String, Vec<String>)>,
}

impl Home {
    /// A home with an empty folder for the app.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let place = root.join("ana/ed_arrivals");
        fs::create_dir_all(&place).unwrap();
        fs::create_dir(root.join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_stillroom"), root.join("bin/stillroom")).unwrap();
        Self { folder, place, code: 0, before: String::new(), written: Vec::new(), known: None }
    }

    /// The folder of the app's store.
    pub(crate) fn store_folder(&self) -> PathBuf {
        self.ana().join("ed_arrivals/.stillroom")
    }

    /// Where `HOME` is in truth.
    pub(crate) fn ana(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("ana")
    }

    /// Lets something happen to the store by way of its own interface, opened for as long as it takes.
    pub(crate) fn with_store(&mut self, work: impl FnOnce(&Store)) {
        let store = demo::open(&self.store_folder());
        self.known = Some((store.owner().to_string(), store.notices().to_vec()));
        work(&store);
    }

    /// Runs a line and answers what it said on both streams.
    fn run(&mut self, line: &str) -> String {
        let ana = self.ana();
        if let Some(folder) = line.strip_prefix("cd ") {
            self.place = self.place.join(folder.replace(HOME, ana.to_str().unwrap())).canonicalize().unwrap();
            return String::new();
        }
        let line = line.replace(HOME, ana.to_str().unwrap());
        let script = format!("exec 2>&1; {} (exit {}); {line}", self.before, self.code);
        let bin = ana.with_file_name("bin");
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&self.place)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        self.code = output.status.code().unwrap();
        self.redacted(&String::from_utf8(output.stdout).unwrap())
    }

    fn redacted(&self, said: &str) -> String {
        let said = match &self.known {
            Some((owner, notices)) => redact::disk(said, notices).replace(owner, OWNER),
            None => said.to_owned(),
        };
        let said =
            self.written.iter().fold(said, |said, (true_text, written)| said.replace(true_text, written));
        let said = redact::passwords(&said.replace(self.ana().to_str().unwrap(), HOME));
        redact::packs(&redact::times(&said))
    }
}

/// `text` with its consoles run, their scenes set by `scene`.
pub(crate) fn run(text: &str, scene: impl Fn(&str, &mut Home)) -> String {
    let mut home = Home::new();
    let mut written = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        written.push_str(&format!("{line}\n"));
        if let Some(name) = directive(line, "given") {
            home = Home::new();
            scene(name, &mut home);
        } else if let Some(name) = directive(line, "then") {
            scene(name, &mut home);
        } else if line == "```console" {
            let console: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            for line in console.iter().filter(|line| line.starts_with("$ ")) {
                written.push_str(&format!("{line}\n{}", home.run(&line[2..])));
            }
            written.push_str("```\n");
        }
    }
    written
}

fn directive<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix("<!-- ")?.strip_prefix(word)?.strip_prefix(": ")?.strip_suffix(" -->")
}

/// Where a document is.
pub(crate) fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// Fails when a document's consoles say anything else than the document does; `STILLROOM_BLESS=1` writes it
/// again instead.
pub(crate) fn assert_true(name: &str, scene: impl Fn(&str, &mut Home)) {
    let path = document(name);
    let text = fs::read_to_string(&path).unwrap();
    let ran = run(&text, scene);
    if std::env::var_os("STILLROOM_BLESS").is_some() {
        fs::write(&path, &ran).unwrap();
        return;
    }
    for (number, (said, says)) in text.lines().zip(ran.lines()).enumerate() {
        assert_eq!(said, says, "{name}:{}; STILLROOM_BLESS=1 writes it again", number + 1);
    }
    assert_eq!(text.lines().count(), ran.lines().count(), "{name} has as many lines as were said");
}
