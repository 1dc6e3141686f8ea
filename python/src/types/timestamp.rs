//! pandas Timestamp, Timedelta, NaT and NA as scalars.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use stillroom::Node;

use super::library_classes;
use crate::capture::{Answer, Capture, Child, Emit, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore, exactly};

library_classes! {
    timestamp = "pandas", "Timestamp";
    timedelta = "pandas", "Timedelta";
    datetime64 = "numpy", "datetime64";
    timedelta64 = "numpy", "timedelta64";
}

/// Whether an object is one of pandas', told without importing it.
pub(super) fn is_of_pandas(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.get_type().module()?.to_str()?.starts_with("pandas"))
}

/// `pd.NaT`
pub(super) fn nat(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static NAT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    NAT.import(py, "pandas", "NaT")
}

/// `pd.NA`
pub(super) fn na(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static NA: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    NA.import(py, "pandas", "NA")
}

/// Who writes objects of this class, if it is of this family.
pub(crate) fn family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let py = class.py();
    Ok(if class.is(timestamp(py)?) {
        Some(capture_timestamp)
    } else if class.is(timedelta(py)?) {
        Some(capture_timedelta)
    } else if class.is(nat(py)?.get_type()) {
        Some(capture_nat)
    } else if class.is(na(py)?.get_type()) {
        Some(capture_na)
    } else {
        None
    })
}

fn capture_timestamp<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let (count, unit) = (count(object)?, unit(object)?);
    let is_fold = object.getattr(intern!(py, "fold"))?.is_truthy()?;
    let zone = named_zone(&object.getattr(intern!(py, "tzinfo"))?)?;
    if is_fold {
        check_fold(object, count, &unit, &zone)?;
    }
    capture.writer.timestamp(count, &unit, is_fold)?;
    capture.push(Child::Value(zone));
    Ok(Answer::Children(Steps::Parts))
}

/// The count of its unit since 1970 UTC, or of a duration.
fn count(object: &Bound<'_, PyAny>) -> Result<i64> {
    let py = object.py();
    let item = object.getattr(intern!(py, "asm8"))?;
    Ok(item.call_method1(intern!(py, "view"), (intern!(py, "i8"),))?.extract()?)
}

fn unit(object: &Bound<'_, PyAny>) -> Result<String> {
    Ok(object.getattr(intern!(object.py(), "unit"))?.extract()?)
}

/// Of pytz the zone that bears the name: a Timestamp holds one of the many objects that pytz has for it, and
/// finds that one again by its moment.
fn named_zone<'py>(zone: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    let py = zone.py();
    let module = zone.get_type().module()?;
    if module != "pytz" && module != "pytz.tzfile" {
        return Ok(zone.clone());
    }
    match zone.getattr_opt(intern!(py, "zone"))?.filter(|name| !name.is_none()) {
        Some(name) => Ok(py.import(intern!(py, "pytz"))?.call_method1(intern!(py, "timezone"), (name,))?),
        None => Ok(zone.clone()),
    }
}

/// A fold that its moment does not have comes back by replacing it, which may move the moment.
fn check_fold(object: &Bound<'_, PyAny>, count: i64, unit: &str, zone: &Bound<'_, PyAny>) -> Result<()> {
    let again = make_timestamp(object.py(), count, unit, true, zone)?;
    if self::count(&again)? == count && again.getattr(intern!(object.py(), "fold"))?.is_truthy()? {
        return Ok(());
    }
    Err(Fault::unsupported("can't keep a Timestamp whose fold its zone does not have; use replace(fold=0)"))
}

fn capture_timedelta<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    capture.writer.pandas_timedelta(count(object)?, &unit(object)?)?;
    Ok(Answer::Leaf)
}

fn capture_nat<'py>(capture: &mut Capture<'py>, _: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    capture.writer.nat()?;
    Ok(Answer::Leaf)
}

fn capture_na<'py>(capture: &mut Capture<'py>, _: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    capture.writer.na()?;
    Ok(Answer::Leaf)
}

/// Builds an object of this family.
pub(crate) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    match node {
        Node::Timestamp(count, unit, is_fold) => {
            let [zone] = exactly(children)?;
            let made = make_timestamp(py, *count, unit, *is_fold, &zone)?;
            same(made, timestamp(py)?)
        }
        Node::PandasTimedelta(count, unit) => {
            let item = timedelta64(py)?.call1((*count, *unit))?;
            same(timedelta(py)?.call1((item,))?, timedelta(py)?)
        }
        Node::NaT => Ok(nat(py)?.clone()),
        Node::Na => Ok(na(py)?.clone()),
        _ => Err(Fault::corrupt("a node out of place")),
    }
}

/// The least count is NaT to pandas, which no writer calls by another name.
fn same<'py>(made: Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Result<Bound<'py, PyAny>> {
    if made.get_type().is(class) { Ok(made) } else { Err(Fault::corrupt("a count that is no moment")) }
}

fn make_timestamp<'py>(
    py: Python<'py>,
    count: i64,
    unit: &str,
    is_fold: bool,
    zone: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyAny>> {
    let mut made = if zone.is_none() {
        timestamp(py)?.call1((datetime64(py)?.call1((count, unit))?,))?
    } else {
        make_zoned(py, count, unit, zone)?
    };
    if is_fold && !made.getattr(intern!(py, "fold"))?.is_truthy()? {
        let named = PyDict::new(py);
        named.set_item(intern!(py, "fold"), 1)?;
        made = made.call_method(intern!(py, "replace"), (), Some(&named))?;
    }
    Ok(made)
}

/// In one step where this pandas gives the unit that was asked for, which takes half as long as the other way.
fn make_zoned<'py>(
    py: Python<'py>,
    count: i64,
    unit: &str,
    zone: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyAny>> {
    let named = PyDict::new(py);
    named.set_item(intern!(py, "unit"), unit)?;
    named.set_item(intern!(py, "tz"), zone)?;
    let made = timestamp(py)?.call((count,), Some(&named));
    if let Ok(made) = made
        && made.getattr(intern!(py, "unit")).is_ok_and(|given| given.eq(unit).unwrap_or(false))
    {
        return Ok(made);
    }
    let made = timestamp(py)?.call1((datetime64(py)?.call1((count, unit))?,))?;
    let made = made.call_method1(intern!(py, "tz_localize"), (intern!(py, "UTC"),))?;
    Ok(made.call_method1(intern!(py, "tz_convert"), (zone,))?)
}
