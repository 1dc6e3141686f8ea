//! date, time, datetime, timedelta, and their zones: fixed, zoneinfo, pytz.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use stillroom::{DateTime, Node, Zone};

use super::library_classes;
use crate::capture::{Answer, Capture, Child, Emit, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore, exactly};

const DAY_US: i64 = 86_400_000_000;
const SECOND_US: i64 = 1_000_000;

/// Who writes objects of this class of `datetime`, `zoneinfo` or pytz.
pub(super) fn family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let py = class.py();
    let families: [(&Bound<'_, PyType>, Emit); 5] = [
        (date_class(py)?, capture_date),
        (time_class(py)?, capture_time),
        (datetime_class(py)?, capture_datetime),
        (timedelta_class(py)?, capture_timedelta),
        (fixed_zone_class(py)?, capture_fixed_zone),
    ];
    if let Some((_, family)) = families.iter().find(|(known, _)| class.is(*known)) {
        return Ok(Some(*family));
    }
    let module = class.module()?;
    match &*module.to_cow()? {
        "zoneinfo" if class.is(region_class(py)?) => Ok(Some(capture_region)),
        "pytz" | "pytz.tzfile" => Ok(Some(capture_pytz)),
        _ => Ok(None),
    }
}

library_classes! {
    date_class = "datetime", "date";
    time_class = "datetime", "time";
    datetime_class = "datetime", "datetime";
    timedelta_class = "datetime", "timedelta";
    fixed_zone_class = "datetime", "timezone";
    region_class = "zoneinfo", "ZoneInfo";
}

fn capture_date<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let (year, month, day) = year_month_day(object)?;
    capture.writer.date(year, month, day)?;
    Ok(Answer::Leaf)
}

fn year_month_day(object: &Bound<'_, PyAny>) -> Result<(u16, u8, u8)> {
    let py = object.py();
    Ok((
        object.getattr(intern!(py, "year"))?.extract()?,
        object.getattr(intern!(py, "month"))?.extract()?,
        object.getattr(intern!(py, "day"))?.extract()?,
    ))
}

fn time_of_day(object: &Bound<'_, PyAny>) -> Result<DateTime> {
    let py = object.py();
    Ok(DateTime {
        year: 0,
        month: 0,
        day: 0,
        hour: object.getattr(intern!(py, "hour"))?.extract()?,
        minute: object.getattr(intern!(py, "minute"))?.extract()?,
        second: object.getattr(intern!(py, "second"))?.extract()?,
        microsecond: object.getattr(intern!(py, "microsecond"))?.extract()?,
        fold: object.getattr(intern!(py, "fold"))?.is_truthy()?,
    })
}

fn capture_time<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let time = time_of_day(object)?;
    let zone = object.getattr(intern!(capture.py, "tzinfo"))?;
    capture.writer.time(&time)?;
    capture.push(Child::Value(zone));
    Ok(Answer::Children(Steps::Parts))
}

fn capture_datetime<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let (year, month, day) = year_month_day(object)?;
    let datetime = DateTime { year, month, day, ..time_of_day(object)? };
    let zone = object.getattr(intern!(capture.py, "tzinfo"))?;
    let zone = if is_pytz(&zone)? { localized_zone(object, &zone)? } else { zone };
    capture.writer.datetime(&datetime)?;
    capture.push(Child::Value(zone));
    Ok(Answer::Children(Steps::Parts))
}

fn capture_timedelta<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let (days, seconds, microseconds) = timedelta_parts(object)?;
    capture.writer.timedelta(days, seconds, microseconds)?;
    Ok(Answer::Leaf)
}

fn timedelta_parts(object: &Bound<'_, PyAny>) -> Result<(i64, u32, u32)> {
    let py = object.py();
    Ok((
        object.getattr(intern!(py, "days"))?.extract()?,
        object.getattr(intern!(py, "seconds"))?.extract()?,
        object.getattr(intern!(py, "microseconds"))?.extract()?,
    ))
}

