//! Why a question has no answer.

use std::error::Error as StdError;
use std::{fmt, io};

use ureq::Error;

/// A question without an answer, or without the whole of one.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) why: Why,
    source: Option<Error>,
}

/// What a caller can make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It never went out, so nothing was done.
    Unreachable,
    /// Whoever answers there could not prove who they are; nothing went out.
    Untrusted,
    /// It may have been done.
    Lost,
    /// The same, after a long time.
    Late,
    /// The answer is longer than it may be.
    TooLong,
    /// It can't be sent as it is.
    Unsendable,
}

impl Unanswered {
    pub(crate) const UNSENDABLE: Self = Self { why: Why::Unsendable, source: None };

    /// What happened, in words that end before the place.
    pub(crate) const fn words(&self) -> &'static str {
        match self.why {
            Why::Unreachable => "can't reach the server; is this computer online?",
            Why::Untrusted => "no certificate of this computer vouches for the server",
            Why::Lost => {
                "the connection was lost before the whole answer came, so nobody knows whether it was done; look, and try again"
            }
            Why::Late => {
                "the server did not answer in time, so nobody knows whether it was done; look, and try again"
            }
            Why::TooLong => "the answer is longer than any of ours",
            Why::Unsendable => "a key or token holds what no header can",
        }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl StdError for Unanswered {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        let why = match &error {
            Error::Io(source) => why_io(source),
            Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => Why::Unreachable,
            Error::Timeout(_) => Why::Late,
            Error::HostNotFound
            | Error::ConnectionFailed
            | Error::ConnectProxyFailed(_)
            | Error::InvalidProxyUrl => Why::Unreachable,
            Error::Tls(_) | Error::Rustls(_) | Error::TlsRequired => Why::Untrusted,
            Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => Why::TooLong,
            Error::Http(_) | Error::BadUri(_) => Why::Unsendable,
            _ => Why::Lost,
        };
        // A URL is in these, and a URL may be what somebody put a key into.
        let is_told = !matches!(why, Why::Unsendable);
        Self { why, source: is_told.then_some(error) }
    }
}

fn why_io(error: &io::Error) -> Why {
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => Why::Unreachable,
        io::ErrorKind::TimedOut => Why::Late,
        // How the handshake fails.
        io::ErrorKind::InvalidData if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            Why::Untrusted
        }
        _ => match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(Error::BodyExceedsLimit(_)) => Why::TooLong,
            Some(Error::Timeout(_)) => Why::Late,
            _ => Why::Lost,
        },
    }
}

impl From<io::Error> for Unanswered {
    fn from(error: io::Error) -> Self {
        Error::Io(error).into()
    }
}
