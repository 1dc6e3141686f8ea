//! How a value is kept: leaves move first, the record last, and a set is one commit.
//!
//! A crash in between leaves blobs that no record names, never a record without
//! its bytes. A value equal to the newest version makes no version.

use std::collections::HashSet;

use bytes::Bytes;
use stillroom_core::{
    Annotation, Commit, Committed, Condition, NewVersion, Record, ResultKey, Version, poll_now,
};
use stillroom_format::{Buffer, Draft, Limits, Manifest, Root, summarise};

use crate::upload::{Held, Upload};
use crate::{Error, ErrorKind, Result, Store, Trust, Watch};

/// How often a save whose blobs a gc took away meanwhile is begun again.
const TRIES: usize = 3;

/// One value on its way in.
pub struct Save {
    /// Where it will live.
    pub key: ResultKey,
    /// The value.
    pub draft: Draft,
    /// A word of the user's about this version.
    pub label: Option<String>,
    /// Metadata, from [`encode_metadata`](crate::encode_metadata).
    pub metadata: Option<Bytes>,
    /// What made it, as JSON.
    pub provenance: String,
    /// The version this save is based on (`Some(None)`: nothing saved yet); none for no condition.
    pub if_version: Option<Option<Version>>,
}

impl Save {
    /// A save without label, metadata or condition.
    pub fn new(key: ResultKey, draft: Draft) -> Self {
        Self { key, draft, label: None, metadata: None, provenance: "{}".to_owned(), if_version: None }
    }

    fn condition(&self) -> Option<Condition> {
        self.if_version.map(|version| Condition { key: self.key.clone(), version })
    }
}

/// What a save answers: it is durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The version's facts.
    pub record: Record,
    /// Whether the value was the newest version already, so that none was made.
    pub unchanged: bool,
    /// Bytes that had to be stored for it; blobs shared within a set count with the first that needs them.
    pub new_bytes: u64,
}

impl Store {
    /// Saves a set: all of it is there when this returns, or nothing is.
    ///
    /// # Errors
    /// `conflict` when an `if_version` is not the newest; `unsupported` for an opaque object without a
    /// signing key; `invalid` when a key comes twice; `denied` when the store can't be written.
    pub fn save(&self, saves: Vec<Save>, watch: Watch<'_>) -> Result<Vec<Receipt>> {
        check(&saves, self.can_sign())?;
        for _ in 0..TRIES {
            if let Some(receipts) = self.try_save(&saves, watch)? {
                return Ok(receipts);
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "blobs of this save kept vanishing; save again"))
    }

    /// None when the commit found blobs missing that were there before.
    fn try_save(&self, saves: &[Save], watch: Watch<'_>) -> Result<Option<Vec<Receipt>>> {
        let total = saves.iter().map(|save| save.draft.len()).sum();
        let mut upload = Upload::new(self.blobs(), self.who(), total, watch);
        let buffers = upload.leaves(saves.iter().map(|save| &save.draft))?;
        let mut sealed = Vec::with_capacity(saves.len());
        for (save, buffers) in saves.iter().zip(buffers) {
            let manifest = save.draft.seal(buffers)?;
            let root = upload.root(&manifest)?;
            sealed.push(Sealed { save, manifest, root });
        }
        let (held, new_bytes) = upload.finish()?;
        self.commit(&sealed, &held, new_bytes)
    }

    fn commit(&self, sealed: &[Sealed<'_>], held: &[Held], new_bytes: u64) -> Result<Option<Vec<Receipt>>> {
        let current = sealed.iter().map(|sealed| self.unchanged(sealed)).collect::<Result<Vec<_>>>()?;
        let new = || sealed.iter().zip(&current).filter(|(_, current)| current.is_none());
        let commit = Commit {
            conditions: sealed.iter().filter_map(|sealed| sealed.save.condition()).collect(),
            versions: new().map(|(sealed, _)| self.new_version(sealed)).collect::<Result<_>>()?,
            blobs: held.iter().map(Held::as_blob).collect(),
            keep_versions: self.keep_versions(),
        };
        let mut records = if commit.versions.is_empty() && commit.conditions.is_empty() {
            Vec::new()
        } else {
            match poll_now(self.catalog().commit(self.who(), commit))? {
                Committed::Done(records) => records,
                Committed::Missing(_) => return Ok(None),
            }
        }
        .into_iter();
        let mut new_bytes = Some(new_bytes);
        let mut receipts = Vec::with_capacity(sealed.len());
        for (sealed, current) in sealed.iter().zip(current) {
            receipts.push(match current {
                Some(record) => {
                    let record = self.annotate(sealed.save, record)?;
                    Receipt { record, unchanged: true, new_bytes: 0 }
                }
                None => {
                    let record = records.next().ok_or_else(|| {
                        Error::new(
                            ErrorKind::Internal,
                            "the backend confirmed fewer records than it was given",
                        )
                    })?;
                    let new_bytes = new_bytes.take().unwrap_or(0) + sealed.inline_len();
                    Receipt { record, unchanged: false, new_bytes }
                }
            });
        }
        Ok(Some(receipts))
    }

    /// The newest version, when it is this very value and, for opaque objects, a key in hand vouches for it.
    fn unchanged(&self, sealed: &Sealed<'_>) -> Result<Option<Record>> {
        let record = match self.record(&sealed.save.key, None) {
            Ok(record) => record,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Corrupt) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let is_vouched_for = !sealed.save.draft.has_opaque() || self.trust(&record) == Trust::Trusted;
        Ok((record.digest == sealed.manifest.digest() && is_vouched_for).then_some(record))
    }

    /// What people wrote with an unchanged save goes to the version that is there.
    fn annotate(&self, save: &Save, record: Record) -> Result<Record> {
        if save.label.is_none() && save.metadata.is_none() {
            return Ok(record);
        }
        let change =
            Annotation { label: save.label.clone().map(Some), metadata: save.metadata.clone().map(Some) };
        Ok(poll_now(self.catalog().annotate(self.who(), &save.key, record.version, change))?)
    }

    fn new_version(&self, sealed: &Sealed<'_>) -> Result<NewVersion> {
        let Sealed { save, manifest, root } = sealed;
        let summary = summarise(manifest, Limits::default())?;
        let digest = manifest.digest();
        let needs_signature = save.draft.has_opaque();
        let key = self.signing_keys().first().filter(|_| needs_signature);
        Ok(NewVersion {
            key: save.key.clone(),
            digest,
            root: root.encode(),
            buffers: sealed.buffers(),
            kind: summary.kind,
            shape: summary.shape,
            bytes: save.draft.len(),
            label: save.label.clone(),
            metadata: save.metadata.clone(),
            summary: summary.json.to_string(),
            provenance: save.provenance.clone(),
            signature: key.map(|key| key.sign(self.owner(), digest)),
        })
    }
}

/// A save whose leaves have moved.
struct Sealed<'a> {
    save: &'a Save,
    manifest: Manifest,
    root: Root,
}

