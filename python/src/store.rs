//! The class that the Python package stands on: one open store for one owner.
//!
//! Arguments are parsed once, here; each method is one call down. Values are
//! captured and restored with the GIL held, the store is entered without it.

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PySlice, PyTuple};
use stillroom::{
    Access, Annotation, CacheOptions, Compacted, Compression, Draft, KeyName, Limits, OpenOptions, Owner,
    PageKey, PreviewSize, ResultKey, Save, Scope, Secret, SigningKey, Store, TokenKeys, Uuid, Verify,
    Version, Writer, encode_metadata,
};

use crate::app::Classes;
use crate::capture::{self, Destination};
use crate::enter::enter;
use crate::errors::{Fault, Result};
use crate::facts;
use crate::part::Asked;
use crate::session;

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
    #[pyo3(signature = (
        url, *, owner, signing_keys, keep_versions, compression, verify, read_only, durable, cache,
        jwks = None, jwt_secret = None, jwt_audience = None, jwt_issuer = None, key = None
    ))]
    #[expect(clippy::too_many_arguments, reason = "named, as Python's own function has them")]
    fn open(
        py: Python<'_>,
        url: Option<String>,
        owner: Option<&str>,
        signing_keys: Option<Vec<String>>,
        keep_versions: Option<u64>,
        compression: &str,
        verify: &str,
        read_only: bool,
        durable: Option<bool>,
        cache: (bool, Option<PathBuf>, Option<u64>),
        jwks: Option<String>,
        jwt_secret: Option<String>,
        jwt_audience: Option<String>,
        jwt_issuer: Option<String>,
        key: Option<String>,
    ) -> Result<Self> {
        let parse_keys = |keys: Vec<String>| keys.iter().map(|key| SigningKey::parse(key)).collect();
        let options = OpenOptions {
            url,
            owner: owner.map(parse_owner).transpose()?,
            signing_keys: signing_keys.map(parse_keys).transpose()?,
            keep_versions,
            compression: parse_compression(compression)?,
            verify: parse_verify(verify)?,
            read_only,
            durable,
            key: key.map(Secret::new),
            tokens: TokenKeys {
                jwks,
                secret: jwt_secret.map(Secret::new),
                audience: jwt_audience,
                issuer: jwt_issuer,
            },
            cache: CacheOptions { is_off: cache.0, folder: cache.1, limit: cache.2 },
            ..OpenOptions::default()
        };
        Ok(Self::over(enter(py, None, |_| Store::open(options))?))
    }

    #[getter]
    fn location(&self) -> Result<String> {
        Ok(self.store()?.location().to_owned())
    }

    #[getter]
    fn owner(&self) -> Result<Option<String>> {
        let owner = self.store()?.owner();
        Ok((owner != Owner::NOBODY).then(|| owner.to_string()))
    }

    #[getter]
    fn is_local(&self) -> Result<bool> {
        Ok(self.store()?.is_local())
    }

    #[getter]
    fn durability(&self) -> Result<String> {
        Ok(facts::durability(self.store()?.durability()))
    }

    #[getter]
    fn notices(&self) -> Result<Vec<String>> {
        Ok(self.store()?.notices().to_vec())
    }

    fn as_owner(&self, owner: &str) -> Result<Self> {
        Ok(Self::over(self.store()?.as_owner(Owner::new(parse_owner(owner)?))))
    }

    fn as_session(&self, session: &Bound<'_, PyDict>) -> Result<Self> {
        Ok(Self::over(self.store()?.as_session(&session::parse(session)?)?))
    }

    fn renew(&self, py: Python<'_>) -> Result<()> {
        let store = self.store()?;
        enter(py, None, |_| store.renew())
    }

    /// The session as it is now.
    fn session<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyDict>>> {
        self.store()?.session().map(|session| facts::session(py, &session)).transpose()
    }

    fn as_bearer(&self, py: Python<'_>, token: &str) -> Result<Self> {
        let store = self.store()?;
        Ok(Self::over(enter(py, None, |_| store.as_bearer(token))?))
    }

    #[pyo3(signature = (items, *, label, provenance, progress, types = None, ttl = None, pinned = false))]
    #[expect(clippy::too_many_arguments, reason = "named, as Python's own function has them")]
    fn save<'py>(
        &self,
        py: Python<'py>,
        items: Vec<Item<'py>>,
        label: Option<String>,
        provenance: String,
        progress: Option<Py<PyAny>>,
        types: Option<Bound<'py, PyTuple>>,
        ttl: Option<Duration>,
        pinned: bool,
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
                ttl,
                pinned,
                if_version: if_version.map(Version::new),
                ..Save::new(key, draft)
            });
        }
        let receipts = enter(py, progress.as_ref(), |watch| store.save(saves, watch))?;
        let dicts = receipts.iter().map(|receipt| facts::receipt(py, receipt)).collect::<Result<Vec<_>>>()?;
        Ok(PyList::new(py, dicts)?)
    }

    /// The value, and its version.
    #[pyo3(signature = (page, key, version, types, progress = None, *, columns = None, rows = None, copy = false))]
    #[expect(clippy::too_many_arguments, reason = "named, as Python's own function has them")]
    fn load<'py>(
        &self,
        page: &str,
        key: &str,
        version: Option<u64>,
        types: Bound<'py, PyTuple>,
        progress: Option<Py<PyAny>>,
        columns: Option<Bound<'py, PyList>>,
        rows: Option<Bound<'py, PySlice>>,
        copy: bool,
    ) -> Result<(Bound<'py, PyAny>, u64)> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let version = parse_version(version)?;
        let access = if copy { Access::Copied } else { Access::Mapped };
        let asked = Asked { store, key, version, types, progress, columns, rows, access };
        let (value, record) = asked.load()?;
        Ok((value, record.version.get()))
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
        facts::record(py, &enter(py, None, |_| store.record(&key, version))?)
    }

    fn results<'py>(&self, py: Python<'py>, page: Option<&str>) -> Result<Bound<'py, PyList>> {
        let store = self.store()?;
        let page = page.map(PageKey::parse).transpose().map_err(stillroom::Error::from)?;
        facts::records(py, &enter(py, None, |_| store.results(page.as_ref()))?)
    }

    fn history<'py>(&self, py: Python<'py>, page: &str, key: &str) -> Result<Bound<'py, PyList>> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        facts::records(py, &enter(py, None, |_| store.history(&key))?)
    }

    /// The versions that went, newest first.
    fn delete(&self, py: Python<'_>, page: &str, key: &str, version: Option<u64>) -> Result<Vec<u64>> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let version = parse_version(version)?;
        let deleted = enter(py, None, |_| store.delete(&key, version))?;
        Ok(deleted.versions.into_iter().map(Version::get).collect())
    }

    fn undelete(&self, py: Python<'_>, page: &str, key: &str, versions: Vec<u64>) -> Result<()> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let versions = versions.into_iter().filter_map(Version::new).collect::<Vec<_>>();
        enter(py, None, |_| store.undelete(&key, &versions))
    }

    /// `change` holds what is to change: `label`, `metadata`, `ttl`, `pinned`.
    fn update<'py>(
        &self,
        py: Python<'py>,
        page: &str,
        key: &str,
        version: Option<u64>,
        change: &Bound<'py, PyDict>,
    ) -> Result<Bound<'py, PyDict>> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let version = parse_version(version)?;
        let change = parse_change(change)?;
        facts::record(py, &enter(py, None, |_| store.update(&key, version, change))?)
    }

    fn rollback<'py>(
        &self,
        py: Python<'py>,
        page: &str,
        key: &str,
        version: u64,
    ) -> Result<Bound<'py, PyDict>> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let version = Version::new(version).ok_or_else(no_version)?;
        facts::receipt(py, &enter(py, None, |_| store.rollback(&key, version))?)
    }

    fn rename<'py>(
        &self,
        py: Python<'py>,
        page: &str,
        key: &str,
        page_to: Option<&str>,
        key_to: Option<&str>,
    ) -> Result<Bound<'py, PyDict>> {
        let (store, from) = (self.store()?, parse_key(page, key)?);
        let mut to = from.clone();
        if let Some(page) = page_to {
            to.page = PageKey::parse(page).map_err(stillroom::Error::from)?;
        }
        if let Some(key) = key_to {
            to.key = KeyName::parse(key).map_err(stillroom::Error::from)?;
        }
        facts::record(py, &enter(py, None, |_| store.rename(&from, &to))?)
    }

    fn diff<'py>(
        &self,
        py: Python<'py>,
        page: &str,
        key: &str,
        old: u64,
        new: Option<u64>,
    ) -> Result<Bound<'py, PyDict>> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let (old, new) = (Version::new(old).ok_or_else(no_version)?, parse_version(new)?);
        facts::diff(py, &enter(py, None, |_| store.diff(&key, old, new))?)
    }

    fn preview<'py>(
        &self,
        py: Python<'py>,
        page: &str,
        key: &str,
        version: Option<u64>,
        rows: u64,
    ) -> Result<Bound<'py, PyDict>> {
        let (store, key) = (self.store()?, parse_key(page, key)?);
        let version = parse_version(version)?;
        let size = PreviewSize { rows, ..PreviewSize::default() };
        facts::preview(py, &enter(py, None, |_| store.preview(&key, version, size))?)
    }

    fn verify<'py>(
        &self,
        py: Python<'py>,
        repair: bool,
        progress: Option<Py<PyAny>>,
    ) -> Result<Bound<'py, PyDict>> {
        let store = self.store()?;
        if repair {
            return facts::repaired(py, &enter(py, progress.as_ref(), |watch| store.repair(watch))?);
        }
        facts::verified(py, &enter(py, progress.as_ref(), |watch| store.verify(watch))?)
    }

    fn gc<'py>(
        &self,
        py: Python<'py>,
        dry_run: bool,
        compact: bool,
        progress: Option<Py<PyAny>>,
    ) -> Result<Bound<'py, PyDict>> {
        let store = self.store()?;
        let (compacted, swept) = enter(py, progress.as_ref(), |watch| {
            let compacted = if compact { store.compact(watch)? } else { Compacted::default() };
            Ok((compacted, store.gc(dry_run)?))
        })?;
        facts::swept(py, compacted, &swept)
    }

    fn export_to<'py>(
        &self,
        py: Python<'py>,
        path: PathBuf,
        page: Option<&str>,
        key: Option<&str>,
        progress: Option<Py<PyAny>>,
    ) -> Result<Bound<'py, PyDict>> {
        let store = self.store()?;
        let scope = Scope::parse(page, key).map_err(stillroom::Error::from)?;
        let export = |watch: stillroom::Watch<'_>| store.export_to(&path, &scope, watch);
        facts::exported(py, &enter(py, progress.as_ref(), export)?)
    }

    fn import_from<'py>(
        &self,
        py: Python<'py>,
        path: PathBuf,
        progress: Option<Py<PyAny>>,
    ) -> Result<Bound<'py, PyDict>> {
        let store = self.store()?;
        facts::imported(py, &enter(py, progress.as_ref(), |watch| store.import_from(&path, watch))?)
    }

    fn copy_to<'py>(
        &self,
        py: Python<'py>,
        other: PyRef<'py, Self>,
        page: Option<&str>,
        progress: Option<Py<PyAny>>,
    ) -> Result<Bound<'py, PyDict>> {
        let (store, other) = (self.store()?, other.store()?);
        let scope = Scope::parse(page, None).map_err(stillroom::Error::from)?;
        let plan = enter(py, None, |watch| store.plan_copy(&other, &scope, watch))?;
        facts::copied(py, &enter(py, progress.as_ref(), |watch| plan.run(watch))?)
    }

    fn forget_cache(&self, py: Python<'_>) -> Result<u64> {
        let store = self.store()?;
        enter(py, None, |_| store.forget_cache())
    }

    fn usage<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        let store = self.store()?;
        facts::usage(py, &enter(py, None, |_| store.usage())?)
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

