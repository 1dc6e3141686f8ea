//! How a database refuses, said as the contract says it.

use std::fmt;

use stillroom_core::{BackendError, ResultKey, Version, limits};

use super::json::Json;

/// Why a call has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database refused.
    Refused(Refusal),
    /// It could not be reached: nothing was sent.
    #[cfg(feature = "postgres")]
    Away(BackendError),
    /// The connection ended before the answer came: nobody knows whether it happened.
    #[cfg(feature = "postgres")]
    Lost(BackendError),
    /// Whatever else, said already.
    Contract(BackendError),
}

/// What the database said: its SQLSTATE is one of its own, or `PT4..`, one of `0002_functions.sql`'s.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    /// The facts, as JSON, where the code is of ours.
    pub(crate) detail: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        Self::Contract(error)
    }
}

/// An answer that isn't what the function promises.
pub(super) fn unexpected(what: &str) -> Failure {
    let message = format!("the database answered what it should not: {what}");
    Failure::Contract(BackendError::Corrupt { message, source: None })
}

impl Failure {
    /// The contract's error, naming the store at `location`.
    pub(crate) fn at(self, location: &str) -> BackendError {
        match self {
            #[cfg(feature = "postgres")]
            Self::Away(error) | Self::Lost(error) => error,
            Self::Contract(error) => error,
            Self::Refused(refusal) => refusal.at(location),
        }
    }

    /// Whether it is our own refusal of this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == code)
    }
}

impl Refusal {
    fn at(self, location: &str) -> BackendError {
        let source = |refusal: Self| Some(refusal.into());
        let unavailable = |refusal: Self, why: &str| BackendError::Unavailable {
            message: format!("{why}: `{location}`"),
            source: source(refusal),
        };
        match self.code.as_str() {
            "PT404" | "PT409" | "PT413" => match self.facts() {
                Some(error) => error,
                None => BackendError::Other { backend: "postgres", source: self.into() },
            },
            "PT401" | "22P02" => BackendError::Unauthenticated {
                message: format!("nobody is signed in who could be an owner; sign in again: `{location}`"),
                source: source(self),
            },
            // The one foreign key that a call can break is the one to the accounts.
            "23503" => BackendError::Unauthenticated {
                message: format!("this account is no longer there: `{location}`"),
                source: source(self),
            },
            "42501" if self.what().as_deref() == Some("policy") => BackendError::Denied {
                message: format!(
                    "versions of this owner are hidden, or counted wrongly, so nothing of theirs was erased; \
                     `stillroom doctor` says the one, `stillroom doctor --all-owners` the other: `{location}`"
                ),
                source: source(self),
            },
            "42501" => BackendError::Denied {
                message: format!("the database refused; `stillroom doctor` says why: `{location}`"),
                source: source(self),
            },
            "25006" => BackendError::Denied {
                message: format!("the store is read-only: `{location}`"),
                source: source(self),
            },
            "42883" | "42P01" | "3F000" | "42704" => BackendError::Invalid {
                message: format!(
                    "the database is not as `stillroom migrate` left it; `stillroom doctor` says more: {}: \
                     `{location}`",
                    self.message
                ),
            },
            // What a migration found and says in its own words.
            "P0001" => BackendError::Invalid { message: format!("{}: `{location}`", self.message) },
            "53100" => BackendError::Full {
                message: format!("the database's disk is full, nothing was saved: `{location}`"),
                source: source(self),
            },
            "57014" => unavailable(self, "the database took longer than its time limit; try again"),
            "53300" => unavailable(self, "the database has no connection left; try again"),
            "40001" | "40P01" | "55P03" => unavailable(self, "another save was in the way; try again"),
            "XX001" | "XX002" => BackendError::Corrupt {
                message: format!("the database found damage in its own files: `{location}`"),
                source: source(self),
            },
            code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
                unavailable(self, "the database can't answer now; try again")
            }
            _ => BackendError::Other { backend: "postgres", source: self.into() },
        }
    }

    /// What a refusal of our own is about, where it says.
    fn what(&self) -> Option<String> {
        Json::parse(self.detail.as_deref()?.as_bytes()).ok()?.take("what").text().ok()
    }

    /// What one of our own functions says.
    fn facts(&self) -> Option<BackendError> {
        let mut facts = Json::parse(self.detail.as_deref()?.as_bytes()).ok()?;
        let version = |json: &Json| json.number().ok().and_then(Version::new);
        if self.code == "PT413" {
            let (limit, actual) = (facts.take("limit").number().ok()?, facts.take("actual").number().ok()?);
            return Some(BackendError::TooLarge { what: limits::Limited::Quota, limit, actual });
        }
        let key = ResultKey::parse(&facts.take("page").text().ok()?, &facts.take("key").text().ok()?).ok()?;
        Some(if self.code == "PT404" {
            BackendError::NotFound { key, version: version(&facts.take("version")) }
        } else {
            let (expected, found) = (version(&facts.take("expected")), version(&facts.take("found")));
            BackendError::Conflict { key, expected, found }
        })
    }
}
