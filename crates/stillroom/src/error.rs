//! The one public error: a kind that says what to do, a message, and its causes.

use std::error::Error as StdError;
use std::fmt;

use stillroom_core::{BackendError, KeyError};
use stillroom_format::FormatError;

/// What the caller can do about an error; docs/errors.md has a heading for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Save it first, or check page, key and owner.
    NotFound,
    /// Load, merge, save again.
    Conflict,
    /// Sign in again.
    Unauthenticated,
    /// Ask for access.
    Denied,
    /// Store another form.
    Unsupported,
    /// Fix the argument or the configuration.
    Invalid,
    /// See limit, actual size and advice.
    TooLarge,
    /// Retry later.
    Unavailable,
    /// Load another version; run `verify`.
    Corrupt,
    /// Report it.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of docs/errors.md.
    pub const ALL: [Self; 10] = [
        Self::NotFound,
        Self::Conflict,
        Self::Unauthenticated,
        Self::Denied,
        Self::Unsupported,
        Self::Invalid,
        Self::TooLarge,
        Self::Unavailable,
        Self::Corrupt,
        Self::Internal,
    ];

    /// The stable name: `not-found`, …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Unauthenticated => "unauthenticated",
            Self::Denied => "denied",
            Self::Unsupported => "unsupported",
            Self::Invalid => "invalid",
            Self::TooLarge => "too-large",
            Self::Unavailable => "unavailable",
            Self::Corrupt => "corrupt",
            Self::Internal => "internal",
        }
    }

    /// The exit code of the `stillroom` command.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Invalid => 2,
            Self::NotFound => 3,
            Self::Conflict => 4,
            Self::Unauthenticated | Self::Denied => 5,
            Self::Unsupported => 6,
            Self::Unavailable => 7,
            Self::Corrupt => 8,
            Self::TooLarge => 9,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call did not do what it was asked. Its message says the outermost layer; causes are chained.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    reason: Reason,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a caller may want to know beyond the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Nothing more.
    Other,
    /// The caller's own watch stopped the call.
    Stopped,
    /// The disk is full.
    Full,
}

impl Error {
    /// An error without a cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), reason: Reason::Other, source: None }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A backend answered a commit with fewer records than versions: a defect of it.
    pub(crate) fn unconfirmed() -> Self {
        Self::new(ErrorKind::Internal, "the backend confirmed fewer records than it was given")
    }

    /// The system has no random bytes.
    pub(crate) fn no_random_bytes(error: getrandom::Error) -> Self {
        Self::new(ErrorKind::Internal, "no random bytes").with_source(error.to_string())
    }

    /// The caller's watch said stop; nothing is visible of what was begun.
    pub(crate) fn stopped() -> Self {
        Self { reason: Reason::Stopped, ..Self::new(ErrorKind::Unavailable, "stopped") }
    }

    /// What the caller can do.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the caller's own watch stopped the call.
    pub fn is_stopped(&self) -> bool {
        self.reason == Reason::Stopped
    }

    /// Whether the disk is full: nothing was written, and a later try needs more space rather than time.
    pub fn is_full(&self) -> bool {
        self.reason == Reason::Full
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<BackendError> for Error {
    /// Takes over the backend's words, and its cause as the cause.
    fn from(error: BackendError) -> Self {
        let kind = match &error {
            BackendError::NotFound { .. } | BackendError::NoStore { .. } => ErrorKind::NotFound,
            BackendError::Conflict { .. } | BackendError::LeaseLost { .. } => ErrorKind::Conflict,
            BackendError::TooLarge { .. } => ErrorKind::TooLarge,
            BackendError::Unauthenticated { .. } => ErrorKind::Unauthenticated,
            BackendError::Denied { .. } => ErrorKind::Denied,
            BackendError::Invalid { .. } => ErrorKind::Invalid,
            BackendError::Corrupt { .. } => ErrorKind::Corrupt,
            BackendError::Newer { .. } => ErrorKind::Unsupported,
            BackendError::Unavailable { .. } | BackendError::Full { .. } => ErrorKind::Unavailable,
            _ => ErrorKind::Internal,
        };
        let reason = if matches!(error, BackendError::Full { .. }) { Reason::Full } else { Reason::Other };
        let message = error.to_string();
        let source = match error {
            BackendError::Unauthenticated { source, .. }
            | BackendError::Denied { source, .. }
            | BackendError::Corrupt { source, .. }
            | BackendError::Full { source, .. }
            | BackendError::Unavailable { source, .. } => source,
            BackendError::Other { source, .. } => Some(source),
            _ => None,
        };
        Self { kind, message, reason, source }
    }
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        let kind = match &error {
            FormatError::TooLarge { .. } => ErrorKind::TooLarge,
            FormatError::Damaged(_) => ErrorKind::Corrupt,
            FormatError::Newer { .. } | FormatError::Unsupported(_) => ErrorKind::Unsupported,
            _ => ErrorKind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::new(ErrorKind::Invalid, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use stillroom_core::limits::Limited;
    use stillroom_core::{LeaseKey, ResultKey, Version};

    use super::*;

    #[test]
    fn an_error_of_a_backend_is_of_the_kind_that_says_what_to_do() {
        let key = || ResultKey::parse("page", "key").unwrap();
        let message = || "what is wrong".to_owned();
        let cases = [
            (BackendError::NotFound { key: key(), version: None }, ErrorKind::NotFound),
            (BackendError::NoStore { location: message() }, ErrorKind::NotFound),
            (
                BackendError::Conflict { key: key(), expected: None, found: Some(Version::FIRST) },
                ErrorKind::Conflict,
            ),
            (BackendError::LeaseLost { key: LeaseKey::parse("train").unwrap() }, ErrorKind::Conflict),
            (BackendError::TooLarge { what: Limited::Set, limit: 1, actual: 2 }, ErrorKind::TooLarge),
            (BackendError::Full { message: message(), source: None }, ErrorKind::Unavailable),
            (BackendError::Unauthenticated { message: message(), source: None }, ErrorKind::Unauthenticated),
            (BackendError::Denied { message: message(), source: None }, ErrorKind::Denied),
            (BackendError::Invalid { message: message() }, ErrorKind::Invalid),
            (BackendError::Corrupt { message: message(), source: None }, ErrorKind::Corrupt),
            (BackendError::Newer { found: 2, known: 1 }, ErrorKind::Unsupported),
            (BackendError::Unavailable { message: message(), source: None }, ErrorKind::Unavailable),
            (BackendError::Other { backend: "local", source: "why".into() }, ErrorKind::Internal),
        ];

        for (error, kind) in cases {
            let is_full = matches!(error, BackendError::Full { .. });
            let words = error.to_string();
            let error = Error::from(error);
            assert_eq!((error.kind(), error.to_string()), (kind, words.clone()));
            assert_eq!((error.is_full(), error.is_stopped()), (is_full, false), "{words}");
        }
    }
}
