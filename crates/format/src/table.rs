//! A frame or series as a table of cells, so that its head can be shown without Python.

use crate::{Cells, Node, Value};

/// The cells of a DataFrame or Series.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    /// How many rows there are.
    pub row_count: u64,
    /// The labels of the rows, and the name above them, when they have one.
    pub index: (Option<String>, Cells<'a>),
    /// Each column's label and its cells; a series without a name has an empty label.
    pub columns: Vec<(String, Cells<'a>)>,
}

impl<'a> Table<'a> {
    /// The table of a DataFrame or Series; none for any other value.
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
            _ => None,
        }
    }
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
