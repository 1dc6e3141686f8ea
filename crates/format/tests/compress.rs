//! Codecs: every chunk comes back to the bit, and coded bytes may be anything.

use proptest::collection::vec;
use proptest::prelude::*;
use stillroom_format::{Codec, Compression, Decoder, Encoder, FormatError, Item, Method};

use crate::support::{config, f64s, i64s, noise};

const ITEMS: [Item; 14] = [
    Item::BYTES,
    Item::UNKNOWN,
    Item::signed(1),
    Item::signed(2),
    Item::signed(4),
    Item::signed(8),
    Item::unsigned(1),
    Item::unsigned(2),
    Item::unsigned(4),
    Item::unsigned(8),
    Item::float(2),
    Item::float(4),
    Item::float(8),
    Item::words(16),
];
const COMPRESSIONS: [Compression; 2] = [Compression::Fast, Compression::Small];

/// Floats whose bits are easily lost: zeros of both signs, infinities, NaNs with something to say.
const SPECIAL: [u64; 8] = [
    0,
    1 << 63,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x7ff8_0000_0000_0001,
    0xfff8_dead_beef_0001,
    0x7ff0_0000_0000_0001,
    1,
];

fn decode(codec: Codec, coded: &[u8], len: usize) -> Result<Vec<u8>, FormatError> {
    let mut into = vec![0xa5; len];
    Decoder::new().decode(codec, coded, &mut into)?;
    Ok(into)
}

/// Codes by every codec for every item, and back, through an encoder and decoder that have done others.
fn check_all(raw: &[u8]) {
    let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
    for codec in Codec::ALL {
        for item in ITEMS {
            for compression in COMPRESSIONS {
                let (used, coded) = encoder.encode(Method::new(codec, item, compression), raw);
                let mut back = vec![0xa5; raw.len()];
                decoder.decode(used, coded, &mut back).unwrap();
                assert!(back == raw, "{codec:?} of {item:?} as {used:?}");
                assert!(coded.len() <= raw.len());
            }
        }
    }
}

/// Numbers that codecs can make something of, with some that they can't among them.
fn numbers() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        6 => (-2000_i64..2000).prop_map(|n| (n as f64 * 0.01).to_bits()),
        2 => (-9_i64..9).prop_map(i64::cast_unsigned),
        1 => proptest::sample::select(&SPECIAL[..]),
        1 => any::<u64>(),
    ];
    (vec(word, 0..600), 1_usize..6, 0_usize..20).prop_map(|(words, times, cut)| {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut bytes = bytes.repeat(times);
        bytes.truncate((64 * 1024).min(bytes.len().saturating_sub(cut)));
        bytes
    })
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn numbers_of_every_bit_pattern_come_back(raw in numbers()) {
        check_all(&raw);
    }

    #[test]
    fn any_bytes_of_any_length_come_back(raw in vec(any::<u8>(), 0..600)) {
        check_all(&raw);
    }

    #[test]
    fn short_alphabets_come_back(raw in vec(0_u8..3, 0..5000)) {
        check_all(&raw);
    }
}

#[test]
fn the_edges_come_back() {
    check_all(&[]);
    check_all(&[7]);
    check_all(&[0; 64 * 1024]);
    check_all(&noise(3, 64 * 1024));
    check_all(&noise(4, 256 * 1024));
    check_all(&f64s(&[f64::NAN; 8192]));
    check_all(&SPECIAL.repeat(1024).iter().flat_map(|bits| bits.to_le_bytes()).collect::<Vec<_>>());
}

/// Where steps from zero lead to.
fn walked(words: &[u64], step: impl Fn(u64) -> i64) -> Vec<i64> {
    let mut at = 0;
    let mut steps = |word: &u64| {
        at += step(*word);
        at
    };
    words.iter().map(&mut steps).collect()
}

/// Walks, times, flags, text, noise, what repeats.
fn samples() -> Vec<(&'static str, Item, Vec<u8>)> {
    let random = noise(9, 64 * 1024);
    let words: Vec<u64> = random.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
    let whole = walked(&words, |word| (word % 30_000) as i64 - 15_000);
    let rounded = walked(&words, |word| (word % 7) as i64 - 3);
    let times = walked(&words, |word| (word % 60_000) as i64 * 1_000_000);
    let f64s_of =
        |steps: &[i64], unit: f64| f64s(&steps.iter().map(|at| *at as f64 * unit).collect::<Vec<_>>());
    let text: Vec<u8> =
        random.iter().flat_map(|byte| WORDS[usize::from(*byte % 8)].bytes()).take(65_536).collect();
    vec![
        ("a walk of whole steps", Item::float(8), f64s_of(&whole, 1.0)),
        ("a rounded walk", Item::float(8), f64s_of(&rounded, 0.01)),
        ("times", Item::signed(8), i64s(&times)),
        ("flags", Item::unsigned(1), random.iter().map(|byte| u8::from(*byte < 25)).collect()),
        ("text", Item::BYTES, text),
        ("noise", Item::float(8), random),
        ("a constant", Item::float(8), f64s(&[1.5; 8192])),
    ]
}

