//! What has rows and columns, as fields side by side.

use stillroom::{Built, Cells, Content, Node, Table, Value};

use super::field::Field;
use super::{Style, refusal};
use crate::failure::Failure;

/// The heading of a column without a name, as pandas has it.
const NAMELESS: &str = "0";

/// A table: its rows' labels, and its columns.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) row_count: u64,
    /// The labels of the rows, level by level.
    pub(super) index: Vec<Field<'a>>,
    pub(super) columns: Vec<Field<'a>>,
    /// The columns' labels, level by level; none of what is no frame of pandas.
    pub(super) labels: Vec<Field<'a>>,
    rows: Rows,
}

/// What the labels of the rows say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    Labelled,
    /// An index without a name that only counts them from 0.
    Counted,
    /// There is no index: one that counts them stands for it.
    Unlabelled,
}

impl<'a> Sheet<'a> {
    /// The table of a frame, a series, an index or a column, of pandas, pyarrow or polars; none for any other
    /// value.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        match (value.node(), value.children()) {
            (Node::Frame(row_count, ..), [index, labels, _attrs, columns @ ..]) => {
                Some(Self::frame(row_count, index, labels, columns))
            }
            (Node::Series(_), [name, index, column, _attrs]) => {
                let column = Field::of(name_of(name).unwrap_or_else(|| NAMELESS.into()), column);
                Some(Self::labelled(column.row_count(), index, vec![column]))
            }
            (Node::Index(_) | Node::RangeIndex(..), [name, ..])
            | (Node::Built { built: Built::PolarsSeries, .. }, [name, ..]) => {
                let name = name_of(name).unwrap_or_else(|| NAMELESS.into());
                let field = Field::of(name, value);
                Some(Self::unlabelled(field.row_count(), vec![field]))
            }
            (Node::Built { built, .. }, _) if built.is_table() => {
                let Table { row_count, columns, .. } = Table::of(value)?;
                let columns = columns.into_iter().map(|(name, cells)| Field::of_cells(name, cells));
                Some(Self::unlabelled(row_count, columns.collect()))
            }
            (Node::Built { built, row_count, .. }, _) if built.is_index() => {
                let mut columns = levels(value);
                for (place, column) in
                    columns.iter_mut().enumerate().filter(|(_, field)| field.name.is_empty())
                {
                    column.name = place.to_string();
                }
                Some(Self::unlabelled(row_count, columns))
            }
            (Node::Column(_), _) => Some(Self::alone(value)),
            (Node::Built { built, .. }, _) if built.has_cells() && value.axes().is_none() => {
                Some(Self::alone(value))
            }
            _ => None,
        }
    }

    fn frame(row_count: u64, index: &'a Value, labels: &'a Value, columns: &'a [Value]) -> Self {
        let whole = Field::of(String::new(), labels);
        let named = |(place, column)| Field::of(label(&whole, place), column);
        let columns = columns.iter().enumerate().map(named).collect();
        Self { labels: levels(labels), ..Self::labelled(row_count, index, columns) }
    }

    fn labelled(row_count: u64, index: &'a Value, columns: Vec<Field<'a>>) -> Self {
        let is_count = matches!(index.node(), Node::RangeIndex(0, _, 1));
        let index = levels(index);
        let has_name = index.iter().any(|level| !level.name.is_empty());
        let rows = if is_count && !has_name { Rows::Counted } else { Rows::Labelled };
        Self { row_count, index, columns, labels: Vec::new(), rows }
    }

    fn unlabelled(row_count: u64, columns: Vec<Field<'a>>) -> Self {
        let index = vec![Field::of_cells(String::new(), Cells::numbered(row_count))];
        Self { row_count, index, columns, labels: Vec::new(), rows: Rows::Unlabelled }
    }

    /// A column without a name.
    fn alone(column: &'a Value) -> Self {
        let field = Field::of(NAMELESS.into(), column);
        Self::unlabelled(field.row_count(), vec![field])
    }

    /// The levels of the index that tell something: none of one that only counts rows.
    ///
    /// Beside one column an index is told in any case: a missing cell alone would be an empty line. Where
    /// there is no index, that is for those to say who write lines.
    pub(super) fn told_index(&self, writes_lines: bool) -> &[Field<'a>] {
        let is_told = match self.rows {
            Rows::Labelled => true,
            Rows::Counted => self.columns.len() < 2,
            Rows::Unlabelled => self.columns.len() < 2 && writes_lines,
        };
        if is_told { &self.index } else { &[] }
    }

    /// Refuses labels of columns that can't be told from their text.
    pub(super) fn check_labels(&self, form: &str, style: Style<'_>) -> Result<(), Failure> {
        let is_text = |labels: &Field<'_>| match labels.content {
            Content::Values => labels.is_of_one_sort() == Some(true),
            Content::Complex | Content::Bytes | Content::Nested => false,
            _ => true,
        };
        if self.labels.iter().all(is_text) {
            return Ok(());
        }
        let what = format!("{form} can't write these labels");
        Err(refusal(&what, "use --to json", &format!("{}.columns", style.name)))
    }

    /// Whether there are no labels of rows that say more than their order.
    pub(super) fn counts_rows(&self) -> bool {
        self.rows != Rows::Labelled
    }
}

/// The levels of an index, which is one as a rule; a level without a name has an empty one.
fn levels(index: &Value) -> Vec<Field<'_>> {
    let name = index.children().first();
    match (Cells::levels(index), name) {
        (Some(levels), Some(names)) => {
            let names = names.children().iter().map(|name| name_of(name).unwrap_or_default());
            let names = names.chain(std::iter::repeat(String::new()));
            levels.into_iter().zip(names).map(|(cells, name)| Field::of_cells(name, cells)).collect()
        }
        (_, name) => vec![Field::of(name.and_then(name_of).unwrap_or_default(), index)],
    }
}

/// The label of the column at `place`; its number where labels have no text.
fn label(labels: &Field<'_>, place: usize) -> String {
    let text = labels.text(place as u64).ok().flatten();
    text.map_or_else(|| place.to_string(), |text| text.into_owned())
}

/// A name, unless it is None.
fn name_of(name: &Value) -> Option<String> {
    (!matches!(name.node(), Node::None)).then(|| name.brief())
}
