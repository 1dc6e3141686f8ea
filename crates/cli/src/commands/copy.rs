//! `stillroom copy`: results straight from one store into another, and whose they become there.

use std::fs;
use std::path::Path;

use serde_json::json;
use stillroom::{Copied, Error, ErrorKind, OpenOptions, Owner, Result, Scope, SigningKey, Store};

use super::arriving::{keys, left_out, locked};
use super::facts::counted;
use crate::answer::Answer;
use crate::args::{Args, Copy, Receiver};
use crate::console::Console;
use crate::failure::Failure;
use crate::text::{printable, size};

/// What opens results that arrive locked.
const KEY: &str = "copy with the signing key of the app in --signing-key-file";

/// Looks, says what will arrive locked, and copies.
pub(crate) fn run(args: &Args, asked: &Copy, console: &mut Console<'_>) -> Result<Answer, Failure> {
    if args.store.is_some() {
        let message = "copy takes both stores behind its name; leave out --store";
        return Err(Error::new(ErrorKind::Invalid, message).into());
    }
    let Stores { from, to, is_new } = Stores::open(args, asked)?;
    let scope = Scope::parse(asked.page.as_deref(), None).map_err(Error::from)?;
    let plan = from.plan_copy(&to, &scope, &mut console.bar("looking").watch())?;
    let locked = locked(&plan.expected().locked, KEY);
    let copied = if asked.dry_run {
        plan.expected().clone()
    } else {
        write!(console.err, "{locked}")?;
        plan.run(&mut console.bar("copying").watch())?
    };
    // The owner of a folder is drawn when it is made.
    let (place, owner) =
        if is_new { (&*asked.to, None) } else { (to.location(), Some(to.owner().to_string())) };
    let said = said(&copied, place, owner.as_deref().filter(|_| to.local_owner() != Some(to.owner())));
    let text = match asked.dry_run {
        true => format!("Would copy {said}{locked}Nothing was done.\n"),
        false => format!("Copied {said}"),
    };
    let json = json!({
        "from": from.location(),
        "from_owner": from.owner().to_string(),
        "to": place,
        "to_owner": owner,
        "dry_run": asked.dry_run,
        "results": copied.results,
        "versions": copied.versions,
        "present": copied.present,
        "expired": copied.expired,
        "locked": keys(&copied.locked),
        "new_bytes": copied.new_bytes,
    });
    Ok(Answer::new(text, json))
}

fn said(copied: &Copied, place: &str, owner: Option<&str>) -> String {
    format!(
        "{} with {} into {}, as results of {}; {} of new bytes{}.\n",
        counted(copied.results, "result"),
        counted(copied.versions, "version"),
        printable(place),
        owner.unwrap_or("its own owner"),
        size(copied.new_bytes),
        left_out(copied.present, copied.expired, "there already"),
    )
}

/// Both stores, each for whom it is about and with the keys there are.
struct Stores {
    from: Store,
    to: Store,
    /// Whether `to` only stands for a folder that is to be made.
    is_new: bool,
}

impl Stores {
    fn open(args: &Args, asked: &Copy) -> Result<Self> {
        let keys = asked.signing_key_file.as_deref().map_or_else(|| Ok(Vec::new()), read_keys)?;
        let options = OpenOptions { owner: args.owner, read_only: args.read_only, ..OpenOptions::default() };
        let from =
            Store::open(OpenOptions { url: Some(asked.from.clone()), create: false, ..options.clone() })?;
        let to = OpenOptions {
            url: Some(asked.to.clone()),
            // Until it is known whether the store has an owner of its own.
            owner: Some(from.owner().id()),
            create: !asked.dry_run,
            ..options
        };
        let (to, is_new) = match Store::open(to.clone()) {
            Err(error) if asked.dry_run && error.kind() == ErrorKind::NotFound => (stand_in(to)?, true),
            opened => (opened?, false),
        };
        let to = to.as_owner(receiver(args, asked, &from, &to)?);
        // A folder signs with its own key, by which it will be opened.
        let to = if to.can_sign() { to } else { to.with_keys(keys.clone()) };
        Ok(Self { from: from.with_keys(keys), to, is_new })
    }
}

