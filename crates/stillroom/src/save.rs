//! How a value is kept: leaves move first, the record last, and a set is one commit.
//!
//! A crash in between leaves blobs that no record names, never a record without
//! its bytes. A value equal to the newest version makes no version.

use std::collections::HashSet;

use std::time::Duration;

use bytes::Bytes;
use stillroom_core::{
    Annotation, BackendError, Commit, Committed, Condition, Durability, NewVersion, Record, RequestId,
    ResultKey, Version, limits, poll_now,
};
use stillroom_format::{Draft, Limits, summarise};

use crate::parts::Parts;
use crate::upload::{Held, Moved, Upload};
use crate::{Error, ErrorKind, Result, Store, Trust, Watch, metadata, provenance};

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
    /// How long it is kept; none for good.
    pub ttl: Option<Duration>,
    /// Whether it stays whatever its age.
    pub pinned: bool,
    /// The version this save is based on (`Some(None)`: nothing saved yet); none for no condition.
    pub if_version: Option<Option<Version>>,
}

impl Save {
    /// A save without label, metadata or condition, kept for good.
    pub fn new(key: ResultKey, draft: Draft) -> Self {
        Self {
            key,
            draft,
            label: None,
            metadata: None,
            provenance: "{}".to_owned(),
            ttl: None,
            pinned: false,
            if_version: None,
        }
    }

    /// What people said of this version, to be said of one that is there; leaving something out changes
    /// nothing.
    fn annotation(&self) -> Annotation {
        Annotation {
            label: self.label.clone().map(Some),
            metadata: self.metadata.clone().map(Some),
            ttl: self.ttl.map(Some),
            pinned: self.pinned.then_some(true),
        }
    }

    fn condition(&self) -> Option<Condition> {
        self.if_version.map(|version| Condition { key: self.key.clone(), version })
    }
}

/// What a save answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The version's facts.
    pub record: Record,
    /// Whether the value was the newest version already, so that none was made.
    pub unchanged: bool,
    /// Bytes that had to be stored for it; blobs shared within a set count with the first that needs them.
    pub new_bytes: u64,
    /// How long it lasts.
    pub durability: Durability,
}

impl Store {
    /// Saves a set: all of it is there when this returns, or nothing is.
    ///
    /// A value equal to its newest version makes no version; what is said of it (label, metadata, ttl, pin)
    /// is then said of that one.
    ///
    /// # Errors
    /// `conflict` when an `if_version` is not the newest; `unsupported` for an opaque object without a
    /// signing key; `invalid` when a key comes twice; `too-large` over a limit or quota; `denied` when the
    /// store can't be written; `unavailable` when the disk is full ([`Error::is_full`]).
    pub fn save(&self, saves: Vec<Save>, watch: Watch<'_>) -> Result<Vec<Receipt>> {
        check(&saves, self.can_sign())?;
        let request = random_request()?;
        for _ in 0..TRIES {
            if let Some(receipts) = self.try_save(&saves, request, watch)? {
                self.sweep_now_and_then();
                return Ok(receipts);
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "blobs of this save kept vanishing; save again"))
    }

    /// None when the commit found blobs missing that were there before.
    fn try_save(&self, saves: &[Save], request: RequestId, watch: Watch<'_>) -> Result<Option<Vec<Receipt>>> {
        let total = saves.iter().map(|save| save.draft.len()).sum();
        let mut upload = Upload::new(self.blobs(), self.who(), self.compression(), total, watch);
        let buffers = upload.leaves(saves.iter().map(|save| &save.draft))?;
        let mut sealed = Vec::with_capacity(saves.len());
        for (save, buffers) in saves.iter().zip(buffers) {
            let manifest = save.draft.seal(buffers)?;
            let root = upload.root(&manifest)?;
            sealed.push(Sealed { save, parts: Parts { root, manifest } });
        }
        self.commit(&sealed, &upload.finish()?, request)
    }

