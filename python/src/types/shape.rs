//! What kind of class an app's class is: dataclass, namedtuple or Enum, and with which fields.

use std::cell::Cell;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyMappingProxy, PyString, PyTuple, PyType};
use stillroom::ClassName;

use super::library_classes;
use crate::app::name_of;
use crate::errors::Result;

library_classes! {
    enum_type = "enum", "EnumType";
    flag_class = "enum", "Flag";
    slot_class = "types", "MemberDescriptorType";
}

/// What a walk knows of a class that it met, in either direction.
pub(crate) struct Shape<'py> {
    pub(super) module: String,
    pub(super) qualname: String,
    pub(super) class: Bound<'py, PyType>,
    pub(super) kind: Kind<'py>,
    /// Whether it was looked up as a load would, in this walk.
    pub(super) is_looked_up: Cell<bool>,
}

pub(super) enum Kind<'py> {
    Dataclass(Fields<'py>),
    NamedTuple(Vec<Bound<'py, PyString>>),
    Enum { is_flag: bool },
}

/// The fields of a dataclass, and what else its values could hold.
pub(super) struct Fields<'py> {
    pub(super) names: Vec<Bound<'py, PyString>>,
    /// For each name, whether it lies in a slot instead of the instance's dict.
    pub(super) is_slot: Vec<bool>,
    /// Slots that are no fields.
    pub(super) other_slots: Vec<Bound<'py, PyString>>,
    /// A built-in that its values are as well, with contents that no field holds.
    pub(super) built_in: Option<String>,
}

impl Shape<'_> {
    /// As the format names it.
    pub(super) fn name(&self) -> ClassName<'_> {
        ClassName { module: &self.module, qualname: &self.qualname }
    }
}

/// Looks a class over; none when it is no dataclass, namedtuple or Enum.
pub(super) fn look<'py>(class: &Bound<'py, PyType>) -> Result<Option<Shape<'py>>> {
    let py = class.py();
    let kind = if class.get_type().is_subclass(enum_type(py)?)? {
        Kind::Enum { is_flag: class.is_subclass(flag_class(py)?)? }
    } else if let Some(names) = tuple_fields(class)? {
        Kind::NamedTuple(names)
    } else if let Some(fields) = Fields::of(class)? {
        Kind::Dataclass(fields)
    } else {
        return Ok(None);
    };
    let (module, qualname) = name_of(class)?;
    Ok(Some(Shape { module, qualname, class: class.clone(), kind, is_looked_up: Cell::new(false) }))
}

fn tuple_fields<'py>(class: &Bound<'py, PyType>) -> Result<Option<Vec<Bound<'py, PyString>>>> {
    if !class.is_subclass_of::<PyTuple>()? {
        return Ok(None);
    }
    let names = class.getattr_opt(intern!(class.py(), "_fields"))?;
    Ok(names.and_then(|names| names.cast_into::<PyTuple>().ok()).and_then(|names| names.extract().ok()))
}

impl<'py> Fields<'py> {
    fn of(class: &Bound<'py, PyType>) -> Result<Option<Self>> {
        let py = class.py();
        if class.getattr_opt(intern!(py, "__dataclass_fields__"))?.is_none() {
            return Ok(None);
        }
        let fields = py.import(intern!(py, "dataclasses"))?.call_method1(intern!(py, "fields"), (class,))?;
        let mut names: Vec<Bound<'py, PyString>> = Vec::new();
        for field in fields.try_iter()? {
            names.push(field?.getattr(intern!(py, "name"))?.cast_into()?);
        }
        let (slots, built_in) = slots_and_built_in(class)?;
        let is_named = |slot: &Bound<'py, PyString>| names.iter().any(|name| same(name, slot));
        let other_slots = slots.iter().filter(|slot| !is_named(slot)).cloned().collect();
        let is_slot = names.iter().map(|name| slots.iter().any(|slot| same(name, slot))).collect();
        Ok(Some(Self { names, is_slot, other_slots, built_in }))
    }
}

/// The slots of a class and its bases, and the first base whose values hold more than attributes.
fn slots_and_built_in<'py>(
    class: &Bound<'py, PyType>,
) -> Result<(Vec<Bound<'py, PyString>>, Option<String>)> {
    let py = class.py();
    let mut slots = Vec::new();
    let mut built_in = None;
    for base in class.mro() {
        let base = base.cast_into::<PyType>()?;
        if base.is(py.get_type::<PyAny>()) {
            continue;
        }
        let members = base.getattr(intern!(py, "__dict__"))?;
        let members = members.cast::<PyMappingProxy>()?;
        for name in members.keys()?.iter() {
            let member = members.get_item(&name)?;
            let name = name.cast_into::<PyString>()?;
            if member.get_type().is(slot_class(py)?) {
                slots.push(name);
            } else if same(&name, intern!(py, "__new__")) && member.is_instance_of::<PyCFunction>() {
                built_in = built_in.or(Some(base.name()?.to_string()));
            }
        }
    }
    Ok((slots, built_in))
}

/// Whether two names are the same; names are nearly always the same object.
pub(super) fn same(left: &Bound<'_, PyString>, right: &Bound<'_, PyString>) -> bool {
    left.is(right) || left.as_any().eq(right).unwrap_or(false)
}
