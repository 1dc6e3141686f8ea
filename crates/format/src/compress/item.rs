//! What a buffer is made of, as far as a codec wants to know.

use crate::{ByteOrder, Dtype, FormatError, Kind, Limits, Manifest, Payload, Reader};

/// The sort of thing that fills a buffer.
///
/// Only a hint of what may compress well: any bytes can be coded as any item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Item {
    sort: Sort,
    width: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// Text, pickles, bitmaps: no items of one width.
    Bytes,
    /// Items of one width that are no single numbers.
    Words,
    /// Little-endian, two's complement.
    Signed,
    /// Little-endian.
    Unsigned,
    /// Little-endian, IEEE 754.
    Float,
    /// Nobody has said.
    Unknown,
}

impl Item {
    /// Text, pickles, bitmaps: no items of one width.
    pub const BYTES: Self = Self { sort: Sort::Bytes, width: 1 };
    /// Nobody has said: the memory that a pickle lends.
    pub const UNKNOWN: Self = Self { sort: Sort::Unknown, width: 1 };

    /// Items of `width` bytes that are no single numbers: complex, code points, swapped byte order.
    pub const fn words(width: u8) -> Self {
        Self::of(Sort::Words, width)
    }

    /// Little-endian signed integers of `width` bytes.
    pub const fn signed(width: u8) -> Self {
        Self::of(Sort::Signed, width)
    }

    /// Little-endian unsigned integers of `width` bytes.
    pub const fn unsigned(width: u8) -> Self {
        Self::of(Sort::Unsigned, width)
    }

    /// Little-endian floats of `width` bytes.
    pub const fn float(width: u8) -> Self {
        Self::of(Sort::Float, width)
    }

    const fn of(sort: Sort, width: u8) -> Self {
        assert!(matches!(width, 1 | 2 | 4 | 8 | 16), "items are 1, 2, 4, 8 or 16 bytes wide");
        Self { sort, width }
    }

    pub(super) const fn sort(self) -> Sort {
        self.sort
    }

    /// Bytes of one item, a power of two up to 16; 1 where there is no such thing.
    pub(super) const fn width(self) -> usize {
        self.width as usize
    }
}

impl From<&Dtype> for Item {
    fn from(dtype: &Dtype) -> Self {
        let Some(width) = u8::try_from(dtype.item_size()).ok().filter(|width| is_width(*width)) else {
            return Self::odd(dtype);
        };
        let is_swapped = dtype.byte_order() == ByteOrder::Big;
        match dtype.kind() {
            Kind::Int | Kind::Datetime | Kind::Timedelta if !is_swapped => Self::signed(width),
            Kind::Bool | Kind::Uint if !is_swapped => Self::unsigned(width),
            Kind::Float if !is_swapped => Self::float(width),
            Kind::Bytes => Self::BYTES,
            // Code points, whatever the length of the strings.
            Kind::Str => Self::words(4),
            _ => Self::words(width),
        }
    }
}

impl Item {
    /// Strings and voids of any size.
    fn odd(dtype: &Dtype) -> Self {
        if dtype.kind() == Kind::Str { Self::words(4) } else { Self::BYTES }
    }
}

impl Item {
    /// What each buffer of a manifest is made of, in the manifest's order.
    ///
    /// # Errors
    /// As the [`Reader`], for a tree that no writer would have written.
    pub fn of_buffers(manifest: &Manifest, limits: Limits) -> Result<Vec<Self>, FormatError> {
        let mut items = vec![Self::UNKNOWN; manifest.buffers().len()];
        let mut reader = Reader::new(manifest, limits);
        let mut left = 1_u64;
        while left > 0 {
            let node = reader.node()?;
            node.leaves(|leaf, item| {
                if let Payload::Buffer(number) = leaf {
                    items[number as usize] = item;
                }
            });
            left += node.child_count();
            left -= 1;
        }
        reader.finish()?;
        Ok(items)
    }
}

const fn is_width(width: u8) -> bool {
    matches!(width, 1 | 2 | 4 | 8 | 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dtype_says_what_its_items_are() {
        let cases = [
            ("<f8", Item::float(8)),
            ("<f2", Item::float(2)),
            (">f8", Item::words(8)),
            ("<i4", Item::signed(4)),
            ("|i1", Item::signed(1)),
            ("<u2", Item::unsigned(2)),
            ("|b1", Item::unsigned(1)),
            ("<M8[ns]", Item::signed(8)),
            ("<m8[s]", Item::signed(8)),
            (">M8[ns]", Item::words(8)),
            ("<c8", Item::words(8)),
            ("<c16", Item::words(16)),
            ("<U3", Item::words(4)),
            ("<U4", Item::words(4)),
            ("|S8", Item::BYTES),
            ("|V8", Item::words(8)),
            ("|V12", Item::BYTES),
            ("|S0", Item::BYTES),
        ];

        for (text, item) in cases {
            assert_eq!(Item::from(&Dtype::parse(text).unwrap()), item, "{text}");
        }
    }
}
