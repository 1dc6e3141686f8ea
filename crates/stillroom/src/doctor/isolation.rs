//! Two owners, and everything that one could try to reach what the other has.
//!
//! Each is a real store, over a transaction of the database that is never committed: what is made here is gone
//! afterwards, however it ends. What plain SQL could try beside the store's own calls is the backend's business.

use std::sync::Arc;
use std::time::Duration;

use stillroom_backends::database_url;
use stillroom_backends::postgres::Trial;
use stillroom_core::{
    Acquired, Annotation, Buffer, Chunk, Commit, Committed, Digest, Holder, LeaseKey, NewVersion, Owner,
    Record, ResultKey, Scope, Version, poll_now,
};
use stillroom_format::{Limits, Writer};
use uuid::Uuid;

use super::{Check, Verdict};
use crate::{Error, ErrorKind, OpenOptions, Result, Save, Store, keep_going};

/// Bytes of the value that one has: enough that they are a blob.
const LEN: usize = 40_000;
/// How long the lease is held, in which none of this lasts.
const LEASE_TIME: Duration = Duration::from_secs(60);

/// Proves, through the login that an app uses, that no owner reaches another's results: two throw-away owners, or
/// the two of `owners` where only accounts may have results.
///
/// # Errors
/// As [`Store::open`]; `invalid` for a store that is no database, and where accounts are needed.
pub fn prove_isolation(options: &OpenOptions, owners: Option<[Uuid; 2]>) -> Result<Vec<Check>> {
    let trial = Arc::new(Trial::begin(&database_url(options.url.as_deref())?)?);
    if owners.is_none() && trial.needs_accounts()? {
        let message = "results belong to accounts here (auth.users), so isolation is proved with two that exist; \
                       nothing of theirs is changed: name them by --as-owners UUID UUID";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let [asker, other] = owners.unwrap_or_else(|| [Uuid::new_v4(), Uuid::new_v4()]).map(Owner::new);
    if asker == other {
        return Err(Error::new(
            ErrorKind::Invalid,
            "two different owners are needed to prove that they are apart",
        ));
    }
    let store = Store::over(trial.backend(), asker);
    let pair = Pair::new(store.clone(), store.as_owner(other))?;
    let mut checks = pair.attempts()?;
    checks.extend(trial.attempts(asker, other)?.into_iter().map(Check::from));
    checks.push(pair.is_intact());
    Ok(checks)
}

/// Somebody who has a result, and somebody who wants it.
struct Pair {
    asker: Store,
    other: Store,
    /// Where the other's result is, on a page that neither has anything else on.
    key: ResultKey,
    record: Record,
    blob: Digest,
    lease: LeaseKey,
    holder: Holder,
}

impl Pair {
    fn new(asker: Store, other: Store) -> Result<Self> {
        let name = format!("stillroom doctor {}", Uuid::new_v4());
        let key = ResultKey::parse(&name, "kept")?;
        // Nobody else has these bytes, so that they are a blob of the other's alone.
        let bytes: Vec<u8> = Uuid::new_v4().as_bytes().iter().copied().cycle().take(LEN).collect();
        let receipts = other.save(vec![save(&key, bytes.clone())?], &mut keep_going)?;
        let record = receipts.into_iter().next().ok_or_else(Error::unconfirmed)?.record;
        let (lease, holder) = (LeaseKey::parse(&name)?, Holder(Uuid::new_v4()));
        poll_now(other.leases().acquire(other.who(), &lease, holder, LEASE_TIME))?;
        Ok(Self { asker, other, key, record, blob: Digest::of(&bytes), lease, holder })
    }

    fn attempts(&self) -> Result<Vec<Check>> {
        let Self { asker, key, .. } = self;
        let label = Annotation { label: Some(Some("taken".to_owned())), ..Annotation::default() };
        let elsewhere = ResultKey::parse(key.page.as_str(), "taken")?;
        let listed = asker.results(Some(&key.page)).map(|records| records.len());
        let history = asker.history(key).map(|records| records.len());
        let page = Scope::Page(key.page.clone());
        let exported = poll_now(asker.catalog().snapshot(asker.who(), &page)).map(|all| all.len());
        Ok(vec![
            absent("isolation-load", asker.load(key, None, &mut keep_going)),
            empty("isolation-list", listed),
            empty("isolation-history", history),
            empty("isolation-export", exported.map_err(Error::from)),
            absent("isolation-update", asker.update(key, Some(self.record.version), label)),
            absent("isolation-delete", asker.delete(key, None)),
            absent("isolation-undelete", asker.undelete(key, &[self.record.version])),
            absent("isolation-rename", asker.rename(key, &elsewhere)),
            self.blobs()?,
            self.save()?,
            self.lease(),
            answered(
                "isolation-gc",
                asker.gc(false).map(|_| true),
                "an owner's gc erases nothing of another's",
            ),
        ])
    }

    /// The other's bytes, asked for by what they are called.
    fn blobs(&self) -> Result<Check> {
        let Self { asker, blob, .. } = self;
        let missing = poll_now(asker.blobs().missing(asker.who(), &[*blob]))?;
        poll_now(asker.blobs().discard(asker.who(), &[*blob]))?;
        let stolen = NewVersion {
            key: ResultKey::parse(self.key.page.as_str(), "stolen")?,
            digest: *blob,
            root: bytes::Bytes::from_static(b"root"),
            buffers: vec![Buffer::new(vec![Chunk { digest: *blob, len: LEN as u32 }])],
            kind: "bytes".to_owned(),
            shape: Vec::new(),
            bytes: LEN as u64,
            label: None,
            metadata: None,
            summary: "null".to_owned(),
            provenance: "{}".to_owned(),
            ttl: None,
            pinned: false,
            signature: None,
        };
        let commit = Commit { versions: vec![stolen], ..Commit::default() };
        let committed = poll_now(asker.catalog().commit(asker.who(), commit))?;
        let is_absent = missing == [*blob] && committed == Committed::Missing(vec![*blob]);
        Ok(judged(
            "isolation-blobs",
            is_absent,
            "another's bytes can't be had, named or forgotten by their digest",
        ))
    }

    /// A save at the same place is the asker's own, and counted apart.
    fn save(&self) -> Result<Check> {
        let receipts = self.asker.save(vec![save(&self.key, vec![7; LEN])?], &mut keep_going)?;
        let is_first = receipts.iter().all(|receipt| receipt.record.version == Version::FIRST);
        let saved = self.asker.delete(&self.key, None).map(|_| is_first);
        Ok(answered("isolation-save", saved, "a save at the same place is another result"))
    }

    /// What the other holds is free to the asker, and stays the other's.
    fn lease(&self) -> Check {
        let Self { asker, lease, .. } = self;
        let holder = Holder(Uuid::new_v4());
        let taken = (|| {
            let released = poll_now(asker.leases().release(asker.who(), lease, self.holder))?;
            let taken = poll_now(asker.leases().acquire(asker.who(), lease, holder, LEASE_TIME))?;
            poll_now(asker.leases().release(asker.who(), lease, holder))?;
            Ok(!released && matches!(taken, Acquired::Yours(_)))
        })();
        answered("isolation-leases", taken, "another's lease is another lease")
    }

    /// Whether the other's result, bytes and lease are as they were.
    fn is_intact(&self) -> Check {
        let Self { other, key, .. } = self;
        let looked = (|| {
            let loaded = other.load(key, None, &mut keep_going)?;
            let history = other.history(key)?;
            let lease = poll_now(other.leases().lease(other.who(), &self.lease))?;
            let is_held = lease.is_some_and(|lease| lease.holder == self.holder);
            Ok(loaded.record == self.record && history == [self.record.clone()] && is_held)
        })();
        answered("isolation-intact", looked, "all is as its owner left it, and nothing of the trial stays")
    }
}

fn save(key: &ResultKey, bytes: Vec<u8>) -> Result<Save> {
    let mut writer = Writer::new(Limits::default());
    stillroom_format::Value::bytes(bytes).write(&mut writer)?;
    Ok(Save::new(key.clone(), writer.finish()?))
}

/// What another has must be as if it were not there.
fn absent<T>(name: &'static str, answer: Result<T>) -> Check {
    match answer {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Check::new(name, Verdict::Good("as if there were nothing".to_owned()))
        }
        Err(error) => Check::new(name, Verdict::Failed(error)),
        Ok(_) => judged(name, false, ""),
    }
}

/// A listing must be without what another has.
fn empty(name: &'static str, answer: Result<usize>) -> Check {
    answered(name, answer.map(|len| len == 0), "without what another has")
}

fn answered(name: &'static str, answer: Result<bool>, good: &str) -> Check {
    match answer {
        Ok(is_good) => judged(name, is_good, good),
        Err(error) => Check::new(name, Verdict::Failed(error)),
    }
}

fn judged(name: &'static str, is_good: bool, good: &str) -> Check {
    let verdict = if is_good {
        Verdict::Good(good.to_owned())
    } else {
        Verdict::Failed(Error::new(
            ErrorKind::Denied,
            format!("one owner reached another's results: `{name}`"),
        ))
    };
    Check::new(name, verdict)
}
