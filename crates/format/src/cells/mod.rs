//! The cells of a column as text, one by one, for the head of a table.
//!
//! Nothing is converted ahead: a cell is read from the column's bytes when it
//! is asked for. Datetimes in a named region are shown in UTC, since the rules
//! of regions are not part of the format.

pub(crate) mod arrow;
mod built;
mod content;

use std::borrow::Cow;

pub use content::{Content, Number};

use crate::node::range_len;
use crate::show::item::Item;
use crate::show::{names, time};
use crate::{ArrayHead, Column, Dtype, FormatError, Kind, MissingCell, Node, Payload, Value, Zone};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What to print; for a missing cell the word that pandas prints: `None`, `NaN`, `<NA>`, `NaT`.
    pub text: Cow<'a, str>,
    /// Whether a value is missing there.
    pub is_missing: bool,
}

impl<'a> Cell<'a> {
    fn of(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), is_missing: false }
    }

    fn missing(word: &'static str) -> Self {
        Self { text: word.into(), is_missing: true }
    }
}

/// The cells of one column or index.
#[derive(Debug, Clone)]
pub struct Cells<'a> {
    dtype: String,
    row_count: u64,
    form: Form<'a>,
}

#[derive(Debug, Clone)]
enum Form<'a> {
    Fixed {
        dtype: Dtype,
        values: &'a [u8],
        validity: Option<&'a [u8]>,
    },
    Zoned {
        unit: &'a str,
        zone: Zone<'a>,
        values: &'a [u8],
    },
    Text(Strings<'a>),
    Category {
        dtype: Dtype,
        codes: &'a [u8],
        categories: Box<Cells<'a>>,
    },
    Range {
        start: i64,
        step: i64,
    },
    Values(&'a [Value]),
    Built(built::Parts<'a>),
    Arrow(Box<arrow::Values<'a>>),
    /// One after another, each with the row that it ends before.
    Chunks(Vec<(u64, Cells<'a>)>),
    /// Cells that are not shown.
    Closed,
}

/// Strings one after another, found by adding up lengths.
#[derive(Debug, Clone)]
struct Strings<'a> {
    missing: &'static str,
    has_surrogates: bool,
    lengths: &'a [u8],
    text: &'a [u8],
    validity: Option<&'a [u8]>,
    /// The row asked for last and where its text begins, so that rows in order cost one step each.
    last: std::cell::Cell<(usize, u64)>,
}

impl<'a> Strings<'a> {
    fn cell(&self, row: usize) -> Result<Cell<'a>, FormatError> {
        if !is_valid(self.validity, row)? {
            return Ok(Cell::missing(self.missing));
        }
        let start = self.start(row)?;
        let end = start + le_u32(item(self.lengths, 4, row)?);
        let place = |at: u64| usize::try_from(at).map_err(|_| NO_ROW);
        let bytes = self.text.get(place(start)?..place(end)?).ok_or(NO_ROW)?;
        Ok(Cell::of(String::from_utf8_lossy(bytes)))
    }

    fn start(&self, row: usize) -> Result<u64, FormatError> {
        let (from, start) = Some(self.last.get()).filter(|(last, _)| *last <= row).unwrap_or_default();
        let between = self.lengths.get(from * 4..row.checked_mul(4).ok_or(NO_ROW)?).ok_or(NO_ROW)?;
        let start = start + between.chunks_exact(4).map(le_u32).sum::<u64>();
        self.last.set((row, start));
        Ok(start)
    }
}

impl<'a> Cells<'a> {
    /// The cells of a column, an index or a series, or those of an array of objects, of text or with a mask,
    /// in the order of its memory; none for any other value.
    pub fn of(value: &'a Value) -> Option<Self> {
        let children = value.children();
        match value.node() {
            Node::Column(column) => Self::of_column(&column, children),
            Node::Index(_) => Self::of(children.get(1)?),
            Node::Series(_) => Self::of(children.get(2)?),
            Node::RangeIndex(start, stop, step) => {
                Some(Self::new("int64".into(), range_len(start, stop, step), Form::Range { start, step }))
            }
            Node::Built { built, row_count, .. } => built::of(built, row_count, children),
            _ => None,
        }
    }

    fn of_column(column: &Column<'a>, children: &'a [Value]) -> Option<Self> {
        let child = children.first();
        let (zone, form) = match column {
            Column::Zoned { unit, values, .. } => {
                let Node::Zone(zone) = child?.node() else { return None };
                (time::zone_name(&zone), Form::Zoned { unit, zone, values: in_place(*values)? })
            }
            Column::Category { dtype, codes, .. } => {
                let categories = Box::new(Self::of(child.filter(|index| !is_categorical(index))?)?);
                let (dtype, codes) = (dtype.clone(), in_place(*codes)?);
                (String::new(), Form::Category { dtype, codes, categories })
            }
            Column::Object { .. } => (String::new(), Form::Values(children)),
            Column::Fixed { .. } | Column::Masked { .. } | Column::Text { .. } => {
                return Self::childless(column, in_place);
            }
        };
        Some(Self::new(names::column_dtype(column, &zone), column.row_count(), form))
    }

    /// The numbers of so many rows.
    pub fn numbered(row_count: u64) -> Self {
        Self::new("".into(), row_count, Form::Range { start: 0, step: 1 })
    }

    /// The items of an array of a plain dtype, in the order of its memory.
    pub fn of_items(head: &ArrayHead, items: &'a [u8]) -> Self {
        let row_count = head.shape.iter().product();
        let form = Form::Fixed { dtype: head.dtype.clone(), values: items, validity: None };
        Self::new(names::dtype(&head.dtype), row_count, form)
    }

    fn new(dtype: String, row_count: u64, form: Form<'a>) -> Self {
        Self { dtype, row_count, form }
    }

    /// The cells of a column that has no children, its leaves found by `bytes`.
    pub(crate) fn childless(
        column: &Column<'a>,
        bytes: impl Fn(Payload<'a>) -> Option<&'a [u8]>,
    ) -> Option<Self> {
        let bits = |validity: &Option<Payload<'a>>| match validity {
            Some(payload) => bytes(*payload).map(Some),
            None => Some(None),
        };
        let form = match column {
            Column::Fixed { dtype, values, .. } => {
                Form::Fixed { dtype: dtype.clone(), values: bytes(*values)?, validity: None }
            }
            Column::Masked { dtype, values, validity, .. } => {
                Form::Fixed { dtype: dtype.clone(), values: bytes(*values)?, validity: bits(validity)? }
            }
            Column::Text { missing, has_surrogates, lengths, text, validity, .. } => Form::Text(Strings {
                missing: missing_word(*missing),
                has_surrogates: *has_surrogates,
                lengths: bytes(*lengths)?,
                text: bytes(*text)?,
                validity: bits(validity)?,
                last: (0, 0).into(),
            }),
            Column::Zoned { .. } | Column::Category { .. } | Column::Object { .. } => return None,
        };
        Some(Self::new(names::column_dtype(column, ""), column.row_count(), form))
    }

    /// The dtype as pandas prints it: `float64`, `Int64`, `datetime64[ns, Europe/Paris]`, `category`.
    pub fn dtype(&self) -> &str {
        &self.dtype
    }

    /// Whether the cells are numbers, which are set flush right.
    pub fn is_numeric(&self) -> bool {
        match &self.form {
            Form::Fixed { dtype, .. } => {
                matches!(dtype.kind(), Kind::Int | Kind::Uint | Kind::Float | Kind::Complex)
            }
            Form::Range { .. } => true,
            Form::Built(parts) => parts.is_numeric(),
            Form::Arrow(values) => values.is_numeric(),
            Form::Chunks(chunks) => chunks.first().is_some_and(|(_, chunk)| chunk.is_numeric()),
            _ => false,
        }
    }

    /// How many cells there are.
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// The cell of `row`. In a column of text this adds up lengths, from the row asked for last or from
    /// the first.
    ///
    /// # Errors
    /// `Damaged` when the column's bytes do not hold such a row.
    pub fn cell(&self, row: u64) -> Result<Cell<'a>, FormatError> {
        let row = self.row(row)?;
        match &self.form {
            Form::Fixed { dtype, values, validity } => {
                if !is_valid(*validity, row)? {
                    return Ok(Cell::missing("<NA>"));
                }
                Ok(item_cell(Item::read(dtype, item(values, dtype.item_size(), row)?)))
            }
            Form::Zoned { unit, zone, values } => {
                let count = item(values, 8, row)?.try_into().map_err(|_| NO_ROW)?;
                let text = time::zoned(i64::from_le_bytes(count), unit, zone);
                Ok(text.map_or(Cell::missing("NaT"), Cell::of))
            }
            Form::Text(strings) => strings.cell(row),
            Form::Category { dtype, codes, categories } => match code(dtype, codes, row)? {
                Some(code) => categories.cell(code),
                None => Ok(Cell::missing("NaN")),
            },
            Form::Values(values) => {
                let value = values.get(row).ok_or(NO_ROW)?;
                Ok(value.missing_word().map_or_else(|| Cell::of(value.brief()), Cell::missing))
            }
            Form::Built(parts) => parts.cell(row),
            Form::Arrow(values) => values.cell(row),
            Form::Chunks(chunks) => {
                let (chunk, row) = chunk(chunks, row)?;
                chunk.cell(row)
            }
            Form::Closed => Ok(Cell::of("…")),
            Form::Range { start, step } => Ok(Cell::of(label(*start, *step, row).to_string())),
        }
    }

    fn row(&self, row: u64) -> Result<usize, FormatError> {
        usize::try_from(row).ok().filter(|_| row < self.row_count).ok_or(NO_ROW)
    }
}

/// The label of a row of an index by range.
fn label(start: i64, step: i64, row: usize) -> i128 {
    i128::from(start) + i128::from(step) * row as i128
}

/// Which category the cell of a row is; none where it is missing.
fn code(dtype: &Dtype, codes: &[u8], row: usize) -> Result<Option<u64>, FormatError> {
    match Item::read(dtype, item(codes, dtype.item_size(), row)?) {
        Item::Int(-1) => Ok(None),
        Item::Int(code) => u64::try_from(code).map(Some).map_err(|_| NO_ROW),
        _ => Err(NO_ROW),
    }
}

/// The chunk that a row lies in, and the row's place there.
fn chunk<'c, 'a>(chunks: &'c [(u64, Cells<'a>)], row: usize) -> Result<(&'c Cells<'a>, u64), FormatError> {
    let row = row as u64;
    let (end, chunk) = chunks.get(chunks.partition_point(|(end, _)| *end <= row)).ok_or(NO_ROW)?;
    Ok((chunk, row + chunk.row_count - end))
}

