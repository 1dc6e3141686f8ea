//! Whole numbers of any width as text, with a point where a decimal has one.

/// Digits taken out of a number in one go.
const STEP: u64 = 1_000_000_000;

/// A little-endian number of any width, in two's complement when it has a sign, times 10 to the power of
/// `-scale`.
pub(crate) fn text(bytes: &[u8], scale: i64, is_signed: bool) -> String {
    let is_negative = is_signed && bytes.last().is_some_and(|byte| byte >> 7 == 1);
    let mut magnitude = bytes.to_vec();
    if is_negative {
        negate(&mut magnitude);
    }
    let digits = pointed(digits(magnitude), scale);
    if is_negative { format!("-{digits}") } else { digits }
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

/// The digits of a little-endian magnitude.
fn digits(mut magnitude: Vec<u8>) -> String {
    let mut groups = Vec::new();
    loop {
        let mut rest = 0u64;
        for byte in magnitude.iter_mut().rev() {
            let value = rest << 8 | u64::from(*byte);
            *byte = u8::try_from(value / STEP).expect("a rest below STEP gives a quotient below 256");
            rest = value % STEP;
        }
        groups.push(rest);
        if magnitude.iter().all(|byte| *byte == 0) {
            break;
        }
    }
    let mut text = groups.pop().unwrap_or_default().to_string();
    for group in groups.iter().rev() {
        text += &format!("{group:09}");
    }
    text
}

/// Digits with a point before the last `scale`; zeros behind them for a scale below 0.
fn pointed(digits: String, scale: i64) -> String {
    // No decimal has more digits than 76; a scale beyond that is shown as a power.
    match usize::try_from(scale.unsigned_abs()).ok().filter(|size| *size <= 100) {
        Some(0) => digits,
        Some(size) if scale < 0 && digits != "0" => format!("{digits}{}", "0".repeat(size)),
        Some(_) if scale < 0 => digits,
        Some(size) => {
            let padded = format!("{digits:0>width$}", width = size + 1);
            let (whole, fraction) = padded.split_at(padded.len() - size);
            format!("{whole}.{fraction}")
        }
        None => format!("{digits}e{}", -i128::from(scale)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_any_width_is_its_digits() {
        assert_eq!(text(&[0; 16], 0, true), "0");
        assert_eq!(text(&(-1i128).to_le_bytes(), 0, true), "-1");
        assert_eq!(text(&i128::MIN.to_le_bytes(), 0, true), i128::MIN.to_string());
        assert_eq!(text(&u128::MAX.to_le_bytes(), 0, false), u128::MAX.to_string());
        assert_eq!(text(&1_000_000_000i64.to_le_bytes(), 0, true), "1000000000");
    }

    #[test]
    fn a_scale_is_a_point() {
        assert_eq!(text(&(-10i32).to_le_bytes(), 2, true), "-0.10");
        assert_eq!(text(&12345i64.to_le_bytes(), 2, true), "123.45");
        assert_eq!(text(&5i32.to_le_bytes(), -2, true), "500");
        assert_eq!(text(&0i32.to_le_bytes(), -2, true), "0");
        assert_eq!(text(&5i32.to_le_bytes(), i64::MAX, true), "5e-9223372036854775807");
    }
}
