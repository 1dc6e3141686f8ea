//! Where buffers are cut: equal bytes share blobs, and an edit moves few cuts.

use std::collections::HashSet;

use fastcdc::v2020::{FastCDC, Normalization};
use stillroom_format::{CHUNK_LEN, Cuts, Layout, Source};

use crate::support::{noise, pieces};

fn lens(bytes: &[u8], layout: Layout) -> Vec<usize> {
    pieces(&bytes.to_vec(), layout).iter().map(Vec::len).collect()
}

/// Sizes around every bound, of bytes that cut everywhere and nowhere.
fn samples() -> Vec<Vec<u8>> {
    let text = "the quick brown fox jumps over the lazy dog; ".repeat(60_000).into_bytes();
    let sizes =
        [0, 1, 16_384, 65_535, 65_536, 65_537, 81_920, 262_144, 262_145, 1_048_576, 1_048_577, 2_500_000];
    let of_noise = sizes.iter().map(|len| noise(*len as u64, *len));
    of_noise.chain([vec![0; 2_000_001], text]).collect()
}

#[test]
fn fixed_cuts_come_every_64_kib() {
    for bytes in samples() {
        let cuts = pieces(&bytes, Layout::Fixed);

        assert_eq!(cuts.concat(), bytes);
        assert_eq!(cuts.len(), bytes.len().div_ceil(CHUNK_LEN));
        assert!(cuts.iter().rev().skip(1).all(|cut| cut.len() == CHUNK_LEN));
    }
}

#[test]
fn content_cuts_stay_within_their_bounds() {
    for bytes in samples().into_iter().filter(|bytes| bytes.len() > CHUNK_LEN) {
        let cuts = pieces(&bytes, Layout::Content);

        assert_eq!(cuts.concat(), bytes);
        assert!(cuts.iter().all(|cut| cut.len() <= 256 * 1024));
        assert!(cuts.iter().rev().skip(1).all(|cut| cut.len() >= 16 * 1024));
    }
}

#[test]
fn a_buffer_of_at_most_64_kib_is_one_blob() {
    for len in [1, 20_000, 65_535, 65_536] {
        assert_eq!(lens(&noise(3, len), Layout::Content), [len]);
        assert_eq!(lens(&noise(3, len), Layout::Fixed), [len]);
    }
    assert_eq!(lens(&[], Layout::Content), [0usize; 0]);
}

#[test]
fn content_cuts_are_those_of_fastcdc_over_the_whole() {
    for bytes in samples().into_iter().filter(|bytes| bytes.len() > CHUNK_LEN) {
        let whole = FastCDC::with_level(&bytes, 16 * 1024, 64 * 1024, 256 * 1024, Normalization::Level1);

        let expected: Vec<usize> = whole.map(|chunk| chunk.length).collect();

        assert_eq!(lens(&bytes, Layout::Content), expected);
    }
}

#[test]
fn an_insertion_moves_few_cuts() {
    let before = noise(1, 8 << 20);
    let mut after = before.clone();
    after.splice(3_000_000..3_000_000, *b"an inserted row");

    let known: HashSet<Vec<u8>> = pieces(&before, Layout::Content).into_iter().collect();
    let cuts = pieces(&after, Layout::Content);
    let new = cuts.iter().filter(|cut| !known.contains(*cut)).count();

    assert!(cuts.len() > 80);
    assert!(new <= 3, "{new} new chunks");
}

#[test]
fn an_append_keeps_all_but_the_last_cut() {
    let before = noise(2, 3 << 20);
    let after = [before.clone(), noise(9, 1000)].concat();

    for layout in [Layout::Fixed, Layout::Content] {
        let (before, after) = (pieces(&before, layout), pieces(&after, layout));

        assert_eq!(before[..before.len() - 1], after[..before.len() - 1]);
    }
}

#[test]
fn cutting_goes_on_from_any_cut() {
    let bytes = noise(4, 1_500_000);

    for layout in [Layout::Fixed, Layout::Content] {
        let all = pieces(&bytes, layout);
        let mut rest = Cuts::from(&bytes, layout, (all[0].len() + all[1].len()) as u64);

        assert_eq!(rest.next(), Some(&all[2][..]));
        assert_eq!(rest.next(), Some(&all[3][..]));
    }
    assert_eq!(Cuts::from(&bytes, Layout::Content, 1_500_000).next(), None);
}

#[test]
fn each_byte_is_copied_once_and_in_order() {
    struct Watched(std::sync::Mutex<u64>);
    impl Source for Watched {
        fn len(&self) -> u64 {
            5_000_000
        }
        fn copy_to(&self, offset: u64, into: &mut [u8]) {
            let mut read = self.0.lock().unwrap();
            assert_eq!(*read, offset);
            *read += into.len() as u64;
        }
    }

    for layout in [Layout::Fixed, Layout::Content] {
        let source = Watched(0.into());

        let len: usize = pieces(&source, layout).iter().map(Vec::len).sum();

        assert_eq!((len, *source.0.lock().unwrap()), (5_000_000, 5_000_000));
    }
}
