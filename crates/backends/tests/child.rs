//! Other processes: this test binary, started again to do one thing.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What a child is to do, and with which store.
const ERRAND: &str = "STILLROOM_TEST_ERRAND";
const STORE: &str = "STILLROOM_TEST_STORE";
/// Begins the lines a child says, among those of the test runner.
const MARK: &str = "child says: ";

/// A process of its own that runs one errand.
pub(crate) struct Helper {
    child: Child,
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

    /// `kill -9`; what the child had still said.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        let rest = std::iter::from_fn(|| self.next()).collect();
        self.child.wait().unwrap();
        rest
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

/// Does nothing but in a child.
#[test]
fn run_the_errand() {
    let (Ok(errand), Ok(store)) = (env::var(ERRAND), env::var(STORE)) else { return };
    let store = Path::new(&store);
    match errand.as_str() {
        "open" => crate::processes::errand_open(store),
        "count" => crate::processes::errand_count(store),
        "save small sets" => crate::crash::errand_save(store, crate::crash::SMALL),
        "save large sets" => crate::crash::errand_save(store, crate::crash::LARGE),
        "acquire" => crate::clock::errand_acquire(store),
        "fork" => crate::fork::errand_fork(store),
        "map" => crate::stitched::errand_map(store),
        "sweep" => crate::crash::errand_sweep(store),
        other => panic!("no such errand: {other}"),
    }
}
