//! Bit-shuffle, then zstd: the lowest bit of each item, then the second lowest of each, and so on.
//!
//! A coded chunk: the width of an item (1 byte: 1, 2, 4 or 8), then a zstd
//! frame of the shuffled bytes: for each byte of an item, for each bit from
//! the lowest on, a bitmap over the items, the first item lowest. Items that
//! fill no byte of a bitmap, and bytes after the last whole item, stand at the
//! end as they are.

use super::{Item, transpose};

/// How many items are turned over at a time: so many that each bitmap gets a line of the cache.
const BLOCK: usize = 512;
/// What a block adds to each bitmap.
const LINE: usize = BLOCK / 8;

/// The first byte of a coded chunk; none for items too wide.
pub(super) fn header(item: Item) -> Option<u8> {
    u8::try_from(item.width()).ok().filter(|header| width(*header).is_some())
}

/// The width of an item that a header stands for.
pub(super) fn width(header: u8) -> Option<usize> {
    matches!(header, 1 | 2 | 4 | 8).then_some(usize::from(header))
}

/// Makes `out` the bits of `raw` sorted by their place in the item.
pub(super) fn shuffle(width: usize, raw: &[u8], out: &mut Vec<u8>) {
    let whole = raw.len() / (8 * width) * (8 * width);
    out.resize(raw.len(), 0);
    let (bitmaps, rest) = out.split_at_mut(whole);
    match width {
        1 => split::<1, 8>(&raw[..whole], bitmaps),
        2 => split::<2, 16>(&raw[..whole], bitmaps),
        4 => split::<4, 32>(&raw[..whole], bitmaps),
        _ => split::<8, 64>(&raw[..whole], bitmaps),
    }
    rest.copy_from_slice(&raw[whole..]);
}

/// Undoes [`shuffle`]; both are of one length.
pub(super) fn unshuffle(width: usize, shuffled: &[u8], into: &mut [u8]) {
    let whole = shuffled.len() / (8 * width) * (8 * width);
    let (items, rest) = into.split_at_mut(whole);
    match width {
        1 => join::<1, 8>(&shuffled[..whole], items),
        2 => join::<2, 16>(&shuffled[..whole], items),
        4 => join::<4, 32>(&shuffled[..whole], items),
        _ => join::<8, 64>(&shuffled[..whole], items),
    }
    rest.copy_from_slice(&shuffled[whole..]);
}

/// Splits items into a bitmap for each of their bits; a multiple of eight items.
fn split<const WIDTH: usize, const BITS: usize>(raw: &[u8], out: &mut [u8]) {
    let bitmap_len = (raw.len() / WIDTH / 8).max(1);
    let (items, _) = raw.as_chunks::<WIDTH>();
    let (blocks, rest) = items.as_chunks::<BLOCK>();
    let mut lines = [[0; LINE]; BITS];
    for (number, block) in blocks.iter().enumerate() {
        to_lines(block, &mut lines);
        for (bitmap, line) in out.chunks_exact_mut(bitmap_len).zip(&lines) {
            bitmap[number * LINE..][..LINE].copy_from_slice(line);
        }
    }
    let mut block = [[0; WIDTH]; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    to_lines(&block, &mut lines);
    for (bitmap, line) in out.chunks_exact_mut(bitmap_len).zip(&lines) {
        bitmap[blocks.len() * LINE..].copy_from_slice(&line[..rest.len() / 8]);
    }
}

/// Undoes [`split`].
fn join<const WIDTH: usize, const BITS: usize>(bitmaps: &[u8], into: &mut [u8]) {
    let bitmap_len = (bitmaps.len() / WIDTH / 8).max(1);
    let (items, _) = into.as_chunks_mut::<WIDTH>();
    let (blocks, rest) = items.as_chunks_mut::<BLOCK>();
    let block_count = blocks.len();
    let mut lines = [[0; LINE]; BITS];
    for (number, block) in blocks.iter_mut().enumerate() {
        for (line, bitmap) in lines.iter_mut().zip(bitmaps.chunks_exact(bitmap_len)) {
            line.copy_from_slice(&bitmap[number * LINE..][..LINE]);
        }
        from_lines(&lines, block);
    }
    for (line, bitmap) in lines.iter_mut().zip(bitmaps.chunks_exact(bitmap_len)) {
        line[..rest.len() / 8].copy_from_slice(&bitmap[block_count * LINE..]);
    }
    let mut block = [[0; WIDTH]; BLOCK];
    from_lines(&lines, &mut block);
    rest.copy_from_slice(&block[..rest.len()]);
}

/// A block's part of each bitmap. Of 64 items `BITS` are the rows of a matrix; as many matrices lie side by
/// side as make a word.
fn to_lines<const WIDTH: usize, const BITS: usize>(
    block: &[[u8; WIDTH]; BLOCK],
    lines: &mut [[u8; LINE]; BITS],
) {
    for (number, items) in block.as_chunks::<64>().0.iter().enumerate() {
        let mut rows: [u64; BITS] = std::array::from_fn(|row| {
            let lanes = items.iter().skip(row).step_by(BITS).enumerate();
            lanes.fold(0, |word, (lane, item)| word | widen(item) << (BITS * lane))
        });
        transpose::turn(&mut rows, 1);
        for (line, row) in lines.iter_mut().zip(rows) {
            line.as_chunks_mut().0[number] = row.to_le_bytes();
        }
    }
}

/// Undoes [`to_lines`].
fn from_lines<const WIDTH: usize, const BITS: usize>(
    lines: &[[u8; LINE]; BITS],
    block: &mut [[u8; WIDTH]; BLOCK],
) {
    for (number, items) in block.as_chunks_mut::<64>().0.iter_mut().enumerate() {
        let mut rows: [u64; BITS] =
            std::array::from_fn(|bit| u64::from_le_bytes(lines[bit].as_chunks().0[number]));
        transpose::turn(&mut rows, 1);
        for (lane, items) in items.chunks_exact_mut(BITS).enumerate() {
            for (item, row) in items.iter_mut().zip(&rows) {
                item.copy_from_slice(&(row >> (BITS * lane)).to_le_bytes()[..WIDTH]);
            }
        }
    }
}

/// An item's bytes, the first the least significant.
#[inline(always)]
fn widen<const WIDTH: usize>(item: &[u8; WIDTH]) -> u64 {
    let mut word = [0; 8];
    word[..WIDTH].copy_from_slice(item);
    u64::from_le_bytes(word)
}
