//! Opaque Python objects: an object of no family, pickled, and only ever opened when signed.
//!
//! Who may be pickled is decided here; the pickling is in
//! `stillroom/_opaque.py`, the one place that knows pickle. Signing is the
//! facade's, which sees bytes.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyModule, PyType};
use stillroom::{ClassName, ErrorKind, OpaqueHead, Source, Trust};

use super::refuse::{full_name, reason};
use crate::app::{name_of, walk};
use crate::borrow::{LentBuffer, Memory};
use crate::capture::{Answer, Capture};
use crate::errors::{Fault, Result};
use crate::restore::Restore;

/// Pickles an object of no family.
pub(super) fn capture<'py>(capture: &mut Capture<'py>, object: &Bound<'py, PyAny>) -> Result<Answer<'py>> {
    let class = object.get_type();
    if let Some(message) = reason(object)? {
        return Err(Fault::unsupported(message));
    }
    check_importable(&class)?;
    let name = full_name(&class);
    if !capture.can_sign {
        return Err(Fault::unsupported(format!(
            "no signing key, so an object of {name} can't be kept in this store; run \"stillroom key\" and pass its \
             line as signing_key"
        )));
    }
    let dumped = dump(object, &name)?;
    let buffers = dumped.buffers.iter().map(|(memory, is_readonly)| {
        let lent: Box<dyn Source> = Box::new(LentBuffer::of(memory)?);
        Ok((lent, *is_readonly))
    });
    let buffers = buffers.collect::<Result<Vec<_>>>()?;
    let versions: Vec<(&str, &str)> =
        dumped.versions.iter().map(|(name, version)| (&**name, &**version)).collect();
    let (module, qualname) = name_of(&class)?;
    let class = ClassName { module: &module, qualname: &qualname };
    let pickle = Box::new(LentBuffer::of_bytes(&dumped.pickle));
    capture.writer.opaque(class, pickle, buffers, &versions)?;
    Ok(Answer::Leaf)
}

/// An object can only come back where its class can be imported by name.
fn check_importable(class: &Bound<'_, PyType>) -> Result<()> {
    let py = class.py();
    let (module, qualname) = name_of(class)?;
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    let found = match modules.cast::<PyDict>()?.get_item(&*module)? {
        Some(found) if module != "__main__" && module != "__mp_main__" => {
            walk(&found.cast::<PyModule>()?.dict(), &qualname)?
        }
        _ => None,
    };
    match found {
        Some(found) if found.is(class) => Ok(()),
        _ => Err(Fault::unsupported(format!(
            "can't keep an object of a class that can't be imported by name; move the class to a module: \
             {module}.{qualname}"
        ))),
    }
}

/// What pickling gave.
struct Dumped<'py> {
    pickle: Bound<'py, PyBytes>,
    /// Contiguous memory, and whether it was read-only.
    buffers: Vec<(Bound<'py, PyAny>, bool)>,
    versions: Vec<(String, String)>,
}

fn dump<'py>(object: &Bound<'py, PyAny>, name: &str) -> Result<Dumped<'py>> {
    let py = object.py();
    let module = module(py)?;
    let dumped = module.call_method1(intern!(py, "dump"), (object,)).map_err(|error| {
        match error
            .is_instance(py, &module.getattr("RefusedError").unwrap_or_else(|_| py.None().into_bound(py)))
        {
            // Its words are ours, and say all there is to say.
            true => Fault::unsupported(error.value(py).to_string()),
            false => Fault::from(error).explained(
                py,
                ErrorKind::Unsupported,
                &format!("can't pickle an object of {name}; store its parts as plain values"),
            ),
        }
    })?;
    let (pickle, buffers, versions) = dumped.extract()?;
    Ok(Dumped { pickle, buffers, versions })
}

fn module(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import(intern!(py, "stillroom._opaque"))
}

/// Opens an opaque object, when a key in hand has signed it.
pub(super) fn build<'py>(restore: &mut Restore<'py>, head: &OpaqueHead<'_>) -> Result<Bound<'py, PyAny>> {
    let py = restore.py;
    let name = format!("{}.{}", head.class.module, head.class.qualname);
    match restore.trust {
        Trust::Trusted => {}
        Trust::Unsigned => return Err(locked(&name, "it is not signed")),
        Trust::Untrusted => return Err(locked(&name, "it was saved by another app, key or owner")),
    }
    let pickle = Memory::lend(py, restore.body(head.pickle)?)?;
    let buffers = PyList::empty(py);
    for (payload, is_readonly) in &head.buffers {
        let memory = Memory::lend(py, restore.body(*payload)?)?;
        buffers.append((memory, *is_readonly))?;
    }
    let versions: Vec<(&str, &str)> = head.versions.clone();
    let loaded = module(py)?.call_method1(intern!(py, "load"), (pickle, buffers, &versions));
    loaded.map_err(|error| {
        let made_with: Vec<String> =
            versions.iter().map(|(library, version)| format!("{library} {version}")).collect();
        let message = format!(
            "can't rebuild an object of {name}; open it with the libraries that made it: {}",
            made_with.join(", ")
        );
        Fault::from(error).explained(py, ErrorKind::Invalid, &message)
    })
}

fn locked(name: &str, why: &str) -> Fault {
    Fault::new(
        ErrorKind::Denied,
        format!("an object of {name} can't be opened here: {why}; pass the signing_key it was saved with"),
    )
}
