//! The core's answers as plain dicts: what `stillroom/_records.py` and `_reports.py` are made from.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use stillroom::{
    Change, Compacted, Copied, Diff, Durability, Exported, Head, Imported, Preview, Receipt, Record,
    Repaired, ResultKey, Session, Shown, ShownScalar, Swept, Trust, Usage, Verified, Version,
    decode_metadata,
};

use crate::app::Classes;
use crate::errors::Result;
use crate::restore::restore;

/// A dict of names and values.
macro_rules! facts {
    ($py:expr, $($name:literal: $value:expr),+ $(,)?) => {{
        let dict = PyDict::new($py);
        $(dict.set_item(pyo3::intern!($py, $name), $value)?;)+
        dict
    }};
}

type Dict<'py> = Result<Bound<'py, PyDict>>;

pub(crate) fn record<'py>(py: Python<'py>, record: &Record) -> Dict<'py> {
    Ok(facts!(py,
        "page": record.key.page.as_str(),
        "key": record.key.key.as_str(),
        "version": record.version.get(),
        "digest": record.digest.to_string(),
        "kind": &record.kind,
        "shape": PyTuple::new(py, &record.shape)?,
        "bytes": record.bytes,
        "label": &record.label,
        "metadata": metadata(py, record)?,
        "_summary": &record.summary,
        "_provenance": &record.provenance,
        "created_at": record.created_at.0,
        "expires_at": record.expires_at.map(|end| end.0),
        "pinned": record.pinned,
        "is_signed": record.signature.is_some(),
        "is_damaged": record.is_damaged,
    ))
}

fn metadata<'py>(py: Python<'py>, record: &Record) -> Result<Option<Bound<'py, PyAny>>> {
    let Some(metadata) = &record.metadata else { return Ok(None) };
    let classes = Classes::new(&PyTuple::empty(py))?;
    Ok(Some(restore(py, &decode_metadata(metadata)?, Vec::new(), Trust::Unsigned, classes)?))
}

/// It has tokens, and is made for whoever signed in alone.
pub(crate) fn session<'py>(py: Python<'py>, session: &Session) -> Dict<'py> {
    Ok(facts!(py,
        "url": &session.url,
        "owner": session.owner.to_string(),
        "is_anonymous": session.is_anonymous,
        "access_token": session.access_token.expose(),
        "refresh_token": session.refresh_token.expose(),
        "expires_at": session.expires_at.0,
    ))
}

pub(crate) fn records<'py>(py: Python<'py>, records: &[Record]) -> Result<Bound<'py, PyList>> {
    list(py, records, record)
}

fn list<'py, T>(
    py: Python<'py>,
    items: &[T],
    dict: fn(Python<'py>, &T) -> Dict<'py>,
) -> Result<Bound<'py, PyList>> {
    let dicts = items.iter().map(|item| dict(py, item)).collect::<Result<Vec<_>>>()?;
    Ok(PyList::new(py, dicts)?)
}

pub(crate) fn receipt<'py>(py: Python<'py>, receipt: &Receipt) -> Dict<'py> {
    let dict = record(py, &receipt.record)?;
    dict.set_item("unchanged", receipt.unchanged)?;
    dict.set_item("new_bytes", receipt.new_bytes)?;
    dict.set_item("durability", durability(&receipt.durability))?;
    Ok(dict)
}

/// How long a save lasts, in a word or two.
pub(crate) fn durability(durability: &Durability) -> String {
    durability.to_string()
}

pub(crate) fn usage<'py>(py: Python<'py>, usage: &Usage) -> Dict<'py> {
    Ok(facts!(py,
        "results": usage.results,
        "versions": usage.versions,
        "value_bytes": usage.value_bytes,
        "stored_bytes": usage.stored_bytes,
        "quota": usage.quota,
    ))
}

pub(crate) fn swept<'py>(py: Python<'py>, compacted: Compacted, swept: &Swept) -> Dict<'py> {
    Ok(facts!(py,
        "saved_bytes": compacted.saved_bytes,
        "versions": swept.versions,
        "blobs": swept.blobs,
        "blob_bytes": swept.blob_bytes,
        "freed_bytes": swept.freed_bytes,
    ))
}

