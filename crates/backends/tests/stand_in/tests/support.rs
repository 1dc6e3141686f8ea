//! A database of a test's own with a stand-in over it, and a client that shows what is on the wire.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use postgres::{Client, NoTls};
use serde_json::Value as Json;
use supabase_stand_in::{Settings, StandIn};

#[expect(dead_code, reason = "what the backend's own tests need of it besides")]
#[path = "../../postgres/server.rs"]
mod server;

use server::Server;

/// The two users of the recordings.
pub(crate) const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

/// A database of that name in which this was run by its owner, and both users.
pub(crate) fn project(name: &str, sql: &str, settings: Settings) -> StandIn {
    let port = Server::of(15).port;
    let url = |user: &str, name: &str| format!("postgresql://{user}@127.0.0.1:{port}/{name}");
    let open = |user: &str, name: &str| Client::connect(&url(user, name), NoTls).unwrap();
    open("supabase_admin", "postgres")
        .batch_execute(&format!("create database {name} owner postgres"))
        .unwrap();
    let mut owner = open("postgres", name);
    owner.batch_execute(&format!("insert into auth.users (id) values ('{A}'), ('{B}')")).unwrap();
    owner.batch_execute(sql).unwrap();
    StandIn::start(&url("supabase_admin", name), settings)
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Asks on a connection of its own; what came of the answer, or none if there was no whole head.
pub(crate) fn try_ask(
    stand_in: &StandIn,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut stream = TcpStream::connect(stand_in.url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    // A stand-in that cuts the connection may have closed it already.
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).unwrap().to_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    Some(Answer { status, headers: lines.map(header).collect(), body: answer[end + 4..].to_vec() })
}

pub(crate) fn ask(
    stand_in: &StandIn,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    try_ask(stand_in, method, target, headers, body).unwrap()
}
