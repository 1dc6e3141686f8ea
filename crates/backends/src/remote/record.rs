//! Records as JSON, and the digest over what never changes of them.
//!
//! A database's pages may have checksums and its copies may not: each version carries a digest over the fields it
//! was saved with, made here and compared here. The place is not among them, so that a rename is an update of two
//! columns, and what people decide later is not.

use bytes::Bytes;
use serde_json::{Value, json};
use stillroom_core::{Digest, NewVersion, Owner, Record, ResultKey, Signature, Timestamp, Version};

use super::Failure;
use super::error::unexpected;
use super::frame::{Parts, pack};
use super::json::{Json, hex};
use super::text::{escape, plain, unescape};

const SEAL_CONTEXT: &[u8] = b"stillroom/record/1";

/// What a header says of a version on its way in, whose bytes are added to `bytes`.
pub(super) fn outgoing<'a>(owner: Owner, version: &'a NewVersion, bytes: &mut Parts<'a>) -> Value {
    let mut digests: Vec<Digest> = version.digests().collect();
    digests.sort_unstable();
    digests.dedup();
    let manifest_digest = Digest::of(&version.root);
    let signature = version.signature.as_ref();
    let facts = Facts {
        digest: version.digest,
        kind: &version.kind,
        shape: &version.shape,
        bytes: version.bytes,
        summary: &version.summary,
        provenance: &version.provenance,
        signature,
        manifest_digest,
    };
    json!({
        "page": version.key.page.as_str(),
        "key": version.key.key.as_str(),
        "digest": hex(version.digest.as_bytes()),
        "kind": escape(&version.kind),
        "shape": version.shape,
        "bytes": version.bytes,
        "label": version.label.as_deref().map(escape),
        "metadata": version.metadata.as_deref().map(hex),
        "metadata_json": version.metadata.as_ref().and_then(metadata_json),
        "summary": escape(&version.summary),
        "provenance": escape(&version.provenance),
        "ttl": version.ttl.map(micros),
        "pinned": version.pinned,
        "signature": signature.map(|signature| hex(&signature.mac)),
        "key_id": signature.map(|signature| hex(&signature.key_id)),
        "record_digest": hex(facts.seal(owner).as_bytes()),
        "manifest_digest": hex(manifest_digest.as_bytes()),
        "manifest_len": version.root.len(),
        "manifest_start": bytes.add(version.root.as_ref()),
        "blobs_len": digests.len() * Digest::LEN,
        "blobs_start": bytes.add(pack(digests)),
    })
}

/// Metadata as people and SQL see it.
pub(super) fn metadata_json(metadata: &Bytes) -> Option<Value> {
    stillroom_format::picture(metadata).map(plain)
}

/// A lifetime in microseconds; the longest there is when it is longer.
pub(super) fn micros(ttl: std::time::Duration) -> i64 {
    i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX)
}

/// The kind of what the recipe wrote.
const RECIPE_KIND: &str = "seed-json";

/// A record that came, and what its bytes must be.
pub(super) struct Incoming {
    pub(super) record: Record,
    root: Root,
}

/// What a record is of.
#[derive(PartialEq, Eq)]
enum Root {
    /// A manifest of this digest.
    Manifest(Digest),
    /// JSON of the recipe, whose digest whoever reads it compares.
    Recipe,
    /// Nothing that could be told.
    Unknown,
}

impl Incoming {
    /// # Errors
    /// When not even its key and version can be read.
    pub(super) fn read(json: Json, owner: Owner) -> Result<Self, Failure> {
        Self::listed(json, owner)?.ok_or_else(|| unexpected("a key that is none"))
    }

    /// The same among others; none for one at a place that can't be one. It could neither be loaded nor deleted by
    /// that name, and it is to hide no other.
    ///
    /// # Errors
    /// When not even its key and version can be read.
    pub(super) fn listed(mut json: Json, owner: Owner) -> Result<Option<Self>, Failure> {
        let (page, key) = (json.take("page").text()?, json.take("key").text()?);
        let Ok(key) = ResultKey::parse(&page, &key) else { return Ok(None) };
        let version = Version::new(json.take("version").number()?).ok_or_else(|| unexpected("version 0"))?;
        // A field that can't be what was written is damage like any other.
        Ok(Some(
            read(json, key.clone(), version, owner)
                .unwrap_or_else(|_| Self { record: Record::damaged(key, version), root: Root::Unknown }),
        ))
    }

