//! A set being written: its blobs entered, its versions counted and sealed, in the transaction of its commit.

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::Connection;
use stillroom_core::{
    BackendError, Buffer, Commit, Committed, Condition, Digest, NewVersion, Owner, Record, ResultKey,
    Timestamp, Version, limits,
};

use super::commit::distinct;
use super::error::CatalogError;
use super::hint::{self, Run};
use super::moves::{self, Move};
use super::pending::Extent;
use super::places::{self, Form, Noted, Place};
use super::records::Asked;
use super::requests;
use super::row::{self, SealedRow, integer};
use super::sorted::Sorted;
use super::{sqlite, together};

/// A commit under way.
pub(super) struct Set<'a> {
    pub(super) connection: &'a Connection,
    pub(super) owner: Owner,
    pub(super) now: Timestamp,
    pub(super) commit: &'a Commit<'a>,
    pub(super) gathered: &'a Gathered,
}

/// What was found out and synced before its transaction.
pub(super) struct Gathered {
    /// The blobs its versions need, distinct and sorted.
    pub(super) needed: Vec<Digest>,
    /// Those of them that lie in packs and in no row yet.
    pub(super) pending: Sorted<Extent>,
    /// Blobs of scattered buffers that were written again, in one run; none while nobody has looked for any.
    pub(super) moves: Option<Vec<Move>>,
    /// The packs that pending and moved blobs lie in, synced.
    pub(super) packs: Vec<Noted>,
}

/// What a commit came to.
pub(super) enum Written {
    Answer(Committed),
    /// Nothing: buffers of it lie in more runs than can be mapped, and would not if these blobs, each at its
    /// place, were written again in this order.
    Scattered(Vec<(Digest, Place)>),
}

/// Where a version's buffers lie; one is left out of which that can't be told.
pub(super) type Placed<'a> = Vec<(&'a Buffer, Vec<Run>)>;

/// Where the blobs of a set lie, and how many bytes of them are new.
#[derive(Default)]
struct Entered {
    /// Of the blobs that came with the commit.
    given: HashMap<Digest, Place>,
    /// Of all that its versions need.
    places: Sorted<Place>,
    new_bytes: u64,
    has_coded: bool,
}

