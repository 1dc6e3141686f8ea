//! A process of its own that runs one errand: this test binary, started again.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What a child is to do, and with which store.
const ERRAND: &str = "STILLROOM_TEST_ERRAND";
const STORE: &str = "STILLROOM_TEST_STORE";
/// Begins the lines a child says, among those of the test runner.
const MARK: &str = "child says: ";

/// A process of its own that runs one errand.
pub(crate) struct Helper {
    pub(crate) child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Helper {
    pub(crate) fn start(errand: &str, store: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "child::run_the_errand", "--nocapture", "--test-threads=1"])
            .env(ERRAND, errand)
            .env(STORE, store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    /// Lets a child that [`hear`]s go on.
    pub(crate) fn tell(&mut self, word: &str) {
        writeln!(self.stdin, "{word}").unwrap();
    }

    /// The next thing the child says; none when it has ended.
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.stdout.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // The runner's own words may stand on the same line; a line cut off by a kill says nothing.
            if let Some((_, said)) = line.split_once(MARK)
                && let Some(said) = said.strip_suffix('\n')
            {
                return Some(said.to_owned());
            }
        }
    }

    /// Waits for the child to end well.
    pub(crate) fn join(mut self) -> Vec<String> {
        let rest = std::iter::from_fn(|| self.next()).collect();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

/// In a child: says something to the parent, in one write.
pub(crate) fn say(words: &str) {
    std::io::stdout().write_all(format!("{MARK}{words}\n").as_bytes()).unwrap();
    std::io::stdout().flush().unwrap();
}

/// In a child: waits for the parent's word.
pub(crate) fn hear() {
    std::io::stdin().lines().next().unwrap().unwrap();
}

/// What this process was started for; none for one that runs tests.
pub(crate) fn errand() -> Option<(String, PathBuf)> {
    Some((env::var(ERRAND).ok()?, env::var_os(STORE)?.into()))
}
