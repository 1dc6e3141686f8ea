//! docs/format.md is held to the code, and the code to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fastcdc::v2020::get_gear_with_seed;
use stillroom_format::{Built, CHUNK_LEN, FORMAT_VERSION, LEAF_LEN, Layout, Limits};

use crate::support::{noise, pieces, read_bytes};

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn document() -> String {
    file("../../docs/format.md")
}

/// The text of a fenced block that follows a heading.
fn block(heading: &str) -> String {
    let document = document();
    let (_, section) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, block) = section.split_once("```text\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

fn gear() -> Vec<u64> {
    block("The gear table").split_whitespace().map(|hex| u64::from_str_radix(hex, 16).unwrap()).collect()
}

#[test]
fn every_tag_is_in_the_document_and_no_other() {
    let source = file("src/node/tag.rs");
    let constants = source.lines().filter_map(|line| line.strip_prefix("pub(crate) const "));
    let tags = constants.filter_map(|line| {
        let (name, number) = line.strip_suffix(';')?.split_once(": u64 = ")?;
        Some((number.parse::<u64>().ok()?, name.to_owned()))
    });
    let rows = document();
    let rows = rows.lines().filter_map(|line| line.strip_prefix("| ")).filter_map(|row| {
        let mut cells = row.split(" | ");
        let (number, name) = (cells.next()?.parse().ok()?, cells.next()?);
        name.chars().all(|c| c.is_ascii_uppercase() || c == '_').then(|| (number, name.to_owned()))
    });

    let built = file("src/node/built.rs");
    let kinds = built.lines().filter_map(|line| {
        let (tag, name) = line.trim().split_once(" = ")?.1.split_once(" \"")?;
        Some((tag.parse::<u64>().ok()?, name.split_once('"')?.0.to_owned()))
    });

    let tags: BTreeMap<u64, String> = tags.chain(kinds).collect();

    assert_eq!(rows.collect::<BTreeMap<u64, String>>(), tags);
    assert_eq!(tags.len(), 48 + Built::ALL.len());
}

#[test]
fn the_numbers_in_the_document_are_those_of_the_code() {
    let document = document();

    assert!(document.starts_with(&format!("# The format, version {FORMAT_VERSION}\n")));
    assert!(document.contains(&format!("shorter than {LEAF_LEN} bytes")));
    assert!(document.contains(&format!("fixed steps of {CHUNK_LEN} bytes")));
    assert!(document.contains(&format!("| containers within containers | {}", Limits::default().depth)));
    assert_eq!(Limits::default().manifest_len, 1 << 30);
}

#[test]
fn the_examples_are_the_values_they_say() {
    let examples = block("Examples");

    for line in examples.lines() {
        let at = line.char_indices().position(|(at, _)| line[at..].starts_with("     ")).unwrap();
        let (hex, words) = line.split_at(at);
        let digits: Vec<u8> = hex.bytes().filter(|byte| *byte != b' ').collect();
        let pairs = digits.chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();

        assert_eq!(read_bytes(bytes).unwrap().brief(), words.trim(), "{line}");
    }
    assert_eq!(examples.lines().count(), 11);
}

#[test]
fn the_gear_table_is_the_one_that_cuts() {
    let (table, _) = get_gear_with_seed(0);

    assert_eq!(gear(), table.as_ref());
}

/// The rule of the document, word for word.
fn next_len(rest: &[u8], gear: &[u64]) -> usize {
    if rest.len() <= 16_384 {
        return rest.len();
    }
    let end = rest.len().min(262_144);
    let middle = end.min(65_536);
    let mut hash = 0u64;
    for at in 16_384..end / 2 * 2 {
        hash = hash.wrapping_mul(2).wrapping_add(gear[rest[at] as usize]);
        let mask = if at < middle / 2 * 2 { 0x0000_d907_0353_7000 } else { 0x0000_d90f_0353_0000 };
        if hash & mask == 0 {
            return at;
        }
    }
    end
}

#[test]
fn the_rule_in_the_document_gives_the_cuts() {
    let gear = gear();
    let text = "año a año, línea a línea; ".repeat(30_000).into_bytes();

    for bytes in [noise(7, 1_900_001), noise(8, 70_001), text, vec![0; 400_001]] {
        let mut rest = bytes.as_slice();
        let mut lens = Vec::new();
        while !rest.is_empty() {
            lens.push(next_len(rest, &gear));
            rest = &rest[lens[lens.len() - 1]..];
        }

        let cuts: Vec<usize> = pieces(&bytes, Layout::Content).iter().map(Vec::len).collect();

        assert_eq!(cuts, lens);
    }
}
