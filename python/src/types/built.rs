//! Objects of libraries that are made of a few other nodes: taken apart and put together in Python.
//!
//! Which parts an object has is said in `stillroom/_families/`, one file for
//! each library, in the language of the library; which of them are values of
//! their own and which are columns, indexes or arrays is the format's table
//! ([`Built`]). Here the two meet.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyType};
use stillroom::{Built, ErrorKind, Node, Role};

use super::{column, index};
use crate::borrow::LentBuffer;
use crate::capture::{Answer, Capture, Child, Emit, Part, Spelling, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore};

/// Who writes objects of this class, if a library's file knows it.
pub(crate) fn family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    let py = class.py();
    let knows = families(py, "knows")?.call1((class,))?;
    Ok(knows.is_truthy()?.then_some(capture))
}

/// Writes an object that a library's file takes apart.
pub(crate) fn capture<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let apart = families(py, "take_apart")?.call1((object,)).map_err(|error| refused(py, error))?;
    write(capture, &apart)
}

/// Writes what was taken apart: its kind, its parts and its rows.
fn write<'py>(capture: &mut Capture<'py>, apart: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let (name, parts, row_count): (String, Bound<'py, PyList>, u64) = apart.extract()?;
    let no_such = || Fault::new(ErrorKind::Internal, format!("no built node of this name: {name}"));
    let built = Built::from_name(&name).ok_or_else(no_such)?;
    let children = parts.iter().enumerate().map(|(place, part)| child(built, place as u64, part, &parts));
    let children = children.collect::<Result<Vec<_>>>()?;
    capture.writer.built(built, row_count, children.len() as u64)?;
    let is_leaf = children.is_empty();
    children.into_iter().for_each(|child| capture.push(child));
    Ok(if is_leaf { Answer::Leaf } else { Answer::Children(Steps::Parts) })
}

/// A part as its place asks for it. Only what may be any value can be met again.
fn child<'py>(
    built: Built,
    place: u64,
    part: Bound<'py, PyAny>,
    parts: &Bound<'py, PyList>,
) -> Result<Child<'py>> {
    let py = part.py();
    if part.get_type().is(families(py, "Later")?) {
        let step = Spelling::Key(part.getattr(intern!(py, "step"))?);
        return Ok(Child::Part(Box::new(Part { emit: later, object: part, step })));
    }
    match built.role(place) {
        Some(Role::Any) => Ok(Child::Value(part)),
        // The cells of an array have its shape and order before them.
        Some(Role::Column) if built == Built::ObjectArray => {
            let (shape, is_fortran) = (parts.get_item(0)?.extract()?, parts.get_item(1)?.extract()?);
            column::part(part, Spelling::Grid(shape, is_fortran))
        }
        Some(Role::Column) => column::part(part, Spelling::Hidden),
        Some(Role::Index) => Ok(index::part(part, "levels")),
        _ => Ok(Child::Part(Box::new(Part { emit: in_full, object: part, step: Spelling::Hidden }))),
    }
}

/// Writes a part that is taken apart when its turn comes, so that a refusal names it.
fn later<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let apart = object.getattr(intern!(py, "take_apart"))?.call0().map_err(|error| refused(py, error))?;
    write(capture, &apart)
}

/// Writes a part by its own family, whether or not the same object was met before.
fn in_full<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    if object.get_type().is(families(py, "Parts")?) {
        return write(capture, object);
    }
    if object.get_type().is(families(py, "Lent")?) {
        let memory = LentBuffer::of(&object.getattr(intern!(py, "memory"))?)?;
        capture.writer.bytes(Box::new(memory))?;
        return Ok(Answer::Leaf);
    }
    if super::write_leaf(&mut capture.writer, object)? {
        return Ok(Answer::Leaf);
    }
    let emit = super::family(&object.get_type())?;
    emit(capture, object)
}

/// What the file said when it refused an object, in its own words and with its cause.
fn refused(py: Python<'_>, error: PyErr) -> Fault {
    if !families(py, "RefusedError").is_ok_and(|class| error.is_instance(py, &class)) {
        return Fault::from(error);
    }
    let fault = Fault::unsupported(error.value(py).to_string());
    match error.cause(py) {
        Some(cause) => fault.because(cause),
        None => fault,
    }
}

/// Builds an object of these families.
pub(crate) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let Node::Built { built, row_count, .. } = node else {
        return Err(Fault::corrupt("a node out of place"));
    };
    let py = restore.py;
    let mut parts = Vec::new();
    for (place, part) in children.enumerate() {
        parts.push(match built.role(place as u64) {
            Some(Role::Column) => column::checked(part)?,
            Some(Role::Index) => index::checked(part)?,
            _ => part,
        });
    }
    Ok(families(py, "put_together")?.call1((built.name(), PyList::new(py, parts)?, *row_count))?)
}

fn families<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let module = MODULE
        .get_or_try_init(py, || Ok::<_, PyErr>(py.import(intern!(py, "stillroom._families"))?.into()))?;
    module.bind(py).getattr(name)
}