pub(crate) fn verified<'py>(py: Python<'py>, verified: &Verified) -> Dict<'py> {
    let problem = |problem: &stillroom::Problem| {
        let whole = problem.whole.map(Version::get);
        let (page, key) = names(&problem.key);
        (page, key, problem.version.get(), problem.what.clone(), whole)
    };
    let problems: Vec<_> = verified.problems.iter().map(problem).collect();
    Ok(facts!(py,
        "versions": verified.versions,
        "blobs": verified.blobs,
        "bytes": verified.bytes,
        "problems": problems,
        "discarded": 0,
    ))
}

pub(crate) fn repaired<'py>(py: Python<'py>, repaired: &Repaired) -> Dict<'py> {
    let dict = verified(py, &repaired.verified)?;
    dict.set_item("discarded", repaired.discarded)?;
    Ok(dict)
}

pub(crate) fn exported<'py>(py: Python<'py>, exported: &Exported) -> Dict<'py> {
    Ok(facts!(py,
        "results": exported.results,
        "versions": exported.versions,
        "bytes": exported.bytes,
    ))
}

pub(crate) fn imported<'py>(py: Python<'py>, imported: &Imported) -> Dict<'py> {
    Ok(facts!(py,
        "results": imported.results,
        "versions": imported.versions,
        "present": imported.present,
        "expired": imported.expired,
        "locked": imported.locked.iter().map(names).collect::<Vec<_>>(),
        "new_bytes": imported.new_bytes,
    ))
}

pub(crate) fn copied<'py>(py: Python<'py>, copied: &Copied) -> Dict<'py> {
    let Copied { results, versions, present, expired, locked, new_bytes } = copied.clone();
    imported(py, &Imported { results, versions, present, expired, locked, new_bytes })
}

fn names(key: &ResultKey) -> (String, String) {
    (key.page.to_string(), key.key.to_string())
}

pub(crate) fn diff<'py>(py: Python<'py>, diff: &Diff) -> Dict<'py> {
    let change =
        |change: &Change| (change.path.clone(), change.what.as_str(), change.old.clone(), change.new.clone());
    Ok(facts!(py,
        "old": record(py, &diff.old)?,
        "new": record(py, &diff.new)?,
        "is_same": diff.is_same,
        "changes": diff.changes.iter().map(change).collect::<Vec<_>>(),
        "more": diff.more,
    ))
}

pub(crate) fn preview<'py>(py: Python<'py>, preview: &Preview) -> Dict<'py> {
    Ok(facts!(py,
        "record": record(py, &preview.record)?,
        "columns": preview.head.as_ref().map(|head| columns(py, head)).transpose()?,
        "scalars": scalars(py, &preview.scalars)?,
    ))
}

fn scalars<'py>(py: Python<'py>, scalars: &[ShownScalar]) -> Result<Bound<'py, PyList>> {
    let scalar =
        |scalar: &ShownScalar| Ok((PyTuple::new(py, &scalar.path)?, scalar.text.clone(), scalar.number));
    Ok(PyList::new(py, scalars.iter().map(scalar).collect::<PyResult<Vec<_>>>()?)?)
}

/// The columns of a head; the first is the index, where it has one.
fn columns<'py>(py: Python<'py>, head: &Head) -> Result<Bound<'py, PyList>> {
    let shown: Vec<(&Shown, bool)> = match head {
        Head::Table { index, columns, .. } => {
            [(index, true)].into_iter().chain(columns.iter().map(|column| (column, false))).collect()
        }
        Head::Items { items, .. } => vec![(items, false)],
    };
    let column = |(shown, is_index): &(&Shown, bool)| {
        let cells: Vec<_> = shown.cells.iter().map(|cell| (&cell.text, cell.is_missing)).collect();
        (shown.name.clone(), shown.dtype.clone(), shown.is_numeric, *is_index, cells).into_pyobject(py)
    };
    let columns = shown.iter().map(column).collect::<PyResult<Vec<_>>>()?;
    Ok(PyList::new(py, columns)?)
}
