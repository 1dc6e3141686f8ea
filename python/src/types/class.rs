//! Values of the app's own classes: dataclass, namedtuple, Enum.
//!
//! A class is stored by module, qualified name and the names of its fields. It
//! is found again by [`Classes`](crate::app::Classes), never by importing, and
//! its values are made without `__init__`, `__post_init__` or `__setattr__`:
//! stored data can't make the app's code run.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Mutex;

use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use stillroom::{ClassName, Node};

use super::shape::{Fields, Kind, Shape, look, same};
use crate::capture::{Answer, Capture, Child, Emit, Steps};
use crate::errors::{Fault, Result};
use crate::restore::{Children, Restore};

/// Who writes values of this class.
pub(super) fn family(class: &Bound<'_, PyType>) -> Result<Option<Emit>> {
    Ok(look(class)?.map(|shape| match shape.kind {
        Kind::Dataclass(_) => capture_dataclass as Emit,
        Kind::NamedTuple(_) => capture_named_tuple,
        Kind::Enum { .. } => capture_enum,
    }))
}

/// The shape of an object's class, looked over once per walk.
fn shape<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Rc<Shape<'py>>> {
    let address = object.get_type_ptr() as usize;
    if let Some(shape) = capture.shapes.get(&address) {
        return Ok(shape.clone());
    }
    let shape =
        look(&object.get_type())?.ok_or_else(|| Fault::unsupported("a class that changed meanwhile"))?;
    let shape = Rc::new(shape);
    capture.shapes.insert(address, shape.clone());
    Ok(shape)
}

/// Says, once per class, that a load will need to be told of it.
fn warn_unless_found(capture: &Capture<'_>, shape: &Shape<'_>) -> Result<()> {
    static TOLD: Mutex<Option<HashSet<(String, String)>>> = Mutex::new(None);
    if shape.is_looked_up.replace(true) || capture.is_audit() || capture.classes.find(shape.name())?.is_some()
    {
        return Ok(());
    }
    let is_new = {
        let mut told = TOLD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        told.get_or_insert_default().insert((shape.module.clone(), shape.qualname.clone()))
    };
    if is_new {
        let short = short_name(&shape.qualname);
        let message = format!(
            "a load won't find the class {}.{} by itself; pass it to open, page or load: types=[{short}]",
            shape.module, shape.qualname
        );
        capture
            .py
            .import(intern!(capture.py, "stillroom._warn"))?
            .call_method1(intern!(capture.py, "warn"), (message,))?;
    }
    Ok(())
}

fn short_name(qualname: &str) -> &str {
    qualname.rsplit('.').next().unwrap_or(qualname)
}

fn capture_dataclass<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let shape = shape(capture, object)?;
    let Kind::Dataclass(fields) = &shape.kind else { return Ok(Answer::NotMine) };
    if let Some(built_in) = &fields.built_in {
        return Err(Fault::unsupported(format!(
            "can't keep a dataclass that is a {built_in} as well; make it a field: {}",
            shape.qualname
        )));
    }
    let attributes = object.getattr_opt(intern!(py, "__dict__"))?;
    let attributes = attributes.map(Bound::cast_into::<PyDict>).transpose()?;
    let mut in_dict = 0;
    for name in &fields.names {
        let found = attributes.as_ref().map(|attributes| attributes.get_item(name)).transpose()?.flatten();
        in_dict += usize::from(found.is_some());
        let value = match found {
            Some(value) => value,
            None => plain_attribute(object, name)?.ok_or_else(|| not_set(&shape, name))?,
        };
        capture.push(Child::Key(name.clone().into_any()));
        capture.push(Child::Value(value));
    }
    if let Some(attributes) = attributes.filter(|attributes| attributes.len() > in_dict) {
        return Err(attribute_beyond(&shape, &extra_name(&attributes, fields)));
    }
    for slot in &fields.other_slots {
        if plain_attribute(object, slot)?.is_some() {
            return Err(attribute_beyond(&shape, &slot.to_string()));
        }
    }
    warn_unless_found(capture, &shape)?;
    capture.writer.dataclass(shape.name(), fields.names.len() as u64)?;
    Ok(Answer::Children(Steps::Fields))
}

/// An attribute by Python's own rules, whatever the class has made of them.
fn plain_attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> Result<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    match py.get_type::<PyAny>().call_method1(intern!(py, "__getattribute__"), (object, name)) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_instance_of::<PyAttributeError>(py) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn not_set(shape: &Shape<'_>, name: &Bound<'_, PyString>) -> Fault {
    Fault::unsupported(format!("can't keep a {} whose field is not set; set it: {name}", shape.qualname))
}

fn extra_name(attributes: &Bound<'_, PyDict>, fields: &Fields<'_>) -> String {
    let is_field =
        |name: &Bound<'_, PyAny>| fields.names.iter().any(|field| field.as_any().eq(name).unwrap_or(false));
    let extra = attributes.keys().iter().find(|name| !is_field(name));
    extra.map_or_else(String::new, |name| name.to_string())
}

