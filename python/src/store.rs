//! The class that the Python package stands on: one open store for one owner.
//!
//! Arguments are parsed once, here; each method is one call down. Values are
//! captured and restored with the GIL held, the store is entered without it.

use std::sync::{PoisonError, RwLock};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use stillroom::{
    Draft, Limits, OpenOptions, Owner, PageKey, Receipt, Record, ResultKey, Save, SigningKey, Store, Trust,
    Uuid, Verify, Version, Writer, decode_metadata, encode_metadata,
};

use crate::app::Classes;
use crate::capture::{self, Destination};
use crate::enter::enter;
use crate::errors::{Fault, Result};
use crate::restore::restore;

/// page, key, value, and the version the save is based on (0: nothing saved yet; none: no condition).
type Item<'py> = (String, String, Bound<'py, PyAny>, Option<u64>, Option<Bound<'py, PyAny>>);

/// One open store for one owner; may be used from several threads.
#[pyclass(frozen, module = "stillroom._core")]
pub(crate) struct Core {
    store: RwLock<Option<Store>>,
}

#[pymethods]
impl Core {
    #[staticmethod]
    #[pyo3(signature = (url, *, owner, signing_keys, keep_versions, verify))]
    fn open(
        py: Python<'_>,
        url: Option<String>,
        owner: Option<&str>,
        signing_keys: Option<Vec<String>>,
        keep_versions: Option<u64>,
        verify: &str,
    ) -> Result<Self> {
        let parse_keys = |keys: Vec<String>| keys.iter().map(|key| SigningKey::parse(key)).collect();
        let options = OpenOptions {
            url,
            owner: owner.map(parse_owner).transpose()?,
            signing_keys: signing_keys.map(parse_keys).transpose()?,
            keep_versions,
            verify: parse_verify(verify)?,
            ..OpenOptions::default()
        };
        Ok(Self::over(enter(py, None, |_| Store::open(options))?))
    }

    #[getter]
    fn location(&self) -> Result<String> {
        Ok(self.store()?.location().to_owned())
    }

    #[getter]
    fn owner(&self) -> Result<String> {
        Ok(self.store()?.owner().to_string())
    }

    #[getter]
    fn is_local(&self) -> Result<bool> {
        Ok(self.store()?.is_local())
    }

    fn as_owner(&self, owner: &str) -> Result<Self> {
        Ok(Self::over(self.store()?.as_owner(Owner::new(parse_owner(owner)?))))
    }

    #[pyo3(signature = (items, *, label, provenance, progress, types = None))]
    fn save<'py>(
        &self,
        py: Python<'py>,
        items: Vec<Item<'py>>,
        label: Option<String>,
        provenance: String,
        progress: Option<Py<PyAny>>,
        types: Option<Bound<'py, PyTuple>>,
    ) -> Result<Bound<'py, PyList>> {
        let store = self.store()?;
        let types = types.unwrap_or_else(|| PyTuple::empty(py));
        let mut saves = Vec::with_capacity(items.len());
        for (page, key, value, if_version, metadata) in items {
            let key = ResultKey::parse(&page, &key).map_err(stillroom::Error::from)?;
            let metadata = metadata.map(|metadata| capture_metadata(&metadata)).transpose()?;
            let draft = capture_value(&store, &key, &value, &types)?;
            saves.push(Save {
                label: label.clone(),
                metadata: metadata.as_ref().map(encode_metadata).transpose()?,
                provenance: provenance.clone(),
                if_version: if_version.map(Version::new),
                ..Save::new(key, draft)
            });
        }
        let receipts = enter(py, progress.as_ref(), |watch| store.save(saves, watch))?;
        let dicts = receipts.iter().map(|receipt| receipt_dict(py, receipt)).collect::<Result<Vec<_>>>()?;
        Ok(PyList::new(py, dicts)?)
    }

    fn load<'py>(
        &self,
        py: Python<'py>,
        page: &str,
        key: &str,
        version: Option<u64>,
        types: Bound<'py, PyTuple>,
    ) -> Result<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let version = parse_version(version)?;
        let loaded = enter(py, None, |watch| store.load(&key, version, watch))?;
        let value = restore(py, &loaded.manifest, loaded.bodies, loaded.trust, Classes::new(&types)?)?;
        Ok((value, record_dict(py, &loaded.record)?))
    }

    fn record<'py>(
        &self,
        py: Python<'py>,
        page: &str,
        key: &str,
        version: Option<u64>,
    ) -> Result<Bound<'py, PyDict>> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let version = parse_version(version)?;
        record_dict(py, &enter(py, None, |_| store.record(&key, version))?)
    }

    fn results<'py>(&self, py: Python<'py>, page: Option<&str>) -> Result<Bound<'py, PyList>> {
        let store = self.store()?;
        let page = page.map(PageKey::parse).transpose().map_err(stillroom::Error::from)?;
        record_list(py, &enter(py, None, |_| store.results(page.as_ref()))?)
    }

    fn history<'py>(&self, py: Python<'py>, page: &str, key: &str) -> Result<Bound<'py, PyList>> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        record_list(py, &enter(py, None, |_| store.history(&key))?)
    }

    fn delete(&self, py: Python<'_>, page: &str, key: &str, version: Option<u64>) -> Result<u64> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let version = parse_version(version)?;
        enter(py, None, |_| store.delete(&key, version))
    }

    fn usage<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        let store = self.store()?;
        let usage = enter(py, None, |_| store.usage())?;
        let dict = PyDict::new(py);
        dict.set_item("results", usage.results)?;
        dict.set_item("versions", usage.versions)?;
        dict.set_item("value_bytes", usage.value_bytes)?;
        dict.set_item("stored_bytes", usage.stored_bytes)?;
        Ok(dict)
    }

    fn check<'py>(&self, value: Bound<'py, PyAny>) -> Result<Bound<'py, PyDict>> {
        let py = value.py();
        let destination = Destination {
            root: "value".to_owned(),
            can_sign: self.store()?.can_sign(),
            classes: Classes::new(&PyTuple::empty(py))?,
        };
        capture::audit(&value, Writer::new(Limits::default()), destination)?.into_dict(py)
    }

    fn close(&self) {
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Core {
    fn over(store: Store) -> Self {
        Self { store: RwLock::new(Some(store)) }
    }

    /// The store, which a call keeps even when another thread closes this meanwhile.
    fn store(&self) -> Result<Store> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        store.clone().ok_or_else(|| Fault::invalid("the store is closed; open it again"))
    }
}

