//! None, bool, int, float, complex, Ellipsis, Decimal, Fraction, UUID.

use std::convert::Infallible;

use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyDict, PyEllipsis, PyFloat, PyInt, PyString, PyType};
use stillroom::{Integer, Node, Writer};

use super::{library_classes, text};
use crate::capture::{Answer, Capture, Child, Emit, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore, exactly};

/// Writes a str, int, float, bool or None of exactly that type; says whether it was one.
///
/// The way of nearly every node: it asks for the type's address and nothing else.
pub(crate) fn write_leaf(writer: &mut Writer, object: &Bound<'_, PyAny>) -> Result<bool> {
    if let Ok(text) = object.cast_exact::<PyString>() {
        text::write(writer, text)?;
    } else if let Ok(int) = object.cast_exact::<PyInt>() {
        write_int(writer, int)?;
    } else if let Ok(float) = object.cast_exact::<PyFloat>() {
        writer.float(float.value())?;
    } else if let Ok(bool) = object.cast_exact::<PyBool>() {
        writer.bool(bool.is_true())?;
    } else if object.is_none() {
        writer.none()?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn write_int(writer: &mut Writer, int: &Bound<'_, PyInt>) -> Result<()> {
    match int.extract::<i64>() {
        Ok(value) => Ok(writer.int(value)?),
        Err(error) if error.is_instance_of::<PyOverflowError>(int.py()) => write_big_int(writer, int),
        Err(error) => Err(error.into()),
    }
}

/// By its bytes: the way over decimal digits takes the square of their number, and Python limits it.
fn write_big_int(writer: &mut Writer, int: &Bound<'_, PyInt>) -> Result<()> {
    let py = int.py();
    let is_negative = int.lt(0)?;
    let bits: usize = int.call_method0(intern!(py, "bit_length"))?.extract()?;
    let magnitude = int.call_method0(intern!(py, "__abs__"))?;
    let bytes = magnitude.call_method1(intern!(py, "to_bytes"), (bits.div_ceil(8), intern!(py, "big")))?;
    Ok(writer.big_int(is_negative, bytes.extract()?)?)
}

/// Who writes objects of this built-in class.
pub(super) fn family(class: &Bound<'_, PyType>) -> Option<Emit> {
    let py = class.py();
    if class.is(py.get_type::<PyComplex>()) {
        Some(capture_complex)
    } else if class.is(py.get_type::<PyEllipsis>()) {
        Some(capture_ellipsis)
    } else {
        None
    }
}

fn capture_complex<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let complex = object.cast_exact::<PyComplex>()?;
    capture.writer.complex(complex.real(), complex.imag())?;
    Ok(Answer::Leaf)
}

fn capture_ellipsis<'py>(capture: &mut Capture<'py>, _: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    capture.writer.ellipsis()?;
    Ok(Answer::Leaf)
}

/// Who writes objects of this class of the standard library.
pub(super) fn library_family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let py = class.py();
    // The class may only bear such a module's name, so the module's own class is asked for.
    Ok(match &*class.qualname()?.to_cow()? {
        "Decimal" if class.is(decimal(py)?) => Some(capture_decimal),
        "Fraction" if class.is(fraction(py)?) => Some(capture_fraction),
        "UUID" if class.is(uuid(py)?) => Some(capture_uuid),
        _ => None,
    })
}

fn capture_decimal<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let text = object.str()?;
    capture.writer.decimal()?;
    capture.push(Child::Value(text.into_any()));
    Ok(Answer::Children(Steps::Parts))
}

fn capture_fraction<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let numerator = object.getattr(intern!(py, "numerator"))?;
    let denominator = object.getattr(intern!(py, "denominator"))?;
    capture.writer.fraction()?;
    capture.push(Child::Value(numerator));
    capture.push(Child::Value(denominator));
    Ok(Answer::Children(Steps::Parts))
}

fn capture_uuid<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let bytes: [u8; 16] = object.getattr(intern!(py, "bytes"))?.extract()?;
    let safety = object.getattr(intern!(py, "is_safe"))?.getattr(intern!(py, "value"))?.extract()?;
    capture.writer.uuid(bytes, safety)?;
    Ok(Answer::Leaf)
}

library_classes! {
    decimal = "decimal", "Decimal";
    fraction = "fractions", "Fraction";
    uuid = "uuid", "UUID";
    safe_uuid = "uuid", "SafeUUID";
}

pub(super) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    Ok(match node {
        Node::None => py.None().into_bound(py),
        Node::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Node::Int(integer) => build_int(restore, *integer)?,
        Node::Float(value) => PyFloat::new(py, *value).into_any(),
        Node::Complex(real, imaginary) => PyComplex::from_doubles(py, *real, *imaginary).into_any(),
        Node::Ellipsis => PyEllipsis::get(py).to_owned().into_any(),
        Node::Decimal => {
            let [text] = exactly(children)?;
            decimal(py)?.call1((text.cast_into_exact::<PyString>()?,))?
        }
        Node::Fraction => {
            let [numerator, denominator] = exactly(children)?;
            let parts = (numerator.cast_into_exact::<PyInt>()?, denominator.cast_into_exact::<PyInt>()?);
            fraction(py)?.call1(parts)?
        }
        Node::Uuid(bytes, safety) => build_uuid(py, bytes, *safety)?,
        _ => return Err(Fault::corrupt("a node out of place")),
    })
}

fn build_int<'py>(restore: &mut Restore<'py>, integer: Integer<'_>) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    let (negative, magnitude) = match integer {
        Integer::Small(value) => return Ok(int(py, value)),
        Integer::Unsigned(value) => return Ok(int(py, value)),
        Integer::Negative(value) => return Ok(int(py, -1 - i128::from(value))),
        Integer::Big { negative, magnitude } => (negative, restore.bytes(magnitude)?),
    };
    let bytes = PyBytes::new(py, &magnitude);
    let big = py.get_type::<PyInt>().call_method1(intern!(py, "from_bytes"), (bytes, intern!(py, "big")))?;
    Ok(if negative { big.neg()? } else { big })
}

fn int<'py>(
    py: Python<'py>,
    value: impl IntoPyObject<'py, Target = PyInt, Output = Bound<'py, PyInt>, Error = Infallible>,
) -> Bound<'py, PyAny> {
    let Ok(int) = value.into_pyobject(py);
    int.into_any()
}

fn build_uuid<'py>(py: Python<'py>, bytes: &[u8; 16], safety: Option<i8>) -> Result<Bound<'py, PyAny>> {
    let named = PyDict::new(py);
    named.set_item(intern!(py, "bytes"), PyBytes::new(py, bytes))?;
    named.set_item(intern!(py, "is_safe"), safe_uuid(py)?.call1((safety,))?)?;
    Ok(uuid(py)?.call((), Some(&named))?)
}
