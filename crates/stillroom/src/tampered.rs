//! A blob store for tests, with someone at work in it: between what a call asks and what it does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use stillroom_core::{
    Access, Backend, BlobStore, Body, Digest, Hint, Principal, PutBlob, Recoder, Result, ResultKey, Sweep,
    poll_now,
};
use stillroom_format::{Buffer, Limits, Writer};

use crate::{OpenOptions, Receipt, Save, Store, keep_going};

/// What is done to the blobs of a store.
#[derive(Default)]
pub(crate) struct Tampered {
    /// How many times blobs are said to be there that aren't, as if a gc took them a moment later.
    pub(crate) pretended: AtomicUsize,
    /// Done before each of the next reads, in order.
    pub(crate) before_gets: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
}

/// A store in memory with its blobs tampered with, and the same store without.
pub(crate) fn tampered(tampered: Tampered) -> (Arc<Tampered>, Store, Store) {
    let tampered = Arc::new(tampered);
    let url = Some("memory:".to_owned());
    let store = Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap();
    let layer = |backend: Backend| {
        let blobs = Arc::new(Wrapped { inner: backend.blobs, tampered: Arc::clone(&tampered) });
        Backend { blobs, ..backend }
    };
    (Arc::clone(&tampered), store.clone().behind(layer), store)
}

/// Where the tests' one result is.
pub(crate) fn place() -> ResultKey {
    ResultKey::parse("page", "bytes").unwrap()
}

/// Saves 200,000 bytes there.
pub(crate) fn save_bytes(store: &Store, byte: u8) -> crate::Result<Vec<Receipt>> {
    let mut writer = Writer::new(Limits::default());
    writer.bytes(Box::new(vec![byte; 200_000])).unwrap();
    store.save(vec![Save::new(place(), writer.finish().unwrap())], &mut keep_going)
}

/// Erases it, as who keeps a store can at any time, and saves other bytes in its place.
pub(crate) fn replace(store: &Store, byte: u8) {
    store.delete(&place(), None).unwrap();
    poll_now(store.operator().unwrap().sweep_all(Sweep::default())).unwrap();
    save_bytes(store, byte).unwrap();
}

struct Wrapped {
    inner: Arc<dyn BlobStore>,
    tampered: Arc<Tampered>,
}

#[async_trait]
impl BlobStore for Wrapped {
    async fn missing(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let less = |left: usize| left.checked_sub(1);
        match self.tampered.pretended.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(_) => Ok(Vec::new()),
            Err(_) => self.inner.missing(who, digests).await,
        }
    }

    async fn put(&self, who: &Principal, blobs: &[PutBlob<'_>]) -> Result<()> {
        self.inner.put(who, blobs).await
    }

    async fn get(
        &self,
        who: &Principal,
        buffers: &[Buffer],
        hint: &Hint,
        access: Access,
    ) -> Result<Vec<Body>> {
        let before = self.tampered.before_gets.lock().unwrap().pop();
        before.into_iter().for_each(|act| act());
        self.inner.get(who, buffers, hint, access).await
    }

    async fn damaged(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        self.inner.damaged(who, digests).await
    }

    async fn discard(&self, who: &Principal, digests: &[Digest]) -> Result<()> {
        self.inner.discard(who, digests).await
    }

    async fn recode(&self, who: &Principal, digests: &[Digest], recoder: &dyn Recoder) -> Result<u64> {
        self.inner.recode(who, digests, recoder).await
    }
}
