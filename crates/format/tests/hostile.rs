//! A user can write any bytes into their own rows: an error, or a value, and never a panic.

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::Config;
use stillroom_format::{
    ClassName, Counted, FormatError, Limits, Manifest, MissingCell, Node, Payload, Reader, Root, TextFlavour,
    Value, Writer, Zone, strategies, summarise,
};

use crate::support::{Step, leaf, noise, read_bytes, source, written};

/// A manifest of this tree, without shared nodes and buffers.
fn manifest_of(tree: &[u8]) -> Vec<u8> {
    [b"\x85\x69stillroom\x01\x80\x80", tree].concat()
}

fn tree(hex: &str) -> Vec<u8> {
    let hex = hex.replace(' ', "");
    let pairs = hex.as_bytes().chunks_exact(2);
    manifest_of(
        &pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect::<Vec<_>>(),
    )
}

/// Reads any bytes to the end, with buffers of whatever length they claim up to a mebibyte.
fn read_any(bytes: &[u8]) -> Result<(Manifest, Value), FormatError> {
    let manifest = Manifest::parse(Bytes::copy_from_slice(bytes), Limits::default())?;
    let fetch = |number: u32| {
        let len = manifest.buffers()[number as usize].len;
        if len > 1 << 20 {
            Err(FormatError::Damaged("a buffer not there"))
        } else {
            Ok(vec![b'a'; len as usize].into())
        }
    };
    let value = Value::read(&mut Reader::new(&manifest, Limits::default()), fetch)?;
    Ok((manifest, value))
}

/// Whatever is read at all is written to the very same bytes: no value has two encodings.
fn check_any(bytes: &[u8]) -> Result<(), FormatError> {
    let _ = Root::decode(Bytes::copy_from_slice(bytes), Limits::default());
    if let Ok(manifest) = Manifest::parse(Bytes::copy_from_slice(bytes), Limits::default()) {
        let _ = summarise(&manifest, Limits::default());
    }
    let (manifest, value) = read_any(bytes)?;
    let limits = Limits::default();
    let mut writer =
        if manifest.buffers().is_empty() { Writer::without_buffers(limits) } else { Writer::new(limits) };
    value.write(&mut writer).unwrap();
    let again = writer.finish().unwrap().seal(manifest.buffers().to_vec()).unwrap();
    assert_eq!(again.bytes(), bytes);
    Ok(())
}

/// A value with something of every family in few bytes.
fn sample(writer: &mut Writer) -> Step {
    let class = ClassName { module: "m", qualname: "C" };
    let dtype = |text| stillroom_format::Dtype::parse(text).unwrap();
    writer.dict(9)?;
    writer.key("a")?;
    writer.list(2)?;
    writer.int(-300)?;
    writer.big_int(true, &[9; 9])?;
    writer.key("b")?;
    writer.shared(1)?;
    writer.int(7)?;
    writer.set(3)?;
    writer.str("x")?;
    writer.float(-0.0)?;
    writer.frozenset(0)?;
    writer.str("c")?;
    writer.dataclass(class, 1)?;
    writer.key("a")?;
    writer.bytes(source(noise(1, 5000)))?;
    writer.key("d")?;
    writer.timestamp(5, "ns", false)?;
    writer.zone(&Zone::Fixed { offset_us: 60_000_000, name: Some("z") })?;
    writer.key("e")?;
    writer.frame(2, 2, true)?;
    writer.range_index(0, 2, 1)?;
    writer.none()?;
    writer.index(Some("D"))?;
    writer.none()?;
    let (lengths, text) = (source(vec![1, 0, 0, 0, 1, 0, 0, 0]), source(b"pq".to_vec()));
    writer.text_column(TextFlavour::Object, MissingCell::Nan, false, 2, lengths, text, None)?;
    writer.none()?;
    writer.masked_column(&dtype("<i2"), 2, source(vec![1, 0, 2, 0]), Some(source(vec![1])))?;
    writer.fixed_column(&dtype(">f4"), 2, source(vec![0; 8]))?;
    writer.key("f")?;
    writer.opaque(class, source(vec![1]), vec![(source(vec![2; 70_000]), true)], &[("l", "1")])?;
    writer.key("g")?;
    writer.default_dict(Some("int"), 0)?;
    writer.key("h")?;
    writer.uuid([3; 16], Some(-1))
}

#[test]
fn every_single_bit_flipped_gives_an_error_or_another_value() {
    let bytes = written(sample).bytes();
    check_any(&bytes).unwrap();
    let mut accepted = 0;

    for at in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        accepted += u32::from(check_any(&flipped).is_ok());
    }

    // Digits, texts and digests may be others; structure may not.
    assert!(accepted > 100);
}

