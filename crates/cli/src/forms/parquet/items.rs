//! The items of a column of fixed width, read from its bytes.

use stillroom::{ByteOrder, Column, Dtype, Payload};

/// A column's items, by their bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Items<'a> {
    values: &'a [u8],
    item_size: usize,
    is_big: bool,
    validity: Option<&'a [u8]>,
}

impl<'a> Items<'a> {
    /// The items of a column of fixed width; none for any other.
    pub(super) fn of(column: &Column<'a>) -> Option<Self> {
        let (dtype, values, validity) = match column {
            Column::Fixed { dtype, values, .. } => (Some(dtype), values, &None),
            Column::Masked { dtype, values, validity, .. } => (Some(dtype), values, validity),
            Column::Zoned { values, .. } => (None, values, &None),
            _ => return None,
        };
        let validity = match validity {
            Some(Payload::Inline(bits)) => Some(*bits),
            Some(Payload::Buffer(_)) => return None,
            None => None,
        };
        let Payload::Inline(values) = *values else { return None };
        Some(Self {
            values,
            item_size: usize::try_from(dtype.map_or(8, Dtype::item_size)).ok()?,
            is_big: dtype.is_some_and(|dtype| dtype.byte_order() == ByteOrder::Big),
            validity,
        })
    }

    /// The bits of the item of `row` as a little-endian number; none where it is missing.
    pub(super) fn bits(&self, row: u64) -> Option<u64> {
        let row = usize::try_from(row).ok()?;
        if self.validity.is_some_and(|bits| bits.get(row / 8).is_none_or(|byte| byte >> (row % 8) & 1 == 0)) {
            return None;
        }
        let item = self.values.get(row.checked_mul(self.item_size)?..)?.get(..self.item_size)?;
        let join = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        Some(if self.is_big { item.iter().fold(0, join) } else { item.iter().rev().fold(0, join) })
    }

    /// The signed integer of `row`.
    pub(super) fn int(&self, row: u64) -> Option<i64> {
        let unused = 64 - 8 * self.item_size.clamp(1, 8);
        self.bits(row).map(|bits| (bits << unused).cast_signed() >> unused)
    }
}
