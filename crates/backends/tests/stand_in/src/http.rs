//! HTTP/1.1 as far as it is needed: heads, and bodies with a length or in chunks.
//!
//! By hand, so that a connection can be cut at any byte of a request or of an answer.

use std::io::{Error, ErrorKind, Read, Result, Write};

/// The most that a head may take.
const HEAD_LEN: usize = 64 * 1024;
const HEADERS: usize = 64;
/// The most that a body may take: more is a mistake of the test.
const BODY_LEN: usize = 512 * 1024 * 1024;

/// What was asked.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How many bytes the head took.
    pub(crate) head_len: usize,
}

impl Request {
    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All values of a header, as one list.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        of_name
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect()
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// What `Authorization: Bearer` carries.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    pub(crate) fn ends_connection(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    fn length(&self) -> Result<Length> {
        if let Some(coding) = self.header("transfer-encoding") {
            return if coding.eq_ignore_ascii_case("chunked") {
                Ok(Length::Chunks)
            } else {
                Err(malformed())
            };
        }
        let length = self.header("content-length").map_or(Ok(0), str::parse);
        length.ok().filter(|length| *length <= BODY_LEN).map(Length::Bytes).ok_or_else(malformed)
    }
}

enum Length {
    Bytes(usize),
    Chunks,
}

/// What is answered.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status).header("Content-Type", "application/json; charset=utf-8").body(body)
    }

    /// What the stand-in does not do, though a project might.
    pub(crate) fn unknown(what: &str) -> Self {
        Self::json(
            501,
            serde_json::json!({ "message": format!("the stand-in does not know {what}") }).to_string(),
        )
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The head as it goes over the wire. Only a 204 has no length.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 204 {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head + "\r\n"
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        416 => "Range Not Satisfiable",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Unnamed",
    }
}

/// The bytes of a connection that came, and are not used.
#[derive(Debug, Default)]
pub(crate) struct Inbox(Vec<u8>);

impl Inbox {
    /// The head of the next request; none if the other side is done.
    pub(crate) fn head(&mut self, stream: &mut impl Read) -> Result<Option<Request>> {
        loop {
            if let Some(request) = parse_head(&self.0)? {
                self.0.drain(..request.head_len);
                return Ok(Some(request));
            }
            if self.0.len() > HEAD_LEN {
                return Err(malformed());
            }
            match self.fill(stream) {
                Ok(()) => {}
                Err(_) if self.0.is_empty() => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads the body, but no more than `limit` bytes; whether it is whole.
    pub(crate) fn body(
        &mut self,
        stream: &mut (impl Read + Write),
        request: &mut Request,
        limit: usize,
    ) -> Result<bool> {
        let length = request.length()?;
        if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
            && limit > 0
        {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        match length {
            Length::Bytes(length) => {
                self.await_len(stream, length.min(limit))?;
                if limit <= length && limit != usize::MAX {
                    return Ok(false);
                }
                let rest = self.0.split_off(length);
                request.body = std::mem::replace(&mut self.0, rest);
                Ok(true)
            }
            Length::Chunks => self.chunks(stream, request, limit),
        }
    }

    fn chunks(&mut self, stream: &mut impl Read, request: &mut Request, limit: usize) -> Result<bool> {
        loop {
            let (start, len) = loop {
                match httparse::parse_chunk_size(&self.0).map_err(|_| malformed())? {
                    httparse::Status::Complete((start, len)) => break (start, len),
                    httparse::Status::Partial => self.fill(stream)?,
                }
            };
            let len = usize::try_from(len).ok().filter(|len| *len <= BODY_LEN).ok_or_else(malformed)?;
            if request.body.len() + len >= limit {
                return Ok(false);
            }
            self.await_len(stream, start + len + 2)?;
            request.body.extend_from_slice(&self.0[start..start + len]);
            self.0.drain(..start + len + 2);
            if len == 0 {
                return Ok(true);
            }
        }
    }

    fn await_len(&mut self, stream: &mut impl Read, len: usize) -> Result<()> {
        while self.0.len() < len {
            self.fill(stream)?;
        }
        Ok(())
    }

    fn fill(&mut self, stream: &mut impl Read) -> Result<()> {
        let mut buffer = [0; 64 * 1024];
        match stream.read(&mut buffer)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            len => {
                self.0.extend_from_slice(&buffer[..len]);
                Ok(())
            }
        }
    }
}

fn parse_head(bytes: &[u8]) -> Result<Option<Request>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head_len) = head.parse(bytes).map_err(|_| malformed())? else {
        return Ok(None);
    };
    let (Some(method), Some(target)) = (head.method, head.path) else { return Err(malformed()) };
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    let headers = head.headers.iter().map(|header| {
        let value = std::str::from_utf8(header.value).map_err(|_| malformed())?;
        Ok((header.name.to_owned(), value.to_owned()))
    });
    Ok(Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        headers: headers.collect::<Result<_>>()?,
        body: Vec::new(),
        head_len,
    }))
}

fn malformed() -> Error {
    Error::new(ErrorKind::InvalidData, "no HTTP/1.1 that is understood")
}
