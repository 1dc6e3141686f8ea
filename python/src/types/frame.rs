//! pandas DataFrame and Series.
//!
//! A frame is written column by column, whatever arrays pandas keeps its
//! columns in, and built from its columns without a copy; small ones are
//! gathered into arrays of their own, as pandas likes them best.

use std::collections::HashSet;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySlice, PyType};
use stillroom::Node;

use super::{column, index, library_classes};
use crate::capture::{Answer, Capture, Child, Emit, Part, Spelling, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore, exactly};

/// A frame whose every column has fewer bytes is copied together: none of them is a map, and hundreds of
/// columns that lie apart make every later step slow.
const SMALL_LEN: usize = 256 * 1024;

library_classes! {
    frame = "pandas", "DataFrame";
    series = "pandas", "Series";
}

/// Who writes objects of this class, if it is of this family.
pub(crate) fn family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let py = class.py();
    Ok(if class.is(frame(py)?) {
        Some(capture_frame)
    } else if class.is(series(py)?) {
        Some(capture_series)
    } else {
        None
    })
}

fn capture_series<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let name = object.getattr(intern!(py, "name"))?;
    let index = object.getattr(intern!(py, "index"))?;
    let values = column::part(object.getattr(intern!(py, "array"))?, Spelling::Hidden)?;
    let attrs = attrs(object)?;
    capture.writer.series(allows_duplicate_labels(object)?)?;
    capture.push(Child::Value(name));
    capture.push(index::part(index, "index"));
    capture.push(values);
    capture.push(attrs);
    Ok(Answer::Children(Steps::Parts))
}

fn capture_frame<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let (row_count, column_count): (u64, usize) = object.getattr(intern!(py, "shape"))?.extract()?;
    let labels = object.getattr(intern!(py, "columns"))?;
    let attrs = attrs(object)?;
    let columns = columns(object, &labels, column_count)?;
    capture.writer.frame(row_count, column_count as u64, allows_duplicate_labels(object)?)?;
    capture.push(index::part(object.getattr(intern!(py, "index"))?, "index"));
    capture.push(index::part(labels, "columns"));
    capture.push(attrs);
    columns.into_iter().for_each(|column| capture.push(column));
    Ok(Answer::Children(Steps::Parts))
}

fn columns<'py>(
    object: &Bound<'py, PyAny>,
    labels: &Bound<'py, PyAny>,
    column_count: usize,
) -> Result<Vec<Child<'py>>> {
    let py = object.py();
    // Each column taken from a frame gets a deep copy of its attrs, so it is taken from a twin without them.
    let bare = frame(py)?.call((object,), Some(&column::uncopied(py)?))?;
    // The public way makes a series of each column first: 1.4 s for 50,000 of them instead of 0.06. The short
    // way is as old as pandas 1, and private.
    let short = bare.getattr_opt(intern!(py, "_get_column_array"))?;
    let by_place = bare.getattr(intern!(py, "iloc"))?;
    let rows = PySlice::full(py);
    let mut columns = Vec::with_capacity(column_count);
    for (place, label) in labels.try_iter()?.enumerate() {
        let array = match &short {
            Some(short) => short.call1((place,))?,
            None => by_place.get_item((&rows, place))?.getattr(intern!(py, "array"))?,
        };
        columns.push(column::part(array, Spelling::Key(label?))?);
    }
    Ok(columns)
}

fn allows_duplicate_labels(object: &Bound<'_, PyAny>) -> Result<bool> {
    let py = object.py();
    let flags = object.getattr(intern!(py, "flags"))?;
    Ok(flags.getattr(intern!(py, "allows_duplicate_labels"))?.is_truthy()?)
}

/// The dict of attrs, which pandas makes when it is first asked for: none when it is empty.
fn attrs<'py>(object: &Bound<'py, PyAny>) -> Result<Child<'py>> {
    let py = object.py();
    let attrs = object.getattr(intern!(py, "attrs"))?;
    if !attrs.is_truthy()? {
        return Ok(Child::Value(py.None().into_bound(py)));
    }
    let emit = super::family(&attrs.get_type())?;
    Ok(Child::Part(Box::new(Part { emit, object: attrs, step: Spelling::Attribute("attrs") })))
}

