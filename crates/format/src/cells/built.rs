//! Cells of the built nodes that stand as a column, an index or an array.
//!
//! Each asks the cells of its parts: an interval those of its bounds, a
//! MultiIndex those of its levels. A part that is not as docs/format.md has it
//! shows nothing, for whoever loads the value to refuse.

use super::content::{Number, item_bits};
use super::{Cell, Cells, Content, Form, NO_ROW, arrow, in_place, item, item_cell};
use crate::node::built::Place;
use crate::show::item::Item;
use crate::show::names::brackets;
use crate::show::period;
use crate::{Built, Dtype, FormatError, Integer, MemoryOrder, Node, Text, Value};

impl Built {
    /// Whether it has [`Cells`].
    pub fn has_cells(self) -> bool {
        self.has_rows()
            || matches!(self, Self::ObjectArray | Self::TextArray | Self::MaskedArray)
            || matches!(self, Self::ArrowArray | Self::ArrowChunked | Self::PolarsSeries)
    }
}

impl<'a> Cells<'a> {
    /// The labels of each level of a MultiIndex, row by row; none of any other value.
    pub fn levels(index: &'a Value) -> Option<Vec<Self>> {
        let Node::Built { built: Built::MultiIndex, row_count, .. } = index.node() else { return None };
        let Parts::Levels(levels) = levels(index.children())? else { return None };
        let level = |(categories, codes): (Self, Items<'a>)| {
            let dtype = categories.dtype.clone();
            let categories = Box::new(categories);
            Self::new(dtype, row_count, Form::Category { dtype: codes.dtype, codes: codes.bytes, categories })
        };
        Some(levels.into_iter().map(level).collect())
    }
}

impl Built {
    /// Whether it is a [`Table`](crate::Table) with columns of its own.
    pub fn is_table(self) -> bool {
        self.first_column().is_some()
    }

    /// Which child of a table is its first column.
    pub fn first_column(self) -> Option<u64> {
        match self {
            Self::PolarsFrame => Some(1),
            Self::ArrowTable | Self::ArrowBatch => Some(2),
            _ => None,
        }
    }
}

/// What the cells of a built node are made of.
#[derive(Debug, Clone)]
pub(super) enum Parts<'a> {
    Periods { freq: &'a str, ordinals: Items<'a> },
    Intervals { closed: &'a str, left: Box<Cells<'a>>, right: Box<Cells<'a>> },
    Sparse { fill_value: &'a Value, values: Box<Cells<'a>>, positions: Items<'a> },
    Levels(Vec<(Cells<'a>, Items<'a>)>),
    Masked { data: Box<Cells<'a>>, mask: Option<Mask<'a>> },
}

/// Which items of an array are masked.
#[derive(Debug, Clone)]
pub(super) struct Mask<'a> {
    items: Items<'a>,
    /// The shape, and the orders of the data and of the mask, where these differ.
    crossed: Option<(Vec<u64>, MemoryOrder, MemoryOrder)>,
}

impl<'a> Mask<'a> {
    fn of(data: &Value, mask: &'a Value) -> Option<Self> {
        let ((shape, order), (mask_shape, mask_order)) = (data.axes()?, mask.axes()?);
        let crossed = (order != mask_order).then_some((shape, order, mask_order));
        let fits = crossed.as_ref().is_none_or(|(shape, ..)| *shape == mask_shape);
        Some(Self { items: Items::of(mask)?, crossed }).filter(|_| fits)
    }

    fn hides(&self, row: usize) -> Result<bool, FormatError> {
        let row = match &self.crossed {
            Some((shape, from, to)) => {
                usize::try_from(from.place_in(*to, row as u64, shape)).map_err(|_| NO_ROW)?
            }
            None => row,
        };
        Ok(self.items.read(row)? == Item::Bool(true))
    }
}

/// Items of a NumPy array, in the order of its memory.
#[derive(Debug, Clone)]
pub(super) struct Items<'a> {
    dtype: Dtype,
    bytes: &'a [u8],
}

impl<'a> Items<'a> {
    fn of(array: &'a Value) -> Option<Self> {
        match array.node() {
            Node::Array(head, items) => Some(Self { dtype: head.dtype, bytes: in_place(items)? }),
            _ => None,
        }
    }

    fn read(&self, row: usize) -> Result<Item, FormatError> {
        Ok(Item::read(&self.dtype, item(self.bytes, self.dtype.item_size(), row)?))
    }

    /// An item that is a whole number.
    fn count(&self, row: usize) -> Result<i64, FormatError> {
        match self.read(row)? {
            Item::Int(count) => Ok(count),
            _ => Err(NO_ROW),
        }
    }

