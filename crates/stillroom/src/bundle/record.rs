//! A version in a bundle: its record and root as a dict of the value format, encoded as metadata is.

use bytes::Bytes;
use stillroom_core::{Hint, Record, ResultKey, Signature, Stored, Timestamp, Version};
use stillroom_format::{
    Digest, FormatError, Integer, Limits, Manifest, Node, Payload, Reader, Value, Writer,
};

use crate::parts::walk;

/// The most values in a record, so that one of megabytes can't become one of gigabytes.
const NODES: u64 = 1_000;
/// The fields, in their order; what follows them is of later releases, which say nothing there that must
/// be known.
const FIELDS: [&str; 16] = [
    "page",
    "key",
    "version",
    "digest",
    "kind",
    "shape",
    "bytes",
    "label",
    "metadata",
    "summary",
    "provenance",
    "created_at",
    "expires_at",
    "pinned",
    "signature",
    "root",
];

/// A version as an item's bytes.
pub(super) fn encode(stored: &Stored) -> Result<Bytes, FormatError> {
    let record = &stored.record;
    let bytes = |bytes: &[u8]| Value::bytes(bytes.to_vec());
    let signature = |signature: &Signature| bytes(&[&signature.key_id[..], &signature.mac].concat());
    let values = [
        Value::str(record.key.page.as_str()),
        Value::str(record.key.key.as_str()),
        number(record.version.get()),
        bytes(record.digest.as_bytes()),
        Value::str(record.kind.as_str()),
        Value::list(record.shape.iter().copied().map(number).collect()),
        number(record.bytes),
        record.label.as_deref().map_or_else(Value::none, Value::str),
        record.metadata.as_deref().map_or_else(Value::none, bytes),
        Value::str(record.summary.as_str()),
        Value::str(record.provenance.as_str()),
        Value::int(record.created_at.0),
        record.expires_at.map_or_else(Value::none, |end| Value::int(end.0)),
        Value::bool(record.pinned),
        record.signature.as_ref().map_or_else(Value::none, signature),
        bytes(&stored.root),
    ];
    let value = Value::dict(FIELDS.into_iter().map(Value::str).zip(values).collect());
    let mut writer = Writer::without_buffers(Limits::default());
    value.write(&mut writer)?;
    Ok(writer.finish()?.seal(Vec::new())?.bytes().clone())
}

/// The version that [`encode`] wrote; none when it wrote no such bytes.
pub(super) fn decode(bytes: Bytes) -> Result<Option<Stored>, FormatError> {
    let manifest = Manifest::parse(bytes, Limits::default())?;
    let mut node_count = 0;
    walk(&manifest, |_| {
        node_count += 1;
        if node_count <= NODES { Ok(()) } else { Err(FormatError::Damaged("too many values in a record")) }
    })?;
    let mut reader = Reader::new(&manifest, Limits::default());
    let no_buffer = |_| Err(FormatError::Damaged("a record with a buffer"));
    let value = Value::read(&mut reader, no_buffer)?;
    Ok(stored(&value))
}

fn stored(value: &Value) -> Option<Stored> {
    let names = value.pairs().map(|(name, _)| name.as_str());
    if !matches!(value.node(), Node::Dict(_)) || !names.take(FIELDS.len()).eq(FIELDS.map(Some)) {
        return None;
    }
    let values: Vec<&Value> = value.pairs().map(|(_, value)| value).collect();
    let [page, key, version, digest, kind, shape, bytes, label, metadata, rest @ ..] = values.as_slice()
    else {
        return None;
    };
    let [summary, provenance, created_at, expires_at, pinned, signature, root, ..] = rest else {
        return None;
    };
    let record = Record {
        key: ResultKey::parse(page.as_str()?, key.as_str()?).ok()?,
        version: Version::new(as_u64(version)?)?,
        digest: Digest::from_slice(as_bytes(digest)?)?,
        kind: kind.as_str()?.to_owned(),
        shape: shape.children().iter().map(as_u64).collect::<Option<_>>()?,
        bytes: as_u64(bytes)?,
        label: optional(label, |label| label.as_str().map(str::to_owned))?,
        metadata: optional(metadata, |metadata| as_bytes(metadata).map(Bytes::copy_from_slice))?,
        summary: summary.as_str()?.to_owned(),
        provenance: provenance.as_str()?.to_owned(),
        created_at: Timestamp(as_i64(created_at)?),
        expires_at: optional(expires_at, as_i64)?.map(Timestamp),
        pinned: as_bool(pinned)?,
        signature: optional(signature, as_signature)?,
        is_damaged: false,
    };
    let root = Bytes::copy_from_slice(as_bytes(root)?);
    Some(Stored { record, root, is_recipe: false, hint: Hint::default() })
}

/// None for None, else what `take` makes of it; the outer none for what should not be there.
fn optional<T>(value: &Value, take: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    match value.node() {
        Node::None => Some(None),
        _ => take(value).map(Some),
    }
}

fn number(number: u64) -> Value {
    Value::big_int(false, &number.to_be_bytes())
}

fn as_u64(value: &Value) -> Option<u64> {
    match value.node() {
        Node::Int(Integer::Small(number)) => u64::try_from(number).ok(),
        Node::Int(Integer::Unsigned(number)) => Some(number),
        _ => None,
    }
}

fn as_i64(value: &Value) -> Option<i64> {
    match value.node() {
        Node::Int(Integer::Small(number)) => Some(number),
        _ => None,
    }
}

fn as_bool(value: &Value) -> Option<bool> {
    match value.node() {
        Node::Bool(value) => Some(value),
        _ => None,
    }
}

fn as_bytes(value: &Value) -> Option<&[u8]> {
    match value.node() {
        Node::Bytes(Payload::Inline(bytes)) => Some(bytes),
        _ => None,
    }
}

fn as_signature(value: &Value) -> Option<Signature> {
    let (key_id, mac) = as_bytes(value)?.split_first_chunk()?;
    Some(Signature { key_id: *key_id, mac: mac.try_into().ok()? })
}
