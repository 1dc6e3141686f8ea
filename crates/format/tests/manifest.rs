//! A manifest names its buffers by digests alone; a record holds it, or where it was cut to.

use bytes::Bytes;
use stillroom_format::{
    Buffer, CHUNK_LEN, Chunk, Counted, Digest, FORMAT_VERSION, FormatError, Layout, Limits, Manifest, Root,
    Value, Writer,
};

use crate::support::{noise, pieces, source, written};

fn parse(bytes: Vec<u8>) -> Result<Manifest, FormatError> {
    Manifest::parse(bytes.into(), Limits::default())
}

fn root(bytes: Vec<u8>) -> Result<Root, FormatError> {
    Root::decode(bytes.into(), Limits::default())
}

fn buffer(lens: &[u32]) -> Buffer {
    Buffer::new(lens.iter().map(|len| Chunk { digest: Digest::of(&len.to_be_bytes()), len: *len }).collect())
}

/// A manifest of one buffer, as bytes.
fn of_one_buffer(item: &str) -> Vec<u8> {
    let hex = format!("85697374696c6c726f6f6d018081{item}82182000");
    hex_bytes(&hex)
}

fn hex_bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn equal_values_have_equal_digests_and_others_do_not() {
    let digest = |value: Value| written(|w| value.write(w)).manifest.digest();

    assert_eq!(digest(Value::float(0.0)), digest(Value::float(0.0)));
    assert_ne!(digest(Value::float(0.0)), digest(Value::float(-0.0)));
    assert_ne!(digest(Value::bytes(noise(1, 70_000))), digest(Value::bytes(noise(2, 70_000))));
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    let value =
        Value::list(vec![Value::bytes(noise(1, 70_000)), Value::str("a".repeat(5000)), Value::none()]);
    let once = written(|w| value.write(w));

    let back = parse(once.bytes()).unwrap();

    assert_eq!(back, once.manifest);
    assert_eq!(back.digest(), Digest::of(&once.bytes()));
    assert_eq!(back.buffers().iter().map(|buffer| buffer.len).collect::<Vec<_>>(), [70_000, 5000]);
}

#[test]
fn a_buffer_keeps_its_chunks_whichever_way_it_is_cut() {
    let cases: [&[u32]; 7] = [
        &[],
        &[4096],
        &[65_536],
        &[65_536, 1],
        &[65_536, 65_536, 65_536],
        &[16_384, 262_144, 1],
        &[65_536, 65_537],
    ];

    for lens in cases {
        let root = Root::Cut(buffer(lens));

        assert_eq!(Root::decode(root.encode(), Limits::default()).unwrap(), root, "{lens:?}");
    }
}

#[test]
fn only_cuts_at_fixed_steps_can_be_mapped() {
    let cases: [(&[u32], bool); 6] = [
        (&[], true),
        (&[1], true),
        (&[65_536, 65_536], true),
        (&[65_536, 1], true),
        (&[65_536, 65_537], false),
        (&[65_535, 65_536], false),
    ];

    for (lens, is_fixed) in cases {
        assert_eq!(buffer(lens).is_fixed(), is_fixed, "{lens:?}");
    }
}

#[test]
fn a_buffer_that_no_writer_cuts_is_damage() {
    let digest = "00".repeat(32);
    let bytes = |count: usize| format!("58{:02x}{}", count * 32, digest.repeat(count));
    let good = format!("831a00010001{}8219400119c000", bytes(2));
    let cases = [
        ("no array", "00".to_owned()),
        ("one item", "811a00010001".to_owned()),
        ("half a digest", format!("82191000581f{}", "00".repeat(31))),
        ("a chunk too many", format!("821910{}{}", "00", bytes(2))),
        ("a chunk too few", format!("821a00010001{}", bytes(1))),
        ("2^60 bytes of one", format!("821b1000000000000000{}", bytes(1))),
        ("a length too few", format!("831a00010001{}811a00010001", bytes(2))),
        ("an empty chunk", format!("831a00010001{}82001a00010001", bytes(2))),
        ("a long chunk", format!("831a00050001{}821a000400011a00010000", bytes(2))),
        ("a short chunk first", format!("831a00010001{}82193fff19c002", bytes(2))),
        ("another sum", format!("831a00010002{}8219400119c000", bytes(2))),
        ("short, yet cut", format!("83198000{}82194000194000", bytes(2))),
        ("fixed, cut in words", format!("831a00010001{}821a0001000001", bytes(2))),
    ];

    assert!(parse(of_one_buffer(&good)).is_ok());
    for (name, item) in cases {
        assert!(matches!(parse(of_one_buffer(&item)), Err(FormatError::Damaged(_))), "{name}");
    }
}

#[test]
fn seal_wants_a_buffer_of_each_leaf_of_its_length() {
    let mut writer = Writer::new(Limits::default());
    writer.bytes(source(vec![1; 5000])).unwrap();
    let draft = writer.finish().unwrap();

    assert!(matches!(draft.seal(vec![]), Err(FormatError::Misuse(_))));
    assert!(matches!(draft.seal(vec![buffer(&[4999])]), Err(FormatError::Misuse(_))));
    assert!(matches!(draft.seal(vec![buffer(&[5000]), buffer(&[5000])]), Err(FormatError::Misuse(_))));
    assert!(draft.seal(vec![buffer(&[5000])]).is_ok());
}

