//! The `stillroom` command: what is kept, without Python.
//!
//! A library with a thin `main`, so that the Python wheel carries the same
//! command. Each verb has a file in `commands/` and answers in text and in
//! JSON at once; `text/` lays text out for a terminal. Nothing here knows where
//! bytes are or how values are encoded: that is the facade's.

#![forbid(unsafe_code)]

mod answer;
mod args;
mod commands;
mod failure;
mod text;

use std::ffi::OsString;
use std::io::{self, Write};

use args::{Args, Command};
use clap::Parser;
use failure::Failure;
use stillroom::{OpenOptions, SigningKey, Store};

/// Runs the command with `args` (the program's name not among them) and answers its exit code.
///
/// What was asked for goes to `out`, what went wrong to `err`. The code is 0, or the one that
/// `docs/errors.md` names for the kind of the error; a wrong use of the command counts as `invalid`.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let args: Vec<_> = args.into_iter().collect();
    let is_json = args.iter().any(|arg| arg == "--json");
    let done = answer(args, out).and_then(|()| out.flush().map_err(Failure::Output));
    match done {
        Ok(()) => 0,
        // The reader of a pipe has seen enough: `stillroom ls | head`.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(failure) => failure.report(is_json, err),
    }
}

fn answer(args: Vec<OsString>, out: &mut dyn Write) -> Result<(), Failure> {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => return Err(Failure::Usage(error)),
        // --help and --version.
        Err(error) => return write!(out, "{error}").map_err(Failure::Output),
    };
    let answer = match &args.command {
        Some(Command::Key) => commands::key::run(&SigningKey::generate()?),
        None => commands::overview::run(&open(&args)?)?,
        Some(Command::Ls { page }) => commands::ls::run(&open(&args)?, page.as_deref())?,
        Some(Command::Show { page, key: None, .. }) => commands::show::page(&open(&args)?, page)?,
        Some(Command::Show { page, key: Some(key), version }) => {
            commands::show::result(&open(&args)?, page, key, *version)?
        }
        Some(Command::History { page, key }) => commands::history::run(&open(&args)?, page, key)?,
        Some(Command::Usage) => commands::usage::run(&open(&args)?)?,
    };
    answer.write(args.json, out).map_err(Failure::Output)
}

/// Opens the store that `args` name. Reading makes no store: a missing one is an error.
fn open(args: &Args) -> Result<Store, Failure> {
    let options =
        OpenOptions { url: args.store.clone(), owner: args.owner, create: false, ..OpenOptions::default() };
    Ok(Store::open(options)?)
}
