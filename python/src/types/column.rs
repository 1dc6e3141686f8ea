//! One-dimensional values as a frame's columns and an index hold them: extension arrays, categoricals, text.
//!
//! The same functions write an array that stands on its own and one that is a
//! part of a series, index or frame. What is built as a part is what its owner
//! would keep: a NumPy array is only wrapped in one of pandas' when it is to
//! stand on its own. Text is in `strings.rs`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};
use stillroom::{ByteOrder, Column, Dtype, Kind, Node, Payload, Source};

use super::{array, built, frame, index, library_classes, strings};
use crate::capture::{Answer, Capture, Child, Emit, Part, Spelling, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore, exactly};

library_classes! {
    extension_array = "pandas.api.extensions", "ExtensionArray";
    numpy_array = "pandas.arrays", "NumpyExtensionArray";
    datetime_array = "pandas.arrays", "DatetimeArray";
    timedelta_array = "pandas.arrays", "TimedeltaArray";
    integer_array = "pandas.arrays", "IntegerArray";
    floating_array = "pandas.arrays", "FloatingArray";
    boolean_array = "pandas.arrays", "BooleanArray";
    categorical = "pandas", "Categorical";
    categorical_dtype = "pandas", "CategoricalDtype";
    datetime_tz_dtype = "pandas", "DatetimeTZDtype";
    string_dtype = "pandas", "StringDtype";
}

/// What an array is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ArrayKind {
    /// A NumPy array.
    Plain,
    /// int64 counts, with or without a zone.
    Times,
    /// Values and a mask.
    Masked,
    /// Codes and categories.
    Category,
    /// Text of a string dtype.
    Text,
}

/// Who writes arrays of this class, if it is of this family.
pub(crate) fn family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let is_array = class.is_subclass(extension_array(class.py())?)?;
    Ok(is_array.then_some(capture_array))
}

fn capture_array<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let Some(kind) = kind_of(object)? else {
        let known = built::family(&object.get_type())?;
        return known.map_or(Ok(Answer::NotMine), |capture_built| capture_built(capture, object));
    };
    refuse_what_only_an_array_has(object)?;
    write(capture, object, kind)
}

/// pandas before 3.1 kept a freq in arrays too, and dates may hide in an array of another class.
fn refuse_what_only_an_array_has(object: &Bound<'_, PyAny>) -> Result<()> {
    let py = object.py();
    if object.getattr_opt(intern!(py, "freq"))?.is_some_and(|freq| !freq.is_none()) {
        return Err(Fault::unsupported("can't keep the freq of an array; store it as an index"));
    }
    if object.get_type().is(numpy_array(py)?) {
        let kind: String = object.getattr(intern!(py, "dtype"))?.getattr(intern!(py, "kind"))?.extract()?;
        if matches!(&*kind, "M" | "m") {
            return Err(Fault::unsupported(
                "can't keep dates in an array of this class; use pandas.array(...)",
            ));
        }
    }
    Ok(())
}

/// An array as a part of what is being written.
///
/// It goes in a tuple of its own: the array of a series may stand elsewhere in the value too, as itself, and
/// must not be taken for a column there.
pub(super) fn part<'py>(array: Bound<'py, PyAny>, step: Spelling<'py>) -> Result<Child<'py>> {
    let object = PyTuple::new(array.py(), [array])?.into_any();
    Ok(Child::Part(Box::new(Part { emit: capture_part, object, step })))
}

fn capture_part<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let array = object.get_item(0)?;
    match kind_of(&array)? {
        Some(kind) => write(capture, &array, kind),
        None if built::family(&array.get_type())?.is_some() => built::capture(capture, &array),
        None => {
            let dtype = array.getattr(intern!(capture.py, "dtype"))?;
            let message =
                "can't keep a column of this dtype yet; convert it with astype(...) to a common one";
            Err(Fault::unsupported(format!("{message}: {dtype}")))
        }
    }
}

