//! Every sentence that the traits promise has a check with the same words.
//!
//! A check's name holds a sentence when it is that sentence, with clauses left
//! out but never the first; and no clause is left out by every check, or it
//! would be promised and never looked at. A clause ends at a comma, semicolon,
//! colon or full stop.

use stillroom_core::conformance::names;

/// The sources of the traits. What may be relied on stands in them as a list.
const TRAITS: [(&str, &str); 4] = [
    ("catalog.rs", include_str!("../src/catalog.rs")),
    ("blobs.rs", include_str!("../src/blobs.rs")),
    ("leases.rs", include_str!("../src/leases.rs")),
    ("operator.rs", include_str!("../src/operator.rs")),
];

#[test]
fn every_sentence_of_the_contract_has_a_check_with_the_same_words() {
    let names = names();

    for (file, source) in TRAITS {
        let sentences = sentences(source);
        assert!(sentences.len() > 2, "{file} says what may be relied on");
        for sentence in sentences {
            let clauses = clauses(&sentence);
            let held = names.iter().filter(|name| holds(name, &clauses)).count();
            assert!(held > 0, "{file}: no check is named as: {sentence}");
            for clause in clauses {
                let looked_at = names.iter().any(|name| name.contains(without_and(&clause)));
                assert!(looked_at, "{file}: no check has the words {clause:?} of: {sentence}");
            }
        }
    }
}

#[test]
fn a_name_holds_a_sentence_with_all_its_clauses_or_some_but_never_other_words() {
    let sentence = "A beat renews, and says how far; one that was lost can't.";

    for (name, expected) in [
        ("a_beat_renews_and_says_how_far_one_that_was_lost_can_t", true),
        ("a_beat_renews_one_that_was_lost_can_t", true),
        ("a_beat_renews", true),
        ("one_that_was_lost_can_t", false),
        ("a_beat_renews_one_that_was_lost_can_t_and_says_how_far", false),
        ("a_beat_renews_a_lease", false),
        ("a_beat", false),
    ] {
        assert_eq!(holds(name, &clauses(sentence)), expected, "{name}");
    }
}

#[test]
fn no_two_checks_have_the_same_name() {
    let mut names = names();
    names.sort_unstable();

    assert!(names.is_sorted_by(|one, next| one < next));
}

/// The items of the list of promises in a trait's documentation.
fn sentences(source: &str) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let lines = source.lines().filter_map(|line| line.strip_prefix("/// "));
    for line in lines.skip_while(|line| !line.starts_with("What may be relied on")) {
        match (line.strip_prefix("- "), line.strip_prefix("  "), sentences.last_mut()) {
            (Some(first), _, _) => sentences.push(first.to_owned()),
            (None, Some(more), Some(sentence)) => sentence.extend([" ", more]),
            (None, _, None) => {}
            (None, _, Some(_)) => break,
        }
    }
    sentences
}

/// A sentence's clauses, as they stand in a function's name.
fn clauses(sentence: &str) -> Vec<String> {
    let clauses = sentence.split([',', ';', ':', '.']).map(|clause| {
        let words = clause.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("_").to_lowercase()
    });
    clauses.filter(|clause| !clause.is_empty()).collect()
}

/// Whether a name is the first of these clauses and, in order, any of the others.
fn holds(name: &str, clauses: &[String]) -> bool {
    let Some((first, others)) = clauses.split_first() else { return false };
    let Some(rest) = name.strip_prefix(first.as_str()) else { return false };
    let Some(rest) = rest.strip_prefix('_') else { return rest.is_empty() };
    (0..others.len()).any(|skipped| holds(rest, &others[skipped..]))
}

/// A clause that may stand in a check of its own.
fn without_and(clause: &str) -> &str {
    clause.strip_prefix("and_").unwrap_or(clause)
}
