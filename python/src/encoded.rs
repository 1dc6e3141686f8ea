//! A value as the bytes that a store keeps of it, and back, without a store.
//!
//! For the tests that hold the format to its document: golden files, the second
//! reader. Encoding goes the way of every save, through a store in memory, so
//! that what the tests see is what a store would hold. Opaque objects are
//! never opened here: nothing vouches for bytes that come from nowhere.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use stillroom::{
    Body, Buffer, Digest, Limits, Manifest, OpenOptions, ResultKey, Save, SigningKey, Store, Trust, Writer,
};

use crate::app::Classes;
use crate::capture::{Destination, capture};
use crate::enter::enter;
use crate::errors::{Fault, Result};
use crate::restore::restore;

/// A manifest, and the blobs that its buffers are cut into.
type Encoded<'py> = (Bound<'py, PyBytes>, Vec<Bound<'py, PyBytes>>);

/// The manifest of `value`, and its blobs in the order in which the manifest names them.
///
/// # Errors
/// As a save.
pub(crate) fn encode<'py>(value: &Bound<'py, PyAny>) -> Result<Encoded<'py>> {
    let py = value.py();
    let destination =
        Destination { root: "value".to_owned(), can_sign: true, classes: Classes::new(&PyTuple::empty(py))? };
    let draft = capture(value, Writer::new(Limits::default()), destination)?;
    let key = SigningKey::parse(&SigningKey::generate()?)?;
    let loaded = enter(py, None, |watch| {
        let options = OpenOptions {
            url: Some("memory:".to_owned()),
            signing_keys: Some(vec![key]),
            ..OpenOptions::default()
        };
        let store = Store::open(options)?;
        let place = ResultKey::parse("encoded", "value").expect("two plain words");
        store.save(vec![Save::new(place.clone(), draft)], watch)?;
        store.load(&place, None, watch)
    })?;
    let buffers = loaded.manifest.buffers().iter().zip(&loaded.bodies);
    let blobs = buffers.flat_map(|(buffer, body)| pieces(py, buffer, body)).collect();
    Ok((PyBytes::new(py, loaded.manifest.bytes()), blobs))
}

fn pieces<'py>(py: Python<'py>, buffer: &Buffer, body: &Body) -> Vec<Bound<'py, PyBytes>> {
    let mut rest = body.as_slice();
    let chunks = buffer.chunks.iter().map(|chunk| {
        let (piece, after) = rest.split_at(chunk.len as usize);
        rest = after;
        PyBytes::new(py, piece)
    });
    chunks.collect()
}

/// The value of a manifest whose blobs are among `blobs`.
///
/// # Errors
/// As a load; `corrupt` when a blob is missing.
pub(crate) fn decode<'py>(
    py: Python<'py>,
    manifest: &[u8],
    blobs: &[Vec<u8>],
    types: &Bound<'py, PyTuple>,
) -> Result<Bound<'py, PyAny>> {
    let manifest = Manifest::parse(manifest.to_vec().into(), Limits::default())?;
    let blobs: HashMap<Digest, &[u8]> = blobs.iter().map(|blob| (Digest::of(blob), &**blob)).collect();
    let bodies = manifest.buffers().iter().map(|buffer| body(buffer, &blobs)).collect::<Result<_>>()?;
    restore(py, &manifest, bodies, Trust::Unsigned, Classes::new(types)?)
}

fn body(buffer: &Buffer, blobs: &HashMap<Digest, &[u8]>) -> Result<Body> {
    let mut bytes = Vec::new();
    for chunk in &buffer.chunks {
        let blob = blobs.get(&chunk.digest).filter(|blob| blob.len() == chunk.len as usize);
        bytes.extend_from_slice(blob.ok_or_else(|| Fault::corrupt("a blob that is not there"))?);
    }
    Ok(Body::Owned(bytes))
}