fn attribute_beyond(shape: &Shape<'_>, name: &str) -> Fault {
    Fault::unsupported(format!(
        "can't keep an attribute of {} that is no field; declare it as one, or delete it: {name}",
        shape.qualname
    ))
}

fn capture_named_tuple<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let py = capture.py;
    let shape = shape(capture, object)?;
    let Kind::NamedTuple(names) = &shape.kind else { return Ok(Answer::NotMine) };
    let items = object.cast::<PyTuple>()?;
    if items.len() != names.len() {
        return Err(Fault::unsupported(format!(
            "can't keep a {} of another length than its fields; store a plain tuple",
            shape.qualname
        )));
    }
    let attributes =
        object.getattr_opt(intern!(py, "__dict__"))?.and_then(|dict| dict.cast_into::<PyDict>().ok());
    if let Some(name) = attributes.and_then(|attributes| attributes.keys().iter().next()) {
        return Err(attribute_beyond(&shape, &name.to_string()));
    }
    warn_unless_found(capture, &shape)?;
    capture.writer.named_tuple(shape.name(), names.len() as u64)?;
    for (name, item) in names.iter().zip(items.iter()) {
        capture.push(Child::Key(name.clone().into_any()));
        capture.push(Child::Value(item));
    }
    Ok(Answer::Children(Steps::Fields))
}

fn capture_enum<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let shape = shape(capture, object)?;
    let Kind::Enum { is_flag } = shape.kind else { return Ok(Answer::NotMine) };
    let names = match member_name(&shape.class, object)? {
        Some(name) => Some(vec![name]),
        None if is_flag => flag_names(object)?,
        None => None,
    };
    let names = names.ok_or_else(|| {
        Fault::unsupported(format!(
            "can't keep a {} that no member's name stands for; store its value",
            shape.qualname
        ))
    })?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    warn_unless_found(capture, &shape)?;
    capture.writer.enum_member(shape.name(), &names)?;
    Ok(Answer::Leaf)
}

/// The name of an object that is a member of its Enum by that name.
fn member_name<'py>(class: &Bound<'py, PyType>, object: &Bound<'py, PyAny>) -> Result<Option<String>> {
    let py = object.py();
    let name = object.getattr_opt(intern!(py, "_name_"))?.and_then(|name| name.extract::<String>().ok());
    let Some(name) = name else { return Ok(None) };
    let is_member = members(class)?.get_item(&name)?.is_some_and(|member| member.is(object));
    Ok(is_member.then_some(name))
}

fn members<'py>(class: &Bound<'py, PyType>) -> Result<Bound<'py, PyDict>> {
    Ok(class.getattr(intern!(class.py(), "_member_map_"))?.cast_into()?)
}

/// The names that a Flag is made of; none when they don't make up all of its value.
fn flag_names(object: &Bound<'_, PyAny>) -> Result<Option<Vec<String>>> {
    let py = object.py();
    let mut rest = object.getattr(intern!(py, "_value_"))?;
    let mut names = Vec::new();
    for member in object.try_iter()? {
        let member = member?;
        rest = rest.bitxor(member.getattr(intern!(py, "_value_"))?)?;
        names.push(member.getattr(intern!(py, "_name_"))?.extract()?);
    }
    Ok(rest.eq(0)?.then_some(names))
}

pub(super) fn build<'py>(
    restore: &mut Restore<'py>,
    node: &Node<'_>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let (Node::Dataclass(name, _) | Node::NamedTuple(name, _) | Node::Enum(name, _)) = node else {
        return Err(Fault::corrupt("a node out of place"));
    };
    let shape = wanted(restore, *name)?;
    match (node, &shape.kind) {
        (Node::Dataclass(..), Kind::Dataclass(fields)) => build_dataclass(&shape, fields, children),
        (Node::NamedTuple(..), Kind::NamedTuple(names)) => build_named_tuple(&shape, names, children),
        (Node::Enum(_, names), Kind::Enum { is_flag }) => build_enum(&shape, names, *is_flag),
        _ => Err(Fault::invalid(format!(
            "the class is of another kind than when this was saved; pass it as it was: types=[{}]",
            short_name(name.qualname)
        ))),
    }
}

/// The class of a stored name, found and looked over once per value.
fn wanted<'py>(restore: &mut Restore<'py>, name: ClassName<'_>) -> Result<Rc<Shape<'py>>> {
    let known = restore.shapes.iter().find(|(module, qualname, _)| name == ClassName { module, qualname });
    if let Some((_, _, shape)) = known {
        return Ok(shape.clone());
    }
    let class = restore.classes.find(name)?.ok_or_else(|| missing(name))?;
    let shape = look(&class)?.ok_or_else(|| {
        Fault::invalid(format!(
            "the class is no dataclass, namedtuple or Enum any more; pass it as it was: types=[{}]",
            short_name(name.qualname)
        ))
    })?;
    let shape = Rc::new(shape);
    restore.shapes.push((name.module.to_owned(), name.qualname.to_owned(), shape.clone()));
    Ok(shape)
}

