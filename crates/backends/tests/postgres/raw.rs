//! SQL as anyone may send it: by every kind of login, and with what a call of the functions is made of.

use postgres::{Client, NoTls, SimpleQueryMessage};
use serde_json::{Value, json};
use stillroom_core::Digest;

use crate::database::{Database, PASSWORD};

/// Two owners, and one who has nothing.
pub(crate) const ANA: &str = "aaaaaaaa-0000-4000-8000-00000000000a";
pub(crate) const BEN: &str = "bbbbbbbb-0000-4000-8000-00000000000b";
pub(crate) const EVE: &str = "eeeeeeee-0000-4000-8000-00000000000e";

/// How somebody comes to the database: the login, who it becomes, and what is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Door {
    pub(crate) name: &'static str,
    login: &'static str,
    password: &'static str,
    role: Option<&'static str>,
    sub: Option<&'static str>,
}

const fn door(
    name: &'static str,
    login: &'static str,
    role: Option<&'static str>,
    sub: Option<&'static str>,
) -> Door {
    Door { name, login, password: PASSWORD, role, sub }
}

const fn rest(name: &'static str, role: &'static str, sub: Option<&'static str>) -> Door {
    Door { name, login: "authenticator", password: "authenticator", role: Some(role), sub }
}

/// A login of an app, for Ana.
pub(crate) const APP: Door = door("app", "stillroom_test", None, Some(ANA));
/// The same for who has nothing.
pub(crate) const EMPTY: Door = door("empty", "stillroom_test", None, Some(EVE));
/// Ana, by each of the ways there are.
pub(crate) const USERS: [Door; 3] = [
    APP,
    door("bare login", "stillroom_test_bare", Some("authenticated"), Some(ANA)),
    rest("PostgREST", "authenticated", Some(ANA)),
];
pub(crate) const NOBODY: Door = rest("no claims", "authenticated", None);
pub(crate) const NO_UUID: Door = rest("no UUID", "authenticated", Some("ana"));
/// Whatever is claimed: who is not signed in has no rights to claim anything with.
pub(crate) const ANON: Door = rest("anon", "anon", Some(ANA));
pub(crate) const SERVICE: Door = rest("service", "service_role", Some(ANA));
/// Who migrated it.
pub(crate) const MIGRATOR: Door = door("migrator", "postgres", None, None);

/// What came of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The first column of its rows.
    Rows(Vec<String>),
    /// How many rows it changed.
    Changed(u64),
    /// Why it was refused, and all that was said.
    Refused { code: String, said: String },
}

impl Outcome {
    /// In a word: whose rows were seen, or why none.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Rows(rows) => {
                let has = |owner: &str| rows.iter().any(|row| row == owner);
                match (has(ANA), has(BEN)) {
                    _ if rows.is_empty() => "none",
                    (true, true) => "all",
                    (true, false) => "own",
                    (false, true) => "theirs",
                    (false, false) => "some",
                }
                .to_owned()
            }
            Self::Changed(0) => "none".to_owned(),
            Self::Changed(_) => "changed".to_owned(),
            Self::Refused { code, .. } if code == "42501" => "denied".to_owned(),
            Self::Refused { code, .. } => code.clone(),
        }
    }
}

/// A connection through a door.
pub(crate) struct Session {
    pub(crate) client: Client,
    door: Door,
}

impl Session {
    pub(crate) fn open(database: &Database, door: Door) -> Self {
        let url = database
            .url(door.login)
            .replace(&PASSWORD.replace(' ', "%20"), &door.password.replace(' ', "%20"));
        Self { client: Client::connect(&url, NoTls).unwrap(), door }
    }

    fn begin(&mut self) {
        let role = self.door.role.map_or(String::new(), |role| format!("set local role {role};"));
        let claims = self.door.sub.map_or(String::new(), |sub| {
            format!("select set_config('request.jwt.claims', '{{\"sub\":\"{sub}\",\"role\":\"authenticated\"}}', true);")
        });
        self.client.batch_execute(&format!("begin; {role} {claims}")).unwrap();
    }