const WORDS: [&str; 8] = ["the ", "patient ", "was ", "seen ", "in ", "triage ", "and ", "discharged "];

fn chosen(compression: Compression, item: Item, raw: &Vec<u8>) -> Codec {
    Method::choose(&mut Encoder::new(), compression, item, raw).codec()
}

#[test]
fn each_sort_of_column_gets_the_codec_that_suits_it() {
    let expected = [
        ("a walk of whole steps", Codec::BitShuffle, Codec::Pcodec),
        ("a rounded walk", Codec::Pcodec, Codec::Pcodec),
        ("times", Codec::Pcodec, Codec::Pcodec),
        ("flags", Codec::BitShuffle, Codec::BitShuffle),
        ("text", Codec::Zstd, Codec::Zstd),
        ("noise", Codec::Raw, Codec::Raw),
    ];

    for (name, item, raw) in samples() {
        let found = COMPRESSIONS.map(|compression| chosen(compression, item, &raw));
        if let Some((_, fast, small)) = expected.iter().find(|(expected, ..)| *expected == name) {
            assert_eq!(found, [*fast, *small], "{name}");
        }
        assert_eq!(chosen(Compression::None, item, &raw), Codec::Raw, "{name}");
    }
}

#[test]
fn a_buffer_of_unknown_items_is_coded_by_what_it_holds() {
    for (name, _, raw) in samples().into_iter().filter(|(name, ..)| *name != "noise") {
        let method = Method::choose(&mut Encoder::new(), Compression::Small, Item::UNKNOWN, &raw);

        let mut encoder = Encoder::new();
        let (codec, coded) = encoder.encode(method, &raw);

        assert!(coded.len() * 3 < raw.len() * 2, "{name}: {}", coded.len());
        assert_eq!(decode(codec, coded, raw.len()).unwrap(), raw, "{name}");
    }
}

#[test]
fn a_buffer_is_sampled_all_over() {
    let mut raw = noise(5, 1024 * 1024);
    raw[256 * 1024..].fill(0);

    assert_ne!(chosen(Compression::Fast, Item::float(8), &raw), Codec::Raw);
    for len in [0, 1, 15, 16, 17, 4096, 16 * 1024 + 3] {
        chosen(Compression::Small, Item::float(8), &raw[..len].to_vec());
    }
}

/// Every sample as every codec that has a form for it.
fn coded_samples() -> Vec<(Codec, usize, Vec<u8>)> {
    let mut encoder = Encoder::new();
    let mut coded = Vec::new();
    for (_, item, raw) in samples() {
        for codec in Codec::ALL {
            for len in [raw.len(), 3000] {
                let (used, bytes) = encoder.encode(Method::new(codec, item, Compression::Small), &raw[..len]);
                if used == codec && codec != Codec::Raw {
                    coded.push((used, len, bytes.to_vec()));
                }
            }
        }
    }
    coded
}

#[test]
fn coded_bytes_with_a_flaw_are_an_error_or_bytes_and_never_a_panic() {
    let coded = coded_samples();
    assert!(coded.len() > 20, "every codec is there");
    let mut random = noise(11, 1 << 20).into_iter();
    let mut below = |end: usize| {
        let bytes: [u8; 4] = std::array::from_fn(|_| random.next().unwrap());
        u32::from_le_bytes(bytes) as usize % end.max(1)
    };
    let mut decoder = Decoder::new();
    let mut into = vec![0; 256 * 1024];

    for (codec, len, good) in &coded {
        for _ in 0..1000 {
            let mut bad = good.clone();
            match below(6) {
                0 => bad.truncate(below(bad.len())),
                1 => bad.extend_from_within(..below(good.len())),
                // The headers are where the counts are.
                2 | 3 => bad[below(good.len().min(40))] = below(256) as u8,
                _ => {
                    for _ in 0..1 + below(4) {
                        let at = below(bad.len());
                        bad[at] ^= 1 << below(8);
                    }
                }
            }
            let len = if below(8) == 0 { below(into.len()) } else { *len };
            let _ = decoder.decode(*codec, &bad, &mut into[..len]);
        }
        assert!(decoder.decode(*codec, good, &mut into[..*len]).is_ok(), "a decoder goes on after errors");
    }
}

#[test]
fn random_bytes_are_an_error_or_bytes_and_never_a_panic() {
    let mut decoder = Decoder::new();
    let mut into = vec![0; 64 * 1024];
    for seed in 0..6000 {
        let bytes = noise(seed, (seed % 300) as usize);
        for codec in Codec::ALL {
            let _ = decoder.decode(codec, &bytes, &mut into);
        }
        for tag in 1..=8 {
            let pcodec = [&[tag, 4, (seed % 3) as u8], &*bytes].concat();
            let _ = decoder.decode(Codec::Pcodec, &pcodec, &mut into[..(seed as usize * 8) % 65_536]);
        }
    }
}

