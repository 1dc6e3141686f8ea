//! What has rows and columns, as fields side by side.

use stillroom::{Node, Value};

use super::field::{Field, Sort};
use super::scalar::are_of_one_sort;
use super::{Style, refusal};
use crate::failure::Failure;

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
        let name = |name: &'a Value| name_of(name).unwrap_or_else(|| NAMELESS.into());
        match (value.node(), value.children()) {
            (Node::Frame(row_count, ..), [index, labels, _attrs, columns @ ..]) => {
                let labels =
                    Field::of(labels.children().first().and_then(name_of).unwrap_or_default(), labels);
                let named = |(place, column)| Field::of(label(&labels, place), column);
                let columns = columns.iter().enumerate().map(named).collect();
                Some(Self::new(row_count, index, columns, Some(labels)))
            }
            (Node::Series(_), [of, index, column, _attrs]) => {
                let column = Field::of(name(of), column);
                Some(Self::new(column.row_count(), index, vec![column], None))
            }
            (Node::Index(_) | Node::RangeIndex(..), [of, ..]) => {
                Some(Self::alone(Field::of(name(of), value)))
            }
            (Node::Column(_), _) => Some(Self::alone(Field::of(NAMELESS.into(), value))),
            _ => None,
        }
    }

    fn new(row_count: u64, index: &'a Value, columns: Vec<Field<'a>>, labels: Option<Field<'a>>) -> Self {
        let name = index.children().first().and_then(name_of);
        let is_count = matches!(index.node(), Node::RangeIndex(0, _, 1));
        let counts_rows = is_count && name.is_none();
        let index = Field::of(name.unwrap_or_default(), index);
        Self { row_count, index: Some(index), columns, labels, counts_rows }
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

    /// Refuses labels of columns that can't be told from their text.
    pub(super) fn check_labels(&self, form: &str, style: Style<'_>) -> Result<(), Failure> {
        let is_text = match self.labels.as_ref().map(|labels| labels.sort) {
            Some(Sort::Values(values)) => are_of_one_sort(values) == Some(true),
            Some(Sort::Complex | Sort::Bytes | Sort::Other) => false,
            _ => true,
        };
        let place = || format!("{}.columns", style.name);
        let what = || format!("{form} can't write these labels");
        if is_text { Ok(()) } else { Err(refusal(&what(), "use --to json", &place())) }
    }

    /// Whether the index says nothing that the order of the rows does not.
    pub(super) fn counts_rows(&self) -> bool {
        self.counts_rows
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
