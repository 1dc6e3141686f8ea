//! What can be asked, and how it is spelt.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use stillroom::{Result, ResultKey, Uuid, Version};

use crate::forms::Form;
use crate::secret;
use crate::text::{self, Span};

/// Shows and keeps in order what a stillroom store holds. Alone: the store's path, its pages and sizes.
#[derive(Debug, Parser)]
#[command(
    name = "stillroom",
    bin_name = "stillroom",
    version,
    no_binary_name = true,
    disable_help_subcommand = true
)]
pub(crate) struct Args {
    /// The store, a path or URL [default: $STILLROOM_URL, else the nearest .stillroom]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) store: Option<String>,

    /// Whose results [default: the store's own owner]
    #[arg(long, value_name = "UUID", global = true)]
    pub(crate) owner: Option<Uuid>,

    /// Write nothing to the store, whatever is asked
    #[arg(long, global = true)]
    pub(crate) read_only: bool,

    /// Answer in JSON: sizes in bytes, times in UTC
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List results, or those of one page
    Ls {
        /// Only this page
        page: Option<String>,
    },
    /// Show what a result holds, or every result of a page in short
    Show {
        /// The page
        page: String,
        /// The key
        key: Option<String>,
        /// This version [default: the newest]
        #[arg(long, value_name = "N", requires = "key", value_parser = version)]
        version: Option<Version>,
    },
    /// List every version of a result, newest first
    History(Place),
    /// Say what changed between two versions of a result
    Diff {
        #[command(flatten)]
        place: Place,
        /// The version to compare
        #[arg(value_parser = version)]
        old: Version,
        /// The version it is compared with [default: the newest]
        #[arg(value_parser = version)]
        new: Option<Version>,
    },
    /// Write a value in a form that other programs read
    Cat(Cat),
    /// Save an older version again as the newest; what is newest now stays in the history
    Rollback {
        #[command(flatten)]
        place: Place,
        /// The version to go back to
        #[arg(value_name = "N", value_parser = version)]
        version: Version,
    },
    /// Move a result with all its versions to another page or key
    Rename {
        #[command(flatten)]
        place: Place,
        /// The page it moves to
        new_page: String,
        /// The key it gets there
        new_key: String,
    },
    /// Change a version's label, how long it is kept, or whether it is pinned
    Update(Update),
    /// Delete a result or one version of it, or bring back what was deleted
    Rm {
        #[command(flatten)]
        place: Place,
        /// Only this version [default: all of them]
        #[arg(long, value_name = "N", value_parser = version)]
        version: Option<Version>,
        /// Bring these deleted versions back, such as 3 or 1-3,5
        #[arg(long, value_name = "VERSIONS", conflicts_with = "version", value_parser = text::parse_spans)]
        undo: Option<Spans>,
    },
    /// Write every version of all results, of one page's, or of one result, into one file
    Export {
        /// The new file
        file: PathBuf,
        /// Only this page
        page: Option<String>,
        /// Only this result of it
        key: Option<String>,
    },
    /// Bring in the results of an exported file; what is here already is left out
    Import {
        /// The file
        file: PathBuf,
        /// Only check the file and say what would arrive
        #[arg(long)]
        dry_run: bool,
    },
    /// Copy every version of all results, or of one page's, into another store
    Copy(Copy),
    /// Say where the store is, whose it is and what it takes
    Usage,
    /// Read every byte and say what is damaged
    Verify {
        /// Forget damaged bytes, so that saving the same value again heals every version that needs them
        #[arg(long)]
        repair: bool,
    },
    /// Erase what was deleted or has expired, for good, and free its space
    Gc {
        /// Only say what would go
        #[arg(long, conflicts_with = "compact")]
        dry_run: bool,
        /// Keep every version but the newest of each result in fewer bytes first
        #[arg(long)]
        compact: bool,
        /// For everyone whose results the store keeps; a database is asked as the login that made it ready
        #[arg(long, conflicts_with_all = ["compact", "owner"])]
        all_owners: bool,
        /// Drop the copies that were kept on this computer when results were loaded, and nothing else
        #[arg(long, conflicts_with_all = ["dry_run", "compact", "all_owners"])]
        forget_cache: bool,
    },
    /// Say whether the store, and the rights of whoever opens it, are as they should be
    Doctor(Doctor),
    /// Erase everything of one owner for good; a database is asked as the login that made it ready
    Forget {
        /// Whose results
        #[arg(value_name = "OWNER")]
        whose: Uuid,
        /// Do it; without this, only say what would go
        #[arg(long)]
        yes: bool,
    },
    /// Count anew what owners have, after their rows were changed by hand; as the login that made it ready
    Recount {
        /// Only say who is counted wrongly
        #[arg(long)]
        dry_run: bool,
    },
    /// Make a database ready for stillroom, as a login that may make tables and roles
    Migrate(Migrate),
    /// Print a new signing key, for signing_key on a store that isn't a local folder
    Key,
    /// Print a script that completes this command in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Runs of versions, as they were spelt.
pub(crate) type Spans = Vec<Span>;

/// Where a result lives.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// The page
    pub(crate) page: String,
    /// The key
    pub(crate) key: String,
}