#[test]
fn bytes_cut_short_anywhere_are_damage() {
    let bytes = written(sample).bytes();

    for len in 0..bytes.len() {
        assert!(matches!(read_any(&bytes[..len]), Err(FormatError::Damaged(_))), "{len}");
    }
}

#[test]
fn bytes_after_the_value_are_damage() {
    let bytes = [written(sample).bytes(), vec![0xf6]].concat();

    assert_eq!(read_any(&bytes).unwrap_err(), FormatError::Damaged("bytes after the value"));
}

proptest! {
    #![proptest_config(Config { cases: 1000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_damage_gives_an_error_or_another_value(
        value in strategies::value(),
        places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<proptest::sample::Index>(),
        how in 0u8..4,
    ) {
        let mut bytes = written(|w| value.write(w)).bytes();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                _ => { let from = cut.index(at + 1); let piece = bytes[from..at].to_vec(); bytes.splice(at..at, piece); }
            }
            if bytes.is_empty() {
                bytes.push(byte);
            }
        }

        let _ = check_any(&bytes);
    }

    #[test]
    fn any_bytes_as_a_tree_give_an_error_or_a_value(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = check_any(&manifest_of(&bytes));
    }

    #[test]
    fn any_few_tags_give_an_error_or_a_value(
        items in proptest::collection::vec((1u8..10, 0u8..64, proptest::collection::vec(0u8..40, 0..9)), 0..6),
    ) {
        let item = |(count, tag, rest): (u8, u8, Vec<u8>)| {
            let tag = if tag < 24 { vec![tag] } else { vec![0x18, tag] };
            [vec![0x80 | count], tag, rest].concat()
        };
        let bytes: Vec<u8> = items.into_iter().flat_map(item).collect();

        let _ = check_any(&manifest_of(&bytes));
    }
}

#[test]
fn a_claim_of_2_to_the_60_is_refused() {
    let cases = [
        ("items", "82 08 1b1000000000000000"),
        ("members", "82 0a 1b1000000000000000"),
        ("pairs", "82 0c 1b1000000000000000"),
        ("pairs past 64 bits", "82 0c 1bffffffffffffffff"),
        ("fields", "84 181b 616d 6143 1b8000000000000000"),
        ("text", "7b1000000000000000"),
        ("bytes", "5b1000000000000000"),
        ("an array", "9b1000000000000000"),
        ("fields of a head", "9b1000000000000000 08"),
        ("cells", "82 182d 1b1000000000000000"),
        ("columns", "84 1835 00 1b1000000000000000 f5"),
        ("columns past 64 bits", "84 1835 00 1bffffffffffffffff f5"),
        ("rows of no width", "84 1828 63 7c5330 1b1000000000000000 40"),
        ("rows", "84 1828 63 3c6638 1b1000000000000000 40"),
        ("rows past 64 bits", "84 1828 63 3c6638 1b2000000000000001 48 0000000000000000"),
        ("bits", "85 1829 63 7c6931 1b1000000000000000 40 40"),
        ("an axis", "86 1821 63 3c6638 81 1b1000000000000000 f4 f5 40"),
        ("axes", "86 1821 63 3c6638 9b1000000000000000 f4 f5 40"),
        ("empty, yet too wide", "86 1821 63 3c6638 82 00 1b1000000000000000 f4 f5 40"),
        ("names", "84 181d 616d 6143 9b1000000000000000"),
        ("buffers", "86 181e 616d 6143 40 9b1000000000000000 80"),
        ("versions", "86 181e 616d 6143 40 80 9b1000000000000000"),
        ("a key", "82 0c 01 82 01 1b1000000000000000 f6"),
        ("a shared node", "82 00 1b1000000000000000"),
        ("a buffer", "82 06 1b1000000000000000"),
    ];

    for (name, hex) in cases {
        assert!(matches!(read_bytes(tree(hex)), Err(FormatError::Damaged(_))), "{name}");
    }
}

#[test]
fn nesting_a_million_deep_is_too_large_at_the_limit() {
    let bytes = manifest_of(&[b"\x82\x08\x01".repeat(1_000_000), vec![0xf6]].concat());
    let manifest = Manifest::parse(bytes.clone().into(), Limits::default()).unwrap();
    let all = Limits { depth: 2_000_000, ..Limits::default() };

    let refused = FormatError::TooLarge { what: Counted::Depth, limit: 1000, actual: 1001 };

    assert_eq!(read_bytes(bytes).unwrap_err(), refused);
    assert_eq!(summarise(&manifest, Limits::default()).unwrap_err(), refused);
    // The limit is a promise to Python's stack; nothing here needs it.
    let value =
        Value::read(&mut Reader::new(&manifest, all), |_| Err(FormatError::Damaged("no buffers"))).unwrap();
    assert_eq!(value.nodes().count(), 1_000_001);
}