/// pcodec doesn't say how many numbers there are; there it takes the digest to see it.
#[test]
fn a_chunk_of_another_length_is_an_error() {
    for (codec, len, coded) in coded_samples().into_iter().filter(|(codec, ..)| *codec != Codec::Pcodec) {
        for wrong in [0, 1, len - 1, len + 1, len + 8, 2 * len] {
            assert!(decode(codec, &coded, wrong).is_err(), "{codec:?}: {wrong} for {len}");
        }
    }
}

/// Bits from the lowest on, as pcodec reads them.
fn bits(fields: &[(u64, u32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut filled = 0;
    for (value, count) in fields {
        for bit in 0..*count {
            if filled % 8 == 0 {
                bytes.push(0);
            }
            *bytes.last_mut().unwrap() |= ((value >> bit & 1) as u8) << (filled % 8);
            filled += 1;
        }
    }
    bytes
}

/// What makes pcodec take memory for what only a few bytes claim: 128 MiB of table, 256 MiB of window.
#[test]
fn forms_that_pcodec_never_chooses_are_refused() {
    let table = bits(&[(4, 4), ((1 << 24) - 1, 25)]);
    let window =
        bits(&[(0, 4), (2, 4), (23, 5), (0, 4), (0, 1), (0, 4), (1, 15), (1, 32), (0, 6), (0, 4), (1, 15)]);
    let convolution = bits(&[(0, 4), (3, 4), (0, 5), (1 << 63, 64), (0, 5), (1 << 31, 32), (0, 4), (0, 15)]);

    for (name, chunk) in [("a table", table), ("a window", window), ("a convolution", convolution)] {
        let coded = [&[2, 4, 1], &*chunk, &[0; 64]].concat();
        assert!(decode(Codec::Pcodec, &coded, 64).is_err(), "{name}");
    }
}

/// The documented bytes, written by hand: what stores hold is read for good.
#[test]
fn coded_bytes_are_what_the_document_says() {
    // Magic number, one segment of 20 bytes, one last block of raw bytes.
    let frame = |content: &[u8]| {
        let len = content.len() as u8;
        [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, len, len << 3 | 1, len >> 5, 0], content].concat()
    };
    let raw: Vec<u8> = (0..20).collect();
    let with = |header: u8, content: &[u8]| [&[header], &*frame(content)].concat();
    let by_place = [0, 4, 8, 12, 16, 1, 5, 9, 13, 17, 2, 6, 10, 14, 18, 3, 7, 11, 15, 19];
    let by_bit = [0xaa, 0xaa, 0xcc, 0xcc, 0xf0, 0xf0, 0x00, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19];

    assert_eq!(decode(Codec::Zstd, &frame(&raw), 20).unwrap(), raw);
    assert_eq!(decode(Codec::ByteShuffle, &with(4, &by_place), 20).unwrap(), raw);
    assert_eq!(decode(Codec::BitShuffle, &with(1, &by_bit), 20).unwrap(), raw);
    assert_eq!(Codec::ALL.map(Codec::number), [0, 1, 2, 3, 4]);
    for number in 0..=u8::MAX {
        assert_eq!(Codec::from_number(number).map(Codec::number), (number < 5).then_some(number));
    }
}

/// Made by pcodec 1.1.0, whose later releases promise to read it.
#[test]
fn chunks_of_pcodec_from_the_first_release_are_read() {
    const PRICES: &str = "020401b247e17a14ae47f80b10008038010000000000344000e0ffffffffffffff2f004040245046c6ce\
        0754ece466c6892d402a765aa675620a2cd86964eec456c0e7c464062544000444026564ec7c40c54e6e669cd802a462a7655a27a\
        6c0829d46e64e6c057c4e4c665042044040245046c6ce0754ece466c6892d402a765aa675620a2cd86964eec456c0e7c464062544\
        000444026564ec7c40c54e6e669cd802a462a7655a27a6c0829d46e64e6c057c4e4c665042047fb7fbff6ef7ffddeeffbbddff77b\
        bffef76ffdfedfebfdbfd";
    const TIMES: &str = "050401106102004a0700000000000010a0f600000000000000020000f1536500000080cb918476cecdc2cc66\
        e7dc2ccc6c76cecdc2cc66e71c8cd80e00";
    let prices: Vec<f64> = (0..200_i32).map(|n| 100.0 + f64::from(n * n % 50) * 0.01).collect();
    let times: Vec<i64> = (0..200).map(|n| 1_700_000_000 + 60 * n + n % 3).collect();

    assert_eq!(decode(Codec::Pcodec, &bytes(PRICES), 1600).unwrap(), f64s(&prices));
    assert_eq!(decode(Codec::Pcodec, &bytes(TIMES), 1600).unwrap(), i64s(&times));
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
