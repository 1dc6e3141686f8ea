//! JSON (RFC 8259) on one line.
//!
//! Floats have as many digits as give back the same float, ints all of theirs;
//! NaN and infinities, which JSON has no word for, are refused (NaN may be asked
//! for as null). A dict with a key that is no text is a list of its pairs.
//! Nothing here calls itself, so a value as deep as the format allows is written
//! on any stack. Tables are in `table.rs`, arrays in `array.rs`.

mod array;
mod table;

use std::io::Write;
use std::rc::Rc;

use stillroom::{Built, Node, Value};

use super::field::Field;
use super::grid::{Grid, has_fields};
use super::scalar::Scalar;
use super::sheet::Sheet;
use super::{IN_PYTHON, Style, refusal};
use crate::failure::Failure;
use crate::text;

pub(super) fn write(value: &Value, style: Style<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let mut json = Json { out, style, open: vec![Step::Value(value)] };
    while let Some(step) = json.open.pop() {
        match step {
            Step::Value(value) => json.value(value)?,
            Step::Items(parent, at) => json.items(parent, at)?,
            Step::Pairs(parent, at) => json.pairs(parent, at)?,
            Step::Entries(parent, at) => json.entries(parent, at)?,
            Step::Array(grid, at) => json.array_items(grid, at)?,
            Step::Cells(sheet, at) => json.cells(sheet, at)?,
        }
    }
    json.text("\n")
}

/// Whether json has a word for such a node, whatever stands in it.
pub(super) fn holds(value: &Value) -> bool {
    match value.node() {
        Node::Built { built: Built::PlotlyFigure, .. } => true,
        _ => {
            let is_array = || Grid::of(value).is_some() && !has_fields(value);
            Scalar::of(value).is_some() || is_array() || Sheet::of(value).is_some()
        }
    }
}