/// Whether an index is of categories itself: nothing that categories are in pandas.
fn is_categorical(index: &Value) -> bool {
    index.children().iter().any(|child| matches!(child.node(), Node::Column(Column::Category { .. })))
}

fn in_place(payload: Payload<'_>) -> Option<&[u8]> {
    match payload {
        Payload::Inline(bytes) => Some(bytes),
        Payload::Buffer(_) => None,
    }
}

const NO_ROW: FormatError = FormatError::Damaged("a column without such a row");

fn missing_word(missing: MissingCell) -> &'static str {
    match missing {
        MissingCell::None => "None",
        MissingCell::Nan => "NaN",
        MissingCell::Na => "<NA>",
        MissingCell::Nat => "NaT",
    }
}

fn item(values: &[u8], item_size: u64, row: usize) -> Result<&[u8], FormatError> {
    let size = usize::try_from(item_size).map_err(|_| NO_ROW)?;
    let start = row.checked_mul(size).ok_or(NO_ROW)?;
    let end = start.checked_add(size).ok_or(NO_ROW)?;
    values.get(start..end).ok_or(NO_ROW)
}

fn is_valid(validity: Option<&[u8]>, row: usize) -> Result<bool, FormatError> {
    let Some(bitmap) = validity else { return Ok(true) };
    let byte = bitmap.get(row / 8).ok_or(NO_ROW)?;
    Ok(byte >> (row % 8) & 1 == 1)
}

fn item_cell<'a>(item: Item) -> Cell<'a> {
    match item {
        Item::Float(value, _) if value.is_nan() => Cell::missing("NaN"),
        item => item.text().map_or(Cell::missing("NaT"), Cell::of),
    }
}

fn le_u32(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
