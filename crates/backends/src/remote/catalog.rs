//! Records: each call of the contract is one of the database's functions.

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use stillroom_core::limits::LISTING_LEN;
use stillroom_core::{
    Annotation, BackendError, Catalog, Commit, Committed, ListRange, Listing, Principal, Record, Result,
    ResultKey, Scope, Stored, Sweep, Swept, Timestamp, Usage, Version,
};
use uuid::Uuid;

use super::again::is_repeatable;
use super::blobs::{BATCH_LEN, Brought};
use super::error::unexpected;
use super::frame::{Answer, Parts};
use super::json::{Json, hex};
use super::record::{self, Incoming, micros};
use super::text::escape;
use super::{Argument, Call, Carrier, Failure, Function, Remote, blobs};

/// How many bytes of blobs come along with a version that is asked for.
const INLINE_LEN: usize = 64 * 1024;

#[async_trait]
impl<C: Carrier> Catalog for Remote<C> {
    async fn commit(&self, who: &Principal, commit: Commit<'_>) -> Result<Committed> {
        commit.check()?;
        self.told(self.try_commit(who, commit))
    }

    async fn get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored> {
        self.told(self.try_get(who, key, version))
    }

    async fn list(&self, who: &Principal, asked: ListRange<'_>) -> Result<Listing> {
        self.told(self.records(
            who,
            Function::List,
            json!({
                "page": asked.page.map(|page| page.as_str()),
                "after_page": asked.after.map(|after| after.page.as_str()),
                "after_key": asked.after.map(|after| after.key.as_str()),
            }),
        ))
    }

    async fn history(&self, who: &Principal, key: &ResultKey, before: Option<Version>) -> Result<Listing> {
        let before = before.map(number);
        self.told(self.records(who, Function::History, at(key, json!({ "before": before }))))
    }

    async fn snapshot(&self, who: &Principal, scope: &Scope) -> Result<Vec<Stored>> {
        self.told(self.try_snapshot(who, scope))
    }

    async fn annotate(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Version,
        change: Annotation,
    ) -> Result<Record> {
        change.check()?;
        let mut asked = at(key, json!({ "version": number(version) }));
        if let Some(label) = &change.label {
            asked["label"] = json!(label.as_deref().map(escape));
        }
        if let Some(metadata) = &change.metadata {
            asked["metadata"] = json!(metadata.as_deref().map(hex));
            asked["metadata_json"] = json!(metadata.as_ref().and_then(record::metadata_json));
        }
        if let Some(ttl) = change.ttl {
            asked["ttl"] = json!(ttl.map(micros));
        }
        if let Some(pinned) = change.pinned {
            asked["pinned"] = json!(pinned);
        }
        self.told(self.record(who, Function::Annotate, asked))
    }

    async fn delete(
        &self,
        who: &Principal,
        key: &ResultKey,
        version: Option<Version>,
    ) -> Result<Vec<Version>> {
        let ask = || {
            let asked = at(key, json!({ "version": version.map(number) }));
            let versions = self.json(who, Function::Delete, &asked)?.take("versions").items()?;
            versions.iter().map(version_of).collect()
        };
        self.told(ask())
    }

    async fn undelete(&self, who: &Principal, key: &ResultKey, versions: &[Version]) -> Result<()> {
        let versions: Vec<i64> = versions.iter().copied().map(number).collect();
        let asked = at(key, json!({ "versions": versions }));
        self.told(self.json(who, Function::Undelete, &asked).map(drop))
    }

    async fn rename(&self, who: &Principal, from: &ResultKey, to: &ResultKey) -> Result<Record> {
        let asked = at(from, json!({ "to_page": to.page.as_str(), "to_key": to.key.as_str() }));
        self.told(self.record(who, Function::Rename, asked))
    }

    async fn sweep(&self, who: &Principal, sweep: Sweep) -> Result<Swept> {
        self.told(self.try_sweep(who, sweep))
    }

    async fn usage(&self, who: &Principal) -> Result<Usage> {
        let ask = || {
            let mut usage = self.json(who, Function::Usage, &json!({}))?;
            Ok(Usage {
                results: usage.take("results").number()?,
                versions: usage.take("versions").number()?,
                value_bytes: usage.take("value_bytes").number()?,
                stored_bytes: usage.take("stored_bytes").number()?,
                quota: usage.take("quota").option(|quota| quota.number())?,
            })
        };
        self.told(ask())
    }
}

