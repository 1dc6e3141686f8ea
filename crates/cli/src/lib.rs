//! The `stillroom` command: what is kept, and keeping it in order, without Python.
//!
//! A library with a thin `main`, so that the Python wheel carries the same
//! command. Each verb has a file in `commands/` and answers in text and in
//! JSON at once; `forms/` writes values for other programs, `text/` lays text
//! out for a terminal. Nothing here knows where bytes are or how values are
//! encoded: that is the facade's.

#![forbid(unsafe_code)]

mod answer;
mod args;
mod commands;
mod console;
mod failure;
mod forms;
mod progress;
mod secret;
mod text;

use std::ffi::OsString;
use std::io::{self, Write};

use answer::Answer;
use args::{Args, Command};
use clap::Parser;
use console::Console;
use failure::Failure;
use stillroom::{ErrorKind, OpenOptions, Operator, Scope, SigningKey, Store};

/// Runs the command with `args` (the program's name not among them) and answers its exit code.
///
/// What was asked for goes to `out`, what went wrong to `err`. The code is 0, or the one that
/// `docs/errors.md` names for the kind of the error; a wrong use of the command counts as `invalid`.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    run_on(args.into_iter().collect(), Console::new(out, err))
}

/// Runs the command as [`run`] does, on the streams of the process: with a bar for long work where its
/// standard error is a terminal.
pub fn run_here(args: impl IntoIterator<Item = OsString>) -> i32 {
    Console::of_process(|console| run_on(args.into_iter().collect(), console))
}

fn run_on(args: Vec<OsString>, mut console: Console<'_>) -> i32 {
    let is_json = args.iter().any(|arg| arg == "--json");
    let done = answer(&args, &mut console).and_then(|code| {
        console.out.flush()?;
        Ok(code)
    });
    match done {
        Ok(code) => code,
        // The reader of a pipe has seen enough: `stillroom ls | head`.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(failure) => failure.report(is_json, &args, console.err),
    }
}

/// Answers, and the exit code that goes with it.
fn answer(args: &[OsString], console: &mut Console<'_>) -> Result<i32, Failure> {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => return Err(Failure::Usage(error)),
        // --help and --version.
        Err(error) => {
            write!(console.out, "{error}")?;
            return Ok(0);
        }
    };
    let Some(answer) = dispatch(&args, console)? else { return Ok(0) };
    answer.write(args.json, console.out)?;
    Ok(answer.code())
}

/// Does what is asked; none when the answer has been written already.
fn dispatch(args: &Args, console: &mut Console<'_>) -> Result<Option<Answer>, Failure> {
    let Some(command) = &args.command else { return Ok(Some(commands::overview::run(&open(args)?)?)) };
    let answer = match command {
        Command::Ls { page } => commands::ls::run(&open(args)?, page.as_deref())?,
        Command::Show { page, key: None, .. } => commands::show::page(&open(args)?, page)?,
        Command::Show { page, key: Some(key), version } => {
            commands::show::result(&open(args)?, page, key, *version)?
        }
        Command::History(place) => commands::history::run(&open(args)?, place)?,
        Command::Diff { place, old, new } => commands::diff::run(&open(args)?, place, *old, *new)?,
        Command::Cat(asked) => return commands::cat::run(&open(args)?, asked, console),
        Command::Rollback { place, version } => commands::rollback::run(&open(args)?, place, *version)?,
        Command::Rename { place, new_page, new_key } => {
            commands::rename::run(&open(args)?, place, new_page, new_key)?
        }
        Command::Update(asked) => commands::update::run(&open(args)?, asked)?,
        Command::Rm { place, undo: Some(undo), .. } => commands::rm::undo(&open(args)?, place, undo)?,
        Command::Rm { place, version, undo: None } => {
            commands::rm::run(&open(args)?, place, *version, |words| args.again(words.iter().copied()))?
        }
        Command::Export { file, page, key } => {
            let scope = Scope::parse(page.as_deref(), key.as_deref()).map_err(stillroom::Error::from)?;
            commands::export::run(&open(args)?, file, &scope, console)?
        }
        Command::Import { file, dry_run: true } => {
            commands::import::look(&open_or_empty(args)?, file, console)?
        }
        Command::Import { file, dry_run: false } => commands::import::run(&make(args)?, file, console)?,
        Command::Copy(asked) => commands::copy::run(args, asked, console)?,
        Command::Usage => commands::usage::run(&open(args)?)?,
        Command::Verify { repair } => commands::verify::run(&open(args)?, *repair, args, console)?,
        Command::Gc { forget_cache: true, .. } => commands::gc::forget_cache(&open(args)?)?,
        Command::Gc { compact: true, .. } => commands::gc::compact(&open(args)?, console)?,
        Command::Gc { dry_run, all_owners: true, .. } => {
            let options = OpenOptions { create: false, ..options(args) };
            commands::gc::all_owners(&Operator::open(&options)?, *dry_run)?
        }
        Command::Gc { dry_run, .. } => commands::gc::run(&open(args)?, *dry_run)?,
        Command::Doctor(asked) => commands::doctor::run(options(args), asked)?,
        Command::Forget { whose, yes } => {
            check_may_change(args, !*yes)?;
            commands::forget::run(args.store.as_deref(), *whose, !*yes)?
        }
        Command::Recount { dry_run } => {
            check_may_change(args, *dry_run)?;
            commands::recount::run(args.store.as_deref(), *dry_run)?
        }
        Command::Migrate(asked) => commands::migrate::run(args.store.as_deref(), asked)?,
        Command::Key => commands::key::run(&SigningKey::generate()?),
        Command::Completions { shell } => commands::completions::run(*shell),
    };
    Ok(Some(answer))
}

/// Opens the store that `args` name. Reading makes no store: a missing one is an error.
fn open(args: &Args) -> Result<Store, Failure> {
    Ok(Store::open(OpenOptions { create: false, ..options(args) })?)
}

/// Opens the store that `args` name; where there is none, an empty one stands for the one to be made.
fn open_or_empty(args: &Args) -> Result<Store, Failure> {
    match open(args) {
        Err(Failure::Store(error)) if error.kind() == ErrorKind::NotFound => {
            Ok(Store::open(OpenOptions { url: Some("memory:".to_owned()), ..options(args) })?)
        }
        opened => opened,
    }
}

/// Opens the store that `args` name, and makes it where there is none.
fn make(args: &Args) -> Result<Store, Failure> {
    Ok(Store::open(options(args))?)
}

/// Refuses a change where nothing may be written.
fn check_may_change(args: &Args, dry_run: bool) -> Result<(), Failure> {
    if args.read_only && !dry_run {
        let message = "nothing is changed with --read-only; leave it out, or only look";
        return Err(stillroom::Error::new(ErrorKind::Denied, message).into());
    }
    Ok(())
}

fn options(args: &Args) -> OpenOptions {
    OpenOptions {
        url: args.store.clone(),
        owner: args.owner,
        read_only: args.read_only,
        ..OpenOptions::default()
    }
}
