//! Which mutable objects a walk has met, by identity.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use pyo3::prelude::*;

/// A table by an object's address.
pub(crate) type ByAddress<T> = HashMap<usize, T, BuildHasherDefault<AddressHasher>>;

/// Where an object lies: its own as long as it is kept alive.
pub(crate) fn address(object: &Bound<'_, PyAny>) -> usize {
    object.as_ptr() as usize
}

/// The objects met, each kept alive so that no other can take its address.
#[derive(Default)]
pub(crate) struct Seen<'py> {
    met: ByAddress<(Option<u32>, Bound<'py, PyAny>)>,
}

impl<'py> Seen<'py> {
    /// Remembers an object and the number of its node; none for one that is only remembered while it is open.
    pub(crate) fn remember(&mut self, object: &Bound<'py, PyAny>, number: Option<u32>) {
        self.met.insert(address(object), (number, object.clone()));
    }

    /// Forgets an object.
    pub(crate) fn forget(&mut self, object: &Bound<'py, PyAny>) {
        self.met.remove(&address(object));
    }

    /// The number under which an object was met.
    pub(crate) fn get(&self, object: &Bound<'py, PyAny>) -> Option<Option<u32>> {
        self.met.get(&address(object)).map(|(number, _)| *number)
    }
}

/// Addresses are well spread but for their low bits; a multiplication is all the hashing they need.
#[derive(Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}
