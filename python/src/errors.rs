//! What goes wrong at this door, and how it becomes an exception of `stillroom._errors`.
//!
//! Messages are made where the facts are; here they only meet their class and
//! their causes.

use std::error::Error as StdError;

use pyo3::exceptions::{PyException, PyMemoryError, PyModuleNotFoundError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use stillroom::{Error, ErrorKind, FormatError};

/// This door's answer.
pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// Why something can't be captured, restored or done. Boxed, so that the answer of every node stays small.
#[derive(Debug)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug)]
enum Inner {
    /// One of the kinds.
    Known { kind: ErrorKind, is_full: bool, message: String, path: Option<String>, cause: Option<PyErr> },
    /// An exception that Python raised.
    Python(PyErr),
}

impl Fault {
    /// A fault of this kind.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner::Known {
            kind,
            is_full: false,
            message: message.into(),
            path: None,
            cause: None,
        }))
    }

    /// A part of a value has no exact form; the message ends in the next step.
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// An argument, or the app around it, is wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// What is stored is not what a writer would have written.
    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    /// Adds what Python said.
    pub(crate) fn because(mut self, error: PyErr) -> Self {
        if let Inner::Known { cause, .. } = &mut *self.0 {
            *cause = Some(error);
        }
        self
    }

    /// Adds where in the value it is: to the exception's `path` and to the end of the message.
    pub(crate) fn at(mut self, place: &str) -> Self {
        if let Inner::Known { message, path, .. } = &mut *self.0
            && path.is_none()
        {
            message.push_str("; at ");
            message.push_str(place);
            *path = Some(place.to_owned());
        }
        self
    }

    /// Notes that a full disk is the reason.
    fn of_full_disk(mut self) -> Self {
        if let Inner::Known { is_full, .. } = &mut *self.0 {
            *is_full = true;
        }
        self
    }

    /// Its kind, unless it is Python's own.
    pub(crate) fn kind(&self) -> Option<ErrorKind> {
        match &*self.0 {
            Inner::Known { kind, .. } => Some(*kind),
            Inner::Python(_) => None,
        }
    }

    /// Where in the value it is, once that was added.
    pub(crate) fn path(&self) -> Option<String> {
        match &*self.0 {
            Inner::Known { path, .. } => path.clone(),
            Inner::Python(_) => None,
        }
    }

    /// Its words.
    pub(crate) fn message(&self) -> String {
        match &*self.0 {
            Inner::Known { message, .. } => message.clone(),
            Inner::Python(error) => error.to_string(),
        }
    }

    /// Makes the lack of a library a fault that says what to install: it is nothing that is wrong with the value.
    pub(crate) fn or_missing_library(self, py: Python<'_>) -> Self {
        match *self.0 {
            Inner::Python(error) if error.is_instance_of::<PyModuleNotFoundError>(py) => {
                let name =
                    error.value(py).getattr("name").map_or_else(|_| String::new(), |name| name.to_string());
                let message = "this value needs a library that is not installed here; install it";
                Self::invalid(format!("{message}: {name}")).because(error)
            }
            inner => Self(Box::new(inner)),
        }
    }

    /// Makes an exception that Python raised along the way the cause of a fault of `kind`.
    ///
    /// What is not about the value passes through: KeyboardInterrupt, SystemExit, MemoryError.
    pub(crate) fn explained(self, py: Python<'_>, kind: ErrorKind, message: &str) -> Self {
        match *self.0 {
            Inner::Python(error) if is_about_the_value(py, &error) => Self::new(kind, message).because(error),
            inner => Self(Box::new(inner)),
        }
    }
}

fn is_about_the_value(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyException>(py) && !error.is_instance_of::<PyMemoryError>(py)
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self(Box::new(Inner::Python(error)))
    }
}

impl From<pyo3::CastError<'_, '_>> for Fault {
    fn from(error: pyo3::CastError<'_, '_>) -> Self {
        PyErr::from(error).into()
    }
}

impl From<pyo3::CastIntoError<'_>> for Fault {
    fn from(error: pyo3::CastIntoError<'_>) -> Self {
        PyErr::from(error).into()
    }
}

impl From<FormatError> for Fault {
    fn from(error: FormatError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let mut causes = Vec::new();
        let mut cause = error.source();
        while let Some(layer) = cause {
            causes.push(layer.to_string());
            cause = layer.source();
        }
        let fault = Self::new(error.kind(), error.to_string());
        let fault = if error.is_full() { fault.of_full_disk() } else { fault };
        match chain(causes) {
            Some(cause) => fault.because(cause),
            None => fault,
        }
    }
}

/// Causes, outermost first, as exceptions chained by `__cause__`.
fn chain(causes: Vec<String>) -> Option<PyErr> {
    Python::attach(|py| {
        causes.into_iter().rev().fold(None, |inner, text| {
            let error = PyRuntimeError::new_err(text);
            error.set_cause(py, inner);
            Some(error)
        })
    })
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        match *fault.0 {
            Inner::Python(error) => error,
            Inner::Known { kind, is_full, message, path, cause } => Python::attach(|py| {
                let made = exception(py, kind, is_full, &message, path.as_deref());
                let error = made.unwrap_or_else(|error| error);
                error.set_cause(py, cause);
                error
            }),
        }
    }
}

fn exception(
    py: Python<'_>,
    kind: ErrorKind,
    is_full: bool,
    message: &str,
    path: Option<&str>,
) -> PyResult<PyErr> {
    static BY_KIND: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    static DISK_FULL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = match is_full {
        true => DISK_FULL.import(py, "stillroom._errors", "DiskFullError")?.clone(),
        false => BY_KIND.import(py, "stillroom._errors", "BY_KIND")?.as_any().get_item(kind.as_str())?,
    };
    let named = PyDict::new(py);
    named.set_item("path", path)?;
    Ok(PyErr::from_value(class.call((message,), Some(&named))?))
}
