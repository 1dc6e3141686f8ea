//! Small matrices turned over in registers: what both shuffles are made of.
//!
//! Plain arithmetic on words, which the compiler makes vectors of: without
//! unsafe code it can't be told of a processor's own shuffles.

/// Turns square matrices over: rows are words, columns `unit` bits wide, and as many matrices as fit lie side
/// by side.
#[inline(always)]
pub(super) fn turn<const ROWS: usize>(rows: &mut [u64; ROWS], unit: u32) {
    let mut apart = ROWS / 2;
    let mut shift = unit * ROWS as u32 / 2;
    while apart > 0 {
        let mask = low_halves(shift);
        for block in rows.chunks_exact_mut(2 * apart) {
            let (upper, lower) = block.split_at_mut(apart);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let differ = ((*upper >> shift) ^ *lower) & mask;
                *lower ^= differ;
                *upper ^= differ << shift;
            }
        }
        apart /= 2;
        shift /= 2;
    }
}

/// Ones in the lower `len` bits of every `2 * len`.
const fn low_halves(len: u32) -> u64 {
    let all = u64::MAX;
    all / (all >> (64 - 2 * len)) * (all >> (64 - len))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns over a matrix with a one at each place in turn.
    fn check<const ROWS: usize>(unit: u32) {
        for row in 0..ROWS {
            for column in 0..64 / unit {
                let mut rows = [0; ROWS];
                rows[row] = 1 << (column * unit);

                turn(&mut rows, unit);

                let (matrix, column) = (column / ROWS as u32, column as usize % ROWS);
                let mut expected = [0; ROWS];
                expected[column] = 1 << ((matrix * ROWS as u32 + row as u32) * unit);
                assert_eq!(rows, expected, "{ROWS} rows of units of {unit}: {row}, {column}");
            }
        }
    }

    #[test]
    fn a_matrix_is_turned_over_beside_others() {
        check::<2>(8);
        check::<4>(8);
        check::<8>(8);
        check::<8>(1);
        check::<16>(1);
        check::<32>(1);
        check::<64>(1);
    }
}