#[test]
fn another_encoding_of_a_value_is_damage() {
    let cases = [
        ("a long head", "1801"),
        ("a longer head", "190001"),
        ("23 in two bytes", "1817"),
        ("255 in three", "1900ff"),
        ("65535 in five", "1a0000ffff"),
        ("2^32 - 1 in nine", "1b00000000ffffffff"),
        ("a text's long head", "780161"),
        ("a list's long head", "82 08 1800"),
        ("indefinite bytes", "5f4100ff"),
        ("indefinite text", "7f6161ff"),
        ("an indefinite list", "9f0801f6ff"),
        ("a reserved head", "1c"),
        ("a CBOR map", "a0"),
        ("a CBOR tag", "c000"),
        ("undefined", "f7"),
        ("a simple value", "e0"),
        ("a float of 16 bits", "f93c00"),
        ("a float of 32 bits", "fa3f800000"),
        ("a break", "ff"),
        ("bad UTF-8", "61ff"),
        ("a surrogate as UTF-8", "63eda080"),
        ("no tag", "80"),
        ("a tag of text", "8161 61"),
        ("an unknown tag", "811822"),
        ("a tag to come", "81182e"),
        ("a far tag", "811bffffffffffffffff"),
        ("a bare tag", "811bfffffffffffffffe"),
        ("a field too many", "83 08 00 00"),
        ("a field too few", "81 08"),
        ("a small int as a big one", "83 02 f4 41 01"),
        ("8 bytes as a big int", "83 02 f4 48 0100000000000000"),
        ("a leading zero", "83 02 f4 4a 00010000000000000000"),
        ("-2^64 as a big int", "83 02 f5 49 010000000000000000"),
        ("a short text as a long one", "82 04 41 61"),
        ("short bytes as long ones", "82 06 41 61"),
        ("a set out of order", "82 0a 02 0a 01"),
        ("a frozenset out of order", "82 0b 03 01 0a 02"),
        ("a set in a set out of order", "82 0a 01 82 0b 02 0a 01"),
        ("a key elsewhere", "82 08 01 82 01 61 61"),
        ("a key alone", "82 01 61 61"),
        ("a text where a key stands", "82 0c 01 61 61 f6"),
        ("a key in full again", "82 0c 02 82 01 6161 f6 82 01 6161 f6"),
        ("a key not there", "82 0c 01 82 01 00 f6"),
        ("a key in a set", "82 0a 01 84 181b 616d 6143 01 82 01 6161 f6"),
        ("a value as a key", "82 0c 01 82 01 6161 82 01 00"),
        ("a field without a name", "84 181b 616d 6143 01 00 00"),
        ("a long fixed offset", "84 181a 00 1b000000141dd76000 f6"),
        ("a zone of no kind", "82 181a 05"),
        ("a zone without a kind", "81 181a"),
        ("day 0", "84 16 01 01 00"),
        ("February 30", "84 16 1907e8 02 181e"),
        ("a year past Python's", "84 16 192710 01 01"),
        ("a year past 16 bits", "84 16 1a00010001 01 01"),
        ("an unknown path", "82 15 04 6161"),
        ("a path of bytes", "82 15 00 4161"),
        ("a decimal of a key", "81 12 82 01 6161"),
        ("a factory of no kind", "83 0e 6161 00"),
        ("a full deque", "83 0f 00 01 f6"),
        ("a UUID's length", "83 14 4100 f6"),
        ("a UUID's safety", "83 14 50 00000000000000000000000000000000 1880"),
        ("a dtype that is none", "83 1820 63 3c6633 40"),
        ("an item too short", "83 1820 63 3c6638 40"),
        ("65 axes", &format!("86 1821 63 7c7531 9841{} f4 f5 41 00", "01".repeat(65))),
        ("codes of floats", "85 182c 63 3c6638 00 f4 40"),
        ("big-endian codes", "85 182c 63 3e6932 00 f4 40"),
        ("nullable dates", "85 1829 63 3c4d38 00 40 f6"),
        ("nullable half floats", "85 1829 63 3c6632 00 40 f6"),
        ("nullable numbers of swapped bytes", "85 1829 63 3e6934 00 40 f6"),
        ("a text of no kind", "88 182b 05 00 f4 00 40 40 f6"),
        ("missing of no kind", "88 182b 00 04 f4 00 40 40 f6"),
        ("a zoned unit", "84 182a 6144 00 40"),
        ("an index of a list", "82 1832 f6 f6 82 08 00"),
        ("a timestamp's unit", "84 183c 00 6144 f4 f6"),
        ("a timedelta's unit", "83 183d 00 6144"),
        ("a step of 0", "84 1833 00 00 00 f6"),
        ("a step past 64 bits", "84 1833 00 00 1bffffffffffffffff f6"),
        ("a frame without columns' labels", "84 1835 00 00 f5 84 1833 00 00 01 f6 f6 f6"),
        ("a frame of 2 rows, 1 label", "84 1835 02 00 f5 84 1833 00 01 01 f6"),
        ("a shared node", "82 00 00"),
        ("the list it is in", "82 08 01 82 00 00"),
    ];

    for (name, hex) in cases {
        let result = read_bytes(tree(hex));

        assert!(matches!(result, Err(FormatError::Damaged(_))), "{name}: {result:?}");
    }
}