/// Like a new folder: empty, with an owner and a key of its own.
fn stand_in(options: OpenOptions) -> Result<Store> {
    let key = SigningKey::parse(&SigningKey::generate()?)?;
    let url = Some("memory:".to_owned());
    Store::open(OpenOptions { url, signing_keys: Some(vec![key]), read_only: false, ..options })
}

/// Whose the results become.
///
/// What a store's own owner saved is nobody's in particular: in another store that has such an owner it is
/// that one's, and in a store of many it is somebody's who has to be named. What belongs to somebody stays theirs,
/// but in a folder that is copied into from a store of many: it knows one owner.
fn receiver(args: &Args, asked: &Copy, from: &Store, to: &Store) -> Result<Owner> {
    let is_own = from.local_owner() == Some(from.owner());
    match (asked.to_owner, to.local_owner()) {
        (Some(Receiver::Owner(owner)), _) => Ok(Owner::new(owner)),
        (Some(Receiver::Me), Some(own)) => Ok(own),
        (Some(Receiver::Me), None) => {
            let message = "this store has no owner of its own; give a UUID in place of me";
            Err(Error::new(ErrorKind::Invalid, format!("{message}: `{}`", to.location())))
        }
        (None, Some(own)) if is_own || from.local_owner().is_none() => Ok(own),
        (None, None) if is_own => {
            let message = "these results are this folder's own, and many owners share the store they would go to; \
                           nothing was copied; say whose they become";
            Err(Error::new(ErrorKind::Invalid, format!("{message}: `{}`", again(args, asked))))
        }
        (None, _) => Ok(from.owner()),
    }
}

/// The same command with an owner to be filled in, and so the password.
fn again(args: &Args, asked: &Copy) -> String {
    let (from, to) = (without_password(&asked.from), without_password(&asked.to));
    let page = asked.page.as_deref();
    let file = asked.signing_key_file.as_deref().map(Path::to_string_lossy);
    let file = file.iter().flat_map(|file| ["--signing-key-file", file]);
    let words = ["copy", &from, &to].into_iter().chain(page).chain(file);
    args.again(words.chain(["--to-owner", "UUID"]))
}

/// A URL with a word in the place of its password; what else may hold one is left out.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| *scheme != "file") else {
        return url.to_owned();
    };
    // A password may hold any of the marks, unescaped.
    let (user, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let user = match user.split_once(':') {
        Some((user, _)) => format!("{user}:PASSWORD@"),
        None if user.is_empty() => String::new(),
        None => format!("{user}@"),
    };
    let place = match place.split_once('?') {
        Some((place, query)) if query.contains("password") => place,
        _ => place,
    };
    format!("{scheme}://{user}{place}")
}

/// The keys in a file, one a line.
fn read_keys(path: &Path) -> Result<Vec<SigningKey>> {
    let shown = path.display();
    let unread =
        |error| Error::new(ErrorKind::Invalid, format!("signing keys can't be read: {error}: `{shown}`"));
    let text = fs::read_to_string(path).map_err(unread)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let keys = lines.map(SigningKey::parse).collect::<Result<Vec<_>>>();
    match keys {
        Ok(keys) if !keys.is_empty() => Ok(keys),
        Ok(_) => Err(Error::new(ErrorKind::Invalid, format!("no signing key in this file: `{shown}`"))),
        Err(error) => Err(Error::new(error.kind(), format!("{error}: `{shown}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_left_out_wherever_it_stands() {
        for (url, shown) in [
            (
                "postgresql://app:hunter2@h:5432/db?sslmode=require",
                "postgresql://app:PASSWORD@h:5432/db?sslmode=require",
            ),
            ("postgres://app:hun@ter2@h/db", "postgres://app:PASSWORD@h/db"),
            ("postgres://app:hun?ter2@h/db", "postgres://app:PASSWORD@h/db"),
            ("postgres://app@h/db", "postgres://app@h/db"),
            ("postgres://h/db?user=app&password=hunter2", "postgres://h/db"),
            ("postgres://h/db", "postgres://h/db"),
            (".stillroom", ".stillroom"),
            ("file:///home/a@b:c", "file:///home/a@b:c"),
            ("memory:", "memory:"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