fn capture_value<'py>(
    store: &Store,
    key: &ResultKey,
    value: &Bound<'py, PyAny>,
    types: &Bound<'py, PyTuple>,
) -> Result<Draft> {
    let destination =
        Destination { root: key.key.to_string(), can_sign: store.can_sign(), classes: Classes::new(types)? };
    capture::capture(value, Writer::new(Limits::default()), destination)
}

/// Metadata is kept whole in the record, so nothing of it may need a key or a buffer.
fn capture_metadata(metadata: &Bound<'_, PyAny>) -> Result<Draft> {
    let destination = Destination {
        root: "metadata".to_owned(),
        can_sign: false,
        classes: Classes::new(&PyTuple::empty(metadata.py()))?,
    };
    capture::capture(metadata, Writer::without_buffers(Limits::default()), destination)
}

fn receipt_dict<'py>(py: Python<'py>, receipt: &Receipt) -> Result<Bound<'py, PyDict>> {
    let dict = record_dict(py, &receipt.record)?;
    dict.set_item("unchanged", receipt.unchanged)?;
    dict.set_item("new_bytes", receipt.new_bytes)?;
    Ok(dict)
}

fn record_list<'py>(py: Python<'py>, records: &[Record]) -> Result<Bound<'py, PyList>> {
    let dicts = records.iter().map(|record| record_dict(py, record)).collect::<Result<Vec<_>>>()?;
    Ok(PyList::new(py, dicts)?)
}

fn record_dict<'py>(py: Python<'py>, record: &Record) -> Result<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("page", record.key.page.as_str())?;
    dict.set_item("key", record.key.key.as_str())?;
    dict.set_item("version", record.version.get())?;
    dict.set_item("digest", record.digest.to_string())?;
    dict.set_item("kind", &record.kind)?;
    dict.set_item("shape", PyTuple::new(py, &record.shape)?)?;
    dict.set_item("bytes", record.bytes)?;
    dict.set_item("label", &record.label)?;
    dict.set_item("metadata", metadata_of(py, record)?)?;
    dict.set_item("summary", &record.summary)?;
    dict.set_item("provenance", &record.provenance)?;
    dict.set_item("created_at", record.created_at.0)?;
    dict.set_item("is_signed", record.signature.is_some())?;
    Ok(dict)
}

fn metadata_of<'py>(py: Python<'py>, record: &Record) -> Result<Option<Bound<'py, PyAny>>> {
    let Some(metadata) = &record.metadata else { return Ok(None) };
    let classes = Classes::new(&PyTuple::empty(py))?;
    Ok(Some(restore(py, &decode_metadata(metadata)?, Vec::new(), Trust::Unsigned, classes)?))
}

fn parse_owner(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Fault::invalid(format!("an owner is a UUID: {text}")))
}

fn parse_verify(text: &str) -> Result<Verify> {
    match text {
        "changed" => Ok(Verify::Changed),
        "always" => Ok(Verify::Always),
        _ => Err(Fault::invalid(format!("verify is \"changed\" or \"always\": {text:?}"))),
    }
}

fn parse_key(page: &str, key: &str) -> Result<ResultKey> {
    Ok(ResultKey::parse(page, key).map_err(stillroom::Error::from)?)
}

fn parse_version(version: Option<u64>) -> Result<Option<Version>> {
    let parse = |number| Version::new(number).ok_or_else(|| Fault::invalid("versions are counted from 1: 0"));
    version.map(parse).transpose()
}
