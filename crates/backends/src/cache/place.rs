//! Where the cache is: chosen, made, guarded.
//!
//! Whoever can write there could put files in the place of others, so it is nobody else's, or it is not used. What is
//! made below it has mode 0700, whatever its own is.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::CacheOptions;

/// Names the folder when no argument does, or switches the cache off.
const VARIABLE: &str = "STILLROOM_CACHE";
const FOLDER: &str = "stillroom";
const TAG: &str = "CACHEDIR.TAG";
/// As <https://bford.info/cachedir/> has it.
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # What stillroom has loaded from databases, to load it faster the next time.\n\
    # It can be deleted at any time.\n";

/// Where it is to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Off,
    At(PathBuf),
    /// There is no place for it.
    Nowhere,
}

/// The place by the options, else by the environment, which `variable` reads.
pub(crate) fn choose(
    options: &CacheOptions,
    variable: &dyn Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
) -> Choice {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if options.is_off || options.limit == Some(0) {
        return Choice::Off;
    }
    if let Some(folder) = &options.folder {
        return Choice::At(folder.clone());
    }
    match set(VARIABLE) {
        Some(value) if value == "off" => return Choice::Off,
        Some(value) => return Choice::At(value.into()),
        None => {}
    }
    // A relative one counts for nothing, says who made it up.
    let caches = set("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let at_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    match caches.or_else(|| Some(home.filter(|home| home.is_absolute())?.join(at_home))) {
        Some(caches) => Choice::At(caches.join(FOLDER)),
        None => Choice::Nowhere,
    }
}

/// Makes the folder where it isn't there; its path without links.
///
/// # Errors
/// Why it can't be used, in words.
pub(crate) fn open(path: &Path) -> Result<PathBuf, String> {
    let said = |error: io::Error| error.to_string();
    let path = std::path::absolute(path).map_err(said)?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(said)?;
    }
    match DirBuilder::new().mode(0o700).create(&path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(said(error)),
        _ => {}
    }
    let path = fs::canonicalize(path).map_err(said)?;
    let found = fs::metadata(&path).map_err(said)?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err("another user owns it".to_owned());
    }
    if found.mode() & 0o022 != 0 {
        return Err("others can write to it; run `chmod go-w` on it".to_owned());
    }
    access(&path, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| said(error.into()))?;
    tag(&path).map_err(said)?;
    Ok(path)
}

fn tag(folder: &Path) -> io::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(TAG));
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made?.write_all(TAG_TEXT.as_bytes()),
    }
}

/// What is told where there is none though there should be.
pub(crate) fn notice(place: &str, why: &str) -> String {
    format!(
        "What is loaded from the database is not kept on this computer, so every load fetches it anew: {why}. Name a \
         folder by cache=… or ${VARIABLE}, or open the store with cache=False: `{place}`"
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_place_is_what_is_said_first() {
        let (named, limited) = (Some(PathBuf::from("/named")), Some(1));
        let off = CacheOptions { is_off: true, folder: named.clone(), limit: None };
        let at = |path: &str| Choice::At(path.into());
        let none = CacheOptions::default();
        let all = [(VARIABLE, "/variable"), ("XDG_CACHE_HOME", "/caches")];
        let home = if cfg!(target_os = "macos") {
            "/home/Library/Caches/stillroom"
        } else {
            "/home/.cache/stillroom"
        };
        let cases = [
            (off, &all[..], Choice::Off),
            (CacheOptions { limit: Some(0), ..none.clone() }, &all, Choice::Off),
            (CacheOptions { folder: named, limit: limited, ..none.clone() }, &all, at("/named")),
            (none.clone(), &all, at("/variable")),
            (none.clone(), &[(VARIABLE, "off")], Choice::Off),
            (none.clone(), &[(VARIABLE, ""), ("XDG_CACHE_HOME", "/caches")], at("/caches/stillroom")),
            (none.clone(), &[("XDG_CACHE_HOME", "relative")], at(home)),
            (none.clone(), &[], at(home)),
        ];

        for (options, set, expected) in cases {
            let variable =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
            assert_eq!(choose(&options, &variable, Some("/home".into())), expected, "{options:?} {set:?}");
        }
        assert_eq!(choose(&none, &|_| None, None), Choice::Nowhere);
    }

    #[test]
    fn a_folder_is_made_for_its_owner_alone_and_one_that_others_can_write_to_is_not_used() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a/cache");

        assert_eq!(open(&path), Ok(path.canonicalize().unwrap()));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        assert!(
            fs::read_to_string(path.join(TAG))
                .unwrap()
                .starts_with("Signature: 8a477f597d28d172789f06886806bc55")
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(open(&path).unwrap_err().contains("chmod go-w"));
        fs::write(temporary.path().join("file"), "").unwrap();
        assert!(open(&temporary.path().join("file")).is_err());
        assert!(open(&temporary.path().join("file/below")).is_err());
    }
}
