//! pandas indexes of one level; those of several are built nodes (`built.rs`).
//!
//! An index is a column with a name. Which class it is follows from the
//! column; a freq is kept only when it comes back from its own text and fits
//! the values, which pandas does not always see to.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use stillroom::{Node, Source};

use super::{built, column, library_classes};
use crate::borrow::LentBuffer;
use crate::capture::{Answer, Capture, Child, Emit, Part, Spelling, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore, exactly};

library_classes! {
    tick = "pandas.tseries.offsets", "Tick";
    day = "pandas.tseries.offsets", "Day";
    base = "pandas", "Index";
    range_index = "pandas", "RangeIndex";
    datetime_index = "pandas", "DatetimeIndex";
    timedelta_index = "pandas", "TimedeltaIndex";
    categorical_index = "pandas", "CategoricalIndex";
    period_index = "pandas", "PeriodIndex";
    interval_index = "pandas", "IntervalIndex";
}

fn to_offset(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static TO_OFFSET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    TO_OFFSET.import(py, "pandas.tseries.frequencies", "to_offset")
}

/// Who writes indexes of this class, if it is of this family.
pub(crate) fn family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let py = class.py();
    if class.is(range_index(py)?) {
        return Ok(Some(capture_range));
    }
    let of_times = [datetime_index(py)?, timedelta_index(py)?, period_index(py)?];
    let others = [base(py)?, categorical_index(py)?, interval_index(py)?];
    Ok(of_times.iter().chain(&others).any(|known| class.is(*known)).then_some(capture_index))
}

/// An index as a part of what is being written.
pub(super) fn part<'py>(index: Bound<'py, PyAny>, name: &'static str) -> Child<'py> {
    Child::Part(Box::new(Part { emit: capture_part, object: index, step: Spelling::Attribute(name) }))
}

fn capture_part<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let class = object.get_type();
    let emit = match family(&class)? {
        Some(emit) => Some(emit),
        None => built::family(&class)?,
    };
    emit.map_or(Ok(Answer::NotMine), |emit| emit(capture, object))
}

fn capture_range<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let bound = |name| object.getattr(name)?.extract::<i64>();
    let bounds =
        || Ok((bound(intern!(py, "start"))?, bound(intern!(py, "stop"))?, bound(intern!(py, "step"))?));
    let (start, stop, step) = bounds().map_err(|error: PyErr| {
        Fault::unsupported("can't keep a RangeIndex beyond 64 bits; convert it with Index(list(index))")
            .because(error)
    })?;
    if is_beyond_arrays(start, stop, step) {
        return Err(Fault::unsupported("can't keep a RangeIndex of 2^60 labels or more; store its bounds"));
    }
    let name = object.getattr(intern!(py, "name"))?;
    capture.writer.range_index(start, stop, step)?;
    capture.push(Child::Value(name));
    Ok(Answer::Children(Steps::Parts))
}

/// Whether no array can hold so many labels. Of nearly 2^63 NumPy makes an empty one instead of none, and pandas
/// looks for labels in it without looking at its length.
fn is_beyond_arrays(start: i64, stop: i64, step: i64) -> bool {
    (i128::from(stop) - i128::from(start)) / i128::from(step) >= 1 << 60
}

/// Whether labels are so many, in so little memory, that a few bytes could say so: sparse ones, runs, nulls. As
/// categories, levels or labels without duplicates, pandas lays them all out at once.
fn is_beyond_memory(array: &Bound<'_, PyAny>) -> Result<bool> {
    let len = array.len()?;
    if len <= 1 << 24 {
        return Ok(false);
    }
    Ok(len / 8 > array.getattr(intern!(array.py(), "nbytes"))?.extract::<usize>()?)
}

fn capture_index<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let freq = freq(object)?;
    let name = object.getattr(intern!(py, "name"))?;
    let array = object.getattr(intern!(py, "array"))?;
    if is_beyond_memory(&array)? {
        return Err(Fault::unsupported(
            "can't keep an index of more than 2^24 labels that hardly any memory holds; make it one of a plain dtype",
        ));
    }
    let values = column::part(array, Spelling::Hidden)?;
    capture.writer.index(freq.as_deref())?;
    capture.push(Child::Value(name));
    capture.push(values);
    Ok(Answer::Children(Steps::Parts))
}

/// The text of an index's freq, when it says all there is to say. That of periods is in their dtype.
fn freq(index: &Bound<'_, PyAny>) -> Result<Option<String>> {
    let py = index.py();
    if index.get_type().is(period_index(py)?) {
        return Ok(None);
    }
    let Some(freq) = index.getattr_opt(intern!(py, "freq"))?.filter(|freq| !freq.is_none()) else {
        return Ok(None);
    };
    let text: String = freq.getattr(intern!(py, "freqstr"))?.extract()?;
    let again = match fixed_freq(index, &text)? {
        Some(again) => Ok(again),
        None => with_freq(&without_freq(index)?, &text, &py.None().into_bound(py))
            .and_then(|again| Ok(again.getattr(intern!(py, "freq"))?)),
    };
    // Equal ones may hold parameters of other types.
    let is_same = |again: &Bound<'_, PyAny>| Ok(again.eq(&freq)? && again.repr()?.as_any().eq(freq.repr()?)?);
    match again.and_then(|again| is_same(&again)) {
        Ok(true) => Ok(Some(text)),
        _ => Err(Fault::unsupported(format!(
            "can't keep a freq that its text or the values do not give again; set index.freq = None: {text}"
        ))),
    }
}

