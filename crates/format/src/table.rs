//! A frame or series as a table of cells, so that its head can be shown without Python.

use crate::cells::arrow;
use crate::show::arrow::{Field, Type, json};
use crate::{Built, Cells, Node, Value};

/// The cells of a DataFrame or Series of pandas or polars, or of pyarrow's Table or RecordBatch.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    /// How many rows there are.
    pub row_count: u64,
    /// The labels of the rows, and the name above them, when they have one; where rows have no labels,
    /// their numbers.
    pub index: (Option<String>, Cells<'a>),
    /// Each column's label and its cells; a series without a name has an empty label.
    pub columns: Vec<(String, Cells<'a>)>,
}

impl<'a> Table<'a> {
    /// The table of such a value; none for any other.
    pub fn of(value: &'a Value) -> Option<Self> {
        match (value.node(), value.children()) {
            (Node::Frame(row_count, ..), [index, labels, _attrs, columns @ ..]) => {
                let labels = Cells::of(labels)?;
                let column = |(place, column): (usize, &'a Value)| {
                    let label = labels.cell(place as u64).ok()?;
                    Some((label.text.into_owned(), Cells::of(column)?))
                };
                let columns = columns.iter().enumerate().map(column).collect::<Option<_>>()?;
                Some(Self { row_count, index: named(index)?, columns })
            }
            (Node::Series(_), [name, index, column, _attrs]) => {
                let cells = Cells::of(column)?;
                let label = label(name).unwrap_or_default();
                Some(Self {
                    row_count: cells.row_count(),
                    index: named(index)?,
                    columns: vec![(label, cells)],
                })
            }
            (Node::Built { built, .. }, children) => Self::of_built(built, children),
            _ => None,
        }
    }

    fn of_built(built: Built, children: &'a [Value]) -> Option<Self> {
        let columns = match (built, children) {
            (Built::PolarsFrame, [_, columns @ ..]) => {
                let column =
                    |series: &'a Value| Some((series.children().first()?.brief(), Cells::of(series)?));
                columns.iter().map(column).collect::<Option<Vec<_>>>()?
            }
            (Built::ArrowTable, [schema, _, columns @ ..]) => fields(schema, columns, arrow::chunked)?,
            (Built::ArrowBatch, [schema, _, columns @ ..]) => fields(schema, columns, arrow::array)?,
            _ => return None,
        };
        let row_count = match (built, columns.first()) {
            (_, Some((_, cells))) => cells.row_count(),
            (Built::PolarsFrame, None) => children.first()?.as_count()?,
            _ => children.get(1)?.as_count()?,
        };
        Some(Self { row_count, index: (None, Cells::numbered(row_count)), columns })
    }
}

/// The columns of Arrow's tables, each by a field of the schema, which begins with metadata.
fn fields<'a>(
    schema: &Value,
    columns: &'a [Value],
    cells: impl Fn(&Type, &'a Value) -> Option<Cells<'a>>,
) -> Option<Vec<(String, Cells<'a>)>> {
    let fields = schema.children().get(1..)?;
    let named = fields.iter().zip(columns).map(|(field, column)| {
        let Field { name, of, .. } = Field::of(&json(field))?;
        Some((name, cells(&of, column)?))
    });
    named.collect()
}

/// An index's name, which comes first among its children, and its labels. The names of several levels are
/// all or none.
fn named(index: &Value) -> Option<(Option<String>, Cells<'_>)> {
    let name = index.children().first()?;
    let name = match index.node() {
        Node::Built { .. } => names(name.children()),
        _ => label(name),
    };
    Some((name, Cells::of(index)?))
}

fn names(levels: &[Value]) -> Option<String> {
    let names: Vec<Option<String>> = levels.iter().map(label).collect();
    let is_named = names.iter().any(Option::is_some);
    let names: Vec<String> = names.into_iter().map(Option::unwrap_or_default).collect();
    is_named.then(|| format!("({})", names.join(", ")))
}

fn label(name: &Value) -> Option<String> {
    (!matches!(name.node(), Node::None)).then(|| name.brief())
}