/// Builds an object of this family.
pub(crate) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    match node {
        Node::Series(allows_duplicate_labels) => {
            let [name, index, values, attrs] = exactly(children)?;
            let values = column::checked(values)?;
            let made = make_series(&values, &index::checked(index)?, &name)?;
            described(made, &attrs, *allows_duplicate_labels)
        }
        Node::Frame(row_count, _, allows_duplicate_labels) => {
            let (made, attrs) = make_frame(py, *row_count, children)?;
            described(made, &attrs, *allows_duplicate_labels)
        }
        _ => Err(Fault::corrupt("a node out of place")),
    }
}

fn make_series<'py>(
    values: &Bound<'py, PyAny>,
    index: &Bound<'py, PyAny>,
    name: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyAny>> {
    let py = values.py();
    let named = column::uncopied(py)?;
    named.set_item(intern!(py, "index"), index)?;
    named.set_item(intern!(py, "name"), name)?;
    let dtype = values.getattr(intern!(py, "dtype"))?;
    if kind(&dtype)? == "O" {
        // Said outright, since pandas 3 would make text of objects that look so.
        named.set_item(intern!(py, "dtype"), dtype)?;
    }
    Ok(series(py)?.call((values,), Some(&named))?)
}

fn kind(dtype: &Bound<'_, PyAny>) -> Result<String> {
    Ok(dtype.getattr(intern!(dtype.py(), "kind"))?.extract()?)
}

/// The frame, and its attrs yet to be set.
fn make_frame<'py>(
    py: Python<'py>,
    row_count: u64,
    mut children: Children<'_, 'py>,
) -> Result<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let mut next = || children.next().ok_or_else(|| Fault::corrupt("a frame without its parts"));
    let (index, labels, attrs) = (index::checked(next()?)?, index::checked(next()?)?, next()?);
    if index.len()? as u64 != row_count {
        return Err(Fault::corrupt("a frame of another number of rows than its index"));
    }
    let columns = PyDict::new(py);
    let (mut is_small, mut met) = (true, HashSet::new());
    for (place, values) in children.enumerate() {
        // No writer puts one array in two places; a frame of a million references to one would be copied.
        if !met.insert(values.as_ptr()) {
            return Err(Fault::corrupt("a frame with one column in two places"));
        }
        let values = column::checked(values)?;
        is_small &= values.getattr(intern!(py, "nbytes"))?.extract::<usize>()? < SMALL_LEN;
        columns.set_item(place, column_of(values, &index)?)?;
    }
    let named = PyDict::new(py);
    named.set_item(intern!(py, "index"), index)?;
    named.set_item(intern!(py, "copy"), is_small)?;
    let made = frame(py)?.call((columns,), Some(&named))?;
    made.setattr(intern!(py, "columns"), labels)?;
    Ok((made, attrs))
}

/// Values as a frame keeps them: of objects and of raw bytes it would guess a dtype.
fn column_of<'py>(values: Bound<'py, PyAny>, index: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    let py = values.py();
    let dtype = values.getattr(intern!(py, "dtype"))?;
    match &*kind(&dtype)? {
        "O" | "S" if values.hasattr(intern!(py, "strides"))? => {
            make_series(&values, index, &py.None().into_bound(py))
        }
        _ => Ok(values),
    }
}

fn described<'py>(
    made: Bound<'py, PyAny>,
    attrs: &Bound<'py, PyAny>,
    allows_duplicate_labels: bool,
) -> Result<Bound<'py, PyAny>> {
    let py = made.py();
    if !attrs.is_none() {
        made.setattr(intern!(py, "attrs"), attrs)?;
    }
    if !allows_duplicate_labels {
        let flags = made.getattr(intern!(py, "flags"))?;
        flags.setattr(intern!(py, "allows_duplicate_labels"), false)?;
    }
    Ok(made)
}