impl Set<'_> {
    pub(super) fn write(&self) -> Result<Written, CatalogError> {
        if let Some(records) = requests::find(self.connection, self.owner, self.commit)? {
            return Ok(Written::Answer(Committed::Done(records)));
        }
        self.commit.conditions.iter().try_for_each(|condition| self.check(condition))?;
        if let Some(version) = self.commit.version_unless_same()
            && let Some(record) = self.asked().newest_as(&version.key, version.digest)?
        {
            return Ok(Written::Answer(Committed::Same(Box::new(record))));
        }
        let mut entered = Entered::default();
        moves::follow(self.connection, self.gathered.moves.as_deref().unwrap_or_default())?;
        self.enter_given(&mut entered)?;
        let missing = self.enter_pending(&mut entered)?;
        if !missing.is_empty() {
            return Ok(Written::Answer(Committed::Missing(missing)));
        }
        let placed: Vec<Placed<'_>> =
            self.commit.versions.iter().map(|version| place(version, &entered.places)).collect();
        if self.gathered.moves.is_none() {
            let given: Vec<Digest> = self.commit.blobs.iter().map(|blob| blob.digest).collect();
            let scattered = together::find(&placed, &entered.places, &given);
            if !scattered.is_empty() {
                return Ok(Written::Scattered(scattered));
            }
        }
        self.check_quota(entered.new_bytes)?;
        if entered.has_coded {
            sqlite::allow_codecs(self.connection)?;
        }
        for pack in &self.gathered.packs {
            places::note_pack(self.connection, pack, self.now)?;
        }
        let mut records = Vec::with_capacity(self.commit.versions.len());
        for (version, placed) in self.commit.versions.iter().zip(&placed) {
            let (head, number) = self.count(&version.key)?;
            records.push(self.insert(head, number, version, placed)?);
            if let Some(keep) = self.commit.keep_versions {
                self.trim(head, number, keep)?;
            }
        }
        Ok(Written::Answer(Committed::Done(records)))
    }

    fn check(&self, condition: &Condition) -> Result<(), CatalogError> {
        let Condition { key, version: expected } = condition;
        let found = self.asked().newest(key)?;
        if found == *expected {
            return Ok(());
        }
        Err(BackendError::Conflict { key: key.clone(), expected: *expected, found }.into())
    }

    fn asked(&self) -> Asked<'_> {
        Asked { connection: self.connection, now: self.now, owner: self.owner }
    }

    /// Enters the blobs that came with the commit.
    fn enter_given(&self, entered: &mut Entered) -> Result<(), CatalogError> {
        for blob in &self.commit.blobs {
            let place = Place::in_catalog(Form::of(blob));
            if places::insert(self.connection, self.owner, blob.digest, place, Some(blob.bytes))? {
                entered.count(place);
                entered.given.insert(blob.digest, place);
            }
        }
        Ok(())
    }

    /// Enters the blobs that lie in packs, finds those that were there; which are neither.
    fn enter_pending(&self, entered: &mut Entered) -> Result<Vec<Digest>, CatalogError> {
        let mut missing = Vec::new();
        for digest in &self.gathered.needed {
            let place = match entered.given.get(digest) {
                Some(place) => Some(*place),
                None => self.enter(*digest, entered)?,
            };
            match place {
                Some(place) => entered.places.push(*digest, place),
                None => missing.push(*digest),
            }
        }
        Ok(missing)
    }

    fn enter(&self, digest: Digest, entered: &mut Entered) -> Result<Option<Place>, CatalogError> {
        if let Some(extent) = self.gathered.pending.get(&digest) {
            let place = extent.place();
            if places::insert(self.connection, self.owner, digest, place, None)? {
                entered.count(place);
                return Ok(Some(place));
            }
        }
        places::find(self.connection, self.owner, digest)
    }

    /// Only what a quota limits is summed, and only for commits that add to it: who is over it may still
    /// save what takes nothing.
    fn check_quota(&self, new_bytes: u64) -> Result<(), CatalogError> {
        if new_bytes == 0 {
            return Ok(());
        }
        let Some(quota) = self.asked().quota()? else { return Ok(()) };
        Ok(limits::within(limits::Limited::Quota, quota, self.asked().stored_bytes()?)?)
    }

    /// The result's row, made when it is the first version, and the version's number.
    fn count(&self, key: &ResultKey) -> Result<(i64, Version), CatalogError> {
        const COUNT: &str = "INSERT INTO heads (owner, page, key, next_version) VALUES (?1, ?2, ?3, 2) \
            ON CONFLICT (owner, page, key) DO UPDATE SET next_version = next_version + 1 \
            RETURNING id, next_version - 1";
        let owner = self.owner.id();
        let mut statement = self.connection.prepare_cached(COUNT)?;
        let (head, number): (i64, i64) = statement
            .query_row((owner.as_bytes(), key.page.as_str(), key.key.as_str()), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let number = u64::try_from(number).ok().and_then(Version::new);
        Ok((head, number.ok_or_else(|| row::damaged(key))?))
    }

    fn insert(
        &self,
        head: i64,
        number: Version,
        version: &NewVersion,
        placed: &Placed<'_>,
    ) -> Result<Record, CatalogError> {
        const INSERT: &str = "INSERT INTO versions (head, version, bytes, created_at, expires_at, pinned, \
            request_id, digest, root_digest, blobs_digest, record_digest, signature, kind, shape, label, \
            metadata, summary, provenance, root, hint, blobs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, \
            ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
        // What one version needs is what the commit needs.
        let digests = match self.commit.versions.len() {
            1 => Cow::Borrowed(&self.gathered.needed),
            _ => Cow::Owned(distinct(version.digests())),
        };
        let mut blobs = Vec::with_capacity(digests.len() * Digest::LEN);
        digests.iter().for_each(|digest| blobs.extend_from_slice(digest.as_bytes()));
        let sealed = SealedRow {
            record: version.record(number, self.now),
            request: self.commit.request,
            deleted_at: None,
            root_digest: Digest::of(&version.root),
            blobs_digest: Digest::of(&blobs),
        };
        let record = &sealed.record;
        self.connection.prepare_cached(INSERT)?.execute(rusqlite::params![
            head,
            integer(number.get())?,
            integer(record.bytes)?,
            record.created_at.0,
            record.expires_at.map(|at| at.0),
            record.pinned,
            sealed.request.map(|request| request.0),
            record.digest.as_bytes(),
            sealed.root_digest.as_bytes(),
            sealed.blobs_digest.as_bytes(),
            sealed.seal(self.owner).as_bytes(),
            record.signature.as_ref().map(row::pack_signature),
            record.kind,
            row::pack_shape(&record.shape),
            record.label,
            record.metadata.as_deref(),
            record.summary,
            record.provenance,
            &*version.root,
            self.hint(placed),
            blobs,
        ])?;
        Ok(sealed.record)
    }

    fn hint(&self, placed: &Placed<'_>) -> Vec<u8> {
        hint::encode(placed.iter().map(|(buffer, runs)| (hint::mark(self.owner, buffer), runs.as_slice())))
    }

    /// The rows of versions older than the newest `keep` go, one always stays; their blobs wait for a sweep.
    ///
    /// What is deleted or expired is left to the sweep, so that a deletion can be undone until then.
    fn trim(&self, head: i64, number: Version, keep: u64) -> Result<(), CatalogError> {
        let keep = keep.max(1);
        if number.get() <= keep {
            return Ok(());
        }
        let counted = format!("v.head = ?2 AND NOT v.pinned AND {}", row::VISIBLE);
        let newer = i64::try_from(keep - 1).unwrap_or(i64::MAX);
        let trim = format!(
            "DELETE FROM versions AS v WHERE {counted} AND v.version < ( \
             SELECT v.version FROM versions v WHERE {counted} ORDER BY v.version DESC LIMIT 1 OFFSET ?3)"
        );
        self.connection.prepare_cached(&trim)?.execute((self.now.0, head, newer))?;
        Ok(())
    }
}

fn place<'a>(version: &'a NewVersion, places: &Sorted<Place>) -> Placed<'a> {
    let runs = |buffer| places::runs(buffer, |_, digest| places.get(&digest).copied());
    version.buffers.iter().filter_map(|buffer| Some((buffer, runs(buffer)?))).collect()
}

impl Entered {
    fn count(&mut self, new: Place) {
        self.new_bytes += u64::from(new.form.len);
        self.has_coded |= !new.form.is_raw();
    }
}