/// What is left to write of a value that was begun; those it stands in are below it.
enum Step<'a> {
    /// All of it.
    Value(&'a Value),
    /// Of a list, from this item on.
    Items(&'a Value, usize),
    /// Of a dict, from this pair on.
    Pairs(&'a Value, usize),
    /// Of a dict as a list of pairs, from this key or item on.
    Entries(&'a Value, usize),
    /// Of an array, from this item on, the last axis fastest.
    Array(Rc<Grid<'a>>, u64),
    /// Of a table, from this cell on, row by row.
    Cells(Rc<Sheet<'a>>, u64),
}

impl Step<'_> {
    /// The part that is being written, as Python would ask for it.
    fn place(&self) -> String {
        match self {
            Self::Value(_) => String::new(),
            Self::Items(_, next) => format!("[{}]", next.saturating_sub(1)),
            Self::Pairs(parent, next) => key_place(parent, next.saturating_sub(1)),
            Self::Entries(parent, next) => key_place(parent, next.saturating_sub(1) / 2),
            Self::Array(grid, next) => place_of(next.saturating_sub(1), &grid.shape),
            Self::Cells(sheet, next) => sheet.place(next.saturating_sub(1)),
        }
    }
}

/// The item of a dict behind its `pair`-th key.
fn key_place(dict: &Value, pair: usize) -> String {
    let key = dict.pairs().nth(pair).map(|(key, _)| match key.node() {
        Node::Str(_) => format!("{:?}", key.brief()),
        _ => key.brief(),
    });
    format!("[{}]", key.unwrap_or_default())
}

/// An item of an array, the last axis fastest, as `[1, 3]`.
fn place_of(at: u64, shape: &[u64]) -> String {
    let mut rest = at;
    let mut axes: Vec<_> = shape
        .iter()
        .rev()
        .map(|len| {
            let place = rest % (*len).max(1);
            rest /= (*len).max(1);
            place.to_string()
        })
        .collect();
    axes.reverse();
    format!("[{}]", axes.join(", "))
}

struct Json<'a, 'w> {
    out: &'w mut dyn Write,
    style: Style<'w>,
    open: Vec<Step<'a>>,
}

impl<'a> Json<'a, '_> {
    fn value(&mut self, value: &'a Value) -> Result<(), Failure> {
        match value.node() {
            Node::List(_) | Node::Tuple(_) | Node::Deque(..) | Node::Set(_) | Node::FrozenSet(_) => {
                self.open.push(Step::Items(value, 0));
                self.text("[")
            }
            Node::Dict(_)
            | Node::OrderedDict(_)
            | Node::DefaultDict(..)
            | Node::Dataclass(..)
            | Node::NamedTuple(..) => self.begin_dict(value),
            // What plotly reads: its data, its layout, its frames.
            Node::Built { built: Built::PlotlyFigure, .. } if let Some(figure) = value.children().first() => {
                self.open.push(Step::Value(figure));
                Ok(())
            }
            node => match (Scalar::of(value), Grid::of(value), Sheet::of(value)) {
                (Some(scalar), ..) => self.scalar(&scalar),
                (_, Some(grid), _) => self.begin_array(value, grid),
                (.., Some(sheet)) => self.begin_table(sheet),
                _ => Err(self.refused(what_it_is(&node), IN_PYTHON)),
            },
        }
    }

    fn items(&mut self, parent: &'a Value, at: usize) -> Result<(), Failure> {
        let Some(item) = parent.children().get(at) else { return self.text("]") };
        self.open.push(Step::Items(parent, at + 1));
        self.open.push(Step::Value(item));
        self.comma(at > 0)
    }

    /// A dict whose keys are all text is an object, any other a list of its pairs.
    fn begin_dict(&mut self, value: &'a Value) -> Result<(), Failure> {
        if value.pairs().all(|(key, _)| key.as_str().is_some()) {
            self.open.push(Step::Pairs(value, 0));
            return self.text("{");
        }
        self.open.push(Step::Entries(value, 0));
        self.text("[")
    }

    fn pairs(&mut self, parent: &'a Value, at: usize) -> Result<(), Failure> {
        let Some([key, item]) = parent.children().get(at * 2..at * 2 + 2) else { return self.text("}") };
        self.open.push(Step::Pairs(parent, at + 1));
        self.open.push(Step::Value(item));
        self.comma(at > 0)?;
        self.string(key.as_str().unwrap_or_default())?;
        self.text(": ")
    }

    fn entries(&mut self, parent: &'a Value, at: usize) -> Result<(), Failure> {
        let Some(value) = parent.children().get(at) else { return self.text("]]") };
        self.open.push(Step::Entries(parent, at + 1));
        self.open.push(Step::Value(value));
        self.text(match at {
            0 => "[",
            _ if at.is_multiple_of(2) => "], [",
            _ => ", ",
        })
    }

    /// A cell of a column of any cells, or its beginning: it may be a value of any depth.
    fn field_cell(&mut self, field: &Field<'a>, row: u64) -> Result<(), Failure> {
        match field.value(row)? {
            Some(value) => {
                self.open.push(Step::Value(value));
                Ok(())
            }
            None => self.cell(field, row),
        }
    }

    /// The cell of a column whose cells are scalars.
    fn cell(&mut self, field: &Field<'_>, row: u64) -> Result<(), Failure> {
        match field.scalar(row)? {
            Some(scalar) => self.scalar(&scalar),
            None => Err(self.refused(&format!("json can't write cells of {}", field.dtype()), IN_PYTHON)),
        }
    }

    fn scalar(&mut self, scalar: &Scalar<'_>) -> Result<(), Failure> {
        match scalar {
            Scalar::Missing => self.text("null"),
            Scalar::Bool(value) => self.text(if *value { "true" } else { "false" }),
            Scalar::Text(text) => self.string(text),
            Scalar::Number(digits) => match &**digits {
                "NaN" if self.style.nan_as_null => self.text("null"),
                "NaN" => {
                    Err(self.refused("json has no NaN", "pass --nan-as-null for null, or use another form"))
                }
                "inf" | "-inf" => Err(self.refused("json has no infinity", "use another form")),
                digits => self.text(digits),
            },
        }
    }

    fn string(&mut self, string: &str) -> Result<(), Failure> {
        self.text(&text::json_string(string))
    }

    fn comma(&mut self, is_between: bool) -> Result<(), Failure> {
        if is_between { self.text(", ") } else { Ok(()) }
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// The refusal of the part that is being written.
    fn refused(&self, what: &str, instead: &str) -> Failure {
        let place: String = self.open.iter().map(Step::place).collect();
        refusal(what, instead, &format!("{}{place}", self.style.name))
    }
}

/// Why a value that is neither a scalar nor made of others can't be written.
fn what_it_is(node: &Node<'_>) -> &'static str {
    match node {
        Node::Opaque(_) => "json can't hold a Python object",
        Node::Shared(_) => "json can't say that an object stands in two places",
        Node::Bytes(_) | Node::ByteArray(_) => "json has no bytes",
        Node::Complex(..) => "json has no complex numbers",
        _ => "json has no word for this type",
    }
}
