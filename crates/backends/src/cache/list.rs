//! The list of a pack: which blobs lie in it, and where.
//!
//! Layout, integers little-endian: 16 bytes that say what it is; per blob its digest (32), offset (8) and length (4);
//! then the digest of all that (32). One that is cut short, damaged or of another release lists nothing.

use stillroom_core::{Digest, limits};

const HEAD: &[u8; 16] = b"stillroom list 1";
const ENTRY_LEN: usize = Digest::LEN + 8 + 4;

/// A blob in a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) digest: Digest,
    pub(super) offset: u64,
    pub(super) len: u32,
}

pub(super) fn encode(blobs: &[Listed]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD.len() + blobs.len() * ENTRY_LEN + Digest::LEN);
    out.extend_from_slice(HEAD);
    for Listed { digest, offset, len } in blobs {
        out.extend_from_slice(digest.as_bytes());
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&len.to_le_bytes());
    }
    let check = Digest::of(&out);
    out.extend_from_slice(check.as_bytes());
    out
}

/// What [`encode`] wrote; none for anything else.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Listed>> {
    let (body, check) = bytes.split_last_chunk::<{ Digest::LEN }>()?;
    if Digest::of(body).as_bytes() != check {
        return None;
    }
    let entries = body.strip_prefix(HEAD)?.chunks_exact(ENTRY_LEN);
    entries.remainder().is_empty().then(|| entries.map(read).collect())?
}

fn read(entry: &[u8]) -> Option<Listed> {
    let (digest, rest) = entry.split_first_chunk::<{ Digest::LEN }>()?;
    let (offset, len) = rest.split_first_chunk::<8>()?;
    let (offset, len) = (u64::from_le_bytes(*offset), u32::from_le_bytes(*len.first_chunk()?));
    let is_one = u64::from(len) <= limits::BLOB_LEN && offset.checked_add(limits::BLOB_LEN).is_some();
    is_one.then_some(Listed { digest: Digest::from_bytes(*digest), offset, len })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs() -> Vec<Listed> {
        let blob =
            |n: u32| Listed { digest: Digest::of(&n.to_le_bytes()), offset: u64::from(n) << 16, len: 9 + n };
        (0..3).map(blob).collect()
    }

    #[test]
    fn a_list_is_read_as_it_was_written() {
        assert_eq!(decode(&encode(&blobs())), Some(blobs()));
        assert_eq!(decode(&encode(&[])), Some(Vec::new()));
    }

    #[test]
    fn a_list_that_is_cut_short_or_changed_lists_nothing() {
        let whole = encode(&blobs());
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(decode(&changed), None, "byte {at}");
            assert_eq!(decode(&whole[..at]), None, "{at} bytes");
        }
    }

    #[test]
    fn a_blob_where_none_can_be_is_in_no_list() {
        let [one, ..] = blobs()[..] else { panic!("there are three") };
        for wrong in [Listed { len: u32::MAX, ..one }, Listed { offset: u64::MAX, ..one }] {
            assert_eq!(decode(&encode(&[wrong])), None);
        }
    }
}