impl<C: Carrier> Remote<C> {
    /// The answer, or the contract's error for the lack of it.
    pub(super) fn told<T>(&self, answer: Result<T, Failure>) -> Result<T> {
        answer.map_err(|failure| failure.at(&self.location))
    }

    pub(super) fn json(&self, who: &Principal, function: Function, asked: &Value) -> Result<Json, Failure> {
        let (asked, is_repeatable) = (asked.to_string(), is_repeatable(function, asked));
        let argument = Argument::Json(&asked);
        Json::parse(
            &self.carrier.call(who, Call { function, argument, is_preliminary: false, is_repeatable })?,
        )
    }

    /// Asks with bytes; `header` is what they begin with, where they have one.
    pub(super) fn bytes(
        &self,
        who: &Principal,
        function: Function,
        header: &Value,
        argument: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let (argument, is_repeatable) = (Argument::Bytes(argument), is_repeatable(function, header));
        self.carrier.call(who, Call { function, argument, is_preliminary: false, is_repeatable })
    }

    fn try_commit(&self, who: &Principal, mut commit: Commit<'_>) -> Result<Committed, Failure> {
        if commit.blobs.iter().map(|blob| blob.bytes.len()).sum::<usize>() > BATCH_LEN {
            self.put_all(who, &commit.blobs)?;
            commit.blobs.clear();
        }
        let mut bytes = Parts::default();
        let versions: Vec<Value> = commit
            .versions
            .iter()
            .map(|version| record::outgoing(who.owner(), version, &mut bytes))
            .collect();
        let blobs: Vec<Value> = commit.blobs.iter().map(|blob| blobs::outgoing(blob, &mut bytes)).collect();
        let conditions: Vec<Value> = commit
            .conditions
            .iter()
            .map(|condition| {
                let key = &condition.key;
                json!([key.page.as_str(), key.key.as_str(), condition.version.map(number)])
            })
            .collect();
        let header = json!({
            "blobs": blobs,
            "commit": {
                "request": commit.request.map(|request| Uuid::from_bytes(request.0).to_string()),
                "keep_versions": commit.keep_versions.map(|keep| i64::try_from(keep).unwrap_or(i64::MAX)),
                "unless_same": commit.unless_same,
                "conditions": conditions,
                "versions": versions,
            },
        });
        let mut answer = Json::parse(&self.bytes(who, Function::Save, &header, &bytes.behind(&header))?)?;
        let missing = answer.take("missing");
        if !missing.is_null() {
            return Ok(Committed::Missing(
                missing.items()?.into_iter().map(blobs::digest).collect::<Result<_, _>>()?,
            ));
        }
        let same = answer.take("same");
        if !same.is_null() {
            return Ok(Committed::Same(Box::new(Incoming::read(same, who.owner())?.record)));
        }
        let done = answer.take("done");
        if !done.is_null() {
            let records = done.items()?.into_iter().map(|json| Ok(Incoming::read(json, who.owner())?.record));
            return Ok(Committed::Done(records.collect::<Result<_, Failure>>()?));
        }
        let created_at = Timestamp(answer.take("created_at").number()?);
        let written = answer.take("written").items()?;
        if written.len() != commit.versions.len() {
            return Err(unexpected("another number of versions than were saved"));
        }
        let record = |(new, number): (&stillroom_core::NewVersion, &Json)| {
            Ok(new.record(version_of(number)?, created_at))
        };
        Ok(Committed::Done(commit.versions.iter().zip(&written).map(record).collect::<Result<_, Failure>>()?))
    }

    fn try_get(&self, who: &Principal, key: &ResultKey, version: Option<Version>) -> Result<Stored, Failure> {
        let asked = at(key, json!({ "version": version.map(number), "inline": INLINE_LEN }));
        let answer = self.bytes(who, Function::Load, &asked, &Parts::default().behind(&asked))?;
        let mut answer = Answer::parse(&answer)?;
        let found = Incoming::read(answer.header.take("record"), who.owner())?;
        let manifest_len = answer_len(answer.header.take("manifest_len"))?;
        let manifest = answer.take(manifest_len)?;
        if found.record.is_damaged || !found.has_manifest(manifest) {
            return Err(damaged(key).into());
        }
        let (is_recipe, root) = (found.is_recipe(), Bytes::copy_from_slice(manifest));
        let hint = match answer.header.take("inline").flag()? {
            true => Brought::hint(who.owner(), answer.header.take("blobs"), answer.rest())?,
            false => Default::default(),
        };
        Ok(Stored { record: found.record, root, is_recipe, hint })
    }

