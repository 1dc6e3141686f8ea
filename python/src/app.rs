//! Which classes a value may be built of: those the app hands over, and those of its own modules.
//!
//! Nothing here imports. A module of the app is one that is imported already
//! and whose file lies under the folder of the main script or the working
//! folder, and neither among installed packages nor in the standard library.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString, PyTuple, PyType};
use stillroom::ClassName;

use crate::errors::Result;

/// Folders of installed packages, wherever they are.
const PACKAGES: [&str; 2] = ["site-packages", "dist-packages"];

/// The classes in reach.
pub(crate) struct Classes<'py> {
    py: Python<'py>,
    given: Vec<Given<'py>>,
    folders: OnceCell<Folders>,
}

struct Given<'py> {
    module: String,
    qualname: String,
    class: Bound<'py, PyType>,
}

/// Where the app's own files are, and where they are not.
struct Folders {
    app: Vec<PathBuf>,
    library: Option<PathBuf>,
}

impl<'py> Classes<'py> {
    /// The classes of `types`, and of the app's modules.
    pub(crate) fn new(types: &Bound<'py, PyTuple>) -> Result<Self> {
        let mut given = Vec::with_capacity(types.len());
        for class in types.iter() {
            let class = class.cast_into::<PyType>()?;
            let (module, qualname) = name_of(&class)?;
            given.push(Given { module, qualname, class });
        }
        Ok(Self { py: types.py(), given, folders: OnceCell::new() })
    }

    /// The class of this name: one that was handed over, else one of an imported module of the app.
    ///
    /// A class handed over may have moved: one of the same qualified name will do when it is the only one.
    pub(crate) fn find(&self, name: ClassName<'_>) -> Result<Option<Bound<'py, PyType>>> {
        let named = || self.given.iter().filter(|given| given.qualname == name.qualname);
        if let Some(given) = named().find(|given| given.module == name.module) {
            return Ok(Some(given.class.clone()));
        }
        if let Some(class) = self.find_in_app(name)? {
            return Ok(Some(class));
        }
        let Some(moved) = named().next() else { return Ok(None) };
        let is_only = named().all(|given| given.class.is(&moved.class));
        Ok(is_only.then(|| moved.class.clone()))
    }

    fn find_in_app(&self, name: ClassName<'_>) -> Result<Option<Bound<'py, PyType>>> {
        let py = self.py;
        let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
        let Ok(module) = modules.get_item(name.module) else { return Ok(None) };
        let Ok(module) = module.cast_into::<PyModule>() else { return Ok(None) };
        if name.module != "__main__" && !self.is_of_app(&module) {
            return Ok(None);
        }
        walk(&module.dict(), name.qualname)
    }

    fn is_of_app(&self, module: &Bound<'py, PyModule>) -> bool {
        let Some(file) = file_of(module) else { return false };
        let folders = self.folders.get_or_init(|| Folders::look(self.py));
        let is_installed = file.iter().any(|part| PACKAGES.iter().any(|packages| part == *packages));
        let is_library = folders.library.as_ref().is_some_and(|library| file.starts_with(library));
        !is_installed && !is_library && folders.app.iter().any(|folder| file.starts_with(folder))
    }
}

/// `__module__` and `__qualname__` of a class.
pub(crate) fn name_of(class: &Bound<'_, PyType>) -> Result<(String, String)> {
    Ok((class.module()?.to_string(), class.qualname()?.to_string()))
}

/// Follows a qualified name through dicts, so that no descriptor and no module's `__getattr__` runs.
pub(crate) fn walk<'py>(module: &Bound<'py, PyDict>, qualname: &str) -> Result<Option<Bound<'py, PyType>>> {
    let py = module.py();
    let mut parts = qualname.split('.');
    let first = parts.next().unwrap_or_default();
    let mut found = module.get_item(first)?;
    for part in parts {
        let Some(Ok(class)) = found.map(Bound::cast_into::<PyType>) else { return Ok(None) };
        found = class.getattr(intern!(py, "__dict__"))?.call_method1(intern!(py, "get"), (part,)).ok();
    }
    Ok(found.and_then(|object| object.cast_into::<PyType>().ok()))
}

fn file_of(module: &Bound<'_, PyModule>) -> Option<PathBuf> {
    let file = module.dict().get_item(intern!(module.py(), "__file__")).ok()??;
    let file: PathBuf = file.cast::<PyString>().ok()?.to_str().ok()?.into();
    file.canonicalize().ok()
}

impl Folders {
    fn look(py: Python<'_>) -> Self {
        let module = |name: &str| PyModule::import(py, name).ok().and_then(|module| file_of(&module));
        let folder = |file: PathBuf| file.parent().map(Path::to_owned);
        let working = std::env::current_dir().ok().and_then(|folder| folder.canonicalize().ok());
        Self {
            app: module("__main__").and_then(folder).into_iter().chain(working).collect(),
            library: module("os").and_then(folder),
        }
    }
}
