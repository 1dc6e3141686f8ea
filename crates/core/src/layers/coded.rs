//! Blobs that are put coded, for tests: what the suite puts raw goes on as another codec has it.
//!
//! So a backend is held to every promise for coded blobs too. Which codec a
//! blob gets goes by its digest, so that all of them take turns; bytes that
//! none makes shorter stay raw.

use stillroom_format::{Codec, Compression, Digest, Encoder, Item, Method};

use super::{Answer, Ask, Call, Layer, wrap};
use crate::{Backend, Coded, PutBlob, Result};

/// A backend that is given every blob coded.
pub fn coded(backend: Backend) -> Backend {
    wrap(backend, Coding)
}

/// How raw bytes are put through the layer.
pub fn form(raw: &[u8]) -> Coded {
    let turn = usize::from(Digest::of(raw).as_bytes()[0]) % (Codec::ALL.len() - 1);
    let method = Method::new(Codec::ALL[1 + turn], Item::unsigned(4), Compression::Fast);
    let mut encoder = Encoder::new();
    let (codec, coded) = encoder.encode(method, raw);
    (codec, coded.to_vec())
}

struct Coding;

impl Layer for Coding {
    async fn around<'a, T: Answer>(&self, _: Call<'a>, ask: &Ask<'a, T>) -> Result<T> {
        ask().await
    }

    fn forms(&self, blobs: &[PutBlob<'_>]) -> Option<Vec<Option<Coded>>> {
        let code = |blob: &PutBlob<'_>| {
            let is_raw = blob.codec == Codec::Raw;
            is_raw.then(|| form(blob.bytes)).filter(|(codec, _)| *codec != Codec::Raw)
        };
        Some(blobs.iter().map(code).collect())
    }
}