    fn len(&self) -> usize {
        let size = usize::try_from(self.dtype.item_size()).unwrap_or(usize::MAX);
        self.bytes.len() / size.max(1)
    }

    /// Where `row` stands among ascending items, if it does.
    fn find(&self, row: usize) -> Result<Option<usize>, FormatError> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let position = self.count(middle)?;
            match usize::try_from(position).map_err(|_| NO_ROW)?.cmp(&row) {
                std::cmp::Ordering::Equal => return Ok(Some(middle)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }
}

/// The cells of a built node; none of one that has no rows.
pub(super) fn of<'a>(built: Built, row_count: u64, children: &'a [Value]) -> Option<Cells<'a>> {
    match (built, children) {
        (Built::ObjectArray, [_, _, _, cells]) => Cells::of(cells),
        (Built::TextArray, [.., cells]) => Some(Cells { dtype: "StringDType".into(), ..Cells::of(cells)? }),
        (Built::MaskedArray, [data, mask, ..]) => masked(data, mask),
        _ if let Some(cells) = arrow::of(built, children)
            && (!built.has_rows() || cells.row_count == row_count) =>
        {
            Some(cells)
        }
        _ => {
            let (name, index) = match built.place() {
                Place::Column { dtype, .. } => (dtype, false),
                Place::Index => ("object", true),
                Place::Value | Place::Part => return None,
            };
            let parts = if index { levels(children) } else { column(built, children) };
            let form = parts.map_or(Form::Closed, Form::Built);
            let dtype = dtype(built, children, name);
            Some(Cells::new(dtype, row_count, form))
        }
    }
}

fn column<'a>(built: Built, children: &'a [Value]) -> Option<Parts<'a>> {
    match (built, children) {
        (Built::PeriodColumn, [freq, ordinals]) => {
            Some(Parts::Periods { freq: text(freq)?, ordinals: Items::of(ordinals)? })
        }
        (Built::IntervalColumn, [closed, left, right]) => {
            let (left, right) = (Box::new(Cells::of(left)?), Box::new(Cells::of(right)?));
            Some(Parts::Intervals { closed: text(closed)?, left, right })
        }
        (Built::SparseColumn, [_, fill_value, values, positions]) => {
            let (values, positions) = (Box::new(array(values)?), Items::of(positions)?);
            Some(Parts::Sparse { fill_value, values, positions })
        }
        _ => None,
    }
}

fn levels(children: &[Value]) -> Option<Parts<'_>> {
    let pairs = children.get(2..)?.chunks_exact(2);
    let levels = pairs.map(|pair| Some((Cells::of(&pair[0])?, Items::of(&pair[1])?)));
    levels.collect::<Option<_>>().map(Parts::Levels)
}

fn masked<'a>(data: &'a Value, mask: &'a Value) -> Option<Cells<'a>> {
    let mask = match mask.node() {
        Node::None => None,
        _ => Some(Mask::of(data, mask)?),
    };
    let data = array(data)?;
    let (dtype, row_count) = (data.dtype.clone(), data.row_count);
    Some(Cells::new(dtype, row_count, Form::Built(Parts::Masked { data: Box::new(data), mask })))
}

/// The items of an array of any dtype, in the order of its memory.
fn array(array: &Value) -> Option<Cells<'_>> {
    match array.node() {
        Node::Array(head, items) => Some(Cells::of_items(&head, in_place(items)?)),
        _ => Cells::of(array),
    }
}

fn text(value: &Value) -> Option<&str> {
    match value.node() {
        Node::Str(Text::Inline(text)) => Some(text),
        _ => None,
    }
}

/// A dtype as pandas prints it, from the parts that say it.
fn dtype(built: Built, children: &[Value], name: &str) -> String {
    let said = match (built, children) {
        (Built::PeriodColumn, [freq, _]) => text(freq).map(|freq| format!("period[{freq}]")),
        (Built::IntervalColumn, [closed, left, _]) => {
            let parts = text(closed).zip(Cells::of(left));
            parts.map(|(closed, left)| format!("interval[{}, {closed}]", left.dtype()))
        }
        (Built::SparseColumn, [_, fill_value, values, _]) => {
            array(values).map(|values| format!("Sparse[{}, {}]", values.dtype(), fill_value.brief()))
        }
        _ => None,
    };
    said.unwrap_or_else(|| name.to_owned())
}

impl<'a> Parts<'a> {
    pub(super) fn is_numeric(&self) -> bool {
        match self {
            Self::Sparse { values, .. } => values.is_numeric(),
            Self::Masked { data, .. } => data.is_numeric(),
            Self::Periods { .. } | Self::Intervals { .. } | Self::Levels(_) => false,
        }
    }

