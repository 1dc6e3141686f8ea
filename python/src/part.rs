//! A load at this door: the whole value, or a part of it.
//!
//! Which columns are meant is the library's to say (`stillroom/_part.py`), so
//! their labels are loaded first and asked about there. What the format can't
//! cut is loaded whole, and cut by the library.

use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice, PyTuple};
use stillroom::{Access, ErrorKind, Labels, Opened, Part, Record, ResultKey, Rows, Store, Version, Watch};

use crate::app::Classes;
use crate::enter::enter;
use crate::errors::{Fault, Result};
use crate::restore::{Columns, restore, restore_part};

/// What a caller asks for.
pub(crate) struct Asked<'py> {
    pub(crate) store: Store,
    pub(crate) key: ResultKey,
    pub(crate) version: Option<Version>,
    pub(crate) types: Bound<'py, PyTuple>,
    pub(crate) progress: Option<Py<PyAny>>,
    pub(crate) columns: Option<Bound<'py, PyList>>,
    pub(crate) rows: Option<Bound<'py, PySlice>>,
    pub(crate) access: Access,
}

/// The columns asked for, where they are.
struct Chosen<'py> {
    /// Their places, ascending and each once.
    places: Vec<u64>,
    /// For each column asked for, which of those it is.
    order: Vec<usize>,
    /// What a frame's labels are, each column once; none for a table of plain names.
    labels: Option<Bound<'py, PyAny>>,
}

impl<'py> Chosen<'py> {
    /// What a frame is to be built with, and the order to put the columns in after that.
    fn into_columns(self) -> (Option<Columns<'py>>, Option<Vec<usize>>) {
        match self.labels {
            None => (None, Some(self.order)),
            Some(labels) if self.order.len() == self.places.len() => {
                (Some(Columns { labels, order: self.order }), None)
            }
            // One column in two places: the library copies it.
            Some(labels) => {
                (Some(Columns { labels, order: (0..self.places.len()).collect() }), Some(self.order))
            }
        }
    }
}

impl<'py> Asked<'py> {
    /// The value or its part, and the version's facts.
    pub(crate) fn load(&self) -> Result<(Bound<'py, PyAny>, Record)> {
        if self.columns.is_none() && self.rows.is_none() {
            return self.load_whole();
        }
        match self.load_part() {
            // It may be a value that can't be built in parts; if it is damaged, that is found out again.
            Err(fault) if fault.kind() == Some(ErrorKind::Corrupt) => {
                let (value, record) = self.load_whole()?;
                Ok((self.take(&value)?, record))
            }
            answer => answer,
        }
    }

    fn load_whole(&self) -> Result<(Bound<'py, PyAny>, Record)> {
        let Self { store, key, version, access, progress, .. } = self;
        let py = self.types.py();
        let work = |watch: Watch<'_>| store.load_as(key, *version, *access, watch);
        let loaded = enter(py, progress.as_ref(), work)?;
        let classes = Classes::new(&self.types)?;
        let value = restore(py, &loaded.manifest, loaded.bodies, loaded.trust, classes)?;
        Ok((value, loaded.record))
    }

    fn load_part(&self) -> Result<(Bound<'py, PyAny>, Record)> {
        let py = self.types.py();
        let Self { store, key, version, .. } = self;
        let opened = enter(py, None, |_| store.open_version(key, *version))?;
        let chosen = self.columns.as_ref().map(|columns| self.choose(&opened, columns)).transpose()?;
        let rows = self.rows.as_ref().map(rows).transpose()?;
        let columns = chosen.as_ref().map(|chosen| chosen.places.clone());
        let part = Part { columns, rows, child: None };
        let (columns, order) = chosen.map_or((None, None), Chosen::into_columns);
        let value = self.build(&opened, part, columns)?;
        let value = order.map_or(Ok(value.clone()), |order| self.arrange(&value, order))?;
        Ok((value, opened.record))
    }

    fn build(&self, opened: &Opened, part: Part, columns: Option<Columns<'py>>) -> Result<Bound<'py, PyAny>> {
        let Self { store, access, progress, .. } = self;
        let py = self.types.py();
        let progress = progress.as_ref().filter(|_| part.child.is_none());
        let work = |watch: Watch<'_>| store.load_part(opened, part, *access, watch);
        let mut loaded = enter(py, progress, work)?;
        let bodies = std::mem::take(&mut loaded.bodies);
        let classes = Classes::new(&self.types)?;
        restore_part(py, &mut loaded.reader(opened), bodies, opened.trust, classes, columns)
    }

    fn choose(&self, opened: &Opened, columns: &Bound<'py, PyList>) -> Result<Chosen<'py>> {
        let (py, store) = (self.types.py(), &self.store);
        let labels = match enter(py, None, |_| store.labels(opened))? {
            // What has no columns is told so by the load.
            None => return Ok(Chosen { places: Vec::new(), order: Vec::new(), labels: None }),
            Some(Labels::Names(names)) => PyList::new(py, names)?.into_any(),
            Some(Labels::Index(child)) => {
                self.build(opened, Part { child: Some(child), ..Part::default() }, None)?
            }
        };
        let (asked, chosen): (Vec<u64>, Bound<'py, PyAny>) =
            helper(py, "choose")?.call1((&labels, columns))?.extract()?;
        let mut places = asked.clone();
        places.sort_unstable();
        places.dedup();
        let order = asked.iter().filter_map(|place| places.binary_search(place).ok()).collect::<Vec<_>>();
        let labels = match chosen.is_instance_of::<PyList>() {
            true => None,
            false if order.len() == places.len() => Some(chosen),
            false => Some(labels.call_method1(intern!(py, "take"), (places.clone(),))?),
        };
        Ok(Chosen { places, order, labels })
    }

    fn arrange(&self, value: &Bound<'py, PyAny>, order: Vec<usize>) -> Result<Bound<'py, PyAny>> {
        let py = value.py();
        let arranged = helper(py, "arrange")?.call1((value, order)).map_err(Fault::from);
        arranged.map_err(|fault| {
            fault.explained(py, ErrorKind::Invalid, "this table can't have a column twice; ask for it once")
        })
    }

    fn take(&self, value: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        let py = value.py();
        helper(py, "take")?.call1((value, &self.columns, &self.rows)).map_err(|error| {
            if error.is_instance_of::<PyIndexError>(py) || error.is_instance_of::<PyTypeError>(py) {
                return Fault::invalid("this value has no rows to choose from; load it whole").because(error);
            }
            error.into()
        })
    }
}

fn rows(rows: &Bound<'_, PySlice>) -> Result<Rows> {
    let end = |name| rows.getattr(name)?.extract();
    Ok(Rows { start: end(intern!(rows.py(), "start"))?, stop: end(intern!(rows.py(), "stop"))? })
}

fn helper<'py>(py: Python<'py>, name: &str) -> Result<Bound<'py, PyAny>> {
    Ok(py.import(intern!(py, "stillroom._part"))?.getattr(name)?)
}