    fn records(&self, who: &Principal, function: Function, mut asked: Value) -> Result<Listing, Failure> {
        // One more than is answered tells whether there is more.
        asked["limit"] = json!(LISTING_LEN + 1);
        let records = self.json(who, function, &asked)?.take("records").items()?;
        let has_more = records.len() > LISTING_LEN;
        let read = |json| Ok(Incoming::listed(json, who.owner())?.map(|found| found.record));
        let records = records.into_iter().take(LISTING_LEN).filter_map(|json| read(json).transpose());
        let records = records.collect::<Result<_, Failure>>()?;
        Ok(Listing { records, has_more })
    }

    fn record(&self, who: &Principal, function: Function, asked: Value) -> Result<Record, Failure> {
        let found = Incoming::read(self.json(who, function, &asked)?, who.owner())?.record;
        if found.is_damaged { Err(damaged(&found.key).into()) } else { Ok(found) }
    }

    fn try_snapshot(&self, who: &Principal, scope: &Scope) -> Result<Vec<Stored>, Failure> {
        let asked = json!({
            "page": scope.page().map(|page| page.as_str()),
            "key": scope.key().map(|key| key.as_str()),
        });
        let read = |mut json: Json| {
            let Some(found) = Incoming::listed(json.take("record"), who.owner())? else { return Ok(None) };
            if found.is_recipe() {
                return self.recipes(who, found.record);
            }
            let manifest = json.take("manifest").option(Json::hex)?.unwrap_or_default();
            let is_whole = found.has_manifest(&manifest);
            let record = match is_whole {
                true => found.record,
                false => Record::damaged(found.record.key, found.record.version),
            };
            let root = if is_whole { manifest.into() } else { Bytes::new() };
            Ok(Some(Stored { record, root, is_recipe: false, hint: Default::default() }))
        };
        let records = self.json(who, Function::Snapshot, &asked)?.take("records").items()?;
        records.into_iter().map(read).filter_map(Result::transpose).collect()
    }

    /// What the recipe wrote comes one by one: together it may be more than the database puts into one answer. None
    /// for a version that went meanwhile.
    fn recipes(&self, who: &Principal, record: Record) -> Result<Option<Stored>, Failure> {
        match self.try_get(who, &record.key, Some(record.version)) {
            Ok(stored) => Ok(Some(stored)),
            Err(gone) if gone.is("PT404") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn try_sweep(&self, who: &Principal, sweep: Sweep) -> Result<Swept, Failure> {
        read_swept(self.json(who, Function::Sweep, &sweep_asked(sweep))?)
    }
}

/// A sweep as it is asked for.
pub(crate) fn sweep_asked(sweep: Sweep) -> Value {
    json!({ "dry_run": sweep.dry_run, "undo_time": micros(sweep.undo_time), "is_step": sweep.is_step })
}

/// What a sweep says it took.
#[cfg(feature = "postgres")]
pub(crate) fn swept(answer: &[u8]) -> Result<Swept, Failure> {
    read_swept(Json::parse(answer)?)
}

fn read_swept(mut answer: Json) -> Result<Swept, Failure> {
    let blob_bytes = answer.take("blob_bytes").number()?;
    Ok(Swept {
        versions: answer.take("versions").number()?,
        blobs: answer.take("blobs").number()?,
        blob_bytes,
        freed_bytes: blob_bytes,
    })
}

/// What is asked of a result.
fn at(key: &ResultKey, mut asked: Value) -> Value {
    asked["page"] = json!(key.page.as_str());
    asked["key"] = json!(key.key.as_str());
    asked
}

/// A version as the database counts: one beyond its numbers is none that is there.
fn number(version: Version) -> i64 {
    i64::try_from(version.get()).unwrap_or(i64::MAX)
}

fn version_of(number: &Json) -> Result<Version, Failure> {
    Version::new(number.number()?).ok_or_else(|| unexpected("version 0"))
}

fn answer_len(json: Json) -> Result<usize, Failure> {
    json.option(|len| len.number::<i64>())?
        .map_or(Ok(0), |len| usize::try_from(len).map_err(|_| unexpected("a length below nothing")))
}

fn damaged(key: &ResultKey) -> BackendError {
    let message = format!("the record of `{key}` is damaged; load another version");
    BackendError::Corrupt { message, source: None }
}
