//! The traits as calls: what each method hands to the layer around it.
//!
//! Nothing is decided here. A new method of the contract is a few lines here
//! and a word in `call.rs`; every layer then has it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use stillroom_format::Buffer;

use super::{Call, Layer};
use crate::{
    Access, Acquired, Annotation, Beat, BlobStore, Body, Catalog, Coded, Commit, Committed, Digest, Hint,
    Holder, Lease, LeaseKey, Leases, ListRange, Listing, Operator, Owner, Principal, PutBlob, Recoder,
    Record, Result, ResultKey, Scope, Stored, Sweep, Swept, Usage, Version,
};

/// One of a backend's traits with a layer around it.
pub(super) struct Around<T: ?Sized, L> {
    pub(super) inner: Arc<T>,
    pub(super) layer: Arc<L>,
}

#[async_trait]
impl<L: Layer> Catalog for Around<dyn Catalog, L> {
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Result<Committed> {
        let who = &*self.layer.asker(who);
        let forms = self.layer.forms(&commit.blobs);
        let commit = match &forms {
            None => commit,
            Some(forms) => Commit { blobs: formed(&commit.blobs, forms), ..commit },
        };
        let ask = || self.inner.commit(who, commit.clone());
        self.layer.around(Call::Commit(&commit), &ask).await
    }

    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.get(who, key, version);
        self.layer.around(Call::Get(key, version), &ask).await
    }

    async fn list(&self, who: &Principal, asked: ListRange<'_>) -> Result<Listing> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.list(who, asked);
        self.layer.around(Call::List(asked), &ask).await
    }

    async fn history(&self, who: &Principal, key: &ResultKey, before: Option<Version>) -> Result<Listing> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.history(who, key, before);
        self.layer.around(Call::History(key), &ask).await
    }

    async fn snapshot(&self, who: &Principal, scope: &Scope) -> Result<Vec<Stored>> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.snapshot(who, scope);
        self.layer.around(Call::Snapshot(scope), &ask).await
    }

    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.annotate(who, key, version, change.clone());
        self.layer.around(Call::Annotate(key, version), &ask).await
    }

    async fn delete(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<Vec<Version>> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.delete(who, key, version);
        self.layer.around(Call::Delete(key, version), &ask).await
    }

    async fn undelete(&self, who: &Principal, key: &ResultKey, versions: &[Version]) -> Result<()> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.undelete(who, key, versions);
        self.layer.around(Call::Undelete(key, versions), &ask).await
    }

    async fn rename(&self, who: &Principal, from: &ResultKey, to: &ResultKey) -> Result<Record> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.rename(who, from, to);
        self.layer.around(Call::Rename(from), &ask).await
    }

    async fn sweep(&self, who: &Principal, sweep: Sweep) -> Result<Swept> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.sweep(who, sweep);
        self.layer.around(Call::Sweep(sweep), &ask).await
    }

    async fn usage(&self, who: &Principal) -> Result<Usage> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.usage(who);
        self.layer.around(Call::Usage, &ask).await
    }
}

#[async_trait]
impl<L: Layer> BlobStore for Around<dyn BlobStore, L> {
    async fn missing(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.missing(who, digests);
        self.layer.around(Call::MissingBlobs(digests), &ask).await
    }

    async fn put(&self, who: &Principal, blobs: &[PutBlob<'_>]) -> Result<()> {
        let who = &*self.layer.asker(who);
        let forms = self.layer.forms(blobs);
        let formed = forms.as_ref().map(|forms| formed(blobs, forms));
        let blobs = formed.as_deref().unwrap_or(blobs);
        let ask = || self.inner.put(who, blobs);
        self.layer.around(Call::PutBlobs(blobs), &ask).await
    }

    fn call_len(&self) -> usize {
        self.inner.call_len()
    }

    async fn get(
        &self,
        who: &Principal,
        buffers: &[Buffer],
        hint: &Hint,
        access: Access,
    ) -> Result<Vec<Body>> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.get(who, buffers, hint, access);
        self.layer.around(Call::GetBlobs(buffers), &ask).await
    }

    async fn damaged(&self, who: &Principal, digests: &[Digest]) -> Result<Vec<Digest>> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.damaged(who, digests);
        self.layer.around(Call::DamagedBlobs(digests), &ask).await
    }

    async fn discard(&self, who: &Principal, digests: &[Digest]) -> Result<()> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.discard(who, digests);
        self.layer.around(Call::DiscardBlobs(digests), &ask).await
    }

    async fn recode(&self, who: &Principal, digests: &[Digest], recoder: &dyn Recoder) -> Result<u64> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.recode(who, digests, recoder);
        self.layer.around(Call::RecodeBlobs(digests), &ask).await
    }
}

/// The blobs as they go on.
fn formed<'a>(blobs: &[PutBlob<'a>], forms: &'a [Option<Coded>]) -> Vec<PutBlob<'a>> {
    let formed = |(blob, form): (&PutBlob<'a>, &'a Option<Coded>)| match form {
        Some((codec, bytes)) => PutBlob { codec: *codec, bytes, is_full_chunk: false, ..*blob },
        None => *blob,
    };
    blobs.iter().zip(forms).map(formed).collect()
}

#[async_trait]
impl<L: Layer> Leases for Around<dyn Leases, L> {
    async fn acquire(
        &self,
        who: &Principal,
        key: &LeaseKey,
        holder: Holder,
        ttl: Duration,
    ) -> Result<Acquired> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.acquire(who, key, holder, ttl);
        self.layer.around(Call::Acquire(key), &ask).await
    }

    async fn beat(&self, who: &Principal, key: &LeaseKey, holder: Holder, beat: Beat) -> Result<Lease> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.beat(who, key, holder, beat.clone());
        self.layer.around(Call::Beat(key), &ask).await
    }

    async fn release(&self, who: &Principal, key: &LeaseKey, holder: Holder) -> Result<bool> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.release(who, key, holder);
        self.layer.around(Call::Release(key), &ask).await
    }

    async fn lease(&self, who: &Principal, key: &LeaseKey) -> Result<Option<Lease>> {
        let who = &*self.layer.asker(who);
        let ask = || self.inner.lease(who, key);
        self.layer.around(Call::Lease(key), &ask).await
    }
}

#[async_trait]
impl<L: Layer> Operator for Around<dyn Operator, L> {
    async fn owners(&self) -> Result<Vec<Owner>> {
        self.layer.around(Call::Owners, &|| self.inner.owners()).await
    }

    async fn set_quota(&self, owner: Owner, quota: Option<u64>) -> Result<()> {
        self.layer.around(Call::SetQuota, &|| self.inner.set_quota(owner, quota)).await
    }

    async fn sweep_all(&self, sweep: Sweep) -> Result<Swept> {
        self.layer.around(Call::SweepAll(sweep), &|| self.inner.sweep_all(sweep)).await
    }
}
