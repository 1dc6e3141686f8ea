//! Where a result lives: page and key, parsed once at the door.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::limits::NAME_LEN;

/// Why a text can't be a page or key.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// It is empty.
    #[error("{what} is empty")]
    Empty {
        /// `page`, `key` or `lease`.
        what: &'static str,
    },
    /// It is too long.
    #[error("{what} is longer than {NAME_LEN} bytes: {len}")]
    TooLong {
        /// `page`, `key` or `lease`.
        what: &'static str,
        /// Its length in bytes.
        len: usize,
    },
    /// It holds a control character.
    #[error("{what} holds a control character: {text:?}")]
    Control {
        /// `page`, `key` or `lease`.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// A key is given and its page is not.
    #[error("a key needs its page: {key:?}")]
    NoPage {
        /// The key.
        key: String,
    },
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses a text of 1 to 512 bytes of UTF-8 without control characters.
            ///
            /// # Errors
            /// Says which of these does not hold.
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                check($what, text)?;
                Ok(Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A page: an identifier that never changes; its title is what people read.
    PageKey,
    "page"
);
name!(
    /// A key within a page.
    KeyName,
    "key"
);

name!(
    /// What a lease is for.
    LeaseKey,
    "lease"
);

fn check(what: &'static str, text: &str) -> Result<(), KeyError> {
    if text.is_empty() {
        return Err(KeyError::Empty { what });
    }
    if text.len() as u64 > NAME_LEN {
        return Err(KeyError::TooLong { what, len: text.len() });
    }
    if text.chars().any(char::is_control) {
        return Err(KeyError::Control { what, text: text.to_owned() });
    }
    Ok(())
}

/// Page and key of a result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResultKey {
    /// The page.
    pub page: PageKey,
    /// The key within the page.
    pub key: KeyName,
}

impl ResultKey {
    /// Parses both.
    ///
    /// # Errors
    /// As [`PageKey::parse`].
    pub fn parse(page: &str, key: &str) -> Result<Self, KeyError> {
        Ok(Self { page: PageKey::parse(page)?, key: KeyName::parse(key)? })
    }
}

impl fmt::Display for ResultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.page, self.key)
    }
}

/// How much of what an owner keeps is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// Every result.
    #[default]
    All,
    /// Those of a page.
    Page(PageKey),
    /// This one.
    Result(ResultKey),
}

impl Scope {
    /// Parses what is given: nothing, a page, or a page and a key.
    ///
    /// # Errors
    /// As [`PageKey::parse`], and for a key without a page.
    pub fn parse(page: Option<&str>, key: Option<&str>) -> Result<Self, KeyError> {
        match (page, key) {
            (None, None) => Ok(Self::All),
            (Some(page), None) => Ok(Self::Page(PageKey::parse(page)?)),
            (Some(page), Some(key)) => Ok(Self::Result(ResultKey::parse(page, key)?)),
            (None, Some(key)) => Err(KeyError::NoPage { key: key.to_owned() }),
        }
    }

    /// The page it keeps to, if it keeps to one.
    pub fn page(&self) -> Option<&PageKey> {
        match self {
            Self::All => None,
            Self::Page(page) => Some(page),
            Self::Result(result) => Some(&result.page),
        }
    }

    /// The key it keeps to, if it keeps to one.
    pub fn key(&self) -> Option<&KeyName> {
        match self {
            Self::All | Self::Page(_) => None,
            Self::Result(result) => Some(&result.key),
        }
    }

    /// Whether a result is meant.
    pub fn holds(&self, result: &ResultKey) -> bool {
        self.page().is_none_or(|page| *page == result.page) && self.key().is_none_or(|key| *key == result.key)
    }
}