    /// Runs statements in a transaction that is taken back; what came of the last.
    pub(crate) fn try_out(&mut self, sql: &str) -> Outcome {
        self.begin();
        let outcome = outcome(self.client.simple_query(sql));
        self.client.batch_execute("rollback").unwrap();
        outcome
    }

    /// The same in one that stays.
    pub(crate) fn run(&mut self, sql: &str) -> Outcome {
        self.begin();
        let outcome = outcome(self.client.simple_query(sql));
        self.client.batch_execute("commit").unwrap();
        outcome
    }

    /// Does what SQL alone can't, in a transaction that is taken back.
    pub(crate) fn within(&mut self, work: impl FnOnce(&mut Client)) {
        self.begin();
        work(&mut self.client);
        self.client.batch_execute("rollback").unwrap();
    }

    /// Calls a function that takes bytes.
    pub(crate) fn call(&mut self, function: &str, bytes: &[u8]) -> Outcome {
        self.run(&format!("select public.{function}('\\x{}')", hex(bytes)))
    }
}

fn outcome(answer: Result<Vec<SimpleQueryMessage>, postgres::Error>) -> Outcome {
    let messages = match answer {
        Ok(messages) => messages,
        Err(error) => {
            let db = error.as_db_error().unwrap_or_else(|| panic!("{error}"));
            return Outcome::Refused { code: db.code().code().to_owned(), said: db.to_string() };
        }
    };
    let last = messages.iter().rposition(|message| matches!(message, SimpleQueryMessage::RowDescription(_)));
    let is_query = last.is_some_and(|at| {
        !messages[at..]
            .iter()
            .rev()
            .skip(1)
            .any(|message| matches!(message, SimpleQueryMessage::CommandComplete(_)))
    });
    if is_query {
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
            _ => None,
        };
        return Outcome::Rows(messages[last.unwrap()..].iter().filter_map(row).collect());
    }
    match messages.last() {
        Some(SimpleQueryMessage::CommandComplete(count)) => Outcome::Changed(*count),
        other => panic!("no outcome: {other:?}"),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A call's bytes: the header behind its length, and what it speaks of.
pub(crate) fn frame(header: &Value, body: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    [&u32::try_from(header.len()).unwrap().to_be_bytes(), header.as_bytes(), body].concat()
}

/// Bytes as JSON has them.
pub(crate) fn text(bytes: &[u8]) -> String {
    format!("\\x{}", hex(bytes))
}

/// What a header says of one raw blob, whose bytes are `start` behind it.
pub(crate) fn blob(bytes: &[u8], start: usize) -> Value {
    let (digest, len) = (text(Digest::of(bytes).as_bytes()), bytes.len());
    json!({ "digest": digest, "codec": 0, "raw_len": len, "len": len, "start": start })
}

/// What a header says of a version whose root of four bytes comes first, and then this many digests.
pub(crate) fn version(page: &str, key: &str, blob_count: usize) -> Value {
    let digest = text(&[1; 32]);
    json!({
        "page": page, "key": key, "digest": digest, "kind": "bytes", "shape": [], "bytes": 1, "label": null,
        "metadata": null, "metadata_json": null, "summary": "{}", "provenance": "{}", "ttl": null, "pinned": false,
        "signature": null, "key_id": null, "record_digest": digest, "manifest_digest": digest,
        "manifest_start": 0, "manifest_len": 4, "blobs_start": 4, "blobs_len": 32 * blob_count,
    })
}

/// A commit of these versions and nothing else said.
pub(crate) fn commit(versions: &[Value]) -> Value {
    json!({ "request": null, "keep_versions": null, "unless_same": false, "conditions": [], "versions": versions })
}

/// Saves one version whose value is one blob.
pub(crate) fn save(page: &str, key: &str, bytes: &[u8]) -> Vec<u8> {
    let header = json!({ "blobs": [blob(bytes, 36)], "commit": commit(&[version(page, key, 1)]) });
    frame(&header, &[b"root", Digest::of(bytes).as_bytes().as_slice(), bytes].concat())
}