/// A manifest by hand: its table of shared nodes, its buffers, its tree.
fn by_hand(shared: &str, buffers: &str, rest: &str) -> Vec<u8> {
    let hex = format!("85697374696c6c726f6f6d01{shared}{buffers}{rest}").replace(' ', "");
    let pairs = hex.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn shared_nodes_are_complete_known_and_met_again() {
    let cases = [
        ("met again", "8101", "82 08 02 82 08 00 82 00 01", true),
        ("not in the table", "80", "82 08 02 82 08 00 82 00 01", false),
        ("never met again", "8101", "82 08 01 82 08 00", false),
        ("never there", "8105", "82 08 01 82 08 00", false),
        ("still open", "8100", "82 08 01 82 00 00", false),
        ("open further up", "8100", "82 08 01 82 09 01 82 00 00", false),
        ("open around a set", "8100", "82 08 01 82 0a 01 82 00 00", false),
        ("yet to come", "8101", "82 08 02 82 00 01 82 08 00", false),
        ("in a set, unnumbered", "8102", "82 08 02 82 0a 01 82 08 00 82 00 02", false),
    ];

    for (name, shared, rest, is_good) in cases {
        let result = read_bytes(by_hand(shared, "80", rest));

        assert_eq!(result.is_ok(), is_good, "{name}: {result:?}");
    }
}

#[test]
fn each_buffer_is_named_once_in_order_and_is_long_enough() {
    let of = |len: u64| format!("82 19{len:04x} 5820 {}", "00".repeat(32));
    let two = format!("82 {} {}", of(4096), of(4097));
    let one = format!("81 {}", of(4096));
    let short = format!("81 {}", of(4095));
    let half = "00".repeat(32);
    let cut = format!("81 83 1a00010001 5840 {half}{half} 82 194001 19c000");
    let cases = [
        ("in order", &two, "82 08 02 82 06 00 82 06 01", true),
        ("out of order", &two, "82 08 02 82 06 01 82 06 00", false),
        ("twice", &one, "82 08 02 82 06 00 82 06 00", false),
        ("one left over", &two, "82 06 00", false),
        ("one missing", &one, "82 08 02 82 06 00 82 06 01", false),
        ("too short to be one", &short, "82 06 00", false),
        ("in a set", &one, "82 0a 01 82 06 00", false),
        ("text, cut by content", &cut, "82 06 00", true),
        ("an array, cut by content", &cut, "86 1821 63 7c7531 81 1a00010001 f4 f5 00", false),
        (
            "long bytes in place beside a buffer",
            &one,
            &format!("82 08 02 82 06 00 82 06 591000{}", "00".repeat(4096)),
            false,
        ),
    ];

    for (name, buffers, rest, is_good) in cases {
        let result = read_any(&by_hand("80", buffers, rest)).map(|_| ());

        assert_eq!(result.is_ok(), is_good, "{name}: {result:?}");
    }
}

#[test]
fn after_an_error_there_are_no_more_nodes() {
    let manifest = Manifest::parse(tree("82 08 02 f7 f6").into(), Limits::default()).unwrap();
    let mut reader = Reader::new(&manifest, Limits::default());

    assert_eq!(reader.node().unwrap(), Node::List(2));
    for _ in 0..5 {
        assert!(matches!(reader.node(), Err(FormatError::Damaged(_))));
    }
    assert!(matches!(reader.finish(), Err(FormatError::Damaged(_))));
}

#[test]
fn a_value_half_read_is_not_finished() {
    let manifest = Manifest::parse(tree("82 08 02 f6 f6").into(), Limits::default()).unwrap();
    let mut reader = Reader::new(&manifest, Limits::default());

    for _ in 0..2 {
        reader.node().unwrap();
        assert!(matches!(reader.finish(), Err(FormatError::Damaged(_))));
    }
    reader.node().unwrap();

    reader.finish().unwrap();
}

#[test]
fn text_with_surrogates_is_kept_as_it_is() {
    let value = leaf(Node::Str(stillroom_format::Text::Surrogates(Payload::Inline(b"\xed\xbf\xbf"))));

    assert_eq!(written(|w| value.write(w)).value().unwrap(), value);
}