/// By the exact class of the array; none for an array that has no place in the format.
fn kind_of(array: &Bound<'_, PyAny>) -> Result<Option<ArrayKind>> {
    let py = array.py();
    let class = array.get_type();
    // Before pandas is asked for: an array of objects is no business of its.
    if class.is(array::ndarray(py)?) {
        return Ok(Some(ArrayKind::Plain));
    }
    let known = [
        (numpy_array(py)?, ArrayKind::Plain),
        (datetime_array(py)?, ArrayKind::Times),
        (timedelta_array(py)?, ArrayKind::Times),
        (integer_array(py)?, ArrayKind::Masked),
        (floating_array(py)?, ArrayKind::Masked),
        (boolean_array(py)?, ArrayKind::Masked),
        (categorical(py)?, ArrayKind::Category),
    ];
    if let Some((_, kind)) = known.iter().find(|(known, _)| class.is(*known)) {
        return Ok(Some(*kind));
    }
    // Each storage has a class of its own, and not the same ones in every release: the dtype decides.
    let dtype = array.getattr(intern!(py, "dtype"))?;
    let is_text = dtype.get_type().is(string_dtype(py)?)
        && dtype.call_method0(intern!(py, "construct_array_type"))?.is(&class);
    Ok(is_text.then_some(ArrayKind::Text))
}

fn write<'py>(capture: &mut Capture<'py>, array: &Bound<'py, PyAny>, kind: ArrayKind) -> Result<Answer<'py>> {
    match kind {
        ArrayKind::Plain => write_plain(capture, array),
        ArrayKind::Times => write_times(capture, array),
        ArrayKind::Masked => write_masked(capture, array),
        ArrayKind::Category => write_category(capture, array),
        ArrayKind::Text => strings::write(capture, array),
    }
}

fn row_count(array: &Bound<'_, PyAny>) -> Result<u64> {
    Ok(array.len()? as u64)
}

fn write_plain<'py>(capture: &mut Capture<'py>, array: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let items = array::of(array)?;
    let dtype = items.getattr(intern!(py, "dtype"))?;
    if dtype.getattr(intern!(py, "kind"))?.extract::<String>()? == "O" {
        return write_objects(capture, &items);
    }
    let dtype = array::plain_dtype(&dtype)?;
    if dtype.item_size() == 0 {
        return Err(Fault::unsupported("can't keep a column of items without bytes; drop it"));
    }
    capture.writer.fixed_column(&dtype, row_count(array)?, array::lend(&items, &dtype)?)?;
    Ok(Answer::Leaf)
}

/// Cells of any kind: as text when every one is a plain str or the one kind of missing.
fn write_objects<'py>(capture: &mut Capture<'py>, items: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let cells = items.call_method0(intern!(capture.py, "tolist"))?.cast_into::<PyList>()?;
    if strings::write_cells(capture, &cells)? {
        return Ok(Answer::Leaf);
    }
    capture.writer.object_column(cells.len() as u64)?;
    Ok(Answer::List(cells))
}

fn write_times<'py>(capture: &mut Capture<'py>, array: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let counts = array.getattr(intern!(py, "asi8"))?;
    let int64 = array::plain_dtype(&counts.getattr(intern!(py, "dtype"))?)?;
    let dtype = array.getattr(intern!(py, "dtype"))?;
    if dtype.get_type().is(datetime_tz_dtype(py)?) {
        let unit: String = dtype.getattr(intern!(py, "unit"))?.extract()?;
        let zone = dtype.getattr(intern!(py, "tz"))?;
        capture.writer.zoned_column(&unit, row_count(array)?, array::lend(&counts, &int64)?)?;
        capture.push(Child::Value(zone));
        return Ok(Answer::Children(Steps::Parts));
    }
    let dtype = array::plain_dtype(&dtype)?;
    capture.writer.fixed_column(&dtype, row_count(array)?, array::lend(&counts, &int64)?)?;
    Ok(Answer::Leaf)
}

/// pandas has no public way to the values under a mask; these two names are as old as the class.
fn write_masked<'py>(capture: &mut Capture<'py>, array: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let values = array.getattr(intern!(py, "_data"))?;
    let mask = array.getattr(intern!(py, "_mask"))?;
    let dtype = array::plain_dtype(&values.getattr(intern!(py, "dtype"))?)?;
    let validity = validity(&mask)?;
    let values = array::lend(&values, &dtype)?;
    capture.writer.masked_column(&dtype, row_count(array)?, values, validity)?;
    Ok(Answer::Leaf)
}

/// The bitmap of a mask of bools, none when it masks nothing.
fn validity(mask: &Bound<'_, PyAny>) -> Result<Option<Box<dyn Source>>> {
    let dtype = array::plain_dtype(&mask.getattr(intern!(mask.py(), "dtype"))?)?;
    let mask = array::lend(mask, &dtype)?;
    let mut bytes = vec![0; usize::try_from(mask.len()).expect("an array in memory fits in memory")];
    mask.copy_to(0, &mut bytes);
    Ok(bitmap(bytes.into_iter().map(|is_missing| is_missing == 0)).map(|bitmap| Box::new(bitmap) as _))
}

