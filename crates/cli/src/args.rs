//! What can be asked, and how it is spelt.

use clap::{Parser, Subcommand};
use stillroom::Uuid;

/// Shows what a stillroom store keeps. Alone: the store's path, its pages and their sizes.
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
        #[arg(long, value_name = "N", requires = "key", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
    },
    /// List every version of a result, newest first
    History {
        /// The page
        page: String,
        /// The key
        key: String,
    },
    /// Say where the store is, whose it is and what it takes
    Usage,
    /// Print a new signing key, for signing_key on a store that isn't a local folder
    Key,
}