impl Place {
    /// The key that a store knows.
    ///
    /// # Errors
    /// `invalid`.
    pub(crate) fn key(&self) -> Result<ResultKey> {
        Ok(ResultKey::parse(&self.page, &self.key)?)
    }
}

/// What `cat` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Cat {
    #[command(flatten)]
    pub(crate) place: Place,
    /// This version [default: the newest]
    #[arg(long, value_name = "N", value_parser = version)]
    pub(crate) version: Option<Version>,
    /// The form
    #[arg(long, value_name = "FORM")]
    pub(crate) to: Form,
    /// Write to this file instead of the standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// With json, which has no NaN: write null for it
    #[arg(long)]
    pub(crate) nan_as_null: bool,
}

/// What `copy` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Copy {
    /// The store whose results are copied, a path or URL; --owner says whose of them
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// The store they are copied into, made where there is none
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    /// Only this page
    pub(crate) page: Option<String>,
    /// Whose they become: a UUID, or me for the own owner of a folder [default: see docs/cli.md]
    #[arg(long, value_name = "UUID|me", value_parser = receiver)]
    pub(crate) to_owner: Option<Receiver>,
    /// Only say what would arrive
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The signing keys of a store that isn't a local folder, one a line; the first signs
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_key_file: Option<PathBuf>,
}

/// Whose copied results become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// The own owner of a store that has one.
    Me,
    /// This owner.
    Owner(Uuid),
}

/// What `update` takes.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true)))]
pub(crate) struct Update {
    #[command(flatten)]
    pub(crate) place: Place,
    /// This version [default: the newest]
    #[arg(long, value_name = "N", value_parser = version)]
    pub(crate) version: Option<Version>,
    /// A word about the version
    #[arg(long, value_name = "TEXT", group = "change")]
    pub(crate) label: Option<String>,
    /// Take the label away
    #[arg(long, group = "change", conflicts_with = "label")]
    pub(crate) no_label: bool,
    /// Keep it this long from now on, such as 12h, 7d or 2w
    #[arg(long, value_name = "TIME", group = "change", value_parser = text::parse_duration)]
    pub(crate) ttl: Option<Duration>,
    /// Keep it for good
    #[arg(long, group = "change", conflicts_with = "ttl")]
    pub(crate) no_ttl: bool,
    /// Keep it whatever its age and however many newer ones there are
    #[arg(long, group = "change")]
    pub(crate) pin: bool,
    /// Take the pin away
    #[arg(long, group = "change", conflicts_with = "pin")]
    pub(crate) unpin: bool,
}

/// What `doctor` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// Of a database: also try, as one owner, all that must not reach another's results; nothing of it stays
    #[arg(long)]
    pub(crate) prove_isolation: bool,
    /// Of a database, as the login that made it ready: look only whether owners are counted as their rows say
    #[arg(long, conflicts_with = "prove_isolation")]
    pub(crate) all_owners: bool,
    /// Where only accounts have results: try it between these two instead of throw-away owners
    #[arg(long, num_args = 2, value_names = ["UUID", "UUID"], requires = "prove_isolation")]
    pub(crate) as_owners: Option<Vec<Uuid>>,
}

/// What `migrate` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Migrate {
    /// Only say what would be applied
    #[arg(long, conflicts_with_all = ["print", "to_folder", "login_role"])]
    pub(crate) dry_run: bool,
    /// Print the SQL instead, to be run by hand; what a database has of it is left alone
    #[arg(long, conflicts_with_all = ["to_folder", "login_role"])]
    pub(crate) print: bool,
    /// Write the SQL into this folder instead, a file for each migration, as `supabase db push` takes them
    #[arg(long, value_name = "DIR", conflicts_with = "login_role")]
    pub(crate) to_folder: Option<PathBuf>,
    /// Then make this login for the app, and print its URL with its password, once
    #[arg(long, value_name = "NAME")]
    pub(crate) login_role: Option<String>,
    /// The login gets no rights of its own and becomes authenticated for each transaction
    #[arg(long, requires = "login_role")]
    pub(crate) as_authenticated: bool,
}

impl Args {
    /// The same command with other words behind it, to be copied into a shell. It never has a password in it.
    pub(crate) fn again<'a>(&'a self, words: impl IntoIterator<Item = &'a str>) -> String {
        let store = self.store.iter().flat_map(|store| {
            // What a shell finds in the variable, nobody reads over a shoulder or in a log.
            let named =
                if secret::is_in(store) { r#""$STILLROOM_URL""#.to_owned() } else { text::shell_word(store) };
            ["--store".to_owned(), named]
        });
        let owner = self.owner.iter().flat_map(|owner| ["--owner".to_owned(), owner.to_string()]);
        let words = words.into_iter().map(text::shell_word);
        let all = ["stillroom".to_owned()].into_iter().chain(store).chain(owner).chain(words);
        all.collect::<Vec<_>>().join(" ")
    }
}

fn receiver(text: &str) -> Result<Receiver, String> {
    match text {
        "me" => Ok(Receiver::Me),
        _ => text.parse().map(Receiver::Owner).map_err(|_| "an owner is a UUID, or me".to_owned()),
    }
}

fn version(text: &str) -> Result<Version, String> {
    let number = text.parse().ok().and_then(Version::new);
    number.ok_or_else(|| "a version is a number from 1 on".to_owned())
}
