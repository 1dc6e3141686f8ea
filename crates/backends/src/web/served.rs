//! A server of a test's own, that answers what the test says and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A question as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// The method and the path.
    pub(crate) line: String,
    /// In lower case, with their values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers each question with bytes as they go out, and whether the connection is then cut.
type Answers = dyn Fn(&Asked) -> (Vec<u8>, bool) + Send + Sync;

pub(crate) struct Served {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
}

impl Served {
    /// Answers with a status line, further headers, and a body.
    pub(crate) fn by(answer: impl Fn(&Asked) -> (u16, String, Vec<u8>) + Send + Sync + 'static) -> Self {
        Self::raw(move |asked| {
            let (status, headers, body) = answer(asked);
            (whole(status, &headers, &body), false)
        })
    }

    pub(crate) fn raw(answer: impl Fn(&Asked) -> (Vec<u8>, bool) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let served = Self {
            port: listener.local_addr().unwrap().port(),
            asked: Arc::default(),
            is_over: Arc::default(),
        };
        let (asked, is_over) = (Arc::clone(&served.asked), Arc::clone(&served.is_over));
        let answer: Arc<Answers> = Arc::new(answer);
        thread::spawn(move || {
            for client in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
                thread::spawn(move || serve(client.unwrap(), &asked, &*answer));
            }
        });
        served
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What was asked since this was last asked for.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the one that waits for clients.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// An answer that is what it says.
pub(crate) fn whole(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} .\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn serve(client: TcpStream, asked: &Mutex<Vec<Asked>>, answer: &Answers) {
    let mut lines = BufReader::new(client.try_clone().unwrap());
    let mut client = client;
    while let Some(question) = read(&mut lines) {
        asked.lock().unwrap().push(question.clone());
        let (bytes, is_cut) = answer(&question);
        if client.write_all(&bytes).is_err() || is_cut {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
}

fn read(lines: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut asked = Asked::default();
    let mut line = String::new();
    lines.read_line(&mut line).ok().filter(|len| *len > 0)?;
    asked.line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let len = asked.header("content-length").map_or(0, |len| len.parse().unwrap());
    asked.body = vec![0; len];
    lines.read_exact(&mut asked.body).ok()?;
    Some(asked)
}
