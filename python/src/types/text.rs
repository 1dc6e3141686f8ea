//! str, bytes, bytearray, paths.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString, PyType};
use stillroom::{LEAF_LEN, Node, PathFlavour, Source, Text, Writer};

use crate::borrow::LentBuffer;
use crate::capture::{Answer, Capture, Child, Emit, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore, exactly};

/// pathlib's classes, by name, in the order of [`PathFlavour`].
const PATHS: [(&str, PathFlavour); 4] = [
    ("PurePosixPath", PathFlavour::PurePosix),
    ("PureWindowsPath", PathFlavour::PureWindows),
    ("PosixPath", PathFlavour::Posix),
    ("WindowsPath", PathFlavour::Windows),
];

/// Writes a str: a long one is lent, one with lone surrogates goes by Python's own bytes for such.
pub(super) fn write(writer: &mut Writer, text: &Bound<'_, PyString>) -> Result<()> {
    match text.to_str() {
        Ok(short) if short.len() < LEAF_LEN => Ok(writer.str(short)?),
        Ok(_) => {
            let lent = LentBuffer::of_str(text).expect("it was read as UTF-8 just now");
            Ok(writer.long_str(Box::new(lent))?)
        }
        Err(_) => {
            let bytes = surrogate_bytes(text)?;
            Ok(writer.surrogate_str(Box::new(LentBuffer::of_bytes(&bytes)))?)
        }
    }
}

/// A str with lone surrogates, as the bytes that `surrogatepass` makes of it.
pub(super) fn surrogate_bytes<'py>(text: &Bound<'py, PyString>) -> Result<Bound<'py, PyBytes>> {
    let py = text.py();
    let bytes =
        text.call_method1(intern!(py, "encode"), (intern!(py, "utf-8"), intern!(py, "surrogatepass")))?;
    Ok(bytes.cast_into()?)
}

/// Who writes objects of this built-in class.
pub(super) fn family(class: &Bound<'_, PyType>) -> Option<Emit> {
    let py = class.py();
    if class.is(py.get_type::<PyBytes>()) {
        Some(capture_bytes)
    } else if class.is(py.get_type::<PyByteArray>()) {
        Some(capture_bytearray)
    } else {
        None
    }
}

fn capture_bytes<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let bytes = object.cast_exact::<PyBytes>()?;
    capture.writer.bytes(Box::new(LentBuffer::of_bytes(bytes)))?;
    Ok(Answer::Leaf)
}

fn capture_bytearray<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let bytes: Box<dyn Source> = match object.cast_exact::<PyByteArray>()? {
        // An export keeps others from resizing it, which a short one is not worth.
        short if short.len() < LEAF_LEN => Box::new(short.to_vec()),
        long => Box::new(LentBuffer::of(long)?),
    };
    capture.writer.bytearray(bytes)?;
    Ok(Answer::Leaf)
}

/// Who writes objects of this class of pathlib.
pub(super) fn path_family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    for (name, _) in PATHS {
        if class.is(path_class(class.py(), name)?) {
            return Ok(Some(capture_path));
        }
    }
    Ok(None)
}

fn path_class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "pathlib"))?.getattr(name)
}

fn capture_path<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let name = object.get_type().name()?;
    let name = name.to_cow()?;
    let flavour = PATHS.iter().find(|(path, _)| *path == name).map(|(_, flavour)| *flavour);
    let flavour = flavour.ok_or_else(|| Fault::unsupported("can't keep this kind of path; store its str"))?;
    let text = object.str()?;
    capture.writer.path(flavour)?;
    capture.push(Child::Value(text.into_any()));
    Ok(Answer::Children(Steps::Parts))
}

pub(super) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    Ok(match node {
        Node::Str(text) => build_str(restore, *text)?.into_any(),
        Node::Bytes(payload) => PyBytes::new(py, &restore.bytes(*payload)?).into_any(),
        Node::ByteArray(payload) => PyByteArray::new(py, &restore.bytes(*payload)?).into_any(),
        Node::Path(flavour) => {
            let [text] = exactly(children)?;
            build_path(*flavour, text.cast_into_exact()?)?
        }
        _ => return Err(Fault::corrupt("a node out of place")),
    })
}

fn build_str<'py>(restore: &mut Restore<'py>, text: Text<'_>) -> Result<Bound<'py, PyString>> {
    let py = restore.py;
    match text {
        Text::Inline(text) => Ok(PyString::new(py, text)),
        Text::Long(payload) => {
            let bytes = restore.bytes(payload)?;
            let text = std::str::from_utf8(&bytes).map_err(|_| Fault::corrupt("text that is not UTF-8"))?;
            Ok(PyString::new(py, text))
        }
        Text::Surrogates(payload) => {
            let bytes = PyBytes::new(py, &restore.bytes(payload)?);
            let how = (intern!(py, "utf-8"), intern!(py, "surrogatepass"));
            Ok(bytes.call_method1(intern!(py, "decode"), how)?.cast_into()?)
        }
    }
}

fn build_path<'py>(flavour: PathFlavour, text: Bound<'py, PyString>) -> Result<Bound<'py, PyAny>> {
    let py = text.py();
    let (name, _) = PATHS.iter().find(|(_, path)| *path == flavour).expect("every flavour is in the table");
    path_class(py, name)?.call1((text,)).map_err(|error| {
        Fault::invalid(format!("a {name} can't be made on this system; load it where it was saved"))
            .because(error)
    })
}
