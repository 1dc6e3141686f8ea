//! Raw blobs kept in fewer bytes from now on.
//!
//! As in a sweep that empties a pack: copies are appended to this thread's
//! pack and synced, then rows and hints follow in one transaction. A crash
//! before it leaves copies that no row names, for a sweep; one after it a pack
//! that is the less needed. What came with a commit stays in the catalog.

use std::collections::HashSet;

use rusqlite::Connection;
use stillroom_core::{BackendError, Codec, Digest, Owner, PutBlob, Recoder, Result};

use super::Local;
use super::error::CatalogError;
use super::moves::{self, Move};
use super::pack::PackId;
use super::pending::Extent;
use super::places::{self, Form, Place};
use super::session::Session;
use super::sqlite;

/// How many blobs are read and recoded at a time: 4 MiB of full chunks.
const BATCH: usize = 64;

/// A blob in its new form.
struct Recoded {
    digest: Digest,
    from: Place,
    form: Form,
    bytes: Vec<u8>,
}

/// What goes into the catalog with the transaction.
#[derive(Default)]
struct Changes {
    moves: Vec<Move>,
    /// The copies in packs, to be synced: where each move goes to.
    extents: Vec<Extent>,
    in_catalog: Vec<Recoded>,
}

impl Local {
    pub(super) fn recode_raw(&self, owner: Owner, digests: &[Digest], recoder: &dyn Recoder) -> Result<u64> {
        self.folder.check_writable()?;
        let session = self.session()?;
        let recoded = self.try_recode(session, owner, digests, recoder);
        session.writers.release();
        recoded
    }

    fn try_recode(
        &self,
        session: &Session,
        owner: Owner,
        digests: &[Digest],
        recoder: &dyn Recoder,
    ) -> Result<u64> {
        let raw = self.read(|connection, _| raw(connection, owner, digests))?;
        let mut changes = Changes::default();
        for batch in raw.chunks(BATCH) {
            let Some(recoded) = self.recode_batch(session, owner, batch, recoder)? else { return Ok(0) };
            self.append_recoded(session, owner, recoded, &mut changes)?;
        }
        if changes.moves.is_empty() && changes.in_catalog.is_empty() {
            return Ok(0);
        }
        let digests = changes.moves.iter().map(|moved| &moved.digest);
        let packs = self.sync_packs(digests.zip(&changes.extents))?;
        self.write(|connection, now| {
            sqlite::allow_codecs(connection)?;
            let mut saved = moves::follow(connection, &changes.moves)?;
            for recoded in &changes.in_catalog {
                saved += replace(connection, owner, recoded)?;
            }
            packs.iter().try_for_each(|pack| places::note_pack(connection, pack, now))?;
            Ok(saved)
        })
    }

    /// What the recoder makes of those that are whole, as far as it can be decoded again; none when it stops.
    fn recode_batch(
        &self,
        session: &Session,
        owner: Owner,
        batch: &[(Digest, Place)],
        recoder: &dyn Recoder,
    ) -> Result<Option<Vec<Recoded>>> {
        let (mut places, mut raw) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for (digest, place) in batch {
            if let Some(bytes) = self.whole(session, owner, *digest, Some(*place))? {
                places.push(*place);
                raw.push((*digest, bytes));
            }
        }
        let Some(forms) = recoder.recode(&raw) else { return Ok(None) };
        let recoded = raw.iter().zip(places).zip(forms).filter_map(|(((digest, raw), from), form)| {
            let (codec, bytes) =
                form.filter(|(codec, bytes)| *codec != Codec::Raw && bytes.len() < raw.len())?;
            let form = Form { codec, raw_len: from.form.raw_len, len: u32::try_from(bytes.len()).ok()? };
            form.is_whole(&bytes, *digest).then_some(Recoded { digest: *digest, from, form, bytes })
        });
        Ok(Some(recoded.collect()))
    }

    fn append_recoded(
        &self,
        session: &Session,
        owner: Owner,
        recoded: Vec<Recoded>,
        changes: &mut Changes,
    ) -> Result<()> {
        let is_in_catalog = |recoded: &Recoded| recoded.from.pack == PackId::CATALOG;
        let (in_catalog, in_packs): (Vec<_>, Vec<_>) = recoded.into_iter().partition(is_in_catalog);
        changes.in_catalog.extend(in_catalog);
        if in_packs.is_empty() {
            return Ok(());
        }
        let as_blob = |recoded| {
            let Recoded { digest, form, bytes, .. }: &Recoded = recoded;
            form.put(*digest, bytes, false)
        };
        let blobs: Vec<PutBlob<'_>> = in_packs.iter().map(as_blob).collect();
        let extents = self.append(session, &blobs)?;
        let to = |(recoded, extent): (&Recoded, &Extent)| Move {
            owner,
            digest: recoded.digest,
            from: recoded.from,
            to: extent.place(),
        };
        changes.moves.extend(in_packs.iter().zip(&extents).map(to));
        changes.extents.extend(extents);
        Ok(())
    }
}

/// Those of an owner's blobs that are kept raw, each once. An entry that can't be what was written is left to be
/// found.
fn raw(
    connection: &Connection,
    owner: Owner,
    digests: &[Digest],
) -> Result<Vec<(Digest, Place)>, CatalogError> {
    let (mut found, mut seen) = (Vec::with_capacity(digests.len()), HashSet::new());
    for digest in digests.iter().filter(|digest| seen.insert(**digest)) {
        match places::find(connection, owner, *digest) {
            Ok(place) => {
                found.extend(place.filter(|place| place.form.is_raw()).map(|place| (*digest, place)))
            }
            Err(CatalogError::Contract(BackendError::Corrupt { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Replaces a blob in the catalog, unless it is not as it was any more; how many bytes that saved.
fn replace(connection: &Connection, owner: Owner, recoded: &Recoded) -> Result<u64, CatalogError> {
    const REPLACE: &str = "UPDATE blobs SET codec = ?3, stored_len = ?4, data = ?5 \
        WHERE owner = ?1 AND digest = ?2 AND pack IS NULL AND codec = 0";
    let Recoded { digest, from, form, bytes } = recoded;
    let owner = owner.id();
    let values = (owner.as_bytes(), digest.as_bytes(), form.codec.number(), form.len, bytes);
    let changed = connection.prepare_cached(REPLACE)?.execute(values)?;
    Ok(if changed == 1 { u64::from(from.form.len - form.len) } else { 0 })
}
