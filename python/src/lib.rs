//! The Python door: objects go straight into the format's writer and are built straight from its reader.
//!
//! `capture.rs` and `restore.rs` walk; `types/` knows the families, each with
//! both directions in one file; `store.rs` is the class that the Python package
//! `stillroom` stands on. Python is left in one place (`enter.rs`), and all
//! that is unsafe is in `borrow.rs`. Nothing here is meant for an app.

#![deny(unsafe_code)]

mod answer;
mod app;
mod borrow;
mod capture;
mod check;
mod encoded;
mod enter;
mod errors;
mod facts;
mod part;
mod path;
mod pause;
mod restore;
mod seen;
mod session;
mod store;
mod types;

use pyo3::prelude::*;

/// The compiled half of the package `stillroom`.
#[pymodule]
#[pyo3(name = "_core")]
mod core_module {
    use pyo3::prelude::*;
    use pyo3::types::{PyBytes, PyTuple};
    use stillroom::{ErrorKind, SigningKey};

    use crate::encoded;
    use crate::errors::{Fault, Result};

    #[pymodule_export]
    use crate::session::{is_project, send_code, sign_in, sign_out};

    #[pymodule_export]
    use crate::store::Core;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("ERROR_KINDS", PyTuple::new(module.py(), ErrorKind::ALL.map(ErrorKind::as_str))?)?;
        module.add("IS_DEBUG", cfg!(debug_assertions))
    }

    /// The `stillroom` command; returns its exit code.
    #[pyfunction]
    fn run_cli(py: Python<'_>, args: Vec<String>) -> i32 {
        let args = args.into_iter().map(Into::into);
        py.detach(|| stillroom_cli::run_here(args))
    }

    /// A new random signing key, as the line to keep.
    #[pyfunction]
    fn new_signing_key() -> PyResult<String> {
        SigningKey::generate().map_err(|error| Fault::from(error).into())
    }
    /// The manifest and the blobs of a value, for tests of the format.
    #[pyfunction]
    fn encode<'py>(value: Bound<'py, PyAny>) -> Result<(Bound<'py, PyBytes>, Vec<Bound<'py, PyBytes>>)> {
        encoded::encode(&value)
    }

    /// The value of a manifest and its blobs, for tests of the format. Opaque objects stay closed.
    #[pyfunction]
    #[pyo3(signature = (manifest, blobs, types=None))]
    fn decode<'py>(
        py: Python<'py>,
        manifest: &[u8],
        blobs: Vec<Vec<u8>>,
        types: Option<Bound<'py, PyTuple>>,
    ) -> Result<Bound<'py, PyAny>> {
        let types = types.unwrap_or_else(|| PyTuple::empty(py));
        encoded::decode(py, manifest, &blobs, &types)
    }
}