fn capture_fixed_zone<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    if object.is(fixed_zone_class(py)?.getattr(intern!(py, "utc"))?) {
        capture.writer.zone(&Zone::Utc)?;
        return Ok(Answer::Leaf);
    }
    let offset = object.call_method1(intern!(py, "utcoffset"), (py.None(),))?;
    let (days, seconds, microseconds) = timedelta_parts(&offset)?;
    let offset_us = days * DAY_US + i64::from(seconds) * SECOND_US + i64::from(microseconds);
    // Only the arguments it was made of tell a name of its own from one made of the offset.
    let arguments = object.call_method0(intern!(py, "__getinitargs__"))?;
    let name: Option<Bound<'py, PyString>> = match arguments.len()? {
        2 => Some(arguments.get_item(1)?.cast_into()?),
        _ => None,
    };
    let name = name.as_ref().map(plain_text).transpose()?;
    capture.writer.zone(&Zone::Fixed { offset_us, name })?;
    Ok(Answer::Leaf)
}

fn plain_text<'a>(text: &'a Bound<'_, PyString>) -> Result<&'a str> {
    text.to_str().map_err(|error| {
        Fault::unsupported("can't keep a zone whose name has lone surrogates; give it another name")
            .because(error)
    })
}

fn capture_region<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let key = object.getattr(intern!(py, "key"))?;
    // A zone read from a file is not the one of its name, and says so when asked to be pickled.
    let is_by_name = object.call_method0(intern!(py, "__reduce__")).is_ok();
    let key = key.cast::<PyString>().ok().filter(|_| is_by_name);
    let key = key.and_then(|key| key.to_str().ok()).filter(|key| is_zone_name(key));
    let key = key.ok_or_else(|| {
        Fault::unsupported("can't keep a zone that was read from a file; use zoneinfo.ZoneInfo(name)")
    })?;
    capture.writer.zone(&Zone::Region(key))?;
    Ok(Answer::Leaf)
}

/// Whether a text can be a name of the time zone database: no dots, nothing that leaves its folder.
fn is_zone_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    name.len() <= 64 && name.split('/').all(is_part)
}

fn is_pytz(zone: &Bound<'_, PyAny>) -> Result<bool> {
    let module = zone.get_type().module()?;
    Ok(matches!(&*module.to_cow()?, "pytz" | "pytz.tzfile"))
}

/// The named zone of a datetime that pytz has localized.
///
/// pytz has an object for each offset a zone ever had. Localizing again must find the very same one, or the
/// datetime would come back shifted.
fn localized_zone<'py>(datetime: &Bound<'py, PyAny>, zone: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    let py = datetime.py();
    if zone.getattr_opt(intern!(py, "zone"))?.is_none_or(|name| name.is_none()) {
        return Ok(zone.clone());
    }
    let named = pytz_zone(py, zone.getattr(intern!(py, "zone"))?.extract()?)?;
    let again = localize(&named, &naive(datetime)?)?;
    if again.getattr(intern!(py, "tzinfo"))?.is(zone) {
        return Ok(named);
    }
    Err(Fault::unsupported(
        "can't keep a datetime that its pytz zone would read otherwise; use zoneinfo.ZoneInfo, or UTC",
    ))
}

fn naive<'py>(datetime: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = datetime.py();
    let named = PyDict::new(py);
    named.set_item(intern!(py, "tzinfo"), py.None())?;
    datetime.call_method(intern!(py, "replace"), (), Some(&named))
}

fn localize<'py>(zone: &Bound<'py, PyAny>, naive: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    zone.call_method1(intern!(zone.py(), "localize"), (naive,))
}

fn capture_pytz<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    if let Some(minutes) = object.getattr_opt(intern!(py, "_minutes"))? {
        capture.writer.zone(&Zone::PytzFixed(minutes.extract()?))?;
        return Ok(Answer::Leaf);
    }
    let name = object.getattr_opt(intern!(py, "zone"))?.and_then(|name| name.extract::<String>().ok());
    let name = name
        .filter(|name| is_zone_name(name))
        .ok_or_else(|| Fault::unsupported("can't keep this object of pytz; use zoneinfo.ZoneInfo(name)"))?;
    if !pytz_zone(py, &name)?.is(object) {
        return Err(Fault::unsupported("can't keep one offset of a pytz zone; store pytz.timezone(name)"));
    }
    capture.writer.zone(&Zone::Pytz(&name))?;
    Ok(Answer::Leaf)
}