    pub(super) fn content(&self) -> Content {
        match self {
            Self::Periods { .. } | Self::Intervals { .. } | Self::Levels(_) => Content::Text,
            // What fills it up is no value of a column.
            Self::Sparse { values, .. } if values.content() == Content::Values => Content::Nested,
            Self::Sparse { values, .. } => values.content(),
            Self::Masked { data, .. } => data.content(),
        }
    }

    pub(super) fn number(&self) -> Option<Number<'_>> {
        match self {
            Self::Sparse { fill_value, values, .. } => {
                values.number().filter(|number| fill_bits(fill_value, *number).is_some())
            }
            Self::Masked { data, .. } => data.number(),
            Self::Periods { .. } | Self::Intervals { .. } | Self::Levels(_) => None,
        }
    }

    pub(super) fn bits(&self, row: usize) -> Result<Option<u64>, FormatError> {
        match self {
            Self::Sparse { fill_value, values, positions } => match positions.find(row)? {
                Some(place) => values.bits(place as u64),
                None => Ok(values.number().and_then(|number| fill_bits(fill_value, number)).flatten()),
            },
            Self::Masked { data, mask } if !is_masked(mask.as_ref(), row)? => data.bits(row as u64),
            _ => Ok(None),
        }
    }

    pub(super) fn value(&self, row: usize) -> Result<Option<&'a Value>, FormatError> {
        match self {
            Self::Masked { data, mask } if !is_masked(mask.as_ref(), row)? => data.value(row as u64),
            _ => Ok(None),
        }
    }

    pub(super) fn cell(&self, row: usize) -> Result<Cell<'a>, FormatError> {
        match self {
            Self::Periods { freq, ordinals } => {
                let text = period::text(freq, ordinals.count(row)?);
                Ok(text.map_or(Cell::missing("NaT"), Cell::of))
            }
            Self::Intervals { closed, left, right } => {
                let (left, right) = (left.cell(row as u64)?, right.cell(row as u64)?);
                let (open, close) = brackets(closed);
                if left.is_missing {
                    return Ok(Cell::missing("NaN"));
                }
                Ok(Cell::of(format!("{open}{}, {}{close}", left.text, right.text)))
            }
            Self::Sparse { fill_value, values, positions } => match positions.find(row)? {
                Some(place) => values.cell(place as u64),
                None => Ok(fill(fill_value)),
            },
            Self::Levels(levels) => {
                let labels: Vec<_> =
                    levels.iter().map(|level| label(level, row)).collect::<Result<_, _>>()?;
                let end = if labels.len() == 1 { ",)" } else { ")" };
                Ok(Cell::of(format!("({}{end}", labels.join(", "))))
            }
            Self::Masked { mask, .. } if is_masked(mask.as_ref(), row)? => Ok(Cell::missing("--")),
            Self::Masked { data, .. } => data.cell(row as u64),
        }
    }
}

fn is_masked(mask: Option<&Mask<'_>>, row: usize) -> Result<bool, FormatError> {
    mask.map_or(Ok(false), |mask| mask.hides(row))
}

/// The bits of what fills a sparse column up, where its values are such numbers; none inside for NaT.
fn fill_bits(fill_value: &Value, number: Number<'_>) -> Option<Option<u64>> {
    match (fill_value.node(), number) {
        (Node::NumpyScalar(dtype, item), _) if Number::of(&dtype) == Some(number) => {
            Some(item_bits(&dtype, item))
        }
        (Node::Float(value), Number::Float(64)) => Some(Some(value.to_bits())),
        (Node::Int(Integer::Small(value)), Number::Int(_) | Number::Uint(_)) => {
            Some(Some(value.cast_unsigned()))
        }
        (Node::Bool(value), Number::Bool) => Some(Some(u64::from(value))),
        (Node::NaT, Number::Instant { .. } | Number::Duration(_)) => Some(None),
        _ => None,
    }
}

/// The label of a level in a row.
fn label((level, codes): &(Cells<'_>, Items<'_>), row: usize) -> Result<String, FormatError> {
    match codes.count(row)? {
        -1 => Ok("NaN".to_owned()),
        code => Ok(level.cell(u64::try_from(code).map_err(|_| NO_ROW)?)?.text.into_owned()),
    }
}

/// A fill value as a cell: it is often one of NumPy's NaN.
fn fill(value: &Value) -> Cell<'_> {
    let missing = match value.node() {
        Node::NumpyScalar(dtype, bytes) => {
            let cell: Cell<'_> = item_cell(Item::read(&dtype, bytes));
            cell.is_missing.then_some(if cell.text == "NaN" { "NaN" } else { "NaT" })
        }
        _ => value.missing_word(),
    };
    missing.map_or_else(|| Cell::of(value.brief()), Cell::missing)
}