    /// Whether the recipe wrote it.
    pub(super) fn is_recipe(&self) -> bool {
        self.root == Root::Recipe
    }

    /// Whether these bytes are the manifest that it was saved with, as far as that is known here.
    pub(super) fn has_manifest(&self, manifest: &[u8]) -> bool {
        self.is_recipe() || self.root == Root::Manifest(Digest::of(manifest))
    }
}

fn read(mut json: Json, key: ResultKey, version: Version, owner: Owner) -> Result<Incoming, Failure> {
    let digest = |json: Json| json.fixed_hex().map(Digest::from_bytes);
    let mac = json.take("signature").option(Json::fixed_hex)?;
    let key_id = json.take("key_id").option(Json::fixed_hex)?;
    let shape = json.take("shape").items()?;
    let kind = unescape(json.take("kind").text()?);
    let (manifest_digest, seal) = (json.take("manifest_digest"), json.take("record_digest"));
    let is_recipe = kind == RECIPE_KIND && manifest_digest.is_null() && seal.is_null();
    let summary = json.take("summary").text()?;
    let record = Record {
        key,
        version,
        digest: digest(json.take("digest"))?,
        kind,
        shape: shape.iter().map(Json::number).collect::<Result<_, _>>()?,
        bytes: json.take("bytes").number()?,
        label: json.take("label").option(Json::text)?.map(unescape),
        metadata: json.take("metadata").option(Json::hex)?.map(Bytes::from),
        // The database made it, which escapes nothing.
        summary: if is_recipe { summary } else { unescape(summary) },
        provenance: unescape(json.take("provenance").text()?),
        created_at: Timestamp(json.take("created_at").number()?),
        expires_at: json.take("expires_at").option(|json| json.number())?.map(Timestamp),
        pinned: json.take("pinned").flag()?,
        signature: mac.zip(key_id).map(|(mac, key_id)| Signature { key_id, mac }),
        is_damaged: false,
    };
    if is_recipe {
        return Ok(Incoming { record, root: Root::Recipe });
    }
    let manifest_digest = digest(manifest_digest)?;
    let facts = Facts {
        digest: record.digest,
        kind: &record.kind,
        shape: &record.shape,
        bytes: record.bytes,
        summary: &record.summary,
        provenance: &record.provenance,
        signature: record.signature.as_ref(),
        manifest_digest,
    };
    if facts.seal(owner) != digest(seal)? {
        return Err(unexpected("a record that is not what was written"));
    }
    Ok(Incoming { record, root: Root::Manifest(manifest_digest) })
}

/// What never changes of a version.
struct Facts<'a> {
    digest: Digest,
    kind: &'a str,
    shape: &'a [u64],
    bytes: u64,
    summary: &'a str,
    provenance: &'a str,
    signature: Option<&'a Signature>,
    manifest_digest: Digest,
}

impl Facts<'_> {
    /// The digest over all of it: each field behind its length, integers as 8 bytes, little-endian.
    fn seal(&self, owner: Owner) -> Digest {
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        add(SEAL_CONTEXT);
        add(owner.id().as_bytes());
        add(self.digest.as_bytes());
        add(self.kind.as_bytes());
        add(&self.shape.iter().flat_map(|len| len.to_le_bytes()).collect::<Vec<_>>());
        add(&self.bytes.to_le_bytes());
        add(self.summary.as_bytes());
        add(self.provenance.as_bytes());
        add(&self.signature.map_or(Vec::new(), |signature| [&signature.key_id[..], &signature.mac].concat()));
        add(self.manifest_digest.as_bytes());
        Digest::from_bytes(*hasher.finalize().as_bytes())
    }
}
