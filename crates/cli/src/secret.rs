//! Passwords in URLs that the command was given: none is repeated, whatever goes wrong.

use std::ffi::OsString;

/// Stands where a URL was.
const HIDDEN: &str = "***";

/// Whether a word may be a URL with a password in it.
pub(crate) fn is_in(word: &str) -> bool {
    let Some((scheme, rest)) = word.split_once("://") else { return false };
    !scheme.ends_with("file") && (rest.contains('@') || rest.contains("password"))
}

/// `text` without the URLs with passwords that are among `args`.
pub(crate) fn hide(text: &str, args: &[OsString]) -> String {
    let mut hidden = text.to_owned();
    for arg in args.iter().map(|arg| arg.to_string_lossy()).filter(|arg| is_in(arg)) {
        // All of it, and what stands behind the first of its own marks: a message may hold a part.
        let (_, rest) = arg.split_once("://").unwrap_or_default();
        hidden = hidden.replace(&*arg, HIDDEN).replace(rest, HIDDEN);
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_with_a_password_is_hidden_and_others_stay() {
        let args =
            ["postgresql://u:hunter2@h/db".into(), "--store=postgres://h/db?user=u&password=hunter2".into()];
        for (text, shown) in [
            ("no such command 'postgresql://u:hunter2@h/db'", "no such command '***'"),
            ("bad: --store=postgres://h/db?user=u&password=hunter2", "bad: ***"),
            ("bad: postgres://h/db?user=u&password=hunter2", "bad: postgres://***"),
            ("postgresql://h/db", "postgresql://h/db"),
        ] {
            assert_eq!(hide(text, &args), shown);
        }
        for word in ["file:///a@b", "./a@b", "postgresql://h/db", "mysql"] {
            assert!(!is_in(word), "{word}");
        }
    }
}
