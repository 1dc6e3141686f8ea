//! Why a value can't be kept, in words that end in what to do instead.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyFunction, PyModule, PyType};

use crate::app::name_of;
use crate::errors::{Fault, Result};

/// What to do with values of Python itself that people do come with.
const ADVICE: [(&str, &str, &str); 19] = [
    ("collections", "Counter", "convert it with dict(...)"),
    ("collections", "ChainMap", "convert it with dict(...)"),
    ("collections", "UserDict", "store its .data"),
    ("collections", "UserList", "store its .data"),
    ("types", "MappingProxyType", "convert it with dict(...)"),
    ("builtins", "mappingproxy", "convert it with dict(...)"),
    ("types", "SimpleNamespace", "store vars(...) of it"),
    ("builtins", "memoryview", "convert it with bytes(...)"),
    ("array", "array", "convert it with numpy.asarray(...) or list(...)"),
    ("builtins", "dict_keys", "convert it with list(...)"),
    ("builtins", "dict_values", "convert it with list(...)"),
    ("builtins", "dict_items", "convert it with list(...)"),
    ("builtins", "generator", "convert it with list(...)"),
    ("builtins", "zip", "convert it with list(...)"),
    ("builtins", "map", "convert it with list(...)"),
    ("builtins", "filter", "convert it with list(...)"),
    ("builtins", "enumerate", "convert it with list(...)"),
    ("functools", "partial", "store its parameters"),
    ("re", "Pattern", "store its .pattern"),
];

/// Libraries whose values are exact in the format or refused, and never pickled.
const DATA_LIBRARIES: [(&str, &str); 6] = [
    ("numpy", "convert it to an array of a plain dtype, or to a list"),
    ("pandas", "convert it to a column, an index or a frame of a common dtype"),
    ("polars", "store a DataFrame or Series made with it"),
    ("pyarrow", "store an array or a table made of it"),
    ("scipy.sparse", "convert it with .tocsr()"),
    ("xarray", "store a Dataset made of it"),
];

/// Classes of data whose subclasses would lose what they are, or what they hold.
const DATA_CLASSES: [(&str, &str); 13] = [
    ("numpy", "ndarray"),
    ("numpy", "generic"),
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("pandas", "Index"),
    ("polars", "DataFrame"),
    ("polars", "Series"),
    ("scipy", "sparray"),
    ("scipy", "spmatrix"),
    ("xarray", "DataArray"),
    ("xarray", "Dataset"),
    ("plotly", "Figure"),
    ("altair", "TopLevelMixin"),
];

/// The refusal of an object that no family takes.
pub(crate) fn refuse(object: &Bound<'_, PyAny>) -> Fault {
    match reason(object) {
        Ok(Some(message)) => Fault::unsupported(message),
        Ok(None) => Fault::unsupported(format!(
            "can't keep an object of this class; store its parts as plain values: {}",
            full_name(&object.get_type())
        )),
        Err(fault) => fault,
    }
}

/// Why an object may never be pickled; none when nothing speaks against it.
pub(super) fn reason(object: &Bound<'_, PyAny>) -> Result<Option<String>> {
    let class = object.get_type();
    if let Some(message) = of_code(object)? {
        return Ok(Some(message));
    }
    if let Some(message) = of_data(&class)? {
        return Ok(Some(message));
    }
    of_python(&class)
}

/// Code is not a value: it is the app's, and changes with it.
fn of_code(object: &Bound<'_, PyAny>) -> Result<Option<String>> {
    if object.is_instance_of::<PyFunction>() {
        let name = object.getattr(intern!(object.py(), "__name__"))?.to_string();
        return Ok(Some(match &*name {
            "<lambda>" => {
                "can't keep a lambda; store its parameters, or define it with def in a module".to_owned()
            }
            name => {
                format!("can't keep a function; store its parameters, and call it again after a load: {name}")
            }
        }));
    }
    let what = if object.is_instance_of::<PyCFunction>() || object.get_type().name()? == "method" {
        "a function; store its parameters, and call it again after a load"
    } else if object.is_instance_of::<PyType>() {
        "a class; store its name"
    } else if object.is_instance_of::<PyModule>() {
        "a module; store its name"
    } else {
        return Ok(None);
    };
    Ok(Some(format!("can't keep {what}")))
}

/// Data of the libraries that we know is exact in the format, or it is refused.
fn of_data(class: &Bound<'_, PyType>) -> Result<Option<String>> {
    let (module, qualname) = name_of(class)?;
    let is_of = |library: &str| {
        module.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some((_, advice)) = DATA_LIBRARIES.iter().find(|(library, _)| is_of(library)) {
        return Ok(Some(format!("can't keep a value of type {module}.{qualname}; {advice}")));
    }
    for base in class.mro().iter().skip(1) {
        let (base_module, base_name) = name_of(&base.cast_into()?)?;
        // Where a time stands, the format has a place for zones alone, so none may go by way of pickle.
        if (&*base_module, &*base_name) == ("datetime", "tzinfo") {
            return Ok(Some(format!(
                "can't keep a time zone of this class; use zoneinfo.ZoneInfo or datetime.timezone: {module}.{qualname}"
            )));
        }
        let root = base_module.split('.').next().unwrap_or_default();
        if DATA_CLASSES.contains(&(root, &*base_name)) {
            return Ok(Some(format!(
                "can't keep a subclass of {root}.{base_name}; convert it to a plain one: {module}.{qualname}"
            )));
        }
    }
    Ok(None)
}

/// Python's own values have a family or none.
fn of_python(class: &Bound<'_, PyType>) -> Result<Option<String>> {
    let (module, qualname) = name_of(class)?;
    let root = module.split('.').next().unwrap_or_default();
    if root != "stillroom" && !is_of_python(class.py(), root)? {
        return Ok(None);
    }
    let advice = ADVICE.iter().find(|(of, name, _)| *of == module && *name == qualname);
    let advice = advice.map_or("store its parts as plain values", |(_, _, advice)| advice);
    Ok(Some(format!("can't keep a value of type {}; {advice}", full_name(class))))
}

/// A class as a record names its kind: by its module only when that is neither Python's, NumPy's nor pandas'.
pub(crate) fn kind_name(class: &Bound<'_, PyType>) -> Result<String> {
    let (module, qualname) = name_of(class)?;
    let root = module.split('.').next().unwrap_or_default();
    let is_common = matches!(root, "builtins" | "numpy" | "pandas") || is_of_python(class.py(), root)?;
    Ok(if is_common { qualname } else { format!("{module}.{qualname}") })
}

fn is_of_python(py: Python<'_>, root: &str) -> Result<bool> {
    let names = py.import(intern!(py, "sys"))?.getattr(intern!(py, "stdlib_module_names"))?;
    Ok(root != "__main__" && names.contains(root)?)
}

/// A class as people name it: built-ins without their module.
pub(crate) fn full_name(class: &Bound<'_, PyType>) -> String {
    match name_of(class) {
        Ok((module, qualname)) if module == "builtins" => qualname,
        Ok((module, qualname)) => format!("{module}.{qualname}"),
        Err(_) => "nameless class".to_owned(),
    }
}
