//! Cells that lie in Arrow's memory, as docs/format.md lays it out: columns of pandas, arrays and tables of
//! pyarrow, series and frames of polars.

mod items;
mod read;

use super::content::{Number, item_bits};
use super::{Cell, Content, Form, NO_ROW, is_valid, item};
use crate::show::arrow::{Type, json};
use crate::show::item::{Item, bytes_text};
use crate::show::{decimal, polars};
use crate::{Built, Cells, Dtype, FormatError, Value};
use items::{Ends, Say};

/// Items of a list that are shown, and lists within lists.
const MAX_ITEMS: u64 = 8;
const MAX_DEPTH: usize = 3;

/// The values of an array.
#[derive(Debug, Clone)]
pub(super) struct Values<'a> {
    row_count: u64,
    validity: Option<&'a [u8]>,
    kind: Kind<'a>,
    /// What its library prints for null.
    missing: &'static str,
}

#[derive(Debug, Clone)]
enum Kind<'a> {
    Null,
    Bits(&'a [u8]),
    Items {
        dtype: Dtype,
        bytes: &'a [u8],
        say: Say,
    },
    /// Bytes of one size; none for size 0.
    Fixed(usize, &'a [u8]),
    Text {
        ends: Ends<'a>,
        text: &'a [u8],
        is_text: bool,
    },
    Lists {
        ends: Ends<'a>,
        items: Box<Values<'a>>,
        is_map: bool,
    },
    FixedLists {
        size: u64,
        items: Box<Values<'a>>,
    },
    Struct(Vec<(String, Values<'a>)>),
    /// A number in two halves, low and high, and whether it has a sign.
    Wide {
        halves: [&'a [u8]; 2],
        is_signed: bool,
    },
    Dictionary {
        indices: (Dtype, &'a [u8]),
        values: Box<Values<'a>>,
    },
    Runs {
        ends: (Dtype, &'a [u8]),
        values: Box<Values<'a>>,
    },
    Union {
        is_dense: bool,
        codes: &'a [u8],
        fields: Vec<(i64, Values<'a>)>,
    },
}

/// The cells of a node that holds Arrow's memory; none of any other.
pub(super) fn of<'a>(built: Built, children: &'a [Value]) -> Option<Cells<'a>> {
    match (built, children) {
        (Built::ArrowColumn, [of, data]) => {
            let of = Type::of(&json(of))?;
            let values = Values { missing: "<NA>", ..Values::of(&of, data)? };
            Some(cells(format!("{of}[pyarrow]"), values))
        }
        (Built::ArrowArray, [of, data]) => array(&Type::of(&json(of))?, data),
        (Built::ArrowChunked, [of, chunks]) => chunked(&Type::of(&json(of))?, chunks),
        (Built::PolarsSeries, [_, dtype, data]) => {
            let dtype = polars::Dtype::of(&json(dtype))?;
            let mut values = Values::of(&dtype.storage, data)?;
            values.widen(&dtype.name);
            Some(cells(dtype.name, values))
        }
        _ => None,
    }
}

/// The cells of an array of a type.
pub(crate) fn array<'a>(of: &Type, data: &'a Value) -> Option<Cells<'a>> {
    Some(cells(of.to_string(), Values::of(of, data)?))
}

/// The cells of chunks of a type, one after another.
pub(crate) fn chunked<'a>(of: &Type, chunks: &'a Value) -> Option<Cells<'a>> {
    let mut row_count = 0u64;
    let ended = chunks.children().iter().map(|chunk| {
        let chunk = array(of, chunk)?;
        row_count = row_count.checked_add(chunk.row_count)?;
        Some((row_count, chunk))
    });
    let chunks = ended.collect::<Option<Vec<_>>>()?;
    Some(Cells::new(of.to_string(), row_count, Form::Chunks(chunks)))
}

fn cells(dtype: String, values: Values<'_>) -> Cells<'_> {
    Cells::new(dtype, values.row_count, Form::Arrow(Box::new(values)))
}

impl<'a> Values<'a> {
    /// Takes two halves for one number, as polars' dtypes of 128 bits have them.
    fn widen(&mut self, name: &str) {
        if let ("i128" | "u128", Kind::Struct(fields)) = (name, &self.kind)
            && let [(_, low), (_, high)] = fields.as_slice()
            && let (Kind::Items { bytes: low, .. }, Kind::Items { bytes: high, .. }) = (&low.kind, &high.kind)
        {
            self.kind = Kind::Wide { halves: [low, high], is_signed: name == "i128" };
        }
    }

    pub(super) fn is_numeric(&self) -> bool {
        match &self.kind {
            Kind::Items { say, .. } => matches!(say, Say::Number | Say::Decimal(_)),
            Kind::Wide { .. } => true,
            Kind::Runs { values, .. } => values.is_numeric(),
            _ => false,
        }
    }

    /// What the cells say, for whoever writes them in another form.
    pub(super) fn content(&self) -> Content {
        match &self.kind {
            Kind::Bits(_) => Content::Bool,
            Kind::Items { dtype, say: Say::Number, .. } if dtype.kind() == crate::Kind::Float => {
                Content::Float
            }
            Kind::Items { say: Say::Number, .. } | Kind::Wide { .. } => Content::Int,
            Kind::Items { say: Say::Decimal(_) | Say::MonthDayNano, .. } | Kind::Null => Content::Text,
            Kind::Items { .. } => Content::Time,
            Kind::Text { is_text: true, .. } => Content::Text,
            Kind::Text { .. } | Kind::Fixed(..) => Content::Bytes,
            Kind::Dictionary { values, .. } | Kind::Runs { values, .. } => values.content(),
            Kind::Lists { .. } | Kind::FixedLists { .. } | Kind::Struct(_) | Kind::Union { .. } => {
                Content::Nested
            }
        }
    }

    /// What the bits behind the cells count.
    pub(super) fn number(&self) -> Option<Number<'_>> {
        match &self.kind {
            Kind::Bits(_) => Some(Number::Bool),
            Kind::Items { dtype, say, .. } => say.number(dtype),
            Kind::Dictionary { values, .. } | Kind::Runs { values, .. } => values.number(),
            _ => None,
        }
    }

    /// The bits behind a cell.
    pub(super) fn bits(&self, row: usize) -> Result<Option<u64>, FormatError> {
        if row as u64 >= self.row_count {
            return Err(NO_ROW);
        }
        if !is_valid(self.validity, row)? {
            return Ok(None);
        }
        match &self.kind {
            Kind::Bits(bits) => Ok(Some(u64::from(is_valid(Some(*bits), row)?))),
            Kind::Items { dtype, bytes, .. } => Ok(item_bits(dtype, item(bytes, dtype.item_size(), row)?)),
            Kind::Dictionary { indices: (dtype, bytes), values } => {
                values.bits(whole(dtype, item(bytes, dtype.item_size(), row)?)?)
            }
            Kind::Runs { ends: (dtype, bytes), values } => values.bits(run(dtype, bytes, row)?),
            _ => Ok(None),
        }
    }

    pub(super) fn cell(&self, row: usize) -> Result<Cell<'a>, FormatError> {
        Ok(match self.text(row, 0)? {
            Some(text) => text,
            None => Cell::missing(self.missing),
        })
    }

    /// The text of a value; none where it is null.
    fn text(&self, row: usize, depth: usize) -> Result<Option<Cell<'a>>, FormatError> {
        if row as u64 >= self.row_count {
            return Err(NO_ROW);
        }
        if !is_valid(self.validity, row)? {
            return Ok(None);
        }
        let text = match &self.kind {
            Kind::Null => return Ok(None),
            Kind::Bits(bits) => Cell::of(if is_valid(Some(*bits), row)? { "True" } else { "False" }),
            Kind::Items { dtype, bytes, say } => {
                let item = item(bytes, dtype.item_size(), row)?;
                Cell::of(say.text(dtype, item).ok_or(NO_ROW)?)
            }
            Kind::Fixed(size, bytes) => Cell::of(bytes_text(item(bytes, *size as u64, row)?)),
            Kind::Text { ends, text, is_text } => {
                let bytes = slice(text, ends.range(row)?)?;
                if *is_text { Cell::of(String::from_utf8_lossy(bytes)) } else { Cell::of(bytes_text(bytes)) }
            }
            Kind::Dictionary { indices: (dtype, bytes), values } => {
                let index = whole(dtype, item(bytes, dtype.item_size(), row)?)?;
                return values.text(index, depth);
            }
            Kind::Runs { ends: (dtype, bytes), values } => {
                return values.text(run(dtype, bytes, row)?, depth);
            }
            Kind::Union { is_dense, codes, fields } => {
                let code = i64::from(codes.get(row).ok_or(NO_ROW)?.cast_signed());
                let (_, field) = fields.iter().find(|(of, _)| *of == code).ok_or(NO_ROW)?;
                let before = || codes[..row].iter().filter(|other| **other == codes[row]).count();
                return field.text(if *is_dense { before() } else { row }, depth);
            }
            Kind::Wide { halves: [low, high], is_signed } => {
                let bytes = [item(low, 8, row)?, item(high, 8, row)?].concat();
                Cell::of(decimal::text(&bytes, 0, *is_signed))
            }
            _ if depth == MAX_DEPTH => Cell::of("…"),
            Kind::Lists { ends, items, is_map } => {
                let (start, end) = ends.range(row)?;
                let (open, close) = if *is_map { ('{', '}') } else { ('[', ']') };
                Cell::of(format!("{open}{}{close}", items.list(start, end, *is_map, depth)?))
            }
            Kind::FixedLists { size, items } => {
                let start = size.checked_mul(row as u64).ok_or(NO_ROW)?;
                let end = start.checked_add(*size).ok_or(NO_ROW)?;
                Cell::of(format!("[{}]", items.list(start, end, false, depth)?))
            }
            Kind::Struct(fields) => {
                let shown = fields.iter().take(MAX_ITEMS as usize);
                let shown = shown.map(|(name, values)| Ok(format!("{name}: {}", values.inner(row, depth)?)));
                let shown = shown.collect::<Result<Vec<_>, FormatError>>()?;
                Cell::of(format!("{{{}}}", joined(shown, fields.len() as u64 > MAX_ITEMS)))
            }
        };
        Ok(Some(text))
    }

    /// Items with commas between them, as far as they are shown.
    fn list(&self, start: u64, end: u64, is_map: bool, depth: usize) -> Result<String, FormatError> {
        let shown = (start..end.min(start.saturating_add(MAX_ITEMS))).map(|row| {
            let row = usize::try_from(row).map_err(|_| NO_ROW)?;
            match &self.kind {
                Kind::Struct(fields) if is_map && fields.len() == 2 => {
                    let [(_, key), (_, item)] = &fields[..] else { return Err(NO_ROW) };
                    Ok(format!("{}: {}", key.inner(row, depth)?, item.inner(row, depth)?))
                }
                _ => self.inner(row, depth),
            }
        });
        let shown = shown.collect::<Result<Vec<_>, FormatError>>()?;
        Ok(joined(shown, end - start > MAX_ITEMS))
    }

    /// A value inside of another: text in quotes, `None` for null.
    fn inner(&self, row: usize, depth: usize) -> Result<String, FormatError> {
        let Some(cell) = self.text(row, depth + 1)? else { return Ok("None".to_owned()) };
        let is_text = self.content() == Content::Text && !self.is_numeric();
        Ok(if is_text { format!("'{}'", cell.text) } else { cell.text.into_owned() })
    }
}

/// Texts with commas between them, and a mark where some are left out.
fn joined(mut shown: Vec<String>, is_short: bool) -> String {
    if is_short {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

fn slice(bytes: &[u8], (start, end): (u64, u64)) -> Result<&[u8], FormatError> {
    let place = |at: u64| usize::try_from(at).map_err(|_| NO_ROW);
    bytes.get(place(start)?..place(end)?).ok_or(NO_ROW)
}

fn whole(dtype: &Dtype, bytes: &[u8]) -> Result<usize, FormatError> {
    match Item::read(dtype, bytes) {
        Item::Int(index) => usize::try_from(index).map_err(|_| NO_ROW),
        Item::Uint(index) => usize::try_from(index).map_err(|_| NO_ROW),
        _ => Err(NO_ROW),
    }
}

/// Which run `row` is in: the first that ends after it.
fn run(dtype: &Dtype, ends: &[u8], row: usize) -> Result<usize, FormatError> {
    let size = usize::try_from(dtype.item_size()).unwrap_or(usize::MAX).max(1);
    let (mut low, mut high) = (0, ends.len() / size);
    while low < high {
        let middle = low + (high - low) / 2;
        if whole(dtype, item(ends, dtype.item_size(), middle)?)? <= row {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
