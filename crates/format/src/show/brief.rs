//! A value in a few words, for a cell or a line.

use super::item::{self, Item};
use super::{names, period, time};
use crate::{Built, ClassName, Integer, Kind, Node, Payload, Text, Value};

/// Items of a tuple that are shown; a longer one is shown by its length.
const MAX_ITEMS: usize = 8;

impl Value {
    /// The value in a few words: a scalar as Python prints it, near enough, anything else by its type
    /// and shape, such as `dict(3)` or `ndarray(100, 30)`.
    pub fn brief(&self) -> String {
        match self.node() {
            Node::Tuple(_) if self.children().len() <= MAX_ITEMS => tuple(self.children()),
            node => scalar(&node, self.children()).unwrap_or_else(|| shaped(self)),
        }
    }

    /// A scalar as Python prints it, near enough; none for any other value.
    pub fn scalar_text(&self) -> Option<String> {
        scalar(&self.node(), self.children())
    }

    /// A scalar's number, as near as a float64 comes; none for NaN and for what is no real number.
    pub fn scalar_number(&self) -> Option<f64> {
        let is_number = match self.node() {
            Node::Int(int) => !matches!(int, Integer::Big { .. }),
            Node::NumpyScalar(dtype, _) => matches!(dtype.kind(), Kind::Int | Kind::Uint | Kind::Float),
            node => matches!(node, Node::Float(_) | Node::Decimal),
        };
        let text = self.scalar_text().filter(|_| is_number)?;
        text.parse().ok().filter(|number: &f64| !number.is_nan())
    }

    /// What pandas prints for a missing value, when this is one: `None`, `NaN`, `<NA>`, `NaT`.
    pub fn missing_word(&self) -> Option<&'static str> {
        match self.node() {
            Node::None => Some("None"),
            Node::Na => Some("<NA>"),
            Node::NaT => Some("NaT"),
            Node::Float(value) if value.is_nan() => Some("NaN"),
            _ => None,
        }
    }
}

fn tuple(items: &[Value]) -> String {
    let items: Vec<String> = items.iter().map(member).collect();
    match items.as_slice() {
        [only] => format!("({only},)"),
        _ => format!("({})", items.join(", ")),
    }
}

/// An item of a tuple; a tuple in a tuple by its length, so that this ends.
fn member(value: &Value) -> String {
    let node = value.node();
    match &node {
        Node::Str(Text::Inline(text)) => format!("'{text}'"),
        _ => scalar(&node, value.children()).unwrap_or_else(|| shaped(value)),
    }
}

fn shaped(value: &Value) -> String {
    let node = value.node();
    let shape = value.axes().map(|(shape, _)| shape).or_else(|| table_shape(value));
    let has_none = shape.is_none() && matches!(node, Node::Built { built, .. } if !built.has_rows());
    if has_none {
        return names::kind(&node).into_owned();
    }
    let shape = shape.unwrap_or_else(|| {
        names::shape(&node, |payload| match payload {
            Payload::Inline(bytes) => bytes.len() as u64,
            Payload::Buffer(_) => 0,
        })
    });
    let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
    format!("{}({})", names::kind(&node), shape.join(", "))
}

/// Rows and columns of a table of pyarrow or polars.
fn table_shape(value: &Value) -> Option<Vec<u64>> {
    let Node::Built { built, count, .. } = value.node() else { return None };
    let first_column = built.first_column()?;
    // The rows stand right before the columns.
    let rows = value.children().get(usize::try_from(first_column).ok()?.checked_sub(1)?)?.as_count()?;
    Some(vec![rows, count.checked_sub(first_column)?])
}

fn scalar(node: &Node<'_>, children: &[Value]) -> Option<String> {
    let child = |place: usize| children.get(place).map(Value::node).unwrap_or(Node::None);
    Some(match node {
        Node::None => "None".into(),
        Node::Na => "<NA>".into(),
        Node::NaT => "NaT".into(),
        Node::Bool(value) => if *value { "True" } else { "False" }.into(),
        Node::Int(Integer::Small(value)) => value.to_string(),
        Node::Int(Integer::Unsigned(value)) => value.to_string(),
        Node::Int(Integer::Negative(value)) => (-1 - i128::from(*value)).to_string(),
        Node::Int(Integer::Big { magnitude: Payload::Inline(bytes), .. }) => {
            format!("int of {} bits", bytes.len() * 8)
        }
        Node::Float(value) => item::float_text(*value),
        Node::Complex(real, imaginary) => item::complex_text(*real, *imaginary),
        Node::Str(Text::Inline(text)) => (*text).into(),
        Node::Str(Text::Surrogates(Payload::Inline(bytes))) => String::from_utf8_lossy(bytes).into(),
        Node::Bytes(Payload::Inline(bytes)) if bytes.len() <= 64 => item::bytes_text(bytes),
        Node::Ellipsis => "Ellipsis".into(),
        Node::Uuid(bytes, _) => item::uuid_text(bytes),
        Node::Date(year, month, day) => time::date(*year, *month, *day),
        Node::Time(time) => time::time_of_day(time) + &suffix(&child(0)),
        Node::DateTime(time) => time::datetime(time) + &suffix(&child(0)),
        Node::TimeDelta(days, seconds, us) => time::timedelta(*days, *seconds, *us),
        Node::PandasTimedelta(count, unit) => time::duration(*count, Some(unit))?,
        Node::Timestamp(count, unit, _) => match child(0) {
            Node::Zone(zone) => time::zoned(*count, unit, &zone)?,
            _ => time::datetime64(*count, Some(unit))?,
        },
        Node::Zone(zone) => time::zone_name(zone),
        Node::Enum(class, members) => enum_text(class, members),
        Node::NumpyScalar(dtype, bytes) => Item::read(dtype, bytes).text().unwrap_or("NaT".into()),
        Node::Decimal | Node::Path(_) => scalar(&child(0), &[])?,
        Node::Built { built, .. } => of_pandas(*built, children)?,
        Node::Fraction => format!("{}/{}", scalar(&child(0), &[])?, scalar(&child(1), &[])?),
        _ => return None,
    })
}

/// A period, an interval, an offset.
fn of_pandas(built: Built, children: &[Value]) -> Option<String> {
    let part = |place: usize| children.get(place).map(Value::node);
    let word = |place: usize| match part(place) {
        Some(Node::Str(Text::Inline(text))) => Some(text),
        _ => None,
    };
    match (built, word(0), part(1)) {
        (Built::Period, Some(freq), Some(Node::Int(Integer::Small(ordinal)))) => period::text(freq, ordinal),
        (Built::Interval, Some(closed), _) => {
            let (open, close) = names::brackets(closed);
            // Not an interval of intervals, so that this ends.
            let is_plain = |bound: &&Value| !matches!(bound.node(), Node::Built { .. });
            let bound = |place: usize| {
                let bound = children.get(place).filter(is_plain)?;
                scalar(&bound.node(), bound.children())
            };
            Some(format!("{open}{}, {}{close}", bound(1)?, bound(2)?))
        }
        (Built::Offset, Some(freq), _) => Some(freq.to_owned()),
        (Built::MaskedConstant, ..) => Some("--".to_owned()),
        _ => None,
    }
}

fn suffix(zone: &Node<'_>) -> String {
    match zone {
        Node::Zone(zone) => time::local_suffix(zone),
        _ => String::new(),
    }
}

fn enum_text(class: &ClassName<'_>, members: &[&str]) -> String {
    format!("{}.{}", class.qualname, members.join("|"))
}