/// The values of an index of dates or durations, over the same memory.
fn without_freq<'py>(index: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    let py = index.py();
    let counts = index.getattr(intern!(py, "asi8"))?;
    let dtype = index.getattr(intern!(py, "dtype"))?;
    if dtype.get_type().is(column::datetime_tz_dtype(py)?) {
        let unit: String = dtype.getattr(intern!(py, "unit"))?.extract()?;
        return column::zoned(counts, &unit, &dtype.getattr(intern!(py, "tz"))?);
    }
    column::times(counts.call_method1(intern!(py, "view"), (dtype,))?)
}

/// Builds an object of this family.
pub(crate) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    match node {
        Node::RangeIndex(start, stop, step) => {
            if is_beyond_arrays(*start, *stop, *step) {
                return Err(Fault::corrupt("a RangeIndex of more labels than an array can have"));
            }
            let [name] = exactly(children)?;
            let named = PyDict::new(py);
            named.set_item(intern!(py, "name"), name)?;
            Ok(range_index(py)?.call((*start, *stop, *step), Some(&named))?)
        }
        Node::Index(freq) => {
            let [name, values] = exactly(children)?;
            let values = column::checked(values)?;
            if is_beyond_memory(&values)? {
                return Err(Fault::corrupt("an index of more labels than its memory holds"));
            }
            match freq {
                Some(freq) => {
                    with_fixed_freq(&values, freq, &name)?.map_or_else(|| with_freq(&values, freq, &name), Ok)
                }
                None => with_name(&values, &name),
            }
        }
        _ => Err(Fault::corrupt("a node out of place")),
    }
}

fn with_name<'py>(values: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    let py = values.py();
    let named = column::uncopied(py)?;
    named.set_item(intern!(py, "name"), name)?;
    // Said outright, since pandas would make dates or text of objects that look so.
    named.set_item(intern!(py, "dtype"), values.getattr(intern!(py, "dtype"))?)?;
    Ok(base(py)?.call((values,), Some(&named))?)
}

/// The freq of this text, when it is so much time and each of the index or array's moments is that much later
/// than the one before. Otherwise what the text means and whether the values fit is for pandas to say, which
/// makes all of them again for it: 130 µs for 10,000.
fn fixed_freq<'py>(values: &Bound<'py, PyAny>, freq: &str) -> Result<Option<Bound<'py, PyAny>>> {
    let py = values.py();
    let Ok(offset) = to_offset(py)?.call1((freq,)) else { return Ok(None) };
    // To pandas 2 a day was 24 hours, but for moments with a zone.
    if !offset.is_instance(tick(py)?)? || offset.get_type().is(day(py)?) {
        return Ok(None);
    }
    // More of them than an int64 has are for one moment alone.
    let nanos = offset.getattr(intern!(py, "nanos")).and_then(|nanos| nanos.extract::<i64>());
    let Ok(nanos) = nanos else { return Ok(None) };
    let unit: String = values.getattr(intern!(py, "unit"))?.extract()?;
    let unit = match &*unit {
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        _ => 1,
    };
    if nanos % unit != 0 {
        return Ok(None);
    }
    let Ok(counts) = LentBuffer::of(&values.getattr(intern!(py, "asi8"))?) else { return Ok(None) };
    Ok(is_evenly_spaced(&counts, nanos / unit).then_some(offset))
}

/// Whether there are two counts or more, each `step` above the one before.
fn is_evenly_spaced(counts: &LentBuffer, step: i64) -> bool {
    let mut slice = [0; 32 * 1024];
    let (mut offset, mut before): (u64, Option<i64>) = (0, None);
    while offset < counts.len() {
        let len = slice.len().min(usize::try_from(counts.len() - offset).unwrap_or(usize::MAX));
        counts.copy_to(offset, &mut slice[..len]);
        for count in slice[..len].as_chunks().0 {
            let count = i64::from_le_bytes(*count);
            if before.is_some_and(|before| before.checked_add(step) != Some(count)) {
                return false;
            }
            before = Some(count);
        }
        offset += len as u64;
    }
    counts.len() > 8
}

/// An index with a [`fixed_freq`], set without another look at the values; none where this pandas has no such
/// place for it.
fn with_fixed_freq<'py>(
    values: &Bound<'py, PyAny>,
    freq: &str,
    name: &Bound<'py, PyAny>,
) -> Result<Option<Bound<'py, PyAny>>> {
    let py = values.py();
    let Some(offset) = fixed_freq(values, freq)? else { return Ok(None) };
    let index = with_name(values, name)?;
    let is_of_index = index.get_type().hasattr(intern!(py, "_freq"))?;
    let holder = if is_of_index { index.clone() } else { index.getattr(intern!(py, "_data"))? };
    let is_set = holder.setattr(intern!(py, "_freq"), &offset).is_ok()
        && index.getattr(intern!(py, "freq")).is_ok_and(|set| set.is(&offset));
    Ok(is_set.then_some(index))
}

fn with_freq<'py>(
    values: &Bound<'py, PyAny>,
    freq: &str,
    name: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyAny>> {
    let py = values.py();
    let named = column::uncopied(py)?;
    named.set_item(intern!(py, "freq"), freq)?;
    named.set_item(intern!(py, "name"), name)?;
    let is_duration = values.get_type().is(column::timedelta_array(py)?);
    let class = if is_duration { timedelta_index(py)? } else { datetime_index(py)? };
    Ok(class.call((values,), Some(&named))?)
}

/// A child that must be an index.
pub(super) fn checked(index: Bound<'_, PyAny>) -> Result<Bound<'_, PyAny>> {
    if index.is_instance(base(index.py())?)? {
        Ok(index)
    } else {
        Err(Fault::corrupt("an index that is none"))
    }
}
