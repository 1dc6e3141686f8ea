//! Small things as people spell them on a command line: times, runs of versions, words of a shell.

use std::time::Duration;

use stillroom::Version;

/// Versions from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    first: Version,
    last: Version,
}

/// The most versions that may be named at once.
const SPAN_LEN: u64 = 100_000;
/// Seconds of each unit.
const UNITS: [(&str, u64); 5] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)];

/// A time such as `45s`, `30m`, `12h`, `7d`, `2w`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let said = "a time is a number and one of s, m, h, d, w: 12h, 7d, 2w".to_owned();
    let parsed = UNITS.iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*seconds)
    });
    parsed.filter(|seconds| *seconds > 0).map(Duration::from_secs).ok_or(said)
}

/// Versions such as `3`, `1-3` or `1-3,5`.
pub(crate) fn parse_spans(text: &str) -> Result<Vec<Span>, String> {
    let spans: Option<Vec<_>> = text.split(',').map(parse_span).collect();
    spans.ok_or_else(|| "versions are numbers from 1 on and runs of them: 3, 1-3, 1-3,5".to_owned())
}

fn parse_span(text: &str) -> Option<Span> {
    let version = |text: &str| text.parse().ok().and_then(Version::new);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let span = Span { first: version(first)?, last: version(last)? };
    (span.first <= span.last && span.last.get() - span.first.get() < SPAN_LEN).then_some(span)
}

/// Every version of the runs.
pub(crate) fn versions(spans: &[Span]) -> Vec<Version> {
    spans.iter().flat_map(|span| span.first.get()..=span.last.get()).filter_map(Version::new).collect()
}

/// Versions as runs, the lowest first: `1-3,5`.
pub(crate) fn spans(versions: impl IntoIterator<Item = Version>) -> String {
    let mut numbers: Vec<_> = versions.into_iter().map(Version::get).collect();
    numbers.sort_unstable();
    let runs = numbers.chunk_by(|one, next| one + 1 == *next);
    let text = |run: &[u64]| match run {
        [first, .., last] => format!("{first}-{last}"),
        _ => run[0].to_string(),
    };
    runs.map(text).collect::<Vec<_>>().join(",")
}

/// A word as a POSIX shell reads it, and as it stands when nothing in it means something there.
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_number_and_a_unit() {
        for (text, seconds) in [
            ("45s", Some(45)),
            ("30m", Some(1800)),
            ("12h", Some(43_200)),
            ("7d", Some(604_800)),
            ("2w", Some(1_209_600)),
            ("0d", None),
            ("7", None),
            ("d", None),
            ("-1d", None),
            ("1y", None),
            ("99999999999999999999w", None),
            ("9999999999999999999w", None),
        ] {
            assert_eq!(parse_duration(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn versions_are_spelt_in_runs() {
        for (text, numbers) in [
            ("3", Some(vec![3])),
            ("1-3,5", Some(vec![1, 2, 3, 5])),
            ("0", None),
            ("3-1", None),
            ("1-", None),
            ("", None),
            ("1-200000", None),
        ] {
            let parsed = parse_spans(text).ok().map(|spans| versions(&spans));
            assert_eq!(parsed.map(|all| all.into_iter().map(Version::get).collect()), numbers, "{text}");
        }
        assert_eq!(spans([5, 2, 3, 1].into_iter().filter_map(Version::new)), "1-3,5");
        assert_eq!(spans([]), "");
    }

    #[test]
    fn a_word_of_a_shell_is_quoted_where_it_must_be() {
        for (word, quoted) in [
            ("train_models", "train_models"),
            ("señales/x.y", "señales/x.y"),
            ("two words", "'two words'"),
            ("$(rm -r)", "'$(rm -r)'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(word), quoted);
        }
    }
}
