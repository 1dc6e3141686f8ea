//! One item of a plain dtype, from its bytes: what NumPy would print.

use super::time;
use crate::{ByteOrder, Dtype, Kind};

/// An item, taken out of its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// The value, and the shortest text that gives it back in its own width.
    Float(f64, String),
    Complex(f64, f64),
    Text(String),
    Bytes(Vec<u8>),
    /// NaT.
    Missing,
}

impl Item {
    /// Reads an item; `bytes` are `dtype.item_size()` long.
    pub(crate) fn read(dtype: &Dtype, bytes: &[u8]) -> Self {
        match dtype.kind() {
            Kind::Bool => Self::Bool(bytes != [0]),
            Kind::Int => Self::Int(signed(dtype, bytes)),
            Kind::Uint => Self::Uint(unsigned(dtype, bytes)),
            Kind::Float => float(dtype, bytes),
            Kind::Complex => {
                let (real, imaginary) = bytes.split_at(bytes.len() / 2);
                Self::Complex(float_value(dtype, real), float_value(dtype, imaginary))
            }
            Kind::Datetime => or_missing(time::datetime64(signed(dtype, bytes), dtype.unit())),
            Kind::Timedelta => or_missing(time::duration(signed(dtype, bytes), dtype.unit())),
            Kind::Str => Self::Text(ucs4(dtype, bytes)),
            Kind::Bytes => Self::Bytes(trimmed(bytes).to_vec()),
            Kind::Void => Self::Bytes(bytes.to_vec()),
        }
    }

    /// The item as text; none when missing.
    pub(crate) fn text(self) -> Option<String> {
        Some(match self {
            Self::Bool(value) => if value { "True" } else { "False" }.into(),
            Self::Int(value) => value.to_string(),
            Self::Uint(value) => value.to_string(),
            Self::Float(_, text) | Self::Text(text) => text,
            Self::Complex(real, imaginary) => complex_text(real, imaginary),
            Self::Bytes(bytes) => bytes_text(&bytes),
            Self::Missing => return None,
        })
    }
}

/// A float as Python prints it, nearly: `1.0`, `nan`, `-inf`, `1e+22` as `1e22`.
pub(crate) fn float_text(value: f64) -> String {
    if value.is_nan() { "nan".into() } else { format!("{value:?}") }
}

/// A complex number as Python prints it.
pub(crate) fn complex_text(real: f64, imaginary: f64) -> String {
    let sign = if imaginary.is_sign_negative() { "" } else { "+" };
    format!("({}{sign}{}j)", float_text(real), float_text(imaginary))
}

/// Bytes as Python prints them.
pub(crate) fn bytes_text(bytes: &[u8]) -> String {
    format!("b'{}'", bytes.escape_ascii())
}

/// A UUID as it is written everywhere.
pub(crate) fn uuid_text(bytes: &[u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn or_missing(text: Option<String>) -> Item {
    text.map_or(Item::Missing, Item::Text)
}

fn unsigned(dtype: &Dtype, bytes: &[u8]) -> u64 {
    let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    match dtype.byte_order() {
        ByteOrder::Big => bytes.iter().fold(0, join),
        ByteOrder::Little | ByteOrder::None => bytes.iter().rev().fold(0, join),
    }
}

fn signed(dtype: &Dtype, bytes: &[u8]) -> i64 {
    let unused = 64 - 8 * u32::try_from(bytes.len().clamp(1, 8)).expect("at most 8");
    (unsigned(dtype, bytes) << unused).cast_signed() >> unused
}

fn float(dtype: &Dtype, bytes: &[u8]) -> Item {
    let value = float_value(dtype, bytes);
    let text = match bytes.len() {
        4 if !value.is_nan() => format!("{:?}", value as f32),
        _ => float_text(value),
    };
    Item::Float(value, text)
}

fn float_value(dtype: &Dtype, bytes: &[u8]) -> f64 {
    let bits = unsigned(dtype, bytes);
    match bytes.len() {
        2 => half(bits),
        4 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    }
}

/// IEEE 754 binary16, widened.
fn half(bits: u64) -> f64 {
    let (exponent, mantissa) = (bits >> 10 & 0x1f, (bits & 0x3ff) as f64);
    let size = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + mantissa / 1024.0) * 2f64.powi(exponent as i32 - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    &bytes[..end]
}

fn ucs4(dtype: &Dtype, bytes: &[u8]) -> String {
    let points = bytes.chunks_exact(4).map(|point| unsigned(dtype, point) as u32);
    let chars = points.map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER));
    chars.collect::<String>().trim_end_matches('\0').to_owned()
}