/// Bits of which cells hold a value, least significant first; none when all do.
pub(super) fn bitmap(has_value: impl ExactSizeIterator<Item = bool>) -> Option<Vec<u8>> {
    let mut bits = vec![0; has_value.len().div_ceil(8)];
    let mut is_whole = true;
    for (place, has_value) in has_value.enumerate() {
        bits[place / 8] |= u8::from(has_value) << (place % 8);
        is_whole &= has_value;
    }
    (!is_whole).then_some(bits)
}

/// Whether the cell at `place` holds a value.
pub(super) fn has_value(bitmap: Option<&[u8]>, place: usize) -> bool {
    bitmap.is_none_or(|bits| bits[place / 8] >> (place % 8) & 1 == 1)
}

fn write_category<'py>(capture: &mut Capture<'py>, array: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let codes = array.getattr(intern!(py, "codes"))?;
    let dtype = array::plain_dtype(&codes.getattr(intern!(py, "dtype"))?)?;
    let is_ordered = array.getattr(intern!(py, "ordered"))?.is_truthy()?;
    let categories = array.getattr(intern!(py, "categories"))?;
    capture.writer.category_column(&dtype, is_ordered, row_count(array)?, array::lend(&codes, &dtype)?)?;
    capture.push(index::part(categories, "categories"));
    Ok(Answer::Children(Steps::Parts))
}

/// Builds an array of this family.
pub(crate) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let Node::Column(column) = node else { return Err(Fault::corrupt("a node out of place")) };
    match column {
        Column::Fixed { dtype, row_count, values } => build_plain(restore, dtype, *row_count, *values),
        Column::Masked { dtype, row_count, values, validity } => {
            build_masked(restore, dtype, *row_count, *values, *validity)
        }
        Column::Zoned { unit, row_count, values } => {
            let [zone] = exactly(children)?;
            let counts = array::column(restore, &int64(), *row_count, *values)?;
            zoned(counts, unit, &zone)
        }
        Column::Category { dtype, is_ordered, row_count, codes } => {
            let [categories] = exactly(children)?;
            let categories = index::checked(categories)?;
            // In one pass here, rather than in two of pandas.
            if !are_codes(dtype, restore.look(*codes)?, categories.len()?) {
                return Err(Fault::corrupt("codes of categories that are not there"));
            }
            let codes = array::column(restore, dtype, *row_count, *codes)?;
            build_category(codes, categories, *is_ordered)
        }
        Column::Object { .. } => {
            let cells = PyList::new(restore.py, children)?;
            wrapped(restore, objects(&cells)?)
        }
        Column::Text { .. } => strings::build(restore, column),
    }
}

fn int64() -> Dtype {
    let little = cfg!(target_endian = "little");
    Dtype::parse(if little { "<i8" } else { ">i8" }).expect("a plain dtype")
}

fn build_plain<'py>(
    restore: &mut Restore<'py>,
    dtype: &Dtype,
    row_count: u64,
    values: Payload<'_>,
) -> Result<Bound<'py, PyAny>> {
    let items = array::column(restore, dtype, row_count, values)?;
    match dtype.kind() {
        // pandas would round what is finer, and give it as something else.
        Kind::Datetime | Kind::Timedelta if !is_of_pandas(dtype) => {
            Err(Fault::corrupt("a column of dates of a dtype that pandas has not"))
        }
        Kind::Datetime | Kind::Timedelta => times(items),
        _ => wrapped(restore, items),
    }
}

fn is_of_pandas(time: &Dtype) -> bool {
    time.byte_order() == ByteOrder::Little && matches!(time.unit(), Some("s" | "ms" | "us" | "ns"))
}

/// A NumPy array as a column: as it is where it is a part of something, else as pandas has it.
pub(super) fn wrapped<'py>(restore: &Restore<'py>, items: Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    if restore.is_part { Ok(items) } else { Ok(numpy_array(restore.py)?.call1((items,))?) }
}