#[test]
fn a_draft_knows_its_size_and_whether_it_must_be_signed() {
    let mut writer = Writer::new(Limits::default());
    let class = stillroom_format::ClassName { module: "m", qualname: "C" };
    writer.opaque(class, source(vec![1; 5000]), vec![], &[]).unwrap();
    let draft = writer.finish().unwrap();

    assert!(draft.has_opaque() && !draft.is_empty());
    assert!((5000..5100).contains(&draft.len()));
    assert!(!{
        let mut writer = Writer::new(Limits::default());
        writer.none().unwrap();
        writer.finish().unwrap().has_opaque()
    });
}

#[test]
fn a_short_manifest_is_its_own_root() {
    let manifest = written(|w| w.none()).manifest;

    let root = Root::Whole(manifest.bytes().clone());

    assert_eq!(&root.encode(), manifest.bytes());
    assert_eq!(Root::decode(root.encode(), Limits::default()).unwrap(), root);
}

#[test]
fn a_manifest_over_64_kib_comes_back_from_the_blobs_it_was_cut_into() {
    let value = Value::list((0..40_000).map(|n| Value::int(n * 1_000_003)).collect());
    let once = written(|w| value.write(w));
    let chunks = pieces(once.manifest.bytes(), Layout::Content);
    let named = chunks.iter().map(|chunk| Chunk { digest: Digest::of(chunk), len: chunk.len() as u32 });
    let root = Root::Cut(Buffer::new(named.collect()));

    let Root::Cut(buffer) = Root::decode(root.encode(), Limits::default()).unwrap() else {
        panic!("a cut root comes back cut")
    };

    assert!(once.bytes().len() > CHUNK_LEN && chunks.len() > 1 && root.encode().len() < 1000);
    assert_eq!(buffer.len, once.bytes().len() as u64);
    assert_eq!(parse(chunks.concat()).unwrap(), once.manifest);
    assert_eq!(once.value().unwrap(), value);
}

#[test]
fn a_newer_format_is_refused_by_its_version_whatever_follows() {
    let newer = FORMAT_VERSION + 1;
    let cases = [
        ("a manifest", format!("85697374696c6c726f6f6d{newer:02x}8080f6")),
        ("of more items", format!("87697374696c6c726f6f6d{newer:02x}a0")),
        ("a root", format!("836d7374696c6c726f6f6d2f637574{newer:02x}820040")),
        ("a root of more items", format!("866d7374696c6c726f6f6d2f637574{newer:02x}c0")),
    ];
    let refused = FormatError::Newer { found: newer, known: FORMAT_VERSION };

    for (name, hex) in cases {
        assert_eq!(root(hex_bytes(&hex)).unwrap_err(), refused, "{name}");
        assert_eq!(parse(hex_bytes(&hex)).unwrap_err(), refused, "{name}");
    }
}

#[test]
fn a_format_from_before_the_freeze_is_refused_by_name() {
    for hex in ["85697374696c6c726f6f6d008080f6", "836d7374696c6c726f6f6d2f63757400820040"] {
        let refused = root(hex_bytes(hex)).unwrap_err();

        assert!(
            matches!(&refused, FormatError::Unsupported(words) if words.contains("version 0")),
            "{refused}"
        );
    }
}

#[test]
fn bytes_that_are_no_manifest_are_damage() {
    let cases = [
        ("nothing", ""),
        ("a number", "00"),
        ("a list", "8100"),
        ("another word", "85617800808000"),
        ("four items", "84697374696c6c726f6f6d018080"),
        ("a text version", "85697374696c6c726f6f6d61308080f6"),
        ("shared, falling", "85697374696c6c726f6f6d0182010080f6"),
        ("shared twice", "85697374696c6c726f6f6d0182010180f6"),
        ("shared past 32 bits", "85697374696c6c726f6f6d01811b000000010000000080f6"),
        ("2^60 shared nodes", "85697374696c6c726f6f6d019b100000000000000080f6"),
        ("2^60 buffers", "85697374696c6c726f6f6d01809b1000000000000000f6"),
        ("a root of a tail", "836d7374696c6c726f6f6d2f6375740182004000"),
        ("json", "7b7d"),
    ];

    for (name, hex) in cases {
        let bytes = hex_bytes(hex);
        let is_root = root(bytes.clone()).is_ok();

        assert!(matches!(parse(bytes), Err(FormatError::Damaged(_))), "{name}");
        assert_eq!(is_root, name.starts_with("shared") || name.starts_with("2^60"), "{name}");
    }
}

#[test]
fn a_manifest_over_the_limit_is_refused_before_it_is_read() {
    let limits = Limits { manifest_len: 100, ..Limits::default() };
    let too_large = |actual| FormatError::TooLarge { what: Counted::ManifestBytes, limit: 100, actual };
    let cut = Root::Cut(buffer(&[65_536, 65_536])).encode();

    assert_eq!(Manifest::parse(Bytes::from(vec![0; 101]), limits).unwrap_err(), too_large(101));
    assert_eq!(Root::decode(cut, limits).unwrap_err(), too_large(131_072));
}

#[test]
fn a_digest_is_32_bytes_shown_in_hex() {
    let digest = Digest::of(b"");

    assert_eq!(digest.to_string(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    assert_eq!(format!("{digest:?}"), format!("Digest({digest})"));
    assert_eq!(Digest::from_slice(digest.as_bytes()), Some(digest));
    assert_eq!(Digest::from_bytes(*digest.as_bytes()), digest);
    assert_eq!(Digest::from_slice(&[0; 31]), None);
}
