//! Whether a store is as it should be, through the very login or user that an app opens it with.
//!
//! Nothing here needs an open [`Store`](crate::Store): a database whose login could see everyone's results is not
//! opened as one, and that is what should be told.

#[cfg(feature = "postgres")]
mod isolation;

use stillroom_backends::examine;
use stillroom_core::{Durability, Owner, Usage};

use crate::clock::WallClock;
use crate::{Error, OpenOptions, Result, Store};

#[cfg(feature = "postgres")]
pub use isolation::prove_isolation;

/// What a look at a store found.
#[derive(Debug)]
pub struct Checkup {
    /// Where the store is: an absolute path, or a URL without secrets.
    pub location: String,
    /// What was looked at, in the order to be told.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug)]
pub struct Check {
    /// Its stable name: `row-level-security`.
    pub name: &'static str,
    /// What was found.
    pub verdict: Verdict,
    /// What an administrator runs to put it right, each a command; empty where there is none.
    pub fixes: Vec<String>,
}

/// How a thing is.
#[derive(Debug)]
pub enum Verdict {
    /// As it should be.
    Good(String),
    /// Results are safe, and somebody should know.
    Warning(String),
    /// It could not be looked at, and why.
    Skipped(String),
    /// Not as it should be.
    Failed(Error),
}

impl Checkup {
    /// The first thing that is not as it should be.
    pub fn failure(&self) -> Option<&Error> {
        self.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Failed(error) => Some(error),
            _ => None,
        })
    }
}

impl Check {
    fn new(name: &'static str, verdict: Verdict) -> Self {
        Self { name, verdict, fixes: Vec::new() }
    }
}

impl From<stillroom_backends::Check> for Check {
    fn from(check: stillroom_backends::Check) -> Self {
        let stillroom_backends::Check { name, verdict, fixes } = check;
        let verdict = match verdict {
            stillroom_backends::Verdict::Good(what) => Verdict::Good(what),
            stillroom_backends::Verdict::Warning(what) => Verdict::Warning(what),
            stillroom_backends::Verdict::Skipped(why) => Verdict::Skipped(why),
            stillroom_backends::Verdict::Failed(error) => Verdict::Failed(error.into()),
        };
        Self { name, verdict, fixes }
    }
}

/// Looks at a store and changes nothing.
///
/// # Errors
/// As [`Store::open`], when there is nothing to look at: no such folder, no answer from the database, a wrong
/// password. What is wrong beyond that is told by the checks.
pub fn doctor(options: OpenOptions) -> Result<Checkup> {
    match examine(options.url.as_deref(), &WallClock)? {
        Some((location, checks)) => {
            Ok(Checkup { location, checks: checks.into_iter().map(Check::from).collect() })
        }
        None => {
            let store = Store::open(OpenOptions { create: false, read_only: true, ..options })?;
            let checks = if store.is_project() { project(&store) } else { folder(&store) };
            Ok(Checkup { location: store.location().to_owned(), checks })
        }
    }
}

/// What there is to see of a Supabase project by whoever asks.
fn project(store: &Store) -> Vec<Check> {
    let functions = match store.usage() {
        Ok(usage) => {
            let Usage { results, versions, .. } = usage;
            Verdict::Good(format!("answer whoever is signed in: results {results}, versions {versions}"))
        }
        Err(_) if store.owner() == Owner::NOBODY => Verdict::Skipped(
            "nobody is signed in; put the access token of somebody into `$STILLROOM_TOKEN`".to_owned(),
        ),
        Err(error) => Verdict::Failed(error),
    };
    let rules = "what keeps owners apart is looked at over a connection to the project's database: \
         `stillroom --store postgresql://… doctor --prove-isolation`";
    vec![Check::new("functions", functions), Check::new("rules", Verdict::Skipped(rules.to_owned()))]
}

/// What there is to see of a folder. Opening it has looked at its rights already.
fn folder(store: &Store) -> Vec<Check> {
    let catalog = match store.usage() {
        Ok(usage) => {
            Verdict::Good(format!("can be read: results {}, versions {}", usage.results, usage.versions))
        }
        Err(error) => Verdict::Failed(error),
    };
    let disk = match store.notices() {
        [] => Verdict::Good("lasts".to_owned()),
        notices => Verdict::Warning(notices.join(" ")),
    };
    let key = match store.durability() {
        _ if !store.can_sign() => Verdict::Good("none yet; made when the store is first opened for writing".to_owned()),
        Durability::Durable => Verdict::Good("lies with the store".to_owned()),
        _ => Verdict::Warning(
            "the store made its own, which goes when its disk does; what it signed can then be opened nowhere: \
             keep one elsewhere (`stillroom key` prints one) and pass it as signing_key"
                .to_owned(),
        ),
    };
    vec![
        Check::new("folder", Verdict::Good("yours alone".to_owned())),
        Check::new("catalog", catalog),
        Check::new("disk", disk),
        Check::new("signing-key", key),
    ]
}