fn pytz_zone<'py>(py: Python<'py>, name: &str) -> Result<Bound<'py, PyAny>> {
    Ok(py.import(intern!(py, "pytz"))?.call_method1(intern!(py, "timezone"), (name,))?)
}

pub(super) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    match node {
        Node::Date(year, month, day) => Ok(date_class(py)?.call1((*year, *month, *day))?),
        Node::Time(time) => {
            let [zone] = exactly(children)?;
            let fields = (time.hour, time.minute, time.second, time.microsecond, zone);
            Ok(time_class(py)?.call(fields, Some(&fold(py, time.fold)?))?)
        }
        Node::DateTime(datetime) => {
            let [zone] = exactly(children)?;
            build_datetime(py, datetime, zone)
        }
        Node::TimeDelta(days, seconds, microseconds) => build_timedelta(py, *days, *seconds, *microseconds),
        Node::Zone(zone) => build_zone(py, zone),
        _ => Err(Fault::corrupt("a node out of place")),
    }
}

fn fold(py: Python<'_>, fold: bool) -> PyResult<Bound<'_, PyDict>> {
    let named = PyDict::new(py);
    named.set_item(intern!(py, "fold"), u8::from(fold))?;
    Ok(named)
}

fn build_datetime<'py>(
    py: Python<'py>,
    datetime: &DateTime,
    zone: Bound<'py, PyAny>,
) -> Result<Bound<'py, PyAny>> {
    let DateTime { year, month, day, hour, minute, second, microsecond, fold: is_fold } = *datetime;
    // A fixed offset of pytz is one object and needs no localizing.
    let is_localized =
        is_pytz(&zone)? && zone.hasattr(intern!(py, "localize"))? && !zone.hasattr("_minutes")?;
    let tzinfo = if is_localized { py.None().into_bound(py) } else { zone.clone() };
    let fields = (year, month, day, hour, minute, second, microsecond, tzinfo);
    let made = datetime_class(py)?.call(fields, Some(&fold(py, is_fold)?))?;
    Ok(if is_localized { localize(&zone, &made)? } else { made })
}

fn build_timedelta<'py>(
    py: Python<'py>,
    days: i64,
    seconds: u32,
    microseconds: u32,
) -> Result<Bound<'py, PyAny>> {
    Ok(timedelta_class(py)?.call1((days, seconds, microseconds))?)
}

fn build_zone<'py>(py: Python<'py>, zone: &Zone<'_>) -> Result<Bound<'py, PyAny>> {
    match zone {
        Zone::Utc => Ok(fixed_zone_class(py)?.getattr(intern!(py, "utc"))?),
        Zone::Fixed { offset_us, name } => {
            let days = offset_us.div_euclid(DAY_US);
            let rest = offset_us.rem_euclid(DAY_US);
            let offset = timedelta_class(py)?.call1((days, rest / SECOND_US, rest % SECOND_US))?;
            let class = fixed_zone_class(py)?;
            Ok(match name {
                Some(name) => class.call1((offset, *name))?,
                None => class.call1((offset,))?,
            })
        }
        Zone::Region(key) => {
            check_zone_name(key)?;
            region_class(py)?.call1((*key,)).map_err(|error| no_such_zone(key, error))
        }
        Zone::Pytz(name) => {
            check_zone_name(name)?;
            pytz(py)?
                .call_method1(intern!(py, "timezone"), (*name,))
                .map_err(|error| no_such_zone(name, error))
        }
        Zone::PytzFixed(minutes) => Ok(pytz(py)?.call_method1(intern!(py, "FixedOffset"), (*minutes,))?),
    }
}

/// Zones are files of a name: a name that stored data made up must not lead elsewhere.
fn check_zone_name(name: &str) -> Result<()> {
    if is_zone_name(name) { Ok(()) } else { Err(Fault::corrupt("a time zone by a name that none has")) }
}

fn no_such_zone(name: &str, error: PyErr) -> Fault {
    Fault::invalid(format!("this system has no such time zone; install the package tzdata: {name}"))
        .because(error)
}

fn pytz(py: Python<'_>) -> Result<Bound<'_, PyModule>> {
    py.import(intern!(py, "pytz")).map_err(|error| {
        Fault::invalid("this value has time zones of pytz, which is not installed here; install it")
            .because(error)
    })
}