impl Sealed<'_> {
    /// Bytes that the record itself holds.
    fn inline_len(&self) -> u64 {
        self.root.encode().len() as u64
    }

    /// The buffers a load asks for, the root's own last.
    fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = self.manifest.buffers().to_vec();
        if let Root::Cut(buffer) = &self.root {
            buffers.push(buffer.clone());
        }
        buffers
    }
}

fn check(saves: &[Save], can_sign: bool) -> Result<()> {
    let mut seen = HashSet::new();
    for save in saves {
        if !seen.insert(&save.key) {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("a key comes twice in one save: `{}`", save.key),
            ));
        }
        if save.draft.has_opaque() && !can_sign {
            let message = "no signing key, so a Python object can't be kept here; run `stillroom key` and pass its \
                           line as signing_key";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use stillroom_core::{Catalog, Digest, PageKey, Principal, Stored, Usage};
    use stillroom_format::Writer;

    use super::*;
    use crate::{OpenOptions, keep_going};

    type Answer<T> = stillroom_core::Result<T>;

    /// A catalog whose blobs a gc takes away under the first few commits.
    struct Swept {
        inner: Arc<dyn Catalog>,
        sweeps: AtomicUsize,
    }

    #[async_trait]
    impl Catalog for Swept {
        async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Answer<Committed> {
            let left =
                self.sweeps.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            match left {
                Ok(_) => Ok(Committed::Missing(vec![Digest::of(b"swept")])),
                Err(_) => self.inner.commit(who, commit).await,
            }
        }

        async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Answer<Stored> {
            self.inner.get(who, key, version).await
        }

        async fn list(&self, who: &Principal, page: Option<&PageKey>) -> Answer<Vec<Record>> {
            self.inner.list(who, page).await
        }

        async fn history(&self, who: &Principal, key: &ResultKey) -> Answer<Vec<Record>> {
            self.inner.history(who, key).await
        }

        async fn annotate(
            &self,
            who: &Principal,
            key: &ResultKey,
            version: Version,
            change: Annotation,
        ) -> Answer<Record> {
            self.inner.annotate(who, key, version, change).await
        }

        async fn delete(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Answer<u64> {
            self.inner.delete(who, key, version).await
        }

        async fn usage(&self, who: &Principal) -> Answer<Usage> {
            self.inner.usage(who).await
        }
    }

    fn save_while_swept(sweeps: usize) -> (Store, Result<Vec<Receipt>>) {
        let url = Some("memory:".to_owned());
        let store = Store::open(OpenOptions { url, ..OpenOptions::default() }).unwrap();
        let store = store.behind(|inner| Arc::new(Swept { inner, sweeps: AtomicUsize::new(sweeps) }));
        let mut writer = Writer::new(Limits::default());
        writer.bytes(Box::new(vec![7; 200_000])).unwrap();
        let save = Save::new(ResultKey::parse("page", "bytes").unwrap(), writer.finish().unwrap());
        let saved = store.save(vec![save], &mut keep_going);
        (store, saved)
    }

    #[test]
    fn a_save_whose_blobs_vanish_begins_again() {
        let (store, saved) = save_while_swept(TRIES - 1);

        let record = &saved.unwrap()[0].record;

        assert_eq!(
            store.load(&record.key, None, &mut keep_going).unwrap().bodies[0].as_slice(),
            [7; 200_000]
        );
    }

    #[test]
    fn a_save_whose_blobs_keep_vanishing_says_so_and_leaves_nothing_visible() {
        let (store, saved) = save_while_swept(TRIES);

        let error = saved.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(store.results(None).unwrap().is_empty());
    }
}