/// An array of naive dates or durations over a NumPy array of them.
pub(super) fn times(items: Bound<'_, PyAny>) -> Result<Bound<'_, PyAny>> {
    let py = items.py();
    let array = py.import(intern!(py, "pandas"))?.getattr(intern!(py, "array"))?;
    Ok(array.call((items,), Some(&uncopied(py)?))?)
}

/// An array of dates with a zone over their int64 counts.
pub(super) fn zoned<'py>(
    counts: Bound<'py, PyAny>,
    unit: &str,
    zone: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyAny>> {
    let py = counts.py();
    let named = uncopied(py)?;
    named.set_item(intern!(py, "dtype"), datetime_tz_dtype(py)?.call1((unit, zone))?)?;
    // The constructor of the array itself is deprecated; a series takes counts as they are.
    Ok(frame::series(py)?.call((counts,), Some(&named))?.getattr(intern!(py, "array"))?)
}

/// The argument `copy=False`.
pub(super) fn uncopied(py: Python<'_>) -> Result<Bound<'_, PyDict>> {
    let named = PyDict::new(py);
    named.set_item(intern!(py, "copy"), false)?;
    Ok(named)
}

fn build_masked<'py>(
    restore: &mut Restore<'py>,
    dtype: &Dtype,
    row_count: u64,
    values: Payload<'_>,
    validity: Option<Payload<'_>>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    let class = match dtype.kind() {
        Kind::Bool => boolean_array(py)?,
        Kind::Float => floating_array(py)?,
        Kind::Int | Kind::Uint => integer_array(py)?,
        _ => return Err(Fault::corrupt("a nullable column of a dtype that has none")),
    };
    let values = array::column(restore, dtype, row_count, values)?;
    let bitmap = validity.map(|validity| restore.bytes(validity)).transpose()?;
    let mask = mask(bitmap.as_deref(), values.len()?);
    let mask = array::owned(py, &Dtype::parse("|b1").expect("a plain dtype"), row_count, mask)?;
    Ok(class.call1((values, mask))?)
}

/// A bool for each cell: whether it is missing.
fn mask(bitmap: Option<&[u8]>, count: usize) -> Vec<u8> {
    // Memory that is zero from the start costs nothing until it is looked at.
    let mut mask = vec![0; count];
    for (cells, bits) in mask.chunks_mut(8).zip(bitmap.unwrap_or_default()) {
        for (place, is_missing) in cells.iter_mut().enumerate() {
            *is_missing = !bits >> place & 1;
        }
    }
    mask
}

/// Whether each code is that of a category, or -1.
fn are_codes(dtype: &Dtype, codes: &[u8], category_count: usize) -> bool {
    macro_rules! bounds {
        ($int:ty) => {{
            let (codes, _) = codes.as_chunks::<{ size_of::<$int>() }>();
            let codes = codes.iter().map(|code| <$int>::from_le_bytes(*code));
            let (least, most) = codes.fold((0, -1), |(least, most), code| (code.min(least), code.max(most)));
            (i64::from(least), i64::from(most))
        }};
    }
    let (least, most) = match dtype.item_size() {
        1 => bounds!(i8),
        2 => bounds!(i16),
        4 => bounds!(i32),
        _ => bounds!(i64),
    };
    least >= -1 && i64::try_from(category_count).is_ok_and(|count| most < count)
}

fn build_category<'py>(
    codes: Bound<'py, PyAny>,
    categories: Bound<'py, PyAny>,
    is_ordered: bool,
) -> Result<Bound<'py, PyAny>> {
    let py = codes.py();
    let named = PyDict::new(py);
    named.set_item(intern!(py, "dtype"), categorical_dtype(py)?.call1((categories, is_ordered))?)?;
    named.set_item(intern!(py, "validate"), false)?;
    Ok(categorical(py)?.call_method(intern!(py, "from_codes"), (codes,), Some(&named))?)
}

/// A NumPy array of dtype object with these cells, whatever they are: a list in a cell stays a list.
pub(super) fn objects<'py>(cells: &Bound<'py, PyList>) -> Result<Bound<'py, PyAny>> {
    let py = cells.py();
    let fromiter = py.import(intern!(py, "numpy"))?.getattr(intern!(py, "fromiter"))?;
    Ok(fromiter.call1((cells, intern!(py, "O"), cells.len()))?)
}

/// A child that must be a column, as a series or frame takes it: one of pandas' arrays, or of NumPy's.
pub(super) fn checked(array: Bound<'_, PyAny>) -> Result<Bound<'_, PyAny>> {
    let py = array.py();
    if array.get_type().is(array::ndarray(py)?) || array.is_instance(extension_array(py)?)? {
        return Ok(array);
    }
    Err(Fault::corrupt("a column that is none"))
}