/// What is to change of a version; what is not named stays.
fn parse_change(change: &Bound<'_, PyDict>) -> Result<Annotation> {
    let metadata = |metadata: Bound<'_, PyAny>| match metadata.is_none() {
        true => Ok(None),
        false => Ok::<_, Fault>(Some(encode_metadata(&capture_metadata(&metadata)?)?)),
    };
    Ok(Annotation {
        label: change.get_item("label")?.map(|label| label.extract()).transpose()?,
        metadata: change.get_item("metadata")?.map(metadata).transpose()?,
        ttl: change.get_item("ttl")?.map(|ttl| ttl.extract()).transpose()?,
        pinned: change.get_item("pinned")?.map(|pinned| pinned.extract()).transpose()?,
    })
}

pub(crate) fn parse_owner(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Fault::invalid(format!("an owner is a UUID: {text}")))
}

/// None for what the place likes.
fn parse_compression(text: &str) -> Result<Option<Compression>> {
    match text {
        "auto" => Ok(None),
        "none" => Ok(Some(Compression::None)),
        "fast" => Ok(Some(Compression::Fast)),
        "small" => Ok(Some(Compression::Small)),
        _ => {
            let said = "compression is \"auto\", \"none\", \"fast\" or \"small\"";
            Err(Fault::invalid(format!("{said}: {text:?}")))
        }
    }
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
    version.map(|number| Version::new(number).ok_or_else(no_version)).transpose()
}

fn no_version() -> Fault {
    Fault::invalid("versions are counted from 1: 0")
}