fn missing(name: ClassName<'_>) -> Fault {
    Fault::invalid(format!(
        "this value needs the class {}.{}, which is in no imported module of this app; pass it: types=[{}]",
        name.module,
        name.qualname,
        short_name(name.qualname)
    ))
}

/// Stored fields by name, in the order of the class's own.
fn in_order<'py>(
    shape: &Shape<'py>,
    names: &[Bound<'py, PyString>],
    children: Children<'_, 'py>,
) -> Result<Vec<Bound<'py, PyAny>>> {
    let mut stored: Vec<(Bound<'py, PyString>, Bound<'py, PyAny>)> = Vec::with_capacity(names.len());
    let mut children = children;
    while let (Some(name), Some(value)) = (children.next(), children.next()) {
        stored.push((name.cast_into()?, value));
    }
    let is_alike =
        stored.len() == names.len() && stored.iter().zip(names).all(|((stored, _), name)| same(stored, name));
    if is_alike {
        return Ok(stored.into_iter().map(|(_, value)| value).collect());
    }
    let find = |name: &Bound<'py, PyString>| stored.iter().find(|(stored, _)| same(stored, name));
    let found: Vec<_> = names.iter().filter_map(|name| find(name).map(|(_, value)| value.clone())).collect();
    if found.len() == names.len() && stored.len() == names.len() {
        return Ok(found);
    }
    let stored: Vec<_> = stored.iter().map(|(name, _)| name.clone()).collect();
    Err(other_fields(shape, &stored, names))
}

fn other_fields(shape: &Shape<'_>, stored: &[Bound<'_, PyString>], now: &[Bound<'_, PyString>]) -> Fault {
    let beyond = |these: &[Bound<'_, PyString>], those: &[Bound<'_, PyString>]| {
        let names = these.iter().filter(|this| !those.iter().any(|that| same(this, that)));
        names.map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    Fault::invalid(format!(
        "the class {}.{} has other fields than when this was saved (gone: {}; new: {}); pass it as it was: types=[{}]",
        shape.module,
        shape.qualname,
        or_none(&beyond(stored, now)),
        or_none(&beyond(now, stored)),
        short_name(&shape.qualname)
    ))
}

fn or_none(names: &str) -> &str {
    if names.is_empty() { "none" } else { names }
}

fn build_dataclass<'py>(
    shape: &Shape<'py>,
    fields: &Fields<'py>,
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let class = &shape.class;
    let py = class.py();
    let values = in_order(shape, &fields.names, children)?;
    let root = py.get_type::<PyAny>();
    let object = root.call_method1(intern!(py, "__new__"), (class,)).map_err(|error| {
        Fault::invalid(format!("no plain object can be made of the class {}", shape.qualname)).because(error)
    })?;
    let attributes =
        object.getattr_opt(intern!(py, "__dict__"))?.and_then(|dict| dict.cast_into::<PyDict>().ok());
    for ((name, is_slot), value) in fields.names.iter().zip(&fields.is_slot).zip(values) {
        match &attributes {
            Some(attributes) if !is_slot => attributes.set_item(name, value)?,
            _ => {
                root.call_method1(intern!(py, "__setattr__"), (&object, name, value))?;
            }
        }
    }
    Ok(object)
}

fn build_named_tuple<'py>(
    shape: &Shape<'py>,
    names: &[Bound<'py, PyString>],
    children: Children<'_, 'py>,
) -> Result<Bound<'py, PyAny>> {
    let py = shape.class.py();
    let values = PyTuple::new(py, in_order(shape, names, children)?)?;
    Ok(py.get_type::<PyTuple>().call_method1(intern!(py, "__new__"), (&shape.class, values))?)
}

fn build_enum<'py>(shape: &Shape<'py>, names: &[&str], is_flag: bool) -> Result<Bound<'py, PyAny>> {
    let members = members(&shape.class)?;
    let member = |name: &str| {
        members.get_item(name)?.ok_or_else(|| {
            Fault::invalid(format!(
                "the class {}.{} has no such member any more; pass it as it was, types=[{}]: {name}",
                shape.module,
                shape.qualname,
                short_name(&shape.qualname)
            ))
        })
    };
    if let [name] = names {
        return member(name);
    }
    if !is_flag {
        return Err(Fault::corrupt("a member of an Enum by several names"));
    }
    let py = shape.class.py();
    let mut value = 0u8.into_pyobject(py).map_err(PyErr::from)?.into_any();
    for name in names {
        value = value.bitor(member(name)?.getattr(intern!(py, "_value_"))?)?;
    }
    Ok(shape.class.call1((value,))?)
}
