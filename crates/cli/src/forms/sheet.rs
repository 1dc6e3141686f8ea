//! What has rows and columns, as fields side by side.

use stillroom::{Node, Table, Value};

use super::field::Field;

/// The heading of a column without a name, as pandas has it.
const NAMELESS: &str = "0";

/// A table: its rows' labels, and its columns.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) row_count: u64,
    /// The labels of the rows; a column or index on its own has none.
    pub(super) index: Option<Field<'a>>,
    pub(super) columns: Vec<Field<'a>>,
    /// The columns' labels, of a frame.
    pub(super) labels: Option<Field<'a>>,
    /// Whether the index only counts rows from 0 and has no name.
    counts_rows: bool,
}

impl<'a> Sheet<'a> {
    /// The table of a frame, a series, an index or a column; none for any other value.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        match (value.node(), value.children()) {
            (Node::Frame(..), [index, labels, _attrs, columns @ ..]) => {
                let names = Table::of(value)?.columns.into_iter().map(|(name, _)| name);
                let columns = names.zip(columns).map(|(name, column)| Field::of(name, column));
                Self::new(index, columns.collect::<Option<_>>()?, Some(labels))
            }
            (Node::Series(_), [name, index, column, _attrs]) => {
                Self::new(index, vec![Field::of(name_of(name).unwrap_or(NAMELESS.into()), column)?], None)
            }
            (Node::Index(_) | Node::RangeIndex(..), [name, ..]) => {
                Some(Self::alone(Field::of(name_of(name).unwrap_or(NAMELESS.into()), value)?))
            }
            (Node::Column(_), _) => Some(Self::alone(Field::of(NAMELESS.into(), value)?)),
            _ => None,
        }
    }

    fn new(index: &'a Value, columns: Vec<Field<'a>>, labels: Option<&'a Value>) -> Option<Self> {
        let name = index.children().first().and_then(name_of);
        let is_count = matches!(index.node(), Node::RangeIndex(0, _, 1));
        let counts_rows = is_count && name.is_none();
        let index = Field::of(name.unwrap_or_default(), index)?;
        let labels = match labels {
            Some(labels) => {
                Some(Field::of(labels.children().first().and_then(name_of).unwrap_or_default(), labels)?)
            }
            None => None,
        };
        Some(Self { row_count: index.row_count(), index: Some(index), columns, labels, counts_rows })
    }

    fn alone(field: Field<'a>) -> Self {
        let row_count = field.row_count();
        Self { row_count, index: None, columns: vec![field], labels: None, counts_rows: true }
    }

    /// The fields that tell everything: the columns, behind the index unless it only counts rows.
    ///
    /// One column keeps its index in any case: a missing cell alone would be an empty line.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let is_told = !self.counts_rows || self.columns.len() < 2;
        self.index.iter().filter(move |_| is_told).chain(&self.columns)
    }

    /// Whether the index says nothing that the order of the rows does not.
    pub(super) fn counts_rows(&self) -> bool {
        self.counts_rows
    }
}

/// A name, unless it is None.
fn name_of(name: &Value) -> Option<String> {
    (!matches!(name.node(), Node::None)).then(|| name.brief())
}
