//! The file a bundle is written to before it has its name, and what a crash left of others.
//!
//! Whoever writes one holds its lock, which the system lets go with the
//! process: one without is nobody's, and the next export to the same name
//! removes it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What such a file's name ends in; before it stand sixteen hexadecimal digits.
const ENDS: &str = ".part";
const DIGITS: usize = 16;

/// Makes a file in `folder` whose name begins with `begins`, readable by its user alone, and locks it.
pub(super) fn create(folder: &Path, begins: &OsStr) -> io::Result<(File, PathBuf)> {
    loop {
        let mut number = [0; 8];
        getrandom::fill(&mut number).map_err(|error| io::Error::other(error.to_string()))?;
        let mut name = OsString::from(begins);
        name.push(format!("{:016x}{ENDS}", u64::from_le_bytes(number)));
        let path = folder.join(name);
        let file = private().open(&path)?;
        match file.try_lock() {
            // Before it was locked another export may have found and removed it.
            Ok(()) if fs::symlink_metadata(&path).is_ok() => return Ok((file, path)),
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            // Where files can't be locked, nobody removes it either.
            Err(TryLockError::Error(_)) => return Ok((file, path)),
        }
    }
}

/// Removes such files that nobody is writing; one that can't be is left.
pub(super) fn clean_up(folder: &Path, begins: &OsStr) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| is_temporary(&entry.file_name(), begins)) {
        let path = entry.path();
        let is_file = entry.file_type().is_ok_and(|found| found.is_file());
        let locked = File::open(&path).ok().filter(|file| is_file && file.try_lock().is_ok());
        if locked.is_some() {
            // In the way of nothing: the next export finds it again.
            drop(fs::remove_file(&path));
        }
    }
}

fn is_temporary(name: &OsStr, begins: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let middle =
        name.strip_prefix(begins.as_encoded_bytes()).and_then(|name| name.strip_suffix(ENDS.as_bytes()));
    middle.is_some_and(|digits| digits.len() == DIGITS && digits.iter().all(u8::is_ascii_hexdigit))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_is_removed_and_what_is_being_written_or_is_another_s_stays() {
        let folder = tempfile::tempdir().unwrap();
        let begins = OsStr::new(".results.bundle.");
        let (being_written, its_path) = create(folder.path(), begins).unwrap();
        let (left, left_path) = create(folder.path(), begins).unwrap();
        drop(left);
        let others =
            [".results.bundle.part", ".results.bundle.0123456789abcdeg.part", ".other.0123456789abcdef.part"];
        for name in others {
            fs::write(folder.path().join(name), "mine").unwrap();
        }

        clean_up(folder.path(), begins);

        assert!(its_path.exists() && !left_path.exists());
        assert!(others.iter().all(|name| folder.path().join(name).exists()));
        drop(being_written);
    }
}
