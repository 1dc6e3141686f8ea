//! PostgreSQL servers for these tests, with a pooler in front: tools/throwaway_postgres.py.
//!
//! Each is started by the first test that asks for its version, and serves all tests of
//! the process: a test that needs a place of its own makes a database there.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// A throw-away server on 127.0.0.1, stopped when this process ends.
pub(crate) struct Server {
    /// Where the server itself answers.
    pub(crate) port: u16,
    /// Where PgBouncer does, in transaction mode; 0 where there is none.
    pub(crate) pooler_port: u16,
    /// Holds the pipe whose end stops the server, too.
    tool: Mutex<(Child, BufReader<ChildStdout>)>,
}

impl Server {
    /// The server of this major version, 15 or 18.
    ///
    /// # Panics
    /// With what the tool says, if there is no such server to be had.
    pub(crate) fn of(major: u16) -> &'static Self {
        static FIFTEEN: OnceLock<Server> = OnceLock::new();
        static EIGHTEEN: OnceLock<Server> = OnceLock::new();

        let server = match major {
            15 => &FIFTEEN,
            18 => &EIGHTEEN,
            other => panic!("no PostgreSQL {other} for tests"),
        };
        server.get_or_init(|| Self::start(major, &["--pgbouncer"]))
    }

    /// A server of a test's own, which keeps what it acknowledged and may be ended: what is shared may not.
    pub(crate) fn of_its_own(major: u16) -> &'static Self {
        Box::leak(Box::new(Self::start(major, &["--durable"])))
    }

    /// `kill`, `stop` and `start`, as the tool understands them; returns when that is done.
    pub(crate) fn tell(&self, word: &str) {
        let (child, answers) = &mut *self.tool.lock().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{word}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "{}\n", "the server did not {word}");
    }

    /// Starts one, with these options of the tool's.
    ///
    /// It leaves the child's standard input open: nothing is dropped from a static, nor when a test is killed, but the
    /// kernel closes a pipe whenever its holder ends, and that is what stops the server.
    pub(crate) fn start(major: u16, kind: &[&str]) -> Self {
        let tool = "tools/throwaway_postgres.py";
        // More than one crate has its tests use this.
        let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let checkout = folders.find(|folder| folder.join(tool).exists()).unwrap();
        let mut child = Command::new(python(checkout))
            .arg(checkout.join(tool))
            .args(kind)
            .args(["--major", &major.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();

        let mut ready = String::new();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        answers.read_line(&mut ready).unwrap();
        if ready.is_empty() {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("no PostgreSQL {major}: {said}");
        }

        let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
        let port = |name: &str| u16::try_from(ready[name].as_u64().unwrap_or(0)).unwrap();
        Self { port: port("port"), pooler_port: port("pgbouncer_port"), tool: Mutex::new((child, answers)) }
    }
}

/// The Python of the checkout if it is made, else the one that it would be made with.
fn python(checkout: &Path) -> PathBuf {
    let made = checkout.join(".venv/bin/python");
    if made.exists() {
        return made;
    }
    let found = Command::new(checkout.join("tools/find-python")).arg("newest").output().unwrap();
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    String::from_utf8(found.stdout).unwrap().trim_end().into()
}