    fn commit(
        &self,
        sealed: &[Sealed<'_>],
        moved: &Moved,
        request: RequestId,
    ) -> Result<Option<Vec<Receipt>>> {
        let unless_same = self.can_ask_with_the_commit(sealed, moved);
        let mut current = match unless_same {
            true => vec![None],
            false => sealed.iter().map(|sealed| self.unchanged(sealed, moved)).collect::<Result<Vec<_>>>()?,
        };
        let new = || sealed.iter().zip(&current).filter(|(_, current)| current.is_none());
        let commit = Commit {
            conditions: sealed.iter().filter_map(|sealed| sealed.save.condition()).collect(),
            versions: new().map(|(sealed, _)| self.new_version(sealed)).collect::<Result<_>>()?,
            blobs: moved.held.iter().map(Held::as_blob).collect(),
            keep_versions: self.keep_versions(),
            request: Some(request),
            unless_same,
        };
        let mut records = if commit.versions.is_empty() && commit.conditions.is_empty() {
            Vec::new()
        } else {
            let committed = match poll_now(self.catalog().commit(self.who(), commit)) {
                // Who may not write may still be told that it is there.
                Err(denied @ BackendError::Denied { .. }) if unless_same => {
                    let there = self.unchanged(&sealed[0], moved)?.ok_or(denied)?;
                    Committed::Same(Box::new(there))
                }
                answer => answer?,
            };
            match committed {
                Committed::Done(records) => records,
                Committed::Missing(_) => return Ok(None),
                Committed::Same(record) => {
                    current = vec![Some(*record)];
                    Vec::new()
                }
            }
        }
        .into_iter();
        let mut new_bytes = Some(moved.new_bytes);
        let mut receipts = Vec::with_capacity(sealed.len());
        for (sealed, current) in sealed.iter().zip(current) {
            receipts.push(match current {
                Some(record) => {
                    let record = self.annotate(sealed.save, record)?;
                    self.receipt(record, true, 0)
                }
                None => {
                    let record = records.next().ok_or_else(Error::unconfirmed)?;
                    let new_bytes = new_bytes.take().unwrap_or(0) + sealed.inline_len();
                    self.receipt(record, false, new_bytes)
                }
            });
        }
        Ok(Some(receipts))
    }

    pub(crate) fn receipt(&self, record: Record, unchanged: bool, new_bytes: u64) -> Receipt {
        Receipt { record, unchanged, new_bytes, durability: self.durability().clone() }
    }

    /// Whether the commit itself can find out that the value is there, which saves asking before: of a set,
    /// of opaque objects and of bytes that were not there, more has to be known.
    fn can_ask_with_the_commit(&self, sealed: &[Sealed<'_>], moved: &Moved) -> bool {
        let [only] = sealed else { return false };
        !only.save.draft.has_opaque() && only.is_whole(moved)
    }

    /// The newest version, when it is this very value and, for opaque objects, a key in hand vouches for it.
    ///
    /// One whose blobs had to be put again was not whole: the value becomes a version anew, which heals it.
    fn unchanged(&self, sealed: &Sealed<'_>, moved: &Moved) -> Result<Option<Record>> {
        // That is known here; the newest version would have to be asked for.
        if !sealed.is_whole(moved) {
            return Ok(None);
        }
        let Some(record) = self.newest(&sealed.save.key)? else { return Ok(None) };
        let is_vouched_for = !sealed.save.draft.has_opaque() || self.trust(&record) == Trust::Trusted;
        let is_it = record.digest == sealed.parts.manifest.digest() && is_vouched_for;
        Ok(is_it.then_some(record))
    }

    /// The newest version, if there is one and its record is whole.
    pub(crate) fn newest(&self, key: &ResultKey) -> Result<Option<Record>> {
        match self.record(key, None) {
            Ok(record) => Ok(Some(record)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Corrupt) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What people wrote with an unchanged save goes to the version that is there.
    fn annotate(&self, save: &Save, record: Record) -> Result<Record> {
        let change = save.annotation();
        if change == Annotation::default() {
            return Ok(record);
        }
        Ok(poll_now(self.catalog().annotate(self.who(), &save.key, record.version, change))?)
    }

    fn new_version(&self, sealed: &Sealed<'_>) -> Result<NewVersion> {
        let Sealed { save, parts } = sealed;
        let summary = summarise(&parts.manifest, Limits::default())?;
        let digest = parts.manifest.digest();
        let needs_signature = save.draft.has_opaque();
        let key = self.signing_keys().first().filter(|_| needs_signature);
        Ok(NewVersion {
            key: save.key.clone(),
            digest,
            root: parts.root.encode(),
            buffers: parts.buffers(),
            kind: summary.kind,
            shape: summary.shape,
            bytes: save.draft.len(),
            label: save.label.clone(),
            metadata: save.metadata.clone(),
            summary: summary.json.to_string(),
            provenance: save.provenance.clone(),
            ttl: save.ttl,
            pinned: save.pinned,
            signature: key.map(|key| key.sign(self.owner(), digest)),
        })
    }
}

/// A save whose leaves have moved.
struct Sealed<'a> {
    save: &'a Save,
    parts: Parts,
}

impl Sealed<'_> {
    /// Whether all its blobs were there before the save.
    fn is_whole(&self, moved: &Moved) -> bool {
        self.parts.chunks().all(|need| !moved.new.contains(&need.chunk.digest))
    }

    /// Bytes that the record itself holds.
    fn inline_len(&self) -> u64 {
        self.parts.root.encode().len() as u64
    }
}

/// A name for one commit, drawn at random.
pub(crate) fn random_request() -> Result<RequestId> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(Error::no_random_bytes)?;
    Ok(RequestId(id))
}

/// Refuses what can be refused before a byte has moved.
fn check(saves: &[Save], can_sign: bool) -> Result<()> {
    limits::within(limits::Limited::Set, limits::SET_LEN, saves.len() as u64)?;
    let mut seen = HashSet::new();
    for save in saves {
        if !seen.insert(&save.key) {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("a key comes twice in one save: `{}`", save.key),
            ));
        }
        save.annotation().check()?;
        save.metadata.as_ref().map_or(Ok(()), metadata::check)?;
        provenance::check(&save.provenance)?;
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
    use super::*;
    use crate::keep_going;
    use crate::tampered::{Tampered, save_bytes, tampered};

    fn save_while_swept(sweeps: usize) -> (Store, Result<Vec<Receipt>>) {
        let (_, store, _) = tampered(Tampered { pretended: sweeps.into(), ..Tampered::default() });
        let saved = save_bytes(&store, 7);
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
