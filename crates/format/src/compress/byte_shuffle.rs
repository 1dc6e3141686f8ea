//! Byte-shuffle, then zstd: all first bytes of the items, then all second ones, and so on.
//!
//! A coded chunk: the width of an item (1 byte: 2, 4, 8 or 16), then a zstd
//! frame of the shuffled bytes. Bytes after the last whole item stand at the
//! end as they are.

use super::{Item, transpose};

/// The first byte of a coded chunk; none where shuffling changes nothing.
pub(super) fn header(item: Item) -> Option<u8> {
    u8::try_from(item.width()).ok().filter(|header| width(*header).is_some())
}

/// The width of an item that a header stands for.
pub(super) fn width(header: u8) -> Option<usize> {
    matches!(header, 2 | 4 | 8 | 16).then_some(usize::from(header))
}

/// Makes `out` the bytes of `raw` sorted by their place in the item.
pub(super) fn shuffle(width: usize, raw: &[u8], out: &mut Vec<u8>) {
    let whole = raw.len() / width * width;
    out.resize(raw.len(), 0);
    let (planes, rest) = out.split_at_mut(whole);
    match width {
        2 => split::<2, 2>(&raw[..whole], planes),
        4 => split::<4, 4>(&raw[..whole], planes),
        8 => split::<8, 8>(&raw[..whole], planes),
        _ => split::<16, 8>(&raw[..whole], planes),
    }
    rest.copy_from_slice(&raw[whole..]);
}

/// Undoes [`shuffle`]; both are of one length.
pub(super) fn unshuffle(width: usize, shuffled: &[u8], into: &mut [u8]) {
    let whole = shuffled.len() / width * width;
    let (items, rest) = into.split_at_mut(whole);
    match width {
        2 => join::<2, 2>(&shuffled[..whole], items),
        4 => join::<4, 4>(&shuffled[..whole], items),
        8 => join::<8, 8>(&shuffled[..whole], items),
        _ => join::<16, 8>(&shuffled[..whole], items),
    }
    rest.copy_from_slice(&shuffled[whole..]);
}

/// Splits items into planes, of eight items `ROWS` bytes at a time; as many matrices of that side by side as
/// make a word.
fn split<const WIDTH: usize, const ROWS: usize>(raw: &[u8], out: &mut [u8]) {
    let count = raw.len() / WIDTH;
    let (items, _) = raw.as_chunks::<WIDTH>();
    let (groups, rest) = items.as_chunks::<8>();
    for (number, group) in groups.iter().enumerate() {
        for first in (0..WIDTH).step_by(ROWS) {
            let mut rows: [u64; ROWS] = std::array::from_fn(|row| {
                let lanes = group.iter().skip(row).step_by(ROWS).enumerate();
                lanes.fold(0, |word, (lane, item)| {
                    word | part::<WIDTH, ROWS>(item, first) << (8 * ROWS * lane)
                })
            });
            transpose::turn(&mut rows, 8);
            for (plane, row) in rows.iter().enumerate() {
                let start = (first + plane) * count + 8 * number;
                out[start..start + 8].copy_from_slice(&row.to_le_bytes());
            }
        }
    }
    for (at, item) in rest.iter().enumerate() {
        for (plane, byte) in item.iter().enumerate() {
            out[plane * count + groups.len() * 8 + at] = *byte;
        }
    }
}

/// Undoes [`split`].
fn join<const WIDTH: usize, const ROWS: usize>(planes: &[u8], into: &mut [u8]) {
    let count = planes.len() / WIDTH;
    let (items, _) = into.as_chunks_mut::<WIDTH>();
    let (groups, rest) = items.as_chunks_mut::<8>();
    let rest_at = 8 * groups.len();
    for (number, group) in groups.iter_mut().enumerate() {
        for first in (0..WIDTH).step_by(ROWS) {
            let mut rows: [u64; ROWS] = std::array::from_fn(|plane| {
                let start = (first + plane) * count + 8 * number;
                u64::from_le_bytes(planes[start..start + 8].try_into().expect("a range of 8 bytes"))
            });
            transpose::turn(&mut rows, 8);
            for (at, item) in group.iter_mut().enumerate() {
                let part = rows[at % ROWS] >> (8 * (at - at % ROWS));
                item[first..first + ROWS].copy_from_slice(&part.to_le_bytes()[..ROWS]);
            }
        }
    }
    for (at, item) in rest.iter_mut().enumerate() {
        for (plane, byte) in item.iter_mut().enumerate() {
            *byte = planes[plane * count + rest_at + at];
        }
    }
}

/// `ROWS` bytes of an item, the first the least significant.
#[inline(always)]
fn part<const WIDTH: usize, const ROWS: usize>(item: &[u8; WIDTH], first: usize) -> u64 {
    let mut part = [0; 8];
    part[..ROWS].copy_from_slice(&item[first..first + ROWS]);
    u64::from_le_bytes(part)
}
