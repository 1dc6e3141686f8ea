//! Buffers on their way: begun with what is near, filled with what is fetched, each blob compared with its digest.

use std::collections::HashMap;
use std::ops::Range;

use stillroom_core::{BackendError, Body, Buffer, Digest, Result};
use stillroom_format::Decoder;

use super::blobs::{Kept, Wanted};
use crate::cache::Started;

/// Buffers being filled.
pub(super) struct Bodies {
    bodies: Vec<Body>,
    /// Where the chunks of a digest belong: the buffer, and from where to where in it.
    places: HashMap<Digest, Vec<(usize, Range<usize>)>>,
    /// The digests, in the order of the buffers.
    order: Vec<Digest>,
    decoder: Decoder,
}

impl Bodies {
    /// Those of `buffers`, as far as they are filled already.
    pub(super) fn new(buffers: &[Buffer], started: Vec<Started>) -> Self {
        let mut bodies = Self {
            bodies: Vec::with_capacity(buffers.len()),
            places: HashMap::new(),
            order: Vec::new(),
            decoder: Decoder::new(),
        };
        for (index, (buffer, Started { body, lacking })) in buffers.iter().zip(started).enumerate() {
            let mut lacking = lacking.into_iter().peekable();
            let mut at = 0;
            for (number, chunk) in buffer.chunks.iter().enumerate() {
                let end = at + chunk.len as usize;
                if lacking.next_if_eq(&number).is_some() {
                    let places = bodies.places.entry(chunk.digest).or_default();
                    if places.is_empty() {
                        bodies.order.push(chunk.digest);
                    }
                    places.push((index, at..end));
                }
                at = end;
            }
            bodies.bodies.push(body);
        }
        bodies
    }

    /// The blobs that nothing was filled with yet.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let len = |digest| Some(self.places.get(digest)?.first()?.1.len());
        self.order.iter().filter_map(|digest| Some(Wanted { digest: *digest, len: len(digest)? })).collect()
    }

    /// Fills every place of a blob, and lends its raw bytes; one that is not what its digest says fills none.
    pub(super) fn fill(&mut self, blob: Kept<'_>) -> Option<&[u8]> {
        for (body, range) in self.places.get(&blob.digest)? {
            let into = &mut self.bodies[*body].as_mut_slice()[range.clone()];
            if !blob.fill(&mut self.decoder, into) {
                return None;
            }
        }
        let (body, range) = self.places.remove(&blob.digest)?.pop()?;
        Some(&self.bodies[body].as_slice()[range])
    }

    /// # Errors
    /// `Corrupt` for the first blob that is not there or not what its digest says.
    pub(super) fn whole(self) -> Result<Vec<Body>> {
        match self.wanted().first() {
            None => Ok(self.bodies),
            Some(Wanted { digest, .. }) => {
                let message = format!("a part of the value is missing or damaged: blob `{digest}`");
                Err(BackendError::Corrupt { message, source: None })
            }
        }
    }
}
