//! How a file that is no store's fails, in the words of the one public error.

use std::io;
use std::path::Path;

use stillroom_core::BackendError;

use crate::{Error, ErrorKind};

/// An error of the file at `path`; `doing` is `read`, `write`, …
pub(super) fn failed(doing: &str, path: &Path, error: io::Error) -> Error {
    let kind = error.kind();
    let shown = path.display();
    let say = |of: ErrorKind, message: String| Error::new(of, message);
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            let message =
                format!("disk is full, nothing was written; free some space and try again: `{shown}`");
            return BackendError::Full { message, source: Some(error.into()) }.into();
        }
        io::ErrorKind::NotFound => {
            say(ErrorKind::NotFound, format!("nothing is there to {doing}: `{shown}`"))
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            say(ErrorKind::Denied, format!("not allowed to {doing}: `{shown}`"))
        }
        _ => say(ErrorKind::Unavailable, format!("can't {doing}: `{shown}`")),
    }
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_file_names_it_and_what_the_caller_can_do_about_it() {
        let cases = [
            (io::ErrorKind::StorageFull, ErrorKind::Unavailable, "free some space", true),
            (io::ErrorKind::QuotaExceeded, ErrorKind::Unavailable, "free some space", true),
            (io::ErrorKind::FileTooLarge, ErrorKind::Unavailable, "free some space", true),
            (io::ErrorKind::NotFound, ErrorKind::NotFound, "nothing is there to write", false),
            (io::ErrorKind::PermissionDenied, ErrorKind::Denied, "not allowed to write", false),
            (io::ErrorKind::ReadOnlyFilesystem, ErrorKind::Denied, "not allowed to write", false),
            (io::ErrorKind::TimedOut, ErrorKind::Unavailable, "can't write", false),
        ];

        for (cause, kind, words, is_full) in cases {
            let error = failed("write", Path::new("/data/results.bundle"), cause.into());
            assert_eq!((error.kind(), error.is_full()), (kind, is_full), "{cause}");
            let message = error.to_string();
            assert!(message.contains(words) && message.ends_with("`/data/results.bundle`"), "{message}");
        }
    }
}
